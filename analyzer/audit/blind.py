"""What an open calibration round keeps from whom, until it closes.

A rater sees of the calls that they rate neither what the program made of them nor what others said, not even once
they have scored one: until the round closes they may score it again.  Everybody else sees what the program made of
it; what others said meanwhile is for leads and admins alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import Engine, Select, func, select

from analyzer.audit.people import LEADS, Person
from analyzer.audit.schema import ASSIGNMENTS, CALLS, ROUNDS

WITHHELD = "what the program and others say of it is withheld until the round closes, so that your answers are your own"
_OPEN = select(ASSIGNMENTS.c.call).join(ROUNDS, ROUNDS.c.id == ASSIGNMENTS.c.round).where(ROUNDS.c.closed_at == "")


def rated_by(person: Person) -> Select[tuple[int]]:
    """The numbers of the calls of open rounds that somebody rates: of these they see the words and the sound only."""
    return _OPEN.where(ASSIGNMENTS.c.person == person.id)


def secret_from(person: Person) -> Select[tuple[int]]:
    """The numbers of the calls of which somebody sees no entry of others now."""
    return rated_by(person) if person.role in LEADS else _OPEN


def named(engine: Engine, numbers: Select[tuple[int]]) -> set[str]:
    """The same calls by their `call_id`."""
    with engine.connect() as connection:
        return set(connection.scalars(select(CALLS.c.call_id).where(CALLS.c.id.in_(numbers))))


def round_of(engine: Engine, call: int, person: Person) -> Mapping[str, Any] | None:
    """The open round in which somebody rates a call, by `id` and `name`; None where nothing is kept from them."""
    chosen = rated_by(person).where(ASSIGNMENTS.c.call == call).with_only_columns(ROUNDS.c.id, ROUNDS.c.name)
    with engine.connect() as connection:
        row = connection.execute(chosen.order_by(ROUNDS.c.id).limit(1)).mappings().first()
    return None if row is None else dict(row)


def rates(engine: Engine, number: int, person: Person) -> bool:
    """Whether somebody rates calls of an open round."""
    with engine.connect() as connection:
        return bool(connection.scalar(select(rated_by(person).where(ASSIGNMENTS.c.round == number).exists())))


def how_many(engine: Engine, person: Person) -> int:
    """Of how many calls something is kept from a rater; what is shown of many calls leaves these out, and says so."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(CALLS).where(CALLS.c.id.in_(rated_by(person)))) or 0


def visible(engine: Engine, call: int, person: Person, entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of the entries of a call, those that somebody may see now."""
    with engine.connect() as connection:
        is_secret = connection.scalar(select(secret_from(person).where(ASSIGNMENTS.c.call == call).exists()))
    return [entry for entry in entries if entry["person"] == person.name] if is_secret else list(entries)


def refuse(engine: Engine, call: int, person: Person) -> None:
    """Raises 403 for who rates the call in an open round, and says why."""
    found = round_of(engine, call, person)
    if found is not None:
        raise web.HTTPForbidden(text=f"you rate this call in the open round “{found['name']}”: {WITHHELD}")
