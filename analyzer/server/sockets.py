"""Binds wire protocols to sockets: frames to the decoder, its audio to a call, its replies back.

A connection is one call.  A call that there is no room for is refused in words, and the socket closed with 1013
(try again later); a frame that breaks the protocol ends that connection with 1008 and no other.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from analyzer.audio import AudioChunk
from analyzer.errors import CallRefused, OutputError, WireError
from analyzer.events import Event
from analyzer.live.desk import Desk
from analyzer.live.line import About, LiveCall
from analyzer.sources.vosk_wire import VoskWire
from analyzer.sources.wire import Closed, Opened, Reply, Wire, WireEvent

LARGEST_FRAME = 1024 * 1024  # bytes; a second of the dearest audio is a fifth of it
PING_S = 30.0  # a peer that does not answer a ping for so long is gone
ROOM_S = 0.02  # between two looks whether the inbox has room again


class Connection:
    """One socket, its decoder and its call."""

    def __init__(self, desk: Desk, wire: Wire, send: Callable[[str | bytes], None], source: str) -> None:
        """`send` may be called from any thread, and sends in order."""
        self._desk = desk
        self._wire = wire
        self._send = send
        self._source = source
        self.line: LiveCall | None = None
        self.is_over = False

    async def take(self, frame: str | bytes) -> list[AudioChunk]:
        """Work on a frame: the audio that went to the call.  `WireError` and `CallRefused` end the connection."""
        return await self._follow(self._wire.receive(frame))

    async def broken(self) -> None:
        """The socket went away: the call ends, unless the protocol had ended it."""
        await self._follow(self._wire.lost())
        if self.line is not None:
            self.line.end("the connection broke" if not self.is_over else "")

    async def _follow(self, events: list[WireEvent]) -> list[AudioChunk]:
        heard = []
        for event in events:
            if isinstance(event, AudioChunk):
                heard.append(event)
                await self._hear(event)
            elif isinstance(event, Opened):
                about = About(event.call_id, self._source, event.rates, event.codec, event.agent_name)
                self.line = self._desk.open(about, self._tell)
            elif isinstance(event, Reply):
                self._send(event.data)
            elif isinstance(event, Closed):
                self.is_over = True
                if self.line is not None:
                    self.line.end("" if event.normal else event.reason)
        return heard

    async def _hear(self, chunk: AudioChunk) -> None:
        """Wait for room rather than lose audio; the socket's own buffer holds what comes meanwhile."""
        if self.line is None:
            return
        while not self.line.has_room(chunk):
            await asyncio.sleep(ROOM_S)
        self.line.hear(chunk)

    def _tell(self, event: Event) -> None:
        for data in self._wire.tell(event):
            self._send(data)


async def worked_off(line: LiveCall, chunk: AudioChunk) -> None:
    """Hear a chunk and wait until the call has worked on it."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    while not line.has_room(chunk):
        await asyncio.sleep(ROOM_S)

    def answer(_: list[Event]) -> None:
        loop.call_soon_threadsafe(done.set)

    if line.hear(chunk, answer):
        await done.wait()


class Sockets:
    """The websocket handlers over one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """Every protocol's path."""
        return [web.get("/vosk", self.vosk)]

    async def vosk(self, request: web.Request) -> web.WebSocketResponse:
        """The protocol of vosk-server: one reply a chunk, in order."""
        socket = await self._accepted(request)
        wire = VoskWire(f"vosk-{secrets.token_hex(4)}")
        line: LiveCall | None = None
        try:
            async for message in socket:
                for event in wire.receive(frame_of(message)):
                    if isinstance(event, Opened):
                        about = About(event.call_id, "vosk", event.rates, event.codec, event.agent_name)
                        line = self._desk.open(about, wire.remember)
                    elif isinstance(event, AudioChunk) and line is not None:
                        await worked_off(line, event)
                        await send_all(socket, wire.answered())
                    elif isinstance(event, Reply):
                        await socket.send_str(str(event.data))
                if wire.is_over:
                    await asyncio.to_thread(ended, line, "")
                    await send_all(socket, wire.answered())
                    await socket.close()
        except (WireError, CallRefused, OutputError) as error:
            await refuse(socket, error)
        except ConnectionResetError:
            return socket  # the client went away while we answered; its call ends below
        finally:
            self.open.discard(socket)
            for event in wire.lost():
                if isinstance(event, Closed) and line is not None:
                    line.end(event.reason)
        return socket

    async def close(self) -> None:
        """The program is about to stop: every socket is told so."""
        for socket in list(self.open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the program was stopped")

    async def _accepted(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME, heartbeat=PING_S, compress=False)
        await socket.prepare(request)
        self.open.add(socket)
        return socket


def frame_of(message: WSMessage) -> str | bytes:
    """What a websocket message holds; one that is neither text nor bytes is a `WireError`."""
    if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
        raise WireError("a frame that is too large or not a frame")
    data: str | bytes = message.data
    return data


async def send_all(socket: web.WebSocketResponse, replies: list[str]) -> None:
    """Send replies in order."""
    for reply in replies:
        await socket.send_str(reply)


def ended(line: LiveCall | None, why: str) -> None:
    """End a call and wait for its last words."""
    if line is not None:
        line.end(why)
        line.join()


async def refuse(socket: web.WebSocketResponse, error: Exception) -> None:
    """Say why in words, then close."""
    code = WSCloseCode.POLICY_VIOLATION if isinstance(error, WireError) else WSCloseCode.TRY_AGAIN_LATER
    if not socket.closed:
        await socket.send_str(json.dumps({"error": str(error)}))
        await socket.close(code=code, message=str(error)[:120].encode())
