"""The page that finds moments, not just calls: the questions of `analyzer find`, each answer a link to its second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from sqlalchemy import select

from analyzer.archive.asked import vocabulary
from analyzer.archive.index import FILE, opened, refresh, tags_in
from analyzer.archive.question import ask
from analyzer.archive.saved import saved, spelt_out
from analyzer.archive.search import Answer, search, what
from analyzer.audit import blind, listing
from analyzer.audit.guard import PERSON, number_in, text_in
from analyzer.audit.people import Person
from analyzer.audit.schema import CALLS
from analyzer.errors import QuestionError

if TYPE_CHECKING:
    from analyzer.audit.app import Audit

PAGE = 50  # moments
LONGEST = 500  # characters of a question
FRESH_S = 30.0  # for so long the folder is not looked through again
PATIENCE_S = 2.0  # a question waits for the records to be read; a large archive takes longer the first time
NARROWED = ("agent", "queue", "since", "until")


def question_in(query: str) -> dict[str, str]:
    """What a query string asks of this page, and of nothing else."""
    given = dict(parse_qsl(query[: 4 * LONGEST]))
    return {name: given[name] for name in ("q", *NARROWED, "page") if given.get(name)}


@dataclass(slots=True)
class Finding:
    """Handlers beside those of the audit, over an index of the folder of the records."""

    audit: Audit
    looked_s: float = field(default=0.0, init=False)
    reading: asyncio.Task[None] | None = field(default=None, init=False)

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [web.get("/moments", self.moments)]

    async def moments(self, request: web.Request) -> web.Response:
        """The moments that answer a question; an agent finds those of their own calls."""
        person = request[PERSON]
        asked = {name: text_in(request.query, name, LONGEST).strip() for name in ("q", *NARROWED)}
        only = {name: asked[name] for name in NARROWED if asked[name]}
        if person.only_agent is not None:
            only["agent"] = person.only_agent
        blind_to = await asyncio.to_thread(blind.named, self.audit.door.engine, blind.rated_by(person))
        if blind_to:
            only["but"] = json.dumps(sorted(blind_to))
        number = max(1, number_in(request.query.get("page", "1")))
        answer, told = None, ""
        try:
            if asked["q"]:
                await self._freshen()
            if asked["q"] and not self._is_reading:  # who fills the index keeps others waiting for it
                answer = await asyncio.to_thread(self._answer, asked["q"], only, number)
        except QuestionError as error:
            told = str(error)
        numbers = self._numbers(found.call_id for found in answer.found) if answer else {}
        values: dict[str, Any] = {"asked": asked, "answer": answer, "numbers": numbers, "number": number, "told": told}
        last = max(1, -(-answer.moments // PAGE)) if answer else 1
        came = {name: text for name, text in asked.items() if text} | ({"page": number} if number > 1 else {})
        values |= {"choices": await asyncio.to_thread(self._choices, person)}
        values |= {"reading": self._is_reading, "withheld": len(blind_to), "came": urlencode(came)}
        status = 400 if told else 200
        return self.audit.shown("moments.html", request, status, saved=saved(), last=last, what=what, **values)

    @property
    def _is_reading(self) -> bool:
        return self.reading is not None and not self.reading.done()

    async def _freshen(self) -> None:
        """Have new records read, beside the questions that are asked meanwhile."""
        if self.reading is None or (self.reading.done() and time.monotonic() - self.looked_s > FRESH_S):
            self.looked_s = time.monotonic()
            self.reading = asyncio.create_task(asyncio.to_thread(self._refresh))
        await asyncio.wait({self.reading}, timeout=PATIENCE_S)
        if self.reading.done():
            self.reading.result()

    def _refresh(self) -> None:
        folder = self.audit.folders[0]
        with opened(folder / FILE) as index:
            refresh(index, folder)

    def _answer(self, text: str, only: dict[str, str], number: int) -> Answer:
        with opened(self.audit.folders[0] / FILE) as index:
            question = ask(spelt_out(text, saved()), vocabulary(tags_in(index)))
            return search(index, question, only, PAGE, (number - 1) * PAGE)

    def _choices(self, person: Person) -> dict[str, list[str]]:
        with self.audit.door.engine.connect() as connection:
            return listing.names(connection, person, ("agent", "queue"))

    def _numbers(self, call_ids: Iterable[str]) -> dict[str, int]:
        """Under which number each call is opened."""
        chosen = select(CALLS.c.call_id, CALLS.c.id).where(CALLS.c.call_id.in_(set(call_ids)))
        with self.audit.door.engine.connect() as connection:
            return {row.call_id: row.id for row in connection.execute(chosen)}
