"""Puts the server together, runs it, and lets it end in good order."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from analyzer.errors import OutputError
from analyzer.live.board import Board
from analyzer.live.desk import Desk, DeskSettings, Makers
from analyzer.live.metrics import Metrics
from analyzer.live.view import Message
from analyzer.server.access import Access, add_headers, guard
from analyzer.server.pages import Pages
from analyzer.server.sockets import Sockets, WireSettings

LOG = logging.getLogger(__name__)
WATCH_S = 1.0  # how often pages are told how their calls keep up
DRAIN_S = 10.0  # for the last words of the calls in progress
LARGEST_BODY = 64 * 1024  # of a request; audio comes over sockets
PORTS_TRIED = 20  # from the one asked for upwards


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where to listen, and who may come."""

    bind: str
    port: int
    access: Access
    _: KW_ONLY
    tls: ssl.SSLContext | None = None
    vosk_port: int | None = None  # another port, on which every path speaks the protocol of vosk-server
    audiosocket_port: int | None = None  # for Asterisk's AudioSocket, over TCP
    wires: WireSettings = WireSettings()
    any_port: bool = False  # take the next free one if the port is taken


class Server:
    """One program's pages and sockets.  Made inside the event loop."""

    def __init__(self, makers: Makers, settings: ServerSettings, desk_settings: DeskSettings) -> None:
        self.settings = settings
        self.board = Board(asyncio.get_running_loop())
        self.metrics = Metrics()
        self.desk = Desk(makers, self.board, self.metrics, desk_settings)
        self.port = settings.port
        self.stopping = asyncio.Event()
        answers = Answers(desk_settings.output)
        pages = Pages(self.desk, self.board, self.metrics, desk_settings.most_calls, answers)
        access = settings.access
        if settings.wires.audiohook_secrets:
            access = replace(access, signed=("/audiohook",))
        self.app = web.Application(middlewares=[guard(access)], client_max_size=LARGEST_BODY)
        self.app.on_response_prepare.append(add_headers)
        self.app.add_routes(pages.routes())
        self.sockets = Sockets(self.desk, settings.access.token, settings.wires)
        self.app.add_routes(self.sockets.routes())
        self.vosk_port: int | None = None
        self.audiosocket_port: int | None = None
        self._vosk: web.AppRunner | None = None
        self._tcp: asyncio.Server | None = None
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0, handle_signals=False)

    @property
    def url(self) -> str:
        """Where the agent's page is, with the token if one is needed."""
        host = f"[{self.settings.bind}]" if ":" in self.settings.bind else self.settings.bind
        scheme = "https" if self.settings.tls else "http"
        token = f"?token={self.settings.access.token}" if self.settings.access.token else ""
        return f"{scheme}://{host}:{self.port}/{token}"

    async def start(self) -> None:
        """Listen; `OutputError` where the port is taken."""
        await self._runner.setup()
        for port in range(self.settings.port, self.settings.port + (PORTS_TRIED if self.settings.any_port else 1)):
            try:
                site = web.TCPSite(self._runner, self.settings.bind, port, ssl_context=self.settings.tls)
                await site.start()
            except OSError as error:
                taken = error
                continue
            self.port = port if port else self._runner.addresses[0][1]
            await self._start_vosk()
            await self._start_audiosocket()
            return
        await self._runner.cleanup()
        raise self._cannot_listen(self.settings.port, taken, "another --port")

    async def _start_vosk(self) -> None:
        """Listen where vosk-server's clients expect it, if that was asked for."""
        if self.settings.vosk_port is None:
            return
        app = web.Application(middlewares=[guard(self.settings.access)])
        app.add_routes([web.get("/{path:.*}", self.sockets.vosk)])
        self._vosk = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handle_signals=False)
        await self._vosk.setup()
        try:
            await web.TCPSite(
                self._vosk, self.settings.bind, self.settings.vosk_port, ssl_context=self.settings.tls
            ).start()
        except OSError as error:
            await self.stop()
            raise self._cannot_listen(self.settings.vosk_port, error, "another --vosk-port") from error
        self.vosk_port = self._vosk.addresses[0][1]

    async def _start_audiosocket(self) -> None:
        """Listen for Asterisk, if that was asked for."""
        port = self.settings.audiosocket_port
        if port is None:
            return
        try:
            self._tcp = await asyncio.start_server(self.sockets.audiosocket, self.settings.bind, port)
        except OSError as error:
            await self.stop()
            raise self._cannot_listen(port, error, "another --audiosocket-port") from error
        self.audiosocket_port = self._tcp.sockets[0].getsockname()[1]

    def _cannot_listen(self, port: int, error: OSError, way_out: str) -> OutputError:
        why = error.strerror or str(error)
        return OutputError(f"cannot listen on {self.settings.bind}:{port}: {why}; choose {way_out}")

    async def watch(self) -> None:
        """Tell pages and figures how the calls keep up, until the server stops."""
        while not self.stopping.is_set():
            self.desk.watch()
            await asyncio.sleep(WATCH_S)

    async def stop(self) -> None:
        """End in good order: the calls' last words first, then the pages."""
        self.stopping.set()
        await asyncio.to_thread(self.desk.drain, DRAIN_S)
        await self.sockets.close()
        await asyncio.sleep(0)  # what the calls posted last goes out to the pages
        self.board.close()
        await self._runner.cleanup()
        if self._vosk is not None:
            await self._vosk.cleanup()
        if self._tcp is not None:
            self._tcp.close()


class Answers:
    """What agents said of prompts, in `answers.jsonl` beside the records: the agent's own, in no record or report."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "answers.jsonl" if folder else None

    def __call__(self, answer: Message) -> None:
        """Keep one answer, if there is a folder for it."""
        if self._path is None:
            return
        try:
            self._path.touch(mode=0o600)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**answer, "at": round(time.time(), 1)}) + "\n")
        except OSError as error:
            told = {"event": "answer lost", "call_id": answer["call_id"], "error": error.strerror}
            LOG.warning("cannot keep an answer in %s: %s", self._path, error.strerror, extra=told)


Work = Callable[[Server], Coroutine[Any, Any, None]]


async def run_server(server: Server, works: Sequence[Work], beside: Sequence[Work] = (), forever: bool = True) -> None:
    """Serve until a signal to stop comes; if not `forever`, until the works are done.  `beside` runs meanwhile."""
    await server.start()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stopping.set)
    others = [asyncio.create_task(work(server)) for work in (Server.watch, *beside)]
    stopping = asyncio.create_task(server.stopping.wait())
    working = asyncio.create_task(_all_of(works, server))
    try:
        await asyncio.wait({stopping} if forever else {stopping, working}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await server.stop()
        for task in (*others, stopping, working):
            task.cancel()
        [done, *_] = await asyncio.gather(working, *others, stopping, return_exceptions=True)
    if isinstance(done, Exception):
        raise done


async def _all_of(works: Sequence[Work], server: Server) -> None:
    await asyncio.gather(*(work(server) for work in works))
