"""The bench of memory: recordings of the length that was asked for, and peaks of real runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analyzer.bench_growth import CLIP_S, growth, make_clips, make_long, peak_mb
from analyzer.models import shipped

SAMPLES = sorted(shipped("samples/calls").glob("*.flac"))


def test_recordings_are_as_long_as_asked(tmp_path: Path) -> None:
    """Clips are different stretches; a long call goes on where the samples begin again."""
    clips = sorted(make_clips(SAMPLES, tmp_path / "clips", 11).iterdir())
    heard = [soundfile.read(clip)[0] for clip in clips]
    assert [len(frames) for frames in heard] == [round(CLIP_S * 8000)] * 11
    assert len({frames.tobytes() for frames in heard}) == 11
    info = soundfile.info(make_long(SAMPLES[:1], tmp_path / "long" / "call.flac", 200.0))
    assert (info.frames / info.samplerate, info.channels) == (200.0, 2)
    again, rate = soundfile.read(tmp_path / "long" / "call.flac")
    length = soundfile.info(SAMPLES[0]).frames
    assert np.array_equal(again[:rate], again[length : length + rate])


def test_the_peak_is_that_of_the_worker(tmp_path: Path, vosk_model: Path) -> None:
    """Which has the models; the process that was started has none.  A run that fails is no measure."""
    clips = make_clips(SAMPLES, tmp_path / "clips", 1)
    assert 150 < peak_mb(clips, tmp_path / "out") < 1200
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "junk.wav").write_bytes(b"no sound")
    with pytest.raises(subprocess.CalledProcessError):
        peak_mb(tmp_path / "bad", tmp_path / "out-bad")


def test_the_growth_has_both_sides_in_it() -> None:
    """And the target."""
    assert (
        growth("500 calls", 550, "20", 500) == "500 calls: 550 MB, 1.10 times that of 20, 500 MB (target at most 1.1)"
    )
