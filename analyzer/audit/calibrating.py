"""The pages of calibration: rounds to open, calls to score, what a closed round shows, and the labelled set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Engine

from analyzer.audit import blind, calibration, cards, labels, listing, rounds, sampling
from analyzer.audit.agreement import FEWEST_CALLS
from analyzer.audit.guard import PERSON, not_for_agents, number_in, only_leads
from analyzer.audit.people import Person
from analyzer.audit.scoring import NUMBER
from analyzer.errors import OutputError

if TYPE_CHECKING:
    from analyzer.audit.app import Audit

LARGEST_SEED = 10**9


@dataclass(frozen=True, slots=True)
class Calibrating:
    """Handlers beside those of the audit."""

    audit: Audit

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get("/rounds", self.every),
            web.post("/rounds", self.open),
            web.get(f"/rounds/{NUMBER}", self.one),
            web.post(f"/rounds/{NUMBER}/close", self.close),
            web.get("/labels.jsonl", self.labels),
        ]

    async def every(self, request: web.Request) -> web.Response:
        """All rounds, and the calls that wait for who asks."""
        not_for_agents(request)
        return await asyncio.to_thread(self._every, request, listing.filters_in(request.query), "")

    def _every(
        self, request: web.Request, given: Mapping[str, str], told: str, ticked: Sequence[int] = ()
    ) -> web.Response:
        """The page, with what was `given` for a new round: its fields, the filters of the list, the raters `ticked`."""
        engine, person = self.audit.door.engine, request[PERSON]
        among = listing.filters_in(given)
        with engine.connect() as connection:
            choices, found = listing.choices(connection, person), listing.count(connection, among, person)
        values = {
            "rounds": [row | {"drawn": drawn(row, person, engine)} for row in rounds.every(engine)],
            "among": among,
            "choices": choices,
            "found": found,
            "views": self.audit.views(person),
            "waiting": rounds.waiting(engine, person.id),
            "cards": cards.every(engine),
            "raters": [found for found in self.audit.door.everybody() if found.role != "agent" and not found.gone],
            "ticked": ticked,
            "plans": sampling.PLANS,
            "most": rounds.MOST_CALLS,
            "withheld": blind.how_many(engine, person),
            "given": given,
            "told": told,
        }
        return self.audit.shown("rounds.html", request, status=400 if told else 200, **values)

    async def open(self, request: web.Request) -> web.Response:
        """Draw the calls of a new round and hand them out."""
        person, form = only_leads(request), await request.post()
        given = {name: str(form.get(name, ""))[:100] for name in ("name", "card", "plan", "size", "seed")}
        among = listing.filters_in({name: str(value) for name, value in form.items()})
        raters = [number_in(str(chosen)) for chosen in form.getall("rater", [])]
        card, size, seed = (number_in(given[name]) for name in ("card", "size", "seed"))
        seed = max(0, seed) % LARGEST_SEED
        plan = rounds.Plan(given["name"], card, given["plan"], size, seed, urlencode(among))

        def draw() -> web.Response:
            try:
                number = rounds.open_round(self.audit.door.engine, plan, raters, person.name)
            except OutputError as error:
                return self._every(request, given | among, str(error), raters)
            raise web.HTTPSeeOther(f"/rounds/{number}")

        return await asyncio.to_thread(draw)

    async def one(self, request: web.Request) -> web.Response:
        """How far an open round is, or what a closed one shows."""
        person, number = not_for_agents(request), number_in(request.match_info["number"])
        engine = self.audit.door.engine

        def find() -> web.Response:
            found = rounds.one(engine, number)
            if found is None:
                raise web.HTTPNotFound(text="no such round")
            found["drawn"] = drawn(found, person, engine)
            given = rounds.assignments(engine, number)
            secret = blind.named(engine, blind.secret_from(person))  # of another round, which is open
            numbers = {row["call_id"]: row["call"] for row in given if row["call_id"] not in secret}
            if found["closed_at"]:
                values: dict[str, Any] = {"results": calibration.results(engine, number), "fewest": FEWEST_CALLS}
                return self.audit.shown("results.html", request, round=found, numbers=numbers, **values)
            mine = [row for row in given if row["person"] == person.id]
            card = cards.one(engine, found["card"])
            return self.audit.shown("round.html", request, round=found, mine=mine, progress=progress(given), card=card)

        return await asyncio.to_thread(find)

    async def close(self, request: web.Request) -> web.Response:
        """End a round: what everybody answered is seen by all raters."""
        person, number = only_leads(request), number_in(request.match_info["number"])
        await asyncio.to_thread(rounds.close, self.audit.door.engine, number, person.name)
        raise web.HTTPSeeOther(f"/rounds/{number}")

    async def labels(self, request: web.Request) -> web.Response:
        """The labelled set that the verdicts on turns make."""
        person, engine = not_for_agents(request), self.audit.door.engine

        def find() -> list[dict[str, Any]]:
            return [*labels.labelled(engine, but=blind.named(engine, blind.secret_from(person)))]

        rows = await asyncio.to_thread(find)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        headers = {"Content-Disposition": 'attachment; filename="labels.jsonl"'}
        return web.Response(text=text, content_type="application/x-ndjson", headers=headers)


def drawn(found: Mapping[str, Any], person: Person, engine: Engine) -> str:
    """How the calls of a round were drawn; a filter that would tell a rater something is told when it closes."""
    among = listing.filters_in(found["among"])
    if not among:
        whence = "all calls"
    elif listing.is_telling(among) and not found["closed_at"] and blind.rates(engine, found["id"], person):
        whence = "a part of the list, told when the round closes"
    else:
        whence = f"calls with {listing.in_words(among)}"
    return f"{whence}; {found['plan']}, seed {found['seed']}"


def progress(given: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """How many calls each rater has scored, and of how many."""
    names = sorted({row["name"] for row in given})
    return {
        name: (sum(row["done"] for row in given if row["name"] == name), sum(row["name"] == name for row in given))
        for name in names
    }
