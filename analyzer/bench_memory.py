"""What live calls cost in memory: one call for hours, faster than it was, and several at once.

Sample calls follow one another in one call, as fast as the machine hears them: memory follows what was heard, not the
clock on the wall.  That is the honest part of the haste; what time alone would do (a leak in a timer) is not seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from analyzer.audio import AudioChunk, Speaker
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About, LiveCall
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.server.connection import hear
from analyzer.sources.file import open_call
from analyzer.sources.paced import in_frames

EVERY_S = 600.0  # of call, between two looks at the memory
MOST_MB = 250  # for each further call: what we promise
MB = 2**20
WORKED_OFF_S = 0.001  # of audio waiting: none


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes that the program holds."""

    idle: float  # ready, before any call
    along: Sequence[float]  # every `EVERY_S` of one long call
    at_once: Sequence[float]  # with one, two, three ... calls in progress, each `each_s` long

    @property
    def grown(self) -> float:
        """From the third look, when everything is as large as it gets, to the last one."""
        return self.along[-1] - self.along[min(2, len(self.along) - 1)]

    @property
    def further(self) -> float:
        """For each call after the first."""
        return (self.at_once[-1] - self.at_once[0]) / max(len(self.at_once) - 1, 1)

    @property
    def line(self) -> str:
        """For people."""
        along = ", ".join(f"{held:.0f}" for held in self.along)
        return (
            f"ready {self.idle:.0f} MB; one call, every {EVERY_S / 60:.0f} minutes of it: {along} MB; "
            f"each further call at once {self.further:.0f} MB (promised: at most {MOST_MB})"
        )


def one_after_another(recordings: Sequence[Path], for_s: float) -> Iterator[AudioChunk]:
    """Frames of the recordings as one call of at least `for_s` seconds; all of one rate for each speaker."""
    end: dict[Speaker, int] = {}
    for path in cycle(recordings):
        begin = dict(end)
        for frame in in_frames(open_call(path).chunks()):
            moved = replace(frame, first_sample=frame.first_sample + begin.get(frame.speaker, 0))
            end[frame.speaker] = moved.end_sample
            yield moved
        if all(samples / moved.rate >= for_s for samples in end.values()):
            return


async def measure(
    makers: Makers, recordings: Sequence[Path], long_s: float, each_s: float, at_once: int, held: Callable[[], float]
) -> Memory:
    """Play one call of `long_s`, then one to `at_once` calls of `each_s` at once; `held` tells the bytes in use."""
    settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
    server = Server(makers, settings, DeskSettings(at_once))
    await server.start()
    idle, along = held() / MB, list[float]()

    def look(clock_s: float) -> None:
        if clock_s >= EVERY_S * (len(along) + 1):
            along.append(held() / MB)

    line = _opened(server, recordings, "long")
    await _played(line, one_after_another(recordings, long_s), look)
    await _ended(line)
    lines, several = list[LiveCall](), list[float]()
    for number in range(at_once):
        lines.append(_opened(server, recordings, f"call-{number}"))
        await _played(lines[-1], one_after_another(recordings, each_s), lambda _: None)
        several.append(held() / MB)
    for line in lines:
        await _ended(line)
    await server.stop()
    return Memory(idle, along or [held() / MB], several)


def _opened(server: Server, recordings: Sequence[Path], name: str) -> LiveCall:
    audio = open_call(recordings[0])
    return server.desk.open(About(name, "bench", audio.rates, audio.codec))


async def _played(line: LiveCall, frames: Iterator[AudioChunk], look: Callable[[float], None]) -> None:
    for frame in frames:
        await hear(line, frame)
        look(line.clock_s)
    while line.lag_s > WORKED_OFF_S and not line.is_over:
        await asyncio.sleep(0.05)
    look(line.clock_s)


async def _ended(line: LiveCall) -> None:
    line.end()
    await asyncio.to_thread(line.join)
