"""What an archive run holds in memory: after many calls as after few, and for a call of hours as for one of minutes.

Each run is the program itself, one worker, pages and all.  The peak is that of its largest process, the worker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from analyzer.bench_score import peak_memory_mb

FEW = 20  # calls
CLIP_S = 6.0  # of a call, so that many of them take minutes
SHORT_S = 180.0
MOST_GROWTH = 1.1


def make_clips(samples: Sequence[Path], folder: Path, calls: int) -> Path:
    """Recordings of a few seconds, each another stretch of the samples."""
    folder.mkdir(parents=True)
    for number in range(calls):
        sample = samples[number % len(samples)]
        info = soundfile.info(sample)
        count = round(CLIP_S * info.samplerate)
        begin = number * info.samplerate % (info.frames - count)
        frames, rate = soundfile.read(sample, start=begin, frames=count, dtype="int16")
        soundfile.write(folder / f"{number:05d}.flac", frames, rate)
    return folder


def make_long(samples: Sequence[Path], path: Path, seconds: float) -> Path:
    """One recording of any length: the samples one behind the other, over and over."""
    path.parent.mkdir(parents=True)
    calls = [soundfile.read(sample, dtype="int16") for sample in samples]
    rate = calls[0][1]
    said = np.concatenate([frames for frames, own in calls if own == rate])
    left = round(seconds * rate)
    with soundfile.SoundFile(path, "w", rate, said.shape[1]) as file:
        while left > 0:
            file.write(said[:left])
            left -= len(said)
    return path


def costs(samples: Sequence[Path], folder: Path, calls: int, hours: float) -> Iterator[str]:
    """A line for many calls, and one for a long one."""
    few = peak_mb(make_clips(samples, folder / "few", FEW), folder / "few-out")
    many = peak_mb(make_clips(samples, folder / "many", calls), folder / "many-out")
    yield growth(f"{calls} calls", many, f"{FEW}", few)
    short = peak_mb(make_long(samples, folder / "short" / "call.flac", SHORT_S).parent, folder / "short-out")
    long = peak_mb(make_long(samples, folder / "long" / "call.flac", hours * 3600).parent, folder / "long-out")
    yield growth(f"a call of {hours:g} h", long, f"one of {SHORT_S / 60:.0f} min", short)


def growth(what: str, more_mb: float, than: str, less_mb: float) -> str:
    """For people."""
    times = more_mb / less_mb
    return (
        f"{what}: {more_mb:.0f} MB, {times:.2f} times that of {than}, {less_mb:.0f} MB (target at most {MOST_GROWTH})"
    )


def peak_mb(folder: Path, out: Path) -> float:
    """The most memory of a run over a folder."""
    command = [sys.executable, "-m", "analyzer", "score", str(folder), "-o", str(out), "--workers", "1"]
    return peak_memory_mb(command)
