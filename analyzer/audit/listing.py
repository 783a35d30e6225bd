"""The list of calls: filtering, sorting and paging, all of it in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from analyzer.audit.blind import rated_by, secret_from
from analyzer.audit.people import Person
from analyzer.audit.schema import CALLS, CUES, TRAIL
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
OR_WORSE = "+"  # after a level: that one and all above it
VERDICTS = ("second opinion wanted", "disputed")
FILTERS = ("level", "agent", "queue", "cue", "outcome", "since", "until", "reviewed", "verdict", "text")
ASKED = (*FILTERS, "sort", "order", "page")  # what a query string may say; anything else is left out of links
LONGEST = 200  # characters of one filter
TELLING = ("level", "cue", "outcome", "reviewed", "verdict")  # filters by what a rater must not know of a call
TELLING_SORTS = ("level", "prompts")
WITHHELD: dict[str, Any] = {"worst": None, "outcome": "", "prompts": None, "tension": [], "reviewed": None}
SHOWN = [column for column in CALLS.c if column.name != "words"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and how many calls there are in all."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    number: int  # from 1
    blind: int = 0  # calls of open rounds, here or not, of which something is kept from who asks

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def asked_in(query: Mapping[str, str] | str) -> dict[str, str]:
    """What a query string asks of the list, without what is empty, unknown, or no text that a database takes."""
    given = dict(parse_qsl(query)) if isinstance(query, str) else query
    found = {name: given.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ASKED}
    return {name: value for name, value in found.items() if value}


def filters_in(query: Mapping[str, str] | str) -> dict[str, str]:
    """Of a query string, what narrows the list, whatever its order and page."""
    return {name: value for name, value in asked_in(query).items() if name in FILTERS}


def level_or_worse(level: str) -> str:
    """A level of the filter in words."""
    return f"{level.removesuffix(OR_WORSE)} or worse" if level.endswith(OR_WORSE) else level


def in_words(asked: Mapping[str, str]) -> str:
    """What a query string asks, as a person reads it; empty for all calls."""
    return ", ".join(f"{name} {level_or_worse(value)}" for name, value in asked.items() if name in FILTERS)


def wanted(asked: Mapping[str, str], person: Person | None) -> list[ColumnElement[bool]]:
    """The conditions of a query string; whatever is asked, an agent finds their own calls only.

    Calls that `person` rates blind are left out where the place in the list would tell something of them.
    None is nobody in particular, from whom nothing is kept.
    """
    found: list[ColumnElement[bool]] = []
    if person is not None and person.only_agent is not None:
        found.append(CALLS.c.agent == person.only_agent)
    if person is not None and is_telling(asked):
        found.append(CALLS.c.id.not_in(rated_by(person)))
    level = asked.get("level", "")
    if level.removesuffix(OR_WORSE) in ORDER:
        number = ORDER.index(level.removesuffix(OR_WORSE))
        found.append(CALLS.c.worst >= number if level.endswith(OR_WORSE) else CALLS.c.worst == number)
    found += [CALLS.c[name] == asked[name] for name in ("agent", "queue", "outcome") if asked.get(name)]
    if asked.get("since"):
        found.append(CALLS.c.started_at >= asked["since"])
    if asked.get("until"):
        found.append(CALLS.c.started_at < asked["until"] + "T99")  # the whole of that day, in any collation
    if asked.get("cue"):
        found.append(CALLS.c.id.in_(select(CUES.c.call).where(CUES.c.cue == asked["cue"])))
    if asked.get("reviewed") in ("yes", "no"):
        found.append(CALLS.c.reviewed == (asked["reviewed"] == "yes"))
    if asked.get("verdict") in VERDICTS:
        found.append(_disputed() if asked["verdict"] == "disputed" else _opinion_wanted())
        found += [CALLS.c.id.not_in(secret_from(person))] if person is not None else []
    found += [CALLS.c.words.contains(word, autoescape=True) for word in asked.get("text", "").lower().split()[:8]]
    return found


def is_telling(asked: Mapping[str, str]) -> bool:
    """Whether what is found, or its order, tells what the program or others say of a call."""
    return bool(asked.keys() & set(TELLING)) or asked.get("sort") in TELLING_SORTS


def _disputed() -> ColumnElement[bool]:
    """A tag of the call was disputed or put right."""
    return CALLS.c.call_id.in_(select(TRAIL.c.call_id).where(TRAIL.c.did.in_(("dispute", "correct"))))


def _opinion_wanted() -> ColumnElement[bool]:
    """Somebody asked for a second opinion on a tag, and nobody else has judged it since."""
    later = TRAIL.alias()
    given = exists().where(
        later.c.call_id == TRAIL.c.call_id,
        later.c.tag == TRAIL.c.tag,
        later.c.number > TRAIL.c.number,
        later.c.person != TRAIL.c.person,
        later.c.did.in_(("agree", "dispute", "correct")),
    )
    return CALLS.c.call_id.in_(select(TRAIL.c.call_id).where(TRAIL.c.did == "second opinion", ~given))


def _order(asked: Mapping[str, str]) -> tuple[ColumnElement[Any], bool]:
    """The column that the list goes by, and whether it rises."""
    return SORTS.get(asked.get("sort", ""), CALLS.c.started_at), asked.get("order") == "up"


def neighbours(
    connection: Connection, call: Mapping[str, Any], asked: Mapping[str, str], person: Person | None
) -> tuple[int | None, int | None]:
    """The calls before and after one in the list that `asked` makes; None at its ends, and where it is not in it."""
    if person is not None and is_telling(asked) and call["id"] in _blind(connection, person):
        return None, None
    column, rises = _order(asked)
    value, number = call[column.key or ""], call["id"]

    def nearest(is_after: bool) -> int | None:
        up = rises == is_after
        same = and_(column == value, CALLS.c.id > number if is_after else CALLS.c.id < number)
        beyond = or_(column > value if up else column < value, same)
        order = (column.asc() if up else column.desc(), CALLS.c.id.asc() if is_after else CALLS.c.id.desc())
        found = select(CALLS.c.id).where(*wanted(asked, person), beyond).order_by(*order).limit(1)
        return connection.scalar(found)

    return nearest(False), nearest(True)


def _blind(connection: Connection, person: Person | None) -> set[int]:
    return set() if person is None else set(connection.scalars(rated_by(person)))


def count(connection: Connection, asked: Mapping[str, str], person: Person | None) -> int:
    """How many calls are as a query string asks."""
    return connection.scalar(select(func.count()).select_from(CALLS).where(*wanted(asked, person))) or 0


def page(connection: Connection, asked: Mapping[str, str], person: Person | None) -> Page:
    """The page that a query string asks for."""
    conditions, blind = wanted(asked, person), _blind(connection, person)
    given = asked.get("page", "1")
    number = int(given) if given.isdecimal() and 0 < len(given) < 7 else 1
    column, rises = _order(asked)
    order = column.asc() if rises else column.desc()
    total = count(connection, asked, person)
    number = max(1, min(number, -(-total // PAGE)))
    chosen = select(*SHOWN).where(*conditions).order_by(order, CALLS.c.id).limit(PAGE).offset((number - 1) * PAGE)
    rows = [dict(row) | (WITHHELD if row["id"] in blind else {}) for row in connection.execute(chosen).mappings()]
    return Page(rows, total, number, len(blind))


def names(connection: Connection, person: Person | None, columns: Sequence[str]) -> dict[str, list[str]]:
    """Every value of a column, of the calls that somebody may see."""
    mine = wanted({}, person)
    return {
        name: sorted(str(value) for value in connection.scalars(select(CALLS.c[name]).where(*mine).distinct()) if value)
        for name in columns
    }


def choices(connection: Connection, person: Person | None) -> dict[str, list[str]]:
    """What the filters offer."""
    return names(connection, person, ("agent", "queue", "outcome")) | {
        "cue": sorted(connection.scalars(select(CUES.c.cue).distinct())),
        "level": [*ORDER, *(level + OR_WORSE for level in ORDER[1:-2])],
        "verdict": list(VERDICTS),
        "reviewed": ["yes", "no"],
    }


def one(connection: Connection, number: int, person: Person) -> Mapping[str, Any] | None:
    """A call by its number; None where there is none, or none of theirs."""
    chosen = select(*SHOWN).where(CALLS.c.id == number, *wanted({}, person))
    row = connection.execute(chosen).mappings().first()
    return None if row is None else dict(row)
