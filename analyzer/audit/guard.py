"""What stands before every page: who asks, whether the page itself asked, and what a browser may do with the answer."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from analyzer.audit.people import Door, Person
from analyzer.errors import AnalyzerError

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
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A company's own front door: it names the person in `header`, and proves itself by a shared secret."""

    header: str
    secret: str


def guard(door: Door, hosts: frozenset[str], proxy: Proxy | None = None) -> Middleware:
    """Lets a request through, or refuses it; `hosts` are the names under which the page may be asked for."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.url.host not in hosts:  # a name of somebody else's that leads here (DNS rebinding)
                raise web.HTTPForbidden(text="this page is not served under that name\n")
            response = await _answer(request, handler, door, proxy)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        except AnalyzerError as error:
            response = web.Response(status=400, text=f"{error}\n")
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return middleware


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
        if request.method == "GET":
            raise web.HTTPSeeOther("/login")
        raise web.HTTPForbidden(text="come in first\n")
    if request.method not in ("GET", "HEAD"):
        await _refuse_foreign(request, person)
    return await handler(request)


def _who(request: web.Request, door: Door, proxy: Proxy | None) -> Person | None:
    if proxy is not None:
        given = request.headers.get("X-Audit-Secret", "")
        if not hmac.compare_digest(given.encode(), proxy.secret.encode()):
            return None
        return door.named(request.headers.get(proxy.header, ""), proxy.secret)
    token = request.cookies.get(COOKIE, "")
    return door.who(token) if token else None


async def _refuse_foreign(request: web.Request, person: Person | None) -> None:
    """A form that another site sent: its origin is not ours, or it does not know the session's token."""
    origin = request.headers.get("Origin")
    if origin not in (None, f"{request.scheme}://{request.host}", f"https://{request.host}"):
        raise web.HTTPForbidden(text="asked from another site\n")
    if person is None:
        return
    given = request.headers.get("X-CSRF") or str((await request.post()).get("csrf", ""))
    if not hmac.compare_digest(given.encode(), person.csrf.encode()):
        raise web.HTTPForbidden(text="this form is out of date; open the page again\n")
