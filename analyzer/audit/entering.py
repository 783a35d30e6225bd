"""The pages of the door: coming in, leaving, one's own password, and who may come in at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from analyzer.audit import trail
from analyzer.audit.guard import COOKIE, PERSON, is_https, number_in, only_admins
from analyzer.audit.people import SHIFT_S, SHORTEST
from analyzer.errors import OutputError

if TYPE_CHECKING:
    from analyzer.audit.app import Audit

KEPT = ("name", "role", "agent")  # of a form that comes back with its fault; a password never does

CHANGES = {"password": "gave a password", "lock out": "locked out", "let in": "let in"}  # as the trail has them


@dataclass(frozen=True, slots=True)
class Entering:
    """Handlers beside those of the audit."""

    audit: Audit

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get("/login", self.login_page),
            web.post("/login", self.login),
            web.post("/logout", self.logout),
            web.get("/welcome", self.welcome),
            web.get("/password", self.password_page),
            web.post("/password", self.password),
            web.get("/people", self.people),
            web.post("/people", self.add),
            web.post("/people/{number:[0-9]{1,9}}", self.change),
        ]

    async def login_page(self, request: web.Request) -> web.Response:
        """Name and password."""
        return self.audit.shown("login.html", request, told="")

    async def login(self, request: web.Request) -> web.Response:
        """Let somebody in by a password, or say that it is not right."""
        form = await request.post()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        try:
            person = await asyncio.to_thread(self.audit.door.by_password, name, password, request.remote or "")
        except OutputError as error:
            return self.audit.shown("login.html", request, status=429, told=str(error))
        if person is None:
            return self.audit.shown(
                "login.html", request, status=403, told="that name and password do not belong together"
            )
        return await self._let_in(request, person)

    async def welcome(self, request: web.Request) -> web.Response:
        """Let somebody in by a one-time link."""
        person = self.audit.door.by_link(request.query.get("link", ""))
        if person is None:
            told = "this link was used before, or is too old; start the program again for a new one"
            return self.audit.shown("login.html", request, status=403, told=told)
        return await self._let_in(request, person)

    async def _let_in(self, request: web.Request, person: int) -> web.Response:
        """A new session; the one that the browser came with ends."""
        await asyncio.to_thread(self.audit.door.close, request.cookies.get(COOKIE, ""))
        token = await asyncio.to_thread(self.audit.door.open, person)
        response = web.Response(status=303, headers={"Location": "/"})
        secure = is_https(request)
        response.set_cookie(COOKIE, token, max_age=int(SHIFT_S), httponly=True, samesite="Lax", secure=secure)
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session, here and in the browser."""
        await asyncio.to_thread(self.audit.door.close, request.cookies.get(COOKIE, ""))
        response = web.Response(status=303, headers={"Location": "/login"})
        response.del_cookie(COOKIE)
        return response

    async def password_page(self, request: web.Request) -> web.Response:
        """One's own password."""
        return self.audit.shown("password.html", request, told="", shortest=SHORTEST)

    async def password(self, request: web.Request) -> web.Response:
        """Change one's own password, by the one that is known; every session of it ends, and this browser gets anew."""
        person, form, door = request[PERSON], await request.post(), self.audit.door
        old, new = str(form.get("old", "")), str(form.get("password", ""))

        def change() -> str:
            try:
                if door.by_password(person.name, old, request.remote or "") != person.id:
                    return "the old password is not right"
                door.set_password(person.id, new)
            except OutputError as error:
                return str(error)
            trail.append_of_person(door.engine, person.id, person.name, "changed the password")
            return ""

        if told := await asyncio.to_thread(change):
            return self.audit.shown("password.html", request, status=400, told=told, shortest=SHORTEST)
        return await self._let_in(request, person.id)

    async def people(self, request: web.Request) -> web.Response:
        """Who may come in; for admins."""
        only_admins(request)
        return await asyncio.to_thread(self._people, request, {}, "")

    def _people(self, request: web.Request, given: Mapping[str, str], told: str) -> web.Response:
        values = {"people": self.audit.door.everybody(), "given": given, "told": told, "shortest": SHORTEST}
        return self.audit.shown("people.html", request, status=400 if told else 200, **values)

    async def add(self, request: web.Request) -> web.Response:
        """Add somebody."""
        person, form, door = only_admins(request), await request.post(), self.audit.door
        given = {name: str(form.get(name, ""))[:200] for name in KEPT}
        password = str(form.get("password", ""))

        def add() -> web.Response:
            try:
                number = door.add(**given, password=password)
            except OutputError as error:
                return self._people(request, given, str(error))
            trail.append_of_person(door.engine, number, person.name, trail.ADDED, f"{given['name']}, {given['role']}")
            raise web.HTTPSeeOther("/people")

        return await asyncio.to_thread(add)

    async def change(self, request: web.Request) -> web.Response:
        """A new password for somebody who lost theirs; or nobody lets them in any more, or everybody again."""
        person, form, door = only_admins(request), await request.post(), self.audit.door
        number, did, password = (
            number_in(request.match_info["number"]),
            str(form.get("do")),
            str(form.get("password", "")),
        )

        def change() -> web.Response:
            one = next((found for found in door.everybody() if found.id == number), None)
            if one is None or did not in CHANGES:
                raise web.HTTPNotFound(text="no such person")
            if number == person.id and did == "lock out":
                return self._people(request, {}, "another admin has to lock you out")
            try:
                if did == "password":
                    door.set_password(number, password)
                else:
                    door.set_gone(number, did == "lock out")
            except OutputError as error:
                return self._people(request, {}, f"{one.name}: {error}")
            trail.append_of_person(door.engine, number, person.name, CHANGES[did], one.name)
            raise web.HTTPSeeOther("/people")

        return await asyncio.to_thread(change)
