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

from analyzer.audit import hearing, labels, listing, rounds, trail
from analyzer.audit.calibrating import Calibrating
from analyzer.audit.guard import COOKIE, HEADERS, PERSON, Proxy, guard
from analyzer.audit.people import ROLES, SHIFT_S, Door, Person
from analyzer.audit.schema import VIEWS
from analyzer.audit.scoring import Scoring
from analyzer.errors import OutputError
from analyzer.escalation import ORDER
from analyzer.loopback import NAMES, is_loopback
from analyzer.record import Record, clock, read
from analyzer.report.html import json_for_html, page_data

HERE = Path(__file__).parent
REPORT = HERE.parent / "report"
LONGEST = 2_000  # characters of a note


def sparkline(tension: list[float]) -> str:
    """The points of an SVG line, 80 wide and 18 high."""
    step = 80 / max(1, len(tension) - 1)
    return " ".join(f"{i * step:.0f},{17 - 16 * value:.1f}" for i, value in enumerate(tension))


def _pages() -> Environment:
    pages = Environment(loader=PackageLoader("analyzer.audit"), autoescape=True, undefined=StrictUndefined)
    pages.globals |= {"LEVELS": ORDER, "ROLES": ROLES}
    pages.filters |= {"clock": clock, "spark": sparkline, "query": urlencode}
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
            web.post("/calls/{number:[0-9]{1,9}}/said", self.said),
            web.post("/views", self.keep_view),
            web.get("/people", self.people),
            web.post("/people", self.add_person),
            web.get("/login", self.login_page),
            web.post("/login", self.login),
            web.post("/logout", self.logout),
            web.get("/welcome", self.welcome),
            web.get("/static/{name}", static),
            web.get("/favicon.ico", no_icon),
        ]

    async def calls(self, request: web.Request) -> web.Response:
        """The list, as the query string wants it."""
        person, asked = request[PERSON], dict(request.query)

        def find() -> dict[str, Any]:
            with self.door.engine.connect() as connection:
                views = connection.execute(select(VIEWS.c.name, VIEWS.c.query).where(VIEWS.c.person == person.id)).all()
                return {
                    "page": listing.page(connection, asked, person.only_agent),
                    "choices": listing.choices(connection, person.only_agent),
                    "views": views,
                }

        return self.shown("list.html", request, asked=asked, sorts=list(listing.SORTS), **await asyncio.to_thread(find))

    async def call(self, request: web.Request) -> web.Response:
        """One call: chart, sound, transcript, and every tag with its evidence."""
        row = await self.row(request)

        def find() -> tuple[dict[str, Any], bool]:
            record = read(Path(row["path"]))
            sound = self.sound_of(record, row)
            waves = hearing.waves(sound, record.duration_s, self.cache) if sound else []
            said = self.said_of(row, request[PERSON])
            header = {key: record.header[key] for key in ("models", "policy")}
            return page_data(record, waves) | header | {"said": said}, sound is not None

        data, has_sound = await asyncio.to_thread(find)
        return self.shown("call.html", request, row=row, data=json_for_html(data), has_sound=has_sound)

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """The sound of a call; browsers ask for the part that they play."""
        row = await self.row(request)
        found = await asyncio.to_thread(lambda: self.sound_of(read(Path(row["path"])), row))
        if found is None:
            raise web.HTTPNotFound(text="the recording of this call is not here\n")
        kind = hearing.TYPES[found.suffix.lower()]
        return web.FileResponse(found, headers=HEADERS | {"Content-Type": kind})

    def said_of(self, row: Mapping[str, Any], person: Person) -> list[Mapping[str, Any]]:
        """The trail of a call, as far as somebody may see it now."""
        entries = list(trail.entries(self.door.engine, row["call_id"]))
        return rounds.visible(self.door.engine, row["id"], person, entries)

    def sound_of(self, record: Record, row: Mapping[str, Any]) -> Path | None:
        """The recording of a call, if it is here."""
        return hearing.recording(record, Path(row["path"]), self.folders, self.cache)

    async def said(self, request: web.Request) -> web.Response:
        """An analyst agrees, disputes, corrects, notes; the entry as it stands in the trail now."""
        row, person, form = await self.row(request), request[PERSON], await request.post()
        given = {name: str(form.get(name, ""))[:LONGEST] for name in ("tag", "did", "why", "correction")}
        if person.role == "agent" or given["did"] not in trail.DID or not 0 < len(given["tag"]) <= 60:
            raise web.HTTPForbidden(text="an analyst agrees, disputes, corrects or notes\n")
        if given["did"] == "correct" and given["tag"].startswith(labels.TURN):
            labels.cues_in(given["correction"])
        entry = trail.Said(row["call_id"], row["record_sha256"], person=person.name, **given)
        return web.json_response(await asyncio.to_thread(trail.append, self.door.engine, entry))

    async def keep_view(self, request: web.Request) -> web.Response:
        """Keep the filters of the list under a name; an empty list of filters takes the view away."""
        form, person = await request.post(), request[PERSON]
        name, query = str(form.get("name", ""))[:80].strip(), str(form.get("query", ""))[:LONGEST]

        def keep() -> None:
            with self.door.engine.begin() as connection:
                connection.execute(delete(VIEWS).where(VIEWS.c.person == person.id, VIEWS.c.name == name))
                if name and query:
                    connection.execute(insert(VIEWS).values(person=person.id, name=name, query=query))

        await asyncio.to_thread(keep)
        raise web.HTTPSeeOther(f"/?{query}")

    async def people(self, request: web.Request) -> web.Response:
        """Who may come in; for admins."""
        _only_admin(request)
        return self.shown("people.html", request, people=await asyncio.to_thread(self.door.everybody), told="")

    async def add_person(self, request: web.Request) -> web.Response:
        """Add somebody."""
        _only_admin(request)
        form = await request.post()
        given = [str(form.get(name, ""))[:200] for name in ("name", "role", "agent", "password")]
        await asyncio.to_thread(self.door.add, *given)
        raise web.HTTPSeeOther("/people")

    async def login_page(self, request: web.Request) -> web.Response:
        """Name and password."""
        return self.shown("login.html", request, told="")

    async def login(self, request: web.Request) -> web.Response:
        """Let somebody in by a password, or say that it is not right."""
        form = await request.post()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        try:
            person = await asyncio.to_thread(self.door.by_password, name, password, request.remote or "")
        except OutputError as error:
            return self.shown("login.html", request, status=429, told=str(error))
        if person is None:
            return self.shown("login.html", request, status=403, told="that name and password do not belong together")
        return await self._let_in(request, person)

    async def welcome(self, request: web.Request) -> web.Response:
        """Let somebody in by a one-time link."""
        person = self.door.by_link(request.query.get("link", ""))
        if person is None:
            return self.shown("login.html", request, status=403, told="this link was used before, or is too old")
        return await self._let_in(request, person)

    async def _let_in(self, request: web.Request, person: int) -> web.Response:
        token = await asyncio.to_thread(self.door.open, person)
        response = web.Response(status=303, headers={"Location": "/"})
        secure = request.scheme == "https"
        response.set_cookie(COOKIE, token, max_age=int(SHIFT_S), httponly=True, samesite="Lax", secure=secure)
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session, here and in the browser."""
        await asyncio.to_thread(self.door.close, request.cookies.get(COOKIE, ""))
        response = web.Response(status=303, headers={"Location": "/login"})
        response.del_cookie(COOKIE)
        return response

    async def row(self, request: web.Request) -> Mapping[str, Any]:
        """The call that a path names, if it is there and theirs: both failures look the same."""
        number, mine = int(request.match_info["number"]), request[PERSON].only_agent

        def find() -> Mapping[str, Any] | None:
            with self.door.engine.connect() as connection:
                return listing.one(connection, number, mine)

        row = await asyncio.to_thread(find)
        if row is None:
            raise web.HTTPNotFound(text="no such call\n")
        return row

    def shown(self, name: str, request: web.Request, status: int = 200, **values: Any) -> web.Response:
        values["person"] = request.get(PERSON)
        text = self.pages.get_template(name).render(values)
        return web.Response(text=text, status=status, content_type="text/html")


def _only_admin(request: web.Request) -> None:
    if request[PERSON].role != "admin":
        raise web.HTTPForbidden(text="only an admin sees the people\n")


def _report_style() -> str:
    _, _, rest = (REPORT / "template.html").read_text("utf-8").partition("<style>")
    return rest.partition("</style>")[0]


STATIC: dict[str, tuple[str, Callable[[], str]]] = {
    "report.css": ("text/css", _report_style),
    "page.js": ("text/javascript", lambda: (REPORT / "page.js").read_text("utf-8")),
    "audit.css": ("text/css", lambda: (HERE / "static/audit.css").read_text("utf-8")),
    "audit.js": ("text/javascript", lambda: (HERE / "static/audit.js").read_text("utf-8")),
    "list.js": ("text/javascript", lambda: (HERE / "static/list.js").read_text("utf-8")),
    "card.js": ("text/javascript", lambda: (HERE / "static/card.js").read_text("utf-8")),
}


async def static(request: web.Request) -> web.Response:
    """One of the files above; there is no way to name another."""
    if request.match_info["name"] not in STATIC:
        raise web.HTTPNotFound(text="no such file\n")
    kind, text = STATIC[request.match_info["name"]]
    return web.Response(text=text(), content_type=kind)


async def no_icon(request: web.Request) -> web.Response:  # noqa: ARG001 - aiohttp's signature
    """Browsers ask for a picture; there is none."""
    return web.Response(status=204)


def application(audit: Audit, host: str, hosts: tuple[str, ...] = (), proxy: Proxy | None = None) -> web.Application:
    """The web application, to be reached under `host` and `hosts`."""
    names = {host, *hosts, *(NAMES if is_loopback(host) else ())}
    app = web.Application(middlewares=[guard(audit.door, frozenset(names), proxy)], client_max_size=64 * 1024)
    app.add_routes(audit.routes())
    app.add_routes(Scoring(audit).routes())
    app.add_routes(Calibrating(audit).routes())
    return app
