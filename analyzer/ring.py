"""A ring of samples between one writer and one reader, addressed by absolute sample number.

The writer is never made to wait: it overwrites the oldest samples.  It moves `oldest` before it
overwrites and `end` after it has written, so a reader that copies first and looks at `oldest`
afterwards knows exactly which of its samples were still whole.  No lock, and no allocation while
writing: fit for an audio callback.
"""

from __future__ import annotations

import numpy as np

from analyzer.audio import Samples


class RingBuffer:
    """The last `capacity` samples of a stream.  One thread writes, one thread reads."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a ring of {capacity} samples")
        self._kept = np.zeros(capacity, dtype=np.float32)  # (capacity,) float32
        self._oldest = 0
        self._end = 0
        self._dropped = 0

    @property
    def capacity(self) -> int:
        """How many samples it keeps."""
        return len(self._kept)

    @property
    def oldest(self) -> int:
        """The number of the oldest sample that is still there."""
        return self._oldest

    @property
    def end(self) -> int:
        """The number of the sample after the newest one."""
        return self._end

    @property
    def dropped(self) -> int:
        """How many samples the reader asked for that had already been overwritten."""
        return self._dropped

    def write(self, first_sample: int, samples: Samples) -> None:
        """Keep (n,) float32 samples; a jump forward leaves silence, a jump backward is a `ValueError`."""
        if first_sample < self._end:
            raise ValueError(f"sample {first_sample} was written before; the ring is at {self._end}")
        after = first_sample + len(samples)
        self._oldest = max(self._oldest, after - self.capacity)
        self._fill_gap(first_sample)
        newest = samples[-self.capacity :]
        begin = (after - len(newest)) % self.capacity
        split = min(len(newest), self.capacity - begin)
        self._kept[begin : begin + split] = newest[:split]
        self._kept[: len(newest) - split] = newest[split:]
        self._end = after

    def read(self, first_sample: int, count: int) -> tuple[int, Samples]:
        """What is there of `count` samples from `first_sample` on, and the number of its first sample.

        A copy, float32; shorter than `count` where samples are gone (counted in `dropped`) or still to come.
        """
        stop = max(first_sample, min(first_sample + count, self._end))
        start = min(max(first_sample, self._oldest), stop)
        copy = self._copy(start, stop)
        start += (gone := min(max(self._oldest - start, 0), stop - start))  # the writer came round meanwhile
        self._dropped += start - first_sample
        return start, copy[gone:]

    def _copy(self, start: int, stop: int) -> Samples:
        begin = start % self.capacity
        straight = self._kept[begin : begin + stop - start]
        return np.concatenate([straight, self._kept[: stop - start - len(straight)]])

    def _fill_gap(self, first_sample: int) -> None:
        """Silence from the newest sample to `first_sample`, as far as the ring reaches back."""
        start = max(self._end, first_sample - self.capacity)
        if start < first_sample:
            self._kept[np.arange(start, first_sample) % self.capacity] = 0.0
