"""The pages of the scorecard: a call filled in by an analyst, and the versions of the card."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from analyzer.audit import blind, cards, rounds, trail
from analyzer.audit.answers import Answer, program_answers
from analyzer.audit.guard import not_for_agents, number_in, only_leads, text_in
from analyzer.audit.people import Person
from analyzer.audit.scorecard import ANSWERS, OUTCOMES, SPARED, ScorecardError

if TYPE_CHECKING:
    from analyzer.audit.app import Audit

LONGEST = 2_000  # characters of a note
LARGEST = 60_000  # characters of a scorecard
NUMBER = "{number:[0-9]{1,9}}"


@dataclass(frozen=True, slots=True)
class Scoring:
    """Handlers beside those of the audit."""

    audit: Audit

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get(f"/calls/{NUMBER}/card", self.card),
            web.post(f"/calls/{NUMBER}/card", self.score),
            web.get("/cards", self.cards),
            web.post("/cards", self.keep_card),
        ]

    async def card(self, request: web.Request) -> web.Response:
        """The card of a call: the program's answers to confirm, or a blank one in a round."""
        person, row = not_for_agents(request), await self.audit.row(request)
        of_round = await asyncio.to_thread(self._round, request.query.get("round"), row["id"], person)
        return await asyncio.to_thread(self._page, request, row, person, of_round, {}, "")

    def _page(
        self,
        request: web.Request,
        row: Mapping[str, Any],
        person: Person,
        of_round: int | None,
        given: Mapping[str, str],
        told: str,
    ) -> web.Response:
        engine = self.audit.door.engine
        kept = self._kept(request.query.get("card"), of_round)
        record = self.audit.record(row)
        rated = blind.round_of(engine, row["id"], person)
        program: Mapping[str, Answer] = {} if rated else program_answers(kept.card, record)
        entries = blind.visible(engine, row["id"], person, [*trail.entries(engine, row["call_id"])])
        past = cards.latest(entries, kept.card, cards.tag_of(kept, of_round))
        own = next((found for found in past if found.person == person.name), None)
        proposed = {id_: answer.answer for id_, answer in program.items()}
        heard_outcome = "" if rated else (record.summary or {}).get("outcome") or ""
        values = {
            "row": row,
            "kept": kept,
            "every": [] if of_round else cards.every(engine),
            "of_round": of_round,
            "rated": rated,
            "why_withheld": blind.WITHHELD,
            "program": program,
            "answers": given or (own.answers if own else proposed),
            "outcome": given.get("outcome") or (own.outcome if own else heard_outcome),
            "heard_outcome": heard_outcome,
            "choices": ANSWERS,
            "outcomes": OUTCOMES,
            "past": past,
            "told": told,
            "saved": own if request.query.get("saved") else None,
            "spared": SPARED,
            "turns": record.turns,
            "around": self.audit.around(request, row),
            "left": sum(found["round"] == of_round for found in rounds.waiting(engine, person.id)) if of_round else 0,
            "has_sound": self.audit.sound_of(record, row) is not None,
        }
        return self.audit.shown("card.html", request, status=400 if told else 200, **values)

    async def score(self, request: web.Request) -> web.Response:
        """Write a filled-in card into the trail."""
        person, row, form = not_for_agents(request), await self.audit.row(request), await request.post()

        def write() -> web.Response:
            of_round = self._round(str(form.get("round", "")), row["id"], person)
            kept = self._kept(str(form.get("card", "")), of_round)
            given = {q.id: str(form.get(f"answer:{q.id}", "")) for q in kept.card.questions}
            outcome, why = str(form.get("outcome", "")), text_in(form, "why", LONGEST)
            for fault in kept.card.faults(given, outcome):
                return self._page(request, row, person, of_round, given | {"outcome": outcome}, fault)
            cards.score(self.audit.door.engine, kept, row, person.name, given, outcome, why, of_round)
            if of_round is None:
                came = {"in": request.query["in"]} if "in" in request.query else {}
                raise web.HTTPSeeOther(f"/calls/{row['id']}/card?{urlencode({'card': kept.id, 'saved': 1} | came)}")
            rounds.done(self.audit.door.engine, of_round, row["id"], person.id)
            left = [found for found in rounds.waiting(self.audit.door.engine, person.id) if found["round"] == of_round]
            raise web.HTTPSeeOther(f"/calls/{left[0]['call']}/card?round={of_round}" if left else f"/rounds/{of_round}")

        return await asyncio.to_thread(write)

    def _round(self, asked: str | None, call: int, person: Person) -> int | None:
        """The round in which a call is scored; None outside of any."""
        if not asked:
            return None
        number = number_in(asked)
        if not rounds.may_score(self.audit.door.engine, number, call, person.id):
            raise web.HTTPForbidden(text="this call was not given to you in an open round\n")
        return number

    def _kept(self, asked: str | None, of_round: int | None) -> cards.Kept:
        engine = self.audit.door.engine
        found = rounds.one(engine, of_round) if of_round is not None else None
        number = found["card"] if found else number_in(asked or "")
        every = cards.every(engine)
        return next((kept for kept in every if kept.id == number), every[0])

    async def cards(self, request: web.Request) -> web.Response:
        """All versions."""
        not_for_agents(request)
        return await asyncio.to_thread(self._cards, request, "", "")

    def _cards(self, request: web.Request, text: str, told: str) -> web.Response:
        every = cards.every(self.audit.door.engine)
        values = {"every": every, "text": text or every[0].text, "told": told, "rules": sorted(cards.KNOWN_RULES)}
        return self.audit.shown("cards.html", request, status=400 if told else 200, **values)

    async def keep_card(self, request: web.Request) -> web.Response:
        """Keep a new version, or change one that nobody has used; with a mistake it comes back as it was typed."""
        only_leads(request)
        text = text_in(await request.post(), "text", LARGEST).replace("\r\n", "\n")

        def keep() -> web.Response:
            try:
                cards.put(self.audit.door.engine, text)
            except ScorecardError as error:
                return self._cards(request, text, str(error))
            raise web.HTTPSeeOther("/cards")

        return await asyncio.to_thread(keep)
