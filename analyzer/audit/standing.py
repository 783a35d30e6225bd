"""What was scored and said so far: each agent's average with and without the calls beyond help, and the trail."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from aiohttp import web
from sqlalchemy import Engine, case, func, select

from analyzer.audit import blind, cards, trail
from analyzer.audit.guard import not_for_agents, number_in, only_leads
from analyzer.audit.people import Person
from analyzer.audit.schema import CALLS, TRAIL
from analyzer.audit.scorecard import SPARED, counts
from analyzer.errors import OutputError
from analyzer.escalation import ORDER

if TYPE_CHECKING:
    from analyzer.audit.app import Audit

ENTRIES = 100  # of the trail on one page
HARD = ORDER.index("heated")


@dataclass(frozen=True, slots=True)
class Average:
    """An agent's calls, and the points of those that were scored: all, and without the ones that are spared."""

    agent: str
    calls: int
    hard: int  # heated or worse
    scored: int
    every: float | None  # 0..100
    counted: float | None
    spared: int  # calls that nobody could have solved, handled well, and left out because they would lower it


def averages(scored: Sequence[tuple[float, str]]) -> tuple[float | None, float | None, int]:
    """The mean of all totals, the mean of those that count, and how many do not; of `(total, outcome)` a call."""
    usual = [total for total, outcome in scored if outcome != SPARED]
    if not usual:  # nothing to compare with: none is left out
        mean = fmean(total for total, _ in scored) if scored else None
        return mean, mean, 0
    counted = [total for total, outcome in scored if counts(total, outcome, fmean(usual))]
    return fmean(total for total, _ in scored), fmean(counted), len(scored) - len(counted)


def by_agent(engine: Engine, kept: cards.Kept, person: Person) -> list[Average]:
    """Every agent of the archive, by name, without what an open round keeps from `person`."""
    hard = func.sum(case((CALLS.c.worst >= HARD, 1), else_=0))
    with engine.connect() as connection:
        known = select(CALLS.c.agent, func.count(), hard).where(CALLS.c.id.not_in(blind.rated_by(person)))
        counted = connection.execute(known.group_by(CALLS.c.agent)).all()
        agents = {row.call_id: row.agent for row in connection.execute(select(CALLS.c.call_id, CALLS.c.agent))}
    secret = blind.named(engine, blind.secret_from(person))
    latest: dict[str, cards.Scoring] = {}
    for scoring in cards.scorings(engine, kept.card, cards.tag_of(kept, None)):
        if scoring.call_id not in secret:
            latest[scoring.call_id] = scoring
    points: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for call_id, scoring in latest.items():
        if scoring.total is not None and call_id in agents:
            points[agents[call_id]].append((scoring.total, scoring.outcome))
    return [
        Average(agent, calls, int(heated), len(points[agent]), *averages(points[agent]))
        for agent, calls, heated in sorted(map(tuple, counted))
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """Handlers beside those of the audit."""

    audit: Audit

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        return [
            web.get("/agents", self.agents),
            web.get("/trail", self.trail),
            web.get("/trail.jsonl", self.export),
        ]

    async def agents(self, request: web.Request) -> web.Response:
        """How the calls of each agent were scored by one card."""
        person = not_for_agents(request)
        engine, asked = self.audit.door.engine, number_in(request.query.get("card", ""))

        def find() -> dict[str, Any]:
            every = cards.every(engine)
            kept = next((found for found in every if found.id == asked), every[0])
            averages, withheld = by_agent(engine, kept, person), blind.how_many(engine, person)
            return {"kept": kept, "every": every, "averages": averages, "withheld": withheld}

        return self.audit.shown("agents.html", request, spared=SPARED, **await asyncio.to_thread(find))

    async def trail(self, request: web.Request) -> web.Response:
        """The last entries, and whether the chain is whole; what an open round keeps secret stays so."""
        person, engine = only_leads(request), self.audit.door.engine
        before = number_in(request.query.get("before", ""))

        def find() -> dict[str, Any]:
            chosen = select(TRAIL).order_by(TRAIL.c.number.desc()).limit(ENTRIES)
            with engine.connect() as connection:
                wanted = chosen.where(TRAIL.c.number < before) if before > 0 else chosen
                rows = [dict(row) for row in connection.execute(wanted).mappings()]
                numbers = {row.call_id: row.id for row in connection.execute(select(CALLS.c.call_id, CALLS.c.id))}
            secret = blind.named(engine, blind.secret_from(person))
            for row in rows:
                row["hidden"] = row["call_id"] in secret and row["person"] != person.name
                row |= {"did": "", "tag": "", "what": ""} if row["hidden"] else {"what": told(row)}
            checked = trail.broken_at(engine) if request.query.get("check") else None
            return {"entries": rows, "numbers": numbers, "checked": checked, "may_export": not secret}

        return self.audit.shown("trail.html", request, **await asyncio.to_thread(find))

    async def export(self, request: web.Request) -> web.Response:
        """The whole trail as JSON lines, hashes included, for `analyzer audit verify`."""
        person, engine = only_leads(request), self.audit.door.engine
        if await asyncio.to_thread(blind.how_many, engine, person):
            raise OutputError(f"you rate calls of an open round, and the trail has them: {blind.WITHHELD}")
        entries = await asyncio.to_thread(lambda: [*trail.entries(engine)])
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        headers = {"Content-Disposition": 'attachment; filename="trail.jsonl"'}
        return web.Response(text=text, content_type="application/x-ndjson", headers=headers)


def told(entry: dict[str, Any]) -> str:
    """What an entry says beside who and when, in a line."""
    if entry["did"] == trail.SCORED:
        said = json.loads(entry["correction"])
        return "; ".join(part for part in (said["card"], said["outcome"], entry["why"]) if part)
    if entry["did"] in (trail.OPENED, trail.CLOSED):
        return str(json.loads(entry["correction"]).get("name", ""))
    return "; ".join(part for part in (entry["correction"], entry["why"]) if part)
