"""Calibration rounds: the same calls for several raters; nobody sees another's answers before the round closes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from analyzer.audit import cards, listing, sampling, trail
from analyzer.audit.schema import ASSIGNMENTS, CALLS, PEOPLE, ROUNDS
from analyzer.errors import OutputError

MOST_CALLS = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """How a round draws its calls."""

    name: str
    card: int
    plan: str = "by level"
    size: int = 10
    seed: int = 0
    among: str = ""  # the filters of the list, as its query string has them; empty: all calls


def open_round(engine: Engine, wanted: Plan, raters: Sequence[int], by: str) -> int:
    """Draw the calls and hand them to every rater; the round's number."""
    name = wanted.name.strip()[:80]
    if not name or wanted.plan not in sampling.PLANS or not 0 < wanted.size <= MOST_CALLS:
        raise OutputError(f"a round has a name, a plan ({', '.join(sampling.PLANS)}) and 1 to {MOST_CALLS} calls")
    if len(set(raters)) < 2:
        raise OutputError("a round needs two raters or more: one alone agrees with everything")
    among = listing.filters_in(wanted.among)
    values = {"name": name, "card": wanted.card, "plan": wanted.plan, "seed": wanted.seed, "among": urlencode(among)}
    try:
        with engine.begin() as connection:
            known = select(CALLS.c.id, CALLS.c.worst, CALLS.c.agent, CALLS.c.queue)
            rows = connection.execute(known.where(*listing.wanted(among, None))).mappings().all()
            drawn = sampling.draw([dict(row) for row in rows], wanted.plan, wanted.size, wanted.seed)
            if not drawn:
                raise OutputError("no call is like that: there is none to draw")
            stamp = {"opened_at": _now(), "opened_by": by, "closed_at": ""}
            number = int(connection.execute(insert(ROUNDS).values(**values, **stamp)).inserted_primary_key[0])  # type: ignore[index]
            given = [
                {"round": number, "call": c, "person": p, "done": False} for c in drawn for p in sorted(set(raters))
            ]
            connection.execute(insert(ASSIGNMENTS), given)
    except IntegrityError:
        raise OutputError(f"there is already a round called {name}, or no such scorecard or rater") from None
    cards.lock(engine, wanted.card)
    _note(engine, number, by, trail.OPENED, asdict(wanted) | {"calls": drawn, "raters": sorted(set(raters))})
    return number


def close(engine: Engine, number: int, by: str) -> None:
    """End a round: from now on everybody who may see it sees all of it.  What is closed stays closed."""
    closing = update(ROUNDS).where(ROUNDS.c.id == number, ROUNDS.c.closed_at == "").values(closed_at=_now())
    with engine.begin() as connection:
        name = connection.scalar(closing.returning(ROUNDS.c.name))
        if name is None:
            raise OutputError("that round is closed already, or was never opened")
    _note(engine, number, by, trail.CLOSED, {"name": name})


def _note(engine: Engine, number: int, by: str, did: str, what: Mapping[str, Any]) -> None:
    trail.append(engine, trail.Said("", "", f"round:{number}", by, did, correction=json.dumps(what, sort_keys=True)))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def every(engine: Engine) -> list[dict[str, Any]]:
    """All rounds, the latest first, with how much of each is done."""
    of_it = and_(ASSIGNMENTS.c.round == ROUNDS.c.id)
    total = select(func.count()).where(of_it).scalar_subquery()
    done = select(func.count()).where(of_it, ASSIGNMENTS.c.done.is_(True)).scalar_subquery()
    chosen = select(ROUNDS, total.label("total"), done.label("done")).order_by(ROUNDS.c.id.desc())
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()]


def one(engine: Engine, number: int) -> dict[str, Any] | None:
    """A round by its number."""
    return next((found for found in every(engine) if found["id"] == number), None)


def assignments(engine: Engine, number: int) -> list[dict[str, Any]]:
    """Who scores which call of a round, and whether it is done."""
    chosen = (
        select(ASSIGNMENTS, CALLS.c.call_id, CALLS.c.path, CALLS.c.worst, PEOPLE.c.name)
        .join(CALLS, CALLS.c.id == ASSIGNMENTS.c.call)
        .join(PEOPLE, PEOPLE.c.id == ASSIGNMENTS.c.person)
        .where(ASSIGNMENTS.c.round == number)
        .order_by(CALLS.c.call_id, PEOPLE.c.name)
    )
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()]


def waiting(engine: Engine, person: int) -> list[dict[str, Any]]:
    """The calls of open rounds that somebody has still to score."""
    chosen = (
        select(ASSIGNMENTS.c.round, ASSIGNMENTS.c.call, ROUNDS.c.name)
        .join(ROUNDS, ROUNDS.c.id == ASSIGNMENTS.c.round)
        .where(ASSIGNMENTS.c.person == person, ASSIGNMENTS.c.done.is_(False), ROUNDS.c.closed_at == "")
        .order_by(ASSIGNMENTS.c.round, ASSIGNMENTS.c.call)
    )
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(chosen).mappings()]


def may_score(engine: Engine, number: int, call: int, person: int) -> bool:
    """Whether a call of an open round was given to somebody."""
    chosen = select(func.count()).where(
        ASSIGNMENTS.c.round == number,
        ASSIGNMENTS.c.call == call,
        ASSIGNMENTS.c.person == person,
        ASSIGNMENTS.c.round == ROUNDS.c.id,
        ROUNDS.c.closed_at == "",
    )
    with engine.connect() as connection:
        return bool(connection.scalar(chosen))


def done(engine: Engine, number: int, call: int, person: int) -> None:
    """Note that somebody has scored a call of a round."""
    of_it = (ASSIGNMENTS.c.round == number, ASSIGNMENTS.c.call == call, ASSIGNMENTS.c.person == person)
    with engine.begin() as connection:
        connection.execute(update(ASSIGNMENTS).where(*of_it).values(done=True))
