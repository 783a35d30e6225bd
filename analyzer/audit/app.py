"""The pages of the audit over one database: the list, a call, its sound, what was said of it, and the people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import delete, insert, select

from analyzer.affect import CUES
from analyzer.audit import blind, hearing, labels, listing, trail
from analyzer.audit.calibrating import Calibrating
from analyzer.audit.entering import Entering
from analyzer.audit.finding import Finding, question_in
from analyzer.audit.guard import HEADERS, PERSON, Proxy, guard, text_in
from analyzer.audit.people import LEADS, ROLES, Door, Person
from analyzer.audit.private import care_of
from analyzer.audit.schema import VIEWS
from analyzer.audit.scoring import Scoring
from analyzer.audit.shelf import alike
from analyzer.audit.standing import Standing
from analyzer.errors import OutputError, RecordError
from analyzer.escalation import ORDER
from analyzer.loopback import NAMES, is_loopback
from analyzer.record import Record, clock, read
from analyzer.report.html import json_for_html, page_data

HERE = Path(__file__).parent
REPORT = HERE.parent / "report"
LONGEST = 2_000  # characters of a note


def is_mono(record: Record) -> bool:
    """Whether both sides are on one channel, so that neither can be heard alone."""
    return len(record.header["channels"]) < 2


def when(at: str) -> str:
    """A time as people read it, to the minute."""
    return at[:16].replace("T", " ")


def sparkline(tension: list[float]) -> str:
    """The points of an SVG line, 80 wide and 18 high."""
    step = 80 / max(1, len(tension) - 1)
    return " ".join(f"{i * step:.0f},{17 - 16 * value:.1f}" for i, value in enumerate(tension))


def _pages() -> Environment:
    pages = Environment(loader=PackageLoader("analyzer.audit"), autoescape=True, undefined=StrictUndefined)
    pages.globals |= {"LEVELS": ORDER, "ROLES": ROLES, "LEADS": LEADS}
    pages.filters |= {"clock": clock, "spark": sparkline, "query": urlencode, "when": when}
    pages.filters |= {"level_or_worse": listing.level_or_worse}
    return pages


@dataclass(frozen=True, slots=True)
class Audit:
    """Handlers over a database and the folders with the sound."""

    door: Door
    folders: tuple[Path, ...]
    cache: Path
    pages: Environment = field(default_factory=_pages)

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get("/", self.calls),
            web.get("/calls/{number:[0-9]{1,9}}", self.call),
            web.get("/calls/{number:[0-9]{1,9}}/sound", self.sound),
            web.get("/calls/{number:[0-9]{1,9}}/waves", self.waves),
            web.get("/calls/{number:[0-9]{1,9}}/care", self.care),
            web.get("/calls/{number:[0-9]{1,9}}/said", self.heard_said),
            web.post("/calls/{number:[0-9]{1,9}}/said", self.said),
            web.post("/views", self.keep_view),
            web.get("/static/{name}", static),
            web.get("/favicon.ico", no_icon),
        ]

    async def calls(self, request: web.Request) -> web.Response:
        """The list, as the query string wants it."""
        person, asked = request[PERSON], listing.asked_in(request.query)

        def find() -> dict[str, Any]:
            with self.door.engine.connect() as connection:
                return {
                    "page": listing.page(connection, asked, person),
                    "choices": listing.choices(connection, person),
                    "views": self.views(person),
                }

        return self.shown("list.html", request, asked=asked, **await asyncio.to_thread(find))

    def views(self, person: Person) -> list[dict[str, Any]]:
        """The filters that somebody kept, by `name` and `query`."""
        kept = select(VIEWS.c.name, VIEWS.c.query).where(VIEWS.c.person == person.id).order_by(VIEWS.c.name)
        with self.door.engine.connect() as connection:
            return [dict(row) for row in connection.execute(kept).mappings()]

    async def call(self, request: web.Request) -> web.Response:
        """One call: chart, sound, transcript, and every tag with its evidence; for who rates it blind, why not."""
        row, person = await self.row(request), request[PERSON]
        of_round = await asyncio.to_thread(blind.round_of, self.door.engine, row["id"], person)
        if of_round is not None:
            around = await asyncio.to_thread(self.around, request, row)
            return self.shown("withheld.html", request, row=row, round=of_round, around=around, why=blind.WITHHELD)

        def find() -> dict[str, Any]:
            record = self.record(row)
            sound = self.sound_of(record, row)
            waves = hearing.drawn(sound, record, self.cache) if sound else []  # None: not yet, the page asks again
            header = {key: record.header[key] for key in ("models", "policy")}
            more: dict[str, Any] = {
                "said": self.said_of(row, person),
                "record": row["record_sha256"],
                "mono": is_mono(record),
            }
            more |= {"choices": {"level": ORDER, "turn": CUES}}
            judged = [entry["record_sha256"] for entry in more["said"]]
            with self.door.engine.connect() as connection:
                more["alike"] = alike(connection, row["record_sha256"], judged)
            shown = page_data(record, waves or [])
            return {
                "data": json_for_html(shown | header | more),
                "spoken": shown["spoken"],
                "has_sound": sound is not None,
                "waves_wait": waves is None,
                "has_care": care_of(record, row, person) is not None,
                "around": self.around(request, row),
                "moments": question_in(request.query.get("of", "")),
            }

        return self.shown("call.html", request, row=row, **await asyncio.to_thread(find))

    def around(self, request: web.Request, row: Mapping[str, Any]) -> dict[str, Any]:
        """The calls before and after one, in the list from which it was opened."""
        asked = listing.asked_in(request.query.get("in", ""))
        with self.door.engine.connect() as connection:
            before, after = listing.neighbours(connection, row, asked, request[PERSON])
        return {"before": before, "after": after, "asked": asked}

    def record(self, row: Mapping[str, Any]) -> Record:
        """The record of a call.  Raises 404 where it was taken away, in words that name no folder."""
        try:
            return read(Path(row["path"]))
        except RecordError as error:
            raise web.HTTPNotFound(text="the record of this call is not where it was; score the call again") from error

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """The sound of a call; browsers ask for the part that they play."""
        row = await self.row(request)
        found = await asyncio.to_thread(lambda: self.sound_of(self.record(row), row))
        if found is None:
            raise web.HTTPNotFound(text="the recording of this call is not here")
        kind = hearing.TYPES[found.suffix.lower()]
        return web.FileResponse(found, headers=HEADERS | {"Content-Type": kind})

    async def waves(self, request: web.Request) -> web.Response:
        """The outline of the sound, which takes a moment the first time."""
        row = await self.row(request)

        def draw() -> list[dict[str, Any]]:
            record = self.record(row)
            sound = self.sound_of(record, row)
            return hearing.waves(sound, record, self.cache) if sound else []

        return web.json_response(await asyncio.to_thread(draw))

    async def care(self, request: web.Request) -> web.Response:
        """The care card of the agent's own hard call; for everybody else there is no such page."""
        row = await self.row(request)
        card = await asyncio.to_thread(lambda: care_of(self.record(row), row, request[PERSON]))
        if card is None:
            raise web.HTTPNotFound(text="there is no such page")
        return self.shown("care.html", request, row=row, card=card)

    async def heard_said(self, request: web.Request) -> web.Response:
        """What everybody has said of a call by now."""
        row = await self.row(request)
        return web.json_response(await asyncio.to_thread(self.said_of, row, request[PERSON]))

    def said_of(self, row: Mapping[str, Any], person: Person) -> list[Mapping[str, Any]]:
        """The trail of a call, as far as somebody may see it now."""
        entries = list(trail.entries(self.door.engine, row["call_id"]))
        return blind.visible(self.door.engine, row["id"], person, entries)

    def sound_of(self, record: Record, row: Mapping[str, Any]) -> Path | None:
        """The recording of a call, if it is here."""
        return hearing.recording(record, Path(row["path"]), self.folders, self.cache)

    async def said(self, request: web.Request) -> web.Response:
        """An analyst agrees, disputes, corrects, notes; the entry as it stands in the trail now."""
        row, person, form = await self.row(request), request[PERSON], await request.post()
        given = {name: text_in(form, name, LONGEST) for name in ("tag", "did", "why", "correction")}
        if person.role == "agent" or given["did"] not in trail.DID:
            raise web.HTTPForbidden(text="an analyst agrees, disputes, corrects or notes")
        await asyncio.to_thread(blind.refuse, self.door.engine, row["id"], person)
        await asyncio.to_thread(self.check_tag, row, given)
        entry = trail.Said(row["call_id"], row["record_sha256"], person=person.name, **given)
        return web.json_response(await asyncio.to_thread(trail.append, self.door.engine, entry))

    def check_tag(self, row: Mapping[str, Any], given: Mapping[str, str]) -> None:
        """Raises `OutputError` for a tag that the record has not, or a correction that can't be one."""
        kind, _, number = given["tag"].partition(":")
        record = self.record(row)
        of_kind = {"level": record.levels, "prompt": record.prompts, "turn": record.turns}.get(kind, [])
        is_there = number.isdecimal() and len(number) < 7 and int(number) < len(of_kind)
        if given["tag"] != "call" and not is_there:
            raise OutputError("this call has no such tag; open the page again")
        if given["did"] == "correct" and kind == "turn":
            labels.cues_in(given["correction"])
        elif given["did"] == "correct" and kind == "level" and given["correction"] not in ORDER:
            raise OutputError(f"the right level is one of: {', '.join(ORDER)}")

    async def keep_view(self, request: web.Request) -> web.Response:
        """Keep the filters of the list under a name; no filters take the view away."""
        form, person = await request.post(), request[PERSON]
        name = text_in(form, "name", 80).strip()
        asked = listing.asked_in(str(form.get("query", ""))[:LONGEST])
        query = urlencode({key: value for key, value in asked.items() if key != "page"})

        def keep() -> None:
            with self.door.engine.begin() as connection:
                connection.execute(delete(VIEWS).where(VIEWS.c.person == person.id, VIEWS.c.name == name))
                if name and query:
                    connection.execute(insert(VIEWS).values(person=person.id, name=name, query=query))

        await asyncio.to_thread(keep)
        raise web.HTTPSeeOther(f"/?{query}")

    async def row(self, request: web.Request) -> Mapping[str, Any]:
        """The call that a path names, if it is there and theirs: both failures look the same."""
        number, person = int(request.match_info["number"]), request[PERSON]

        def find() -> Mapping[str, Any] | None:
            with self.door.engine.connect() as connection:
                return listing.one(connection, number, person)

        row = await asyncio.to_thread(find)
        if row is None:
            raise web.HTTPNotFound(text="no such call")
        return row

    def shown(self, name: str, request: web.Request, status: int = 200, **values: Any) -> web.Response:
        values |= {"person": request.get(PERSON), "here": request.path, "status": status}
        text = self.pages.get_template(name).render(values)
        return web.Response(text=text, status=status, content_type="text/html")


def _report_style() -> str:
    _, _, rest = (REPORT / "template.html").read_text("utf-8").partition("<style>")
    return rest.partition("</style>")[0]


STATIC: dict[str, tuple[str, Callable[[], str]]] = {
    "report.css": ("text/css", _report_style),
    "sound.js": ("text/javascript", lambda: (REPORT / "sound.js").read_text("utf-8")),
    "page.js": ("text/javascript", lambda: (REPORT / "page.js").read_text("utf-8")),
    "audit.css": ("text/css", lambda: (HERE / "static/audit.css").read_text("utf-8")),
    "audit.js": ("text/javascript", lambda: (HERE / "static/audit.js").read_text("utf-8")),
    "list.js": ("text/javascript", lambda: (HERE / "static/list.js").read_text("utf-8")),
    "card.js": ("text/javascript", lambda: (HERE / "static/card.js").read_text("utf-8")),
    "base.js": ("text/javascript", lambda: (HERE / "static/base.js").read_text("utf-8")),
}


async def static(request: web.Request) -> web.Response:
    """One of the files above; there is no way to name another."""
    if request.match_info["name"] not in STATIC:
        raise web.HTTPNotFound(text="no such file")
    kind, text = STATIC[request.match_info["name"]]
    return web.Response(text=text(), content_type=kind)


async def no_icon(request: web.Request) -> web.Response:  # noqa: ARG001 - aiohttp's signature
    """Browsers ask for a picture; there is none."""
    return web.Response(status=204)


def application(audit: Audit, host: str, hosts: tuple[str, ...] = (), proxy: Proxy | None = None) -> web.Application:
    """The web application, to be reached under `host` and `hosts`."""
    names = {host, *hosts, *(NAMES if is_loopback(host) else ())}

    def told(request: web.Request, status: int, text: str) -> web.Response:
        return audit.shown("error.html", request, status=status, text=text)

    app = web.Application(middlewares=[guard(audit.door, frozenset(names), told, proxy)], client_max_size=64 * 1024)
    for part in (audit, Scoring(audit), Calibrating(audit), Entering(audit), Standing(audit), Finding(audit)):
        app.add_routes(part.routes())
    return app
