"""One connection of a call: frames to its decoder, audio to the call, replies back; two connections may be one call.

Where a protocol brings each side by a connection of its own, the first opens the call for both sides, and the other
joins it: its samples are moved to where the call was when it came, behind silence, since nothing was lost before.
The call ends with the last of them.

All of it happens in the event loop, so that what is sent is numbered in the order in which it goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from analyzer.audio import AudioChunk
from analyzer.errors import WireBroken, WireError
from analyzer.events import Event
from analyzer.live.desk import Desk
from analyzer.live.line import About, LiveCall
from analyzer.sources.wire import Closed, Opened, Paused, Reply, Resumed, Tap, Wire, WireEvent

SILENCE_S = 1.0  # at a time
ROOM_S = 0.02  # between two looks whether the inbox has room again
MOST_ERRORS = 50  # bad frames that are left out; after that the connection is not worth keeping
LAST_WORDS_S = 9.0  # for a call to tell its last events: Genesys waits ten

Send = Callable[[str | bytes], None]
Check = Callable[[Opened], None]


@dataclass(slots=True)
class Joint:
    """A call that several connections bring."""

    line: LiveCall
    awaited: set[str]  # speakers who have not come yet
    legs: int = 1
    trouble: str = ""


@dataclass(slots=True)
class Lobby:
    """The calls whose other side may still come, by protocol and name."""

    waiting: dict[tuple[str, str], Joint] = field(default_factory=dict)

    def enter(self, desk: Desk, source: str, opened: Opened, tell: Callable[[Event], None]) -> tuple[Joint, int]:
        """The call of a connection, and the sample of the call at which its audio begins."""
        key = (source, opened.call_id)
        joint = self.waiting.get(key)
        if joint is not None and joint.awaited >= set(opened.rates):
            return self._joined(key, joint, opened)
        [rate] = set(opened.rates.values())
        rates = dict(opened.rates) | dict.fromkeys(opened.awaits, rate)
        about = About(opened.call_id, source, rates, opened.codec, opened.agent_name)
        joint = Joint(desk.open(about, tell), set(opened.awaits))
        if opened.awaits:
            self.waiting[key] = joint
        return joint, 0

    def leave(self, joint: Joint, trouble: str) -> bool:
        """A connection of the call is over; whether it was the last, which ends the call."""
        joint.legs -= 1
        joint.trouble = joint.trouble or trouble
        if joint.legs == 0:
            self.waiting = {key: other for key, other in self.waiting.items() if other is not joint}
            joint.line.end(joint.trouble)
        return joint.legs == 0

    def _joined(self, key: tuple[str, str], joint: Joint, opened: Opened) -> tuple[Joint, int]:
        rates = joint.line.about.rates
        if any(rates[speaker] != rate for speaker, rate in opened.rates.items()):
            raise WireBroken("the two sides of a call come at different sample rates; set one codec for both")
        joint.awaited -= set(opened.rates)
        joint.legs += 1
        if not joint.awaited:
            del self.waiting[key]
        [rate] = set(opened.rates.values())
        return joint, round(joint.line.received_s * rate)


async def hear(line: LiveCall, chunk: AudioChunk, answer: Callable[[list[Event]], None] | None = None) -> bool:
    """`line.hear`, after waiting for room rather than losing audio; whoever sends holds what comes meanwhile."""
    while not line.has_room(chunk) and not line.is_over:
        await asyncio.sleep(ROOM_S)
    return line.hear(chunk, answer)


class Connection:
    """One socket's decoder and its part of a call."""

    def __init__(self, desk: Desk, lobby: Lobby, wire: Wire, send: Send, source: str, check: Check) -> None:
        """`send` may be called from any thread and sends in order; `check` may refuse a call that is about to open."""
        self._desk = desk
        self._lobby = lobby
        self._wire = wire
        self._send = send
        self._source = source
        self._check = check
        self._joint: Joint | None = None
        self._left: LiveCall | None = None  # the call that this connection was the last of
        self._shift = 0  # samples between the wire's count and the call's
        self._errors = 0
        self._is_paused = False
        self._loop = asyncio.get_running_loop()
        self.is_over = False

    async def take(self, frame: str | bytes) -> None:
        """Work on a frame.  A bad one is left out; too many, or one that breaks everything, are a `WireBroken`."""
        try:
            events = self._wire.receive(frame)
        except WireBroken:
            raise
        except WireError as error:
            self._errors += 1
            if self._errors > MOST_ERRORS:
                raise WireBroken(f"{self._errors} frames that cannot be understood; the last: {error}") from error
            return
        await self._follow(events)

    async def gone(self, orderly: bool) -> None:
        """The socket is closed."""
        await self._follow(self._wire.lost(orderly))
        self._leave("the connection broke")  # nothing is left to do if the wire has ended it

    async def farewell(self) -> None:
        """After the end: wait for the call's last words, and send what the protocol ends with."""
        if self._left is not None:
            await asyncio.to_thread(self._left.join, LAST_WORDS_S)
        for data in self._wire.finished():
            self._send(data)

    def refuse(self, why: str) -> None:
        """Say in the protocol's own way that it cannot go on."""
        for data in self._wire.refused(why):
            self._send(data)
        self._leave(why)

    async def _follow(self, events: list[WireEvent]) -> None:
        await self._do(events)
        if self._joint is not None:
            self._joint.line.trouble = self._trouble

    @property
    def _trouble(self) -> str:
        """What an agent should know of the audio, in a few words; empty while all is well."""
        if self._is_paused:
            return "paused by the telephone system"
        return f"{self._wire.dropped} packets came twice or too late" if self._wire.dropped else ""

    async def _do(self, events: list[WireEvent]) -> None:
        for event in events:
            if isinstance(event, AudioChunk):
                await self._hear(event)
            elif isinstance(event, Opened):
                self._check(event)
                self._joint, self._shift = self._lobby.enter(self._desk, self._source, event, self._tell)
            elif isinstance(event, Reply):
                self._send(event.data)
            elif isinstance(event, (Paused, Resumed)):
                self._is_paused = isinstance(event, Paused)
            elif isinstance(event, Closed):
                self.is_over = True
                self._leave("" if event.normal else event.reason)

    def _leave(self, trouble: str) -> None:
        joint, self._joint = self._joint, None
        if joint is not None and self._lobby.leave(joint, trouble):
            self._left = joint.line

    async def _hear(self, chunk: AudioChunk) -> None:
        if self._joint is None:
            return
        if self._shift and not chunk.first_sample:
            step = round(SILENCE_S * chunk.rate)
            for begin in range(0, self._shift, step):
                silence = np.zeros(min(step, self._shift - begin), dtype=np.float32)
                await hear(self._joint.line, replace(chunk, samples=silence, first_sample=begin))
        await hear(self._joint.line, replace(chunk, first_sample=chunk.first_sample + self._shift))

    def _tell(self, event: Event) -> None:
        """From the call's own thread."""
        if not isinstance(self._wire, Tap):  # who wants to hear nothing
            self._loop.call_soon_threadsafe(self._told, event)

    def _told(self, event: Event) -> None:
        for data in self._wire.tell(event):
            self._send(data)
