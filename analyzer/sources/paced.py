"""A recording as if it were live: small chunks of both sides in order of time, each when its time has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator

from analyzer.audio import AudioChunk, Speaker

FRAME_S = 0.02  # what telephone lines send


def in_frames(chunks: Iterable[AudioChunk], frame_s: float = FRAME_S) -> Iterator[AudioChunk]:
    """The same audio in frames of `frame_s` seconds, those of all speakers in order of their end."""
    waiting: list[AudioChunk] = []
    seen: set[Speaker] = set()
    for chunk in chunks:
        if chunk.speaker in seen:  # every side has had its turn
            yield from sorted(waiting, key=end_s)
            waiting, seen = [], set()
        seen.add(chunk.speaker)
        waiting += _cut(chunk, round(frame_s * chunk.rate))
    yield from sorted(waiting, key=end_s)


async def in_time(frames: Iterable[AudioChunk], speed: float = 1.0) -> AsyncIterator[tuple[AudioChunk, float]]:
    """Each frame when its time has come, and when that was (`time.monotonic`); `speed` times as fast as it was."""
    begun = time.monotonic()
    for frame in frames:
        due = begun + end_s(frame) / speed
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
        yield frame, due


def end_s(chunk: AudioChunk) -> float:
    """The call time at which a chunk ends."""
    return chunk.end_sample / chunk.rate


def _cut(chunk: AudioChunk, length: int) -> Iterator[AudioChunk]:
    for start in range(0, len(chunk.samples), length):
        yield AudioChunk(chunk.samples[start : start + length], chunk.first_sample + start, chunk.rate, chunk.speaker)
