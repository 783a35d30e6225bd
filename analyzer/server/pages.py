"""What browsers get: the pages, the stream of messages, the answers to prompts, health and figures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from analyzer.live.board import Board, Posted, Wanted
from analyzer.live.desk import Desk
from analyzer.live.metrics import Metrics
from analyzer.live.view import Message
from analyzer.overlay import FOLDER

ALIVE_S = 1.0  # a page that hears nothing for five of these says that the link is down
ANSWERS = ("done", "not now", "helpful")
PUTS_AWAY = ("done", "not now")
STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Pages:
    """Handlers over one desk."""

    desk: Desk
    board: Board
    metrics: Metrics
    most_calls: int
    answer: Callable[[Message], None]  # keeps what the agent said of a prompt

    def routes(self) -> list[web.RouteDef]:
        """Every path of the pages."""
        return [
            web.get("/", page("overlay.html")),
            web.get("/calls", page("calls.html")),
            web.get("/static/{name}", static),
            web.get("/events", self.events),
            web.post("/answers", self.answers),
            web.get("/api/calls", self.calls),
            web.get("/healthz", self.health),
            web.get("/metrics", self.figures),
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The messages as server-sent events: what was missed, then the state as it is, then what comes."""
        wanted = wanted_by(request.query.get("call", ""), request.query.get("agent", ""))
        response = web.StreamResponse(headers=STREAM)
        await response.prepare(request)
        with self.board.reader(wanted) as reader:
            for posted in self.board.missed(missed_after(request, self.board.number), wanted):
                await response.write(sent(Posted(posted.number, posted.message | {"missed": True})))
            for state in filter(wanted, self.desk.snapshots()):
                await response.write(sent(Posted(self.board.number, state)))
            try:
                while not reader.is_cut_off:
                    posted_now = await reader.next(ALIVE_S)
                    await response.write(sent(posted_now or Posted(self.board.number, {"type": "alive"})))
            except (ConnectionResetError, asyncio.CancelledError):  # the page was closed
                return response
        return response

    async def answers(self, request: web.Request) -> web.Response:
        """What the agent said of a prompt, by a key: done, not now, helpful."""
        try:
            given = await request.json()
            told: Message = {
                "call_id": str(given["call_id"])[:200],
                "prompt": int(given["prompt"]),
                "tactic": str(given["tactic"])[:40],
                "answer": ANSWERS[ANSWERS.index(given["answer"])],
            }
        except (ValueError, KeyError, TypeError):
            raise web.HTTPBadRequest(text="an answer has call_id, prompt, tactic and answer\n") from None
        self.answer(told)
        if told["answer"] in PUTS_AWAY:
            self.desk.put_away(told["call_id"], told["prompt"], told["tactic"])
        return web.Response(status=204)

    async def calls(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """The ranking for the supervisor's page."""
        return web.json_response({"calls": self.desk.ranking(), "most": self.most_calls})

    async def health(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """200 while calls are taken, 503 while the program is about to stop."""
        status = 503 if self.desk.is_draining else 200
        worst = max(
            (line.health for line in self.desk.calls), key=("good", "behind", "overloaded").index, default="good"
        )
        return web.json_response(
            {"calls": len(self.desk.calls), "most": self.most_calls, "health": worst}, status=status
        )

    async def figures(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Prometheus' text."""
        return web.Response(body=self.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})


def page(name: str) -> Handler:
    """A handler that gives one page."""

    async def handler(request: web.Request) -> web.Response:  # noqa: ARG001
        return web.Response(text=(FOLDER / name).read_text("utf-8"), content_type="text/html")

    return handler


TYPES = {".css": "text/css", ".js": "text/javascript"}


async def static(request: web.Request) -> web.Response:
    """A file of the pages, by its bare name."""
    path = FOLDER / Path(request.match_info["name"]).name
    if path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound(text="no such file\n")
    return web.Response(text=path.read_text("utf-8"), content_type=TYPES[path.suffix])


def wanted_by(call: str, agent: str) -> Wanted:
    """The messages of one call, of one agent's calls, or of all."""

    def wanted(message: Message) -> bool:
        return (not call or message.get("call_id") == call) and (not agent or message.get("agent") == agent)

    return wanted


def missed_after(request: web.Request, newest: int) -> int:
    """The number of the message that a page saw last; the newest for one that is new here, or older than we are."""
    given = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    number = int(given) if given.isdecimal() and len(given) < 16 else newest
    return number if number <= newest else newest


def sent(posted: Posted) -> bytes:
    """A message on the wire."""
    return f"id: {posted.number}\ndata: {json.dumps(posted.message, ensure_ascii=False)}\n\n".encode()
