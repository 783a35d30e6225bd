"""One speaker's chunks, made into one unbroken stream at `ENGINE_RATE`.

Rules:
* chunks may have any size; they are worked on in blocks of 20 ms that begin at fixed sample numbers,
  so the stream that comes out does not depend on how the audio was cut;
* a jump forward is silence in the stream and an `AudioLost`;
* a chunk that repeats up to a second of what came before is trimmed; one from further back is an `AudioError`;
* samples that are no numbers are silence and an `AudioLost`; samples beyond -1..1 are clipped.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr

from analyzer.audio import ENGINE_RATE, AudioChunk, AudioLost, Samples, Speaker, checked_rate
from analyzer.errors import AudioError
from analyzer.ring import RingBuffer

BLOCKS_PER_S = 50  # blocks of 20 ms: what telephone lines send, and no delay that anyone could feel
REPEAT_S = 1.0  # a network resends its last packets, never a second of them
LONGEST_JUMP_S = 3600.0  # a longer one is a broken sample counter rather than lost audio
QUALITY = "HQ"  # flat to .91 of the band, nothing above it that could be heard


class Intake:
    """Takes the chunks of one speaker at `rate` Hz and gives samples at `ENGINE_RATE`, and what was lost."""

    def __init__(self, speaker: Speaker, rate: int) -> None:
        self._speaker = speaker
        self._rate = checked_rate(rate)
        self._block = rate // BLOCKS_PER_S
        self._ring = RingBuffer(2 * rate)
        self._taken = 0
        self._resampler = None if rate == ENGINE_RATE else resampler(rate)

    @property
    def received_s(self) -> float:
        """How much of the call has come in, in seconds."""
        return self._ring.end / self._rate

    def take(self, chunk: AudioChunk) -> Iterator[Samples | AudioLost]:
        """The stream as far as it is known now: (n,) float32 at `ENGINE_RATE`, with losses where they begin."""
        samples = self._new_part(chunk)
        if not len(samples):
            return
        gap = chunk.end_sample - len(samples) - self._ring.end
        if gap:
            yield AudioLost(self._speaker, self.received_s, gap / self._rate, "the line skipped")
            yield from self._silence(gap)
        yield from self._pieces(samples)

    def finish(self) -> Iterator[Samples | AudioLost]:
        """The rest of the stream."""
        yield from self._blocks(last=True)

    def _new_part(self, chunk: AudioChunk) -> Samples:
        """What of a chunk was not heard before; chunks that cannot belong here are an `AudioError`."""
        if chunk.speaker != self._speaker or chunk.rate != self._rate:
            raise AudioError(
                f"audio of {chunk.speaker} at {chunk.rate} Hz where {self._speaker} at {self._rate} Hz was expected"
            )
        if chunk.samples.ndim != 1:
            raise AudioError(f"audio of {chunk.samples.ndim} dimensions; a chunk is one row of samples")
        ahead_s = (chunk.first_sample - self._ring.end) / self._rate
        if not -REPEAT_S <= ahead_s <= LONGEST_JUMP_S:
            raise AudioError(f"audio of {chunk.speaker} jumps by {ahead_s:.1f} s; send chunks in order")
        return chunk.samples[max(self._ring.end - chunk.first_sample, 0) :].astype(np.float32, copy=False)

    def _silence(self, count: int) -> Iterator[Samples | AudioLost]:
        """`count` samples of silence, a second at a time: a long gap takes no more memory than a short one."""
        for start in range(0, count, self._rate):
            yield from self._pieces(np.zeros(min(self._rate, count - start), dtype=np.float32))

    def _pieces(self, samples: Samples) -> Iterator[Samples | AudioLost]:
        for start in range(0, len(samples), self._rate):
            self._ring.write(self._ring.end, samples[start : start + self._rate])
            yield from self._blocks()

    def _blocks(self, last: bool = False) -> Iterator[Samples | AudioLost]:
        """Every block that is complete, and at the end the one that is not."""
        while self._ring.end - self._taken >= self._block or last:
            first, block = self._ring.read(self._taken, self._block)
            self._taken += len(block)
            last = last and len(block) == self._block
            block, lost = self._cleaned(first, block)
            yield from lost
            yield self._resampled(block, last=len(block) < self._block)
            if len(block) < self._block:
                return

    def _cleaned(self, first: int, block: Samples) -> tuple[Samples, list[AudioLost]]:
        """The block without values that are no numbers, and where they were."""
        if np.abs(block).max(initial=0.0) <= 1.0:  # not so if one of them is no number
            return block, []
        bad = np.flatnonzero(~np.isfinite(block))
        clean = np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)
        if not len(bad):
            return clean, []
        begin, end = int(bad[0]), int(bad[-1]) + 1
        why = "not a number"
        return clean, [AudioLost(self._speaker, (first + begin) / self._rate, (end - begin) / self._rate, why)]

    def _resampled(self, block: Samples, last: bool) -> Samples:
        if self._resampler is None:
            return block
        resampled: Samples = self._resampler.resample_chunk(block, last=last)
        return resampled


def resampler(rate: int) -> soxr.ResampleStream:
    """From `rate` to `ENGINE_RATE`, .03 s behind at a telephone's rate.

    soxr's way for a rate that may vary: the other one works on blocks, which are up to .11 s late.
    """
    return soxr.ResampleStream(rate, ENGINE_RATE, 1, "float32", QUALITY, vr=True)
