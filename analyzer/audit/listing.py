"""The list of calls: filtering, sorting and paging, all of it in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from analyzer.audit.schema import CALLS, CUES
from analyzer.escalation import ORDER

PAGE = 50  # rows: two screens of a tall display
SORTS = {
    "started": CALLS.c.started_at,
    "call": CALLS.c.call_id,
    "agent": CALLS.c.agent,
    "length": CALLS.c.duration_s,
    "level": CALLS.c.worst,
    "prompts": CALLS.c.prompts,
}
SHOWN = [column for column in CALLS.c if column.name != "words"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and how many calls there are in all."""

    rows: list[Mapping[str, Any]]
    total: int
    number: int  # from 1

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def wanted(asked: Mapping[str, str], only_agent: str | None) -> list[ColumnElement[bool]]:
    """The conditions of a query string; `only_agent` narrows an agent to their own calls, whatever is asked."""
    found: list[ColumnElement[bool]] = [] if only_agent is None else [CALLS.c.agent == only_agent]
    if asked.get("level") in ORDER:
        found.append(CALLS.c.worst == ORDER.index(asked["level"]))
    found += [CALLS.c[name] == asked[name] for name in ("agent", "queue") if asked.get(name)]
    if asked.get("since"):
        found.append(CALLS.c.started_at >= asked["since"])
    if asked.get("until"):
        found.append(CALLS.c.started_at < asked["until"] + "T99")  # the whole of that day, in any collation
    if asked.get("cue"):
        found.append(CALLS.c.id.in_(select(CUES.c.call).where(CUES.c.cue == asked["cue"])))
    if asked.get("reviewed") in ("yes", "no"):
        found.append(CALLS.c.reviewed == (asked["reviewed"] == "yes"))
    found += [CALLS.c.words.contains(word, autoescape=True) for word in asked.get("text", "").lower().split()[:8]]
    return found


def page(connection: Connection, asked: Mapping[str, str], only_agent: str | None) -> Page:
    """The page that a query string asks for."""
    conditions = wanted(asked, only_agent)
    given = asked.get("page", "1")
    number = int(given) if given.isdecimal() and 0 < len(given) < 7 else 1
    column = SORTS.get(asked.get("sort", ""), CALLS.c.started_at)
    order = column.asc() if asked.get("order") == "up" else column.desc()
    total = connection.scalar(select(func.count()).select_from(CALLS).where(*conditions)) or 0
    number = max(1, min(number, -(-total // PAGE)))
    chosen = select(*SHOWN).where(*conditions).order_by(order, CALLS.c.id).limit(PAGE).offset((number - 1) * PAGE)
    return Page([dict(row) for row in connection.execute(chosen).mappings()], total, number)


def choices(connection: Connection, only_agent: str | None) -> dict[str, list[str]]:
    """What the filters offer."""
    mine = wanted({}, only_agent)
    offered = {
        name: [str(value) for value in connection.scalars(select(CALLS.c[name]).where(*mine).distinct()) if value]
        for name in ("agent", "queue")
    }
    offered["cue"] = list(connection.scalars(select(CUES.c.cue).distinct()))
    return {name: sorted(values) for name, values in offered.items()} | {"level": list(ORDER)}


def one(connection: Connection, number: int, only_agent: str | None) -> Mapping[str, Any] | None:
    """A call by its number; None where there is none, or none of theirs."""
    chosen = select(*SHOWN).where(CALLS.c.id == number, *wanted({}, only_agent))
    row = connection.execute(chosen).mappings().first()
    return None if row is None else dict(row)
