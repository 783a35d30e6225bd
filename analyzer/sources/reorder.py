"""Puts the packets of one speaker back in order, by their place in the call.

Rules:
* a packet that follows on is passed on at once: order costs no delay while there is order;
* one that leaves a gap waits until the gap is filled, or until `WINDOW` packets wait; then it is a jump forward;
* what was passed on before is not passed on again: duplicates and packets too late for the window are counted.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from analyzer.audio import AudioChunk, Samples, Speaker

WINDOW = 5  # packets: a tenth of a second of the usual 20 ms
SLACK_S = 0.004  # timestamps are whole milliseconds and may waver; a packet lost is 5 ms or more
LONGEST_JUMP_S = 3_600.0  # beyond is a broken timestamp: it would make everything after it late


@dataclass(slots=True)
class Reorder:
    """One speaker's packets at `rate` Hz."""

    speaker: Speaker
    rate: int
    dropped: int = 0
    _next: int = 0  # the sample that would follow on
    _count: int = 0
    _waiting: list[tuple[int, int, Samples]] = field(default_factory=list)  # a heap by place

    def is_possible(self, place: int) -> bool:
        """Whether a packet may begin at sample number `place`."""
        return 0 <= place <= self._next + LONGEST_JUMP_S * self.rate

    def take(self, place: int, samples: Samples) -> list[AudioChunk]:
        """A packet that begins at sample number `place`: what can be passed on now."""
        heapq.heappush(self._waiting, (place, self._count, samples))
        self._count += 1
        return self._passed_on(WINDOW)

    def flush(self) -> list[AudioChunk]:
        """Whatever still waits."""
        return self._passed_on(0)

    def _passed_on(self, most_waiting: int) -> list[AudioChunk]:
        chunks = []
        while self._waiting and (self._follows(self._waiting[0][0]) or len(self._waiting) > most_waiting):
            place, _, samples = heapq.heappop(self._waiting)
            chunks += self._placed(place, samples)
        return chunks

    def _follows(self, place: int) -> bool:
        return place <= self._next + SLACK_S * self.rate

    def _placed(self, place: int, samples: Samples) -> list[AudioChunk]:
        """The new part of a packet; nothing if there is none."""
        if not self._follows(place):
            self._next = place
        elif place < self._next - SLACK_S * self.rate:
            samples = samples[self._next - place :]
        if not len(samples):
            self.dropped += 1
            return []
        chunk = AudioChunk(samples, self._next, self.rate, self.speaker)
        self._next = chunk.end_sample
        return [chunk]
