"""What stands before every page: who asks, whether the page itself asked, and what a browser may do with the answer."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from analyzer.audit.people import LEADS, Door, Person
from analyzer.errors import AnalyzerError

LOG = logging.getLogger(__name__)
Told = Callable[[web.Request, int, str], web.Response]  # makes the page that says what went wrong

COOKIE = "audit"
PERSON = web.RequestKey("person", Person)
OPEN = ("/login", "/welcome", "/static/")  # what may be asked for by anybody
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
BROKEN = "something went wrong in the program, and nothing was written; try again, or tell whoever runs it"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A company's own front door: it names the person in `header`, and proves itself by a shared secret."""

    header: str
    secret: str


def guard(door: Door, hosts: frozenset[str], told: Told, proxy: Proxy | None = None) -> Middleware:
    """Lets a request through, or refuses it; `hosts` are the names under which the page may be asked for."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.url.host not in hosts:  # a name of somebody else's that leads here (DNS rebinding)
                raise web.HTTPForbidden(text="this page is not served under that name")
            response = await _answer(request, handler, door, proxy)
        except web.HTTPException as error:
            if error.status < 400:  # a redirect
                error.headers.update(HEADERS)
                raise
            response = _told(told, request, error.status, error.text or error.reason)
        except AnalyzerError as error:
            response = _told(told, request, 400, str(error))
        except Exception as error:  # noqa: BLE001 - its words may be somebody's: only its kind is told, to nobody but the log
            LOG.error("%s in %s %s", type(error).__name__, request.method, request.match_info.handler.__qualname__)
            response = _told(told, request, 500, BROKEN)
        if not response.prepared:
            response.headers.update(HEADERS)
            if is_https(request):
                response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    return middleware


def _told(told: Told, request: web.Request, status: int, text: str) -> web.Response:
    """A page for a reader, a line for a script."""
    if "text/html" in request.headers.get("Accept", ""):
        return told(request, status, text.strip())
    return web.Response(status=status, text=text.strip() + "\n")


def is_https(request: web.Request) -> bool:
    """Whether the browser sees https: from us, or from a proxy that says so."""
    return request.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https"


async def _answer(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    door: Door,
    proxy: Proxy | None,
) -> web.StreamResponse:
    person = await asyncio.to_thread(_who, request, door, proxy)
    if person is not None:
        request[PERSON] = person
    elif not request.path.startswith(OPEN):
        if proxy is not None:
            raise web.HTTPForbidden(text="your sign-in is not known here; an admin adds people by the name it carries")
        if request.method in ("GET", "HEAD"):
            raise web.HTTPSeeOther("/login")
        raise web.HTTPForbidden(text="come in first")
    if request.method not in ("GET", "HEAD"):
        await _refuse_foreign(request, person)
    return await handler(request)


def _who(request: web.Request, door: Door, proxy: Proxy | None) -> Person | None:
    if proxy is not None:
        given = request.headers.get("X-Audit-Secret", "")
        if not hmac.compare_digest(given.encode(errors="surrogatepass"), proxy.secret.encode()):
            return None
        return door.named(request.headers.get(proxy.header, ""), proxy.secret)
    token = request.cookies.get(COOKIE, "")
    return door.who(token) if token else None


async def _refuse_foreign(request: web.Request, person: Person | None) -> None:
    """A form that another site sent: its origin is not ours, or it does not know the session's token."""
    origin = request.headers.get("Origin")
    if origin not in (None, f"{request.scheme}://{request.host}", f"https://{request.host}"):
        raise web.HTTPForbidden(text="asked from another site")
    if person is None or request.path == "/login":  # another may come in at a desk where somebody still is
        return
    given = request.headers.get("X-CSRF") or str((await request.post()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(errors="surrogatepass"), person.csrf.encode()):
        raise web.HTTPForbidden(text="this form is out of date; open the page again")


def not_for_agents(request: web.Request) -> Person:
    """Who asks, if they may judge calls."""
    person = request[PERSON]
    if person.role == "agent":
        raise web.HTTPForbidden(text="this page is for analysts")
    return person


def only_leads(request: web.Request) -> Person:
    """Who asks, if they may open rounds and change scorecards."""
    person = request[PERSON]
    if person.role not in LEADS:
        raise web.HTTPForbidden(text="this is for leads")
    return person


def only_admins(request: web.Request) -> Person:
    """Who asks, if they may say who comes in."""
    person = request[PERSON]
    if person.role != "admin":
        raise web.HTTPForbidden(text="only an admin sees this page")
    return person


def text_in(given: Mapping[str, Any], name: str, longest: int) -> str:
    """A text from a form or an address, without what no database takes."""
    return str(given.get(name, "")).replace("\0", "")[:longest]


def number_in(text: str) -> int:
    """A number from a form or an address; -1, which nothing has, for what is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1
