"""The outline of a recording, taken while it streams past: constant memory for any length."""

from __future__ import annotations

import numpy as np

from analyzer.audio import AudioChunk, Speaker

BUCKETS = 1200  # about one a pixel on the page
FIRST_BUCKET_S = 0.01  # doubled whenever the call outgrows the buckets


class Envelope:
    """Peaks of each speaker's audio, in at most `2 * BUCKETS` equal buckets from the start of the call."""

    def __init__(self) -> None:
        self._bucket_s = FIRST_BUCKET_S
        self._peaks: dict[Speaker, list[float]] = {}

    def add(self, chunk: AudioChunk) -> None:
        """Take the next samples of one speaker."""
        if not len(chunk.samples):
            return
        while chunk.end_sample / chunk.rate > 2 * BUCKETS * self._bucket_s:
            self._halve()
        numbers = ((chunk.first_sample + np.arange(len(chunk.samples))) / chunk.rate / self._bucket_s).astype(int)
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        loudest = np.maximum.reduceat(np.abs(np.nan_to_num(chunk.samples)), starts)
        peaks = self._peaks.setdefault(chunk.speaker, [])
        peaks.extend([0.0] * (int(numbers[-1]) + 1 - len(peaks)))
        for number, peak in zip(numbers[starts].tolist(), loudest.tolist(), strict=True):
            peaks[number] = max(peaks[number], peak)

    def _halve(self) -> None:
        self._bucket_s *= 2
        self._peaks = {
            speaker: [max(peaks[i : i + 2]) for i in range(0, len(peaks), 2)] for speaker, peaks in self._peaks.items()
        }

    def waves(self, duration_s: float) -> list[dict[str, object]]:
        """`{"speaker", "peaks"}` a speaker; peaks in 0..1 of the loudest, cut or padded to the call's length."""
        length = max(1, round(duration_s / self._bucket_s))
        loudest = max((max(peaks, default=0.0) for peaks in self._peaks.values()), default=0.0) or 1.0
        return [
            {
                "speaker": speaker,
                "peaks": [round(peak / loudest, 3) for peak in (peaks + [0.0] * length)[:length]],
            }
            for speaker, peaks in sorted(self._peaks.items(), reverse=True)
        ]
