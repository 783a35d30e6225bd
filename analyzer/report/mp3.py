"""A call as MP3, one speaker on the left and one on the right, in bounded memory whatever their sample rates."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

import numpy as np
import soundfile
import soxr

from analyzer.audio import AudioChunk, Samples, Speaker

RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)  # what MPEG layer III knows
LONGEST_LAG_S = 5.0  # sides come a second at a time: one that is further behind has ended, and is silence
BLOCK = 57 * 1024  # bytes; a multiple of 3, so that the base64 blocks join


def mp3_base64(audio: Iterable[AudioChunk], rates: Mapping[Speaker, int]) -> Iterator[bytes]:
    """The call's audio, encoded; `rates` names the speakers in the order of their channels, and their rates in Hz."""
    with tempfile.TemporaryFile(suffix=".mp3") as file:
        encode(audio, rates, file)
        file.seek(0)
        while block := file.read(BLOCK):
            yield base64.b64encode(block)


def encode(audio: Iterable[AudioChunk], rates: Mapping[Speaker, int], file: IO[bytes]) -> None:
    """Write the MP3 at the lowest rate it may have that keeps all of every side."""
    rate = min((known for known in RATES if known >= max(rates.values())), default=RATES[-1])
    sides = {speaker: Track(own, rate) for speaker, own in rates.items()}
    with soundfile.SoundFile(file, "w", rate, len(sides), format="MP3", subtype="MPEG_LAYER_III") as writer:
        for chunk in audio:
            sides[chunk.speaker].add(np.nan_to_num(chunk.samples))
            writer.write(together(sides.values(), round(LONGEST_LAG_S * rate)))
        for track in sides.values():
            track.end()
        writer.write(together(sides.values(), 0))


class Track:
    """One side at the rate of the page, as far as it is not written yet."""

    def __init__(self, own: int, rate: int) -> None:
        """`own` is the rate of what comes, `rate` that of what goes, both in Hz."""
        self._resampler = None if own == rate else soxr.ResampleStream(own, rate, 1, "float32")
        self._waiting = np.zeros(0, dtype=np.float32)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, samples: Samples) -> None:
        """Take the next (n,) float32 samples of this side."""
        self._keep(samples if self._resampler is None else self._resampler.resample_chunk(samples))

    def end(self) -> None:
        """No more will come."""
        if self._resampler is not None:
            self._keep(self._resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True))

    def take(self, count: int) -> Samples:
        """(count,) float32: what waits, then silence."""
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return np.pad(taken, (0, count - len(taken)))

    def _keep(self, samples: Samples) -> None:
        self._waiting = np.concatenate([self._waiting, samples])


def together(sides: Iterable[Track], lag: int) -> Samples:
    """(n, sides) float32 that is known of all sides, or of the longest where another is more than `lag` behind it."""
    tracks = list(sides)
    lengths = [len(track) for track in tracks]
    count = max(min(lengths), max(lengths) - lag)
    return np.stack([track.take(count) for track in tracks], axis=1)
