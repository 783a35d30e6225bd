"""The sockets of every protocol, over one desk.

A call that there is no room for is refused in words, and the socket closed with 1013 (try again later); a connection
on which nothing can be understood any more is closed with 1008, and no other notices.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from analyzer.audio import AudioChunk, Speaker
from analyzer.errors import AnalyzerError, CallRefused, OutputError, WireBroken, WireError
from analyzer.events import Event
from analyzer.live.desk import Desk
from analyzer.live.line import About, LiveCall
from analyzer.server.access import is_same
from analyzer.server.connection import Connection, Lobby, hear
from analyzer.sources import http_signature, twilio
from analyzer.sources.audiohook import AudioHookSettings, AudioHookWire
from analyzer.sources.audiosocket import AudioSocketSettings, AudioSocketWire
from analyzer.sources.chan_websocket import ChanWebsocketSettings, ChanWebsocketWire
from analyzer.sources.twilio import TwilioSettings, TwilioWire
from analyzer.sources.vosk_wire import VoskWire
from analyzer.sources.wire import Closed, Opened, Reply, Wire

LOG = logging.getLogger(__name__)
LARGEST_FRAME = 1024 * 1024  # bytes; a second of the dearest audio is a fifth of it
PING_S = 30.0  # a peer that does not answer a ping for so long is gone
LONGEST_OUTBOX = 500  # messages that a peer has not taken; after that it is told nothing more
READ = 4096  # bytes at a time from a TCP stream
CODES = ((WireError, WSCloseCode.POLICY_VIOLATION), (AnalyzerError, WSCloseCode.TRY_AGAIN_LATER))
OK_CODES = (None, WSCloseCode.OK)


@dataclass(frozen=True, slots=True)
class WireSettings:
    """What the protocols need to know of the other side."""

    twilio: TwilioSettings = TwilioSettings()
    twilio_auth_token: str = ""  # with it, every stream must be signed
    audiohook_secrets: Mapping[str, bytes] = field(default_factory=dict)  # by API key; with any, requests are signed
    audiohook_tells: frozenset[str] = frozenset()
    audiosocket: AudioSocketSettings = AudioSocketSettings()
    peers: tuple[str, ...] = ()  # addresses besides the loopback that may connect to AudioSocket
    vosk_speaker: Speaker = "customer"  # who speaks to vosk-server's clients, which do not say
    alone: Speaker = "unknown"  # who speaks on a channel that does not say


class Sockets:
    """The handlers over one desk."""

    def __init__(self, desk: Desk, token: str = "", settings: WireSettings = WireSettings()) -> None:
        """`token` is what Twilio's parameters must show, since its addresses can hold none."""
        self._desk = desk
        self._token = token
        self._settings = settings
        self._lobby = Lobby()
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """Every protocol's path."""
        return [
            web.get("/vosk", self.vosk),
            web.get("/twilio", self.twilio),
            web.get("/audiohook", self.audiohook),
            web.get("/asterisk", self.asterisk),
        ]

    async def twilio(self, request: web.Request) -> web.StreamResponse:
        """Twilio's Media Streams, and those of Telnyx and Talkdesk."""
        secret, signature = self._settings.twilio_auth_token, request.headers.get("X-Twilio-Signature", "")
        if secret:
            url = f"wss://{request.host}{request.rel_url}"
            if (why := twilio.signature_error(signature, url, secret)) is not None:
                return web.Response(status=403, text=f"{why}\n")
        return await self._carry(request, TwilioWire(self._settings.twilio), "twilio", is_known=bool(secret))

    async def audiohook(self, request: web.Request) -> web.StreamResponse:
        """Genesys AudioHook."""
        if self._settings.audiohook_secrets:
            why = http_signature.signature_error(
                request.headers,
                request.method,
                str(request.rel_url),
                request.host,
                self._settings.audiohook_secrets,
                time.time(),
            )
            if why is not None:
                await asyncio.sleep(0.5)  # so that guessing is slow
                return web.Response(status=401, text=f"{why}\n")
        organization = request.headers.get("audiohook-organization-id")
        settings = AudioHookSettings(organization, self._settings.audiohook_tells)
        return await self._carry(request, AudioHookWire(settings), "audiohook", is_known=True)

    async def asterisk(self, request: web.Request) -> web.StreamResponse:
        """Asterisk's chan_websocket."""
        wire = ChanWebsocketWire(ChanWebsocketSettings(dict(request.query), self._settings.alone))
        return await self._carry(request, wire, "asterisk", is_known=True)

    async def audiosocket(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Asterisk's AudioSocket, over TCP; only from this machine and the addresses in the settings."""
        if not is_peer(writer.get_extra_info("peername"), self._settings.peers):
            writer.close()
            return
        wire = AudioSocketWire(self._settings.audiosocket)
        connection = Connection(self._desk, self._lobby, wire, _nothing, "audiosocket", _nothing)
        orderly = True
        try:
            while not connection.is_over and (data := await reader.read(READ)):
                await connection.take(data)
        except AnalyzerError as error:
            connection.refuse(str(error))
            note_broken(error, "audiosocket")
        except ConnectionError:
            orderly = False
        finally:
            await connection.gone(orderly)
            writer.close()

    async def vosk(self, request: web.Request) -> web.StreamResponse:
        """The protocol of vosk-server: one reply a chunk, in order."""
        socket = await self._accepted(request)
        wire = VoskWire(f"vosk-{secrets.token_hex(4)}", self._settings.vosk_speaker)
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
            note_broken(error, "vosk")
            await refuse(socket, error, json.dumps({"error": str(error)}))
        except ConnectionResetError:
            return socket  # the client went away while we answered; its call ends below
        finally:
            self._open.discard(socket)
            for event in wire.lost():
                if isinstance(event, Closed) and line is not None:
                    line.end(event.reason)
        return socket

    async def close(self) -> None:
        """The program is about to stop: every socket is told so."""
        for socket in list(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the program was stopped")

    async def _carry(self, request: web.Request, wire: Wire, source: str, is_known: bool) -> web.WebSocketResponse:
        """One websocket from its first frame to its last."""
        socket = await self._accepted(request)
        outbox = Outbox(socket)
        check = _nothing if is_known else self._check_token
        connection = Connection(self._desk, self._lobby, wire, outbox.put, source, check)
        orderly = False
        try:
            async for message in socket:
                await connection.take(frame_of(message))
                if connection.is_over:
                    break
            orderly = socket.close_code in OK_CODES
            await connection.gone(orderly)
            await connection.farewell()
            await outbox.close()
            await socket.close()
        except AnalyzerError as error:
            connection.refuse(str(error))
            note_broken(error, source)
            await outbox.close()
            await refuse(socket, error)
        finally:
            await outbox.close()
            await connection.gone(orderly)
            self._open.discard(socket)
        return socket

    def _check_token(self, opened: Opened) -> None:
        """A call whose request could show no token shows it in its first message."""
        if self._token and not is_same(opened.token, self._token):
            raise WireBroken("a stream without the token; pass it as a parameter named token")

    async def _accepted(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME, heartbeat=PING_S, compress=False)
        await socket.prepare(request)
        self._open.add(socket)
        return socket


class Outbox:
    """What goes back over one websocket, in order, from any thread; a peer that does not read is told no more."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | bytes | None] = asyncio.Queue(LONGEST_OUTBOX)
        self._task = asyncio.create_task(self._work())

    def put(self, data: str | bytes) -> None:
        """Send it when its turn comes."""
        self._loop.call_soon_threadsafe(self._put_here, data)

    def _put_here(self, data: str | bytes | None) -> None:
        if not self._queue.full():
            self._queue.put_nowait(data)

    async def close(self) -> None:
        """Send what is waiting, and no more."""
        await asyncio.sleep(0)  # what other threads put is in the loop's hands by now
        if not self._task.done():
            self._put_here(None)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._task, 2.0)

    async def _work(self) -> None:
        while (data := await self._queue.get()) is not None:
            try:
                await (self._socket.send_str(data) if isinstance(data, str) else self._socket.send_bytes(data))
            except ConnectionError:
                return  # it is gone; the reading side notices


def _nothing(_: object) -> None:
    """No check, where the request itself showed who it was; no reply, where the other side wants none."""


def is_peer(address: object, peers: tuple[str, ...]) -> bool:
    """Whether an address of a socket is this machine's or one of `peers` (addresses or networks)."""
    try:
        found = ipaddress.ip_address(str(address[0]).split("%")[0])  # type: ignore[index]
        return found.is_loopback or any(found in ipaddress.ip_network(peer) for peer in peers)
    except (ValueError, TypeError, IndexError):
        return False


async def worked_off(line: LiveCall, chunk: AudioChunk) -> None:
    """Hear a chunk and wait until the call has worked on it."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def answer(_: list[Event]) -> None:
        loop.call_soon_threadsafe(done.set)

    if await hear(line, chunk, answer):
        await done.wait()


def frame_of(message: WSMessage) -> str | bytes:
    """What a websocket message holds; one that is neither text nor bytes breaks the connection."""
    if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
        raise WireBroken("a frame that is too large or not a frame")
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


def note_broken(error: AnalyzerError, source: str) -> None:
    """Log that a connection was closed for what came over it; of a call that was refused the desk has told."""
    if isinstance(error, WireError):
        LOG.info("a connection broke: %s", error, extra={"event": "wire broken", "source": source, "why": str(error)})


async def refuse(socket: web.WebSocketResponse, error: AnalyzerError, words: str = "") -> None:
    """Close with the code for the error and its text, after `words` if there are any."""
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if not socket.closed:
        if words:
            await socket.send_str(words)
        await socket.close(code=code, message=str(error)[:120].encode())
