"""Who may come in.

Rules:
* only the loopback is served unless another address is asked for, and then a token is needed everywhere;
* a request must name a host that is ours (no page of a stranger can reach the loopback by a name of its own);
* a request from a page must come from a page of ours (`Origin`), be it a socket or a form: the same host and port, and
  https where we serve it (without TLS of our own a proxy may do it, so both are ours);
* the token comes as a bearer, as an API key, as the cookie that `/?token=` sets, or in the address of a socket;
* AudioHook's requests show a signature instead, where secrets are set.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from analyzer.loopback import NAMES, is_loopback

COOKIE = "analyzer_token"
OPEN_PATHS = (
    "/healthz",  # what a load balancer asks; it says nothing of any call
    "/twilio",  # its address can hold no token: the stream's first message or its signature shows it
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must show."""

    hosts: frozenset[str]  # names of this machine that a request may use, without port
    token: str = ""  # empty: none is needed
    signed: tuple[str, ...] = ()  # paths whose requests prove who they are by a signature

    def refusal(self, request: web.Request) -> web.Response | None:
        """Why a request may not come in; None if it may."""
        if host_of(f"//{request.host}") not in self.hosts:
            return web.Response(status=421, text="this server goes by another name (--allow-host)\n")
        origin = request.headers.get("Origin")
        if origin not in (None, f"{request.scheme}://{request.host}", f"https://{request.host}"):
            return web.Response(status=403, text="requests from other pages are refused\n")
        if request.path not in (*OPEN_PATHS, *self.signed) and not self.knows(given_token(request)):
            return web.Response(status=401, text="a token is needed: open /?token=... once, or send it as a bearer\n")
        return None

    def knows(self, token: str) -> bool:
        """Whether `token` is the right one, or none is needed."""
        return not self.token or is_same(token, self.token)


def access_for(bind: str, token: str, allow_hosts: tuple[str, ...]) -> Access:
    """The rules for an address to listen on: beyond the loopback a token is made up if none is given."""
    hosts = {*NAMES, *(name.lower() for name in allow_hosts)}
    if is_loopback(bind):
        return Access(frozenset(hosts), token)
    return Access(frozenset({*hosts, bind.lower()}), token or secrets.token_urlsafe(24))


def host_of(url: str) -> str:
    """The lower-case host name of an address; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def is_same(given: str, secret: str) -> bool:
    """Whether somebody knows a secret, in the same time however much of it is right; headers may hold any bytes."""
    return hmac.compare_digest(*(text.encode(errors="surrogatepass") for text in (given, secret)))


def given_token(request: web.Request) -> str:
    """The token that came with a request, wherever it was put; empty if none."""
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        return bearer.removeprefix("Bearer ")
    named = (request.query.get("token"), request.headers.get("X-API-Key"), request.cookies.get(COOKIE))
    return next((token for token in named if token), "")


def guard(access: Access) -> Middleware:
    """The middleware that every request passes, sockets too."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (refusal := access.refusal(request)) is not None:
            return refusal
        if access.token and request.method == "GET" and "token" in request.query and is_page(request):
            return with_cookie(request)
        return await handler(request)

    return guarded


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - aiohttp's signature
    """What every answer tells a browser to forbid."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def is_page(request: web.Request) -> bool:
    """Whether a browser asks for something to show, rather than for a socket."""
    return request.headers.get("Upgrade", "").lower() != "websocket"


def with_cookie(request: web.Request) -> web.Response:
    """Put the token from the address into a cookie that no script and no other site can use."""
    kept = {name: value for name, value in request.query.items() if name != "token"}
    response = web.Response(status=303, headers={"Location": str(request.rel_url.with_query(kept))})
    response.set_cookie(
        COOKIE, request.query["token"], httponly=True, samesite="Strict", secure=request.secure, path="/"
    )
    return response
