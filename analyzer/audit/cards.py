"""Scorecards in the database, and the calls that were scored by them.

A scoring is an entry of the trail and nothing else: appended, sealed, never changed.  Who scores a call again adds
an entry, and the latest one counts.  A version locks when it is first used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from analyzer.audit import trail
from analyzer.audit.answers import RULES
from analyzer.audit.schema import CARDS, TRAIL
from analyzer.audit.scorecard import Scorecard, ScorecardError, parse

SHIPPED = Path(__file__).with_name("scorecard.yaml")
KNOWN_RULES = frozenset(RULES)


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a scorecard as the database has it."""

    id: int
    card: Scorecard
    text: str
    locked: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Scoring:
    """How somebody filled a card in."""

    person: str
    at: str
    call_id: str
    tag: str
    answers: Mapping[str, str]
    outcome: str
    why: str
    total: float | None


def read_card(text: str, source: str = "the scorecard") -> Scorecard:
    """A scorecard whose rules the program knows.  Raises `ScorecardError`."""
    return parse(text, source, KNOWN_RULES)


def put(engine: Engine, text: str, source: str = "the scorecard") -> int:
    """Keep a version; its number.  Raises `ScorecardError` where that version is locked and says something else."""
    card = read_card(text, source)
    of_it = (CARDS.c.name == card.name, CARDS.c.version == card.version)
    with engine.begin() as connection:
        row = connection.execute(select(CARDS.c.id, CARDS.c.text, CARDS.c.locked).where(*of_it)).first()
        if row is None:
            values = {"name": card.name, "version": card.version, "text": text, "locked": False}
            return int(connection.execute(insert(CARDS).values(**values)).inserted_primary_key[0])  # type: ignore[index]
        changed = update(CARDS).where(CARDS.c.id == row.id, CARDS.c.locked.is_(False)).values(text=text)
        if row.text != text and connection.execute(changed).rowcount == 0:
            raise ScorecardError(f"{card.name} version {card.version} was used and is locked; raise its version")
        return int(row.id)


def put_shipped(engine: Engine) -> None:
    """The scorecard that comes with the program, if none of its name and version is there."""
    text = SHIPPED.read_text("utf-8")
    card = read_card(text, str(SHIPPED))
    if not any((kept.card.name, kept.card.version) == (card.name, card.version) for kept in every(engine)):
        try:
            put(engine, text)
        except IntegrityError:  # another start was a moment earlier
            return


def every(engine: Engine) -> list[Kept]:
    """All versions, the latest of each name first."""
    chosen = select(CARDS).order_by(CARDS.c.name, CARDS.c.version.desc())
    with engine.connect() as connection:
        return [_kept(dict(row)) for row in connection.execute(chosen).mappings()]


def one(engine: Engine, number: int) -> Kept | None:
    """A version by its number."""
    with engine.connect() as connection:
        row = connection.execute(select(CARDS).where(CARDS.c.id == number)).mappings().first()
    return None if row is None else _kept(dict(row))


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(row["id"], read_card(row["text"]), row["text"], row["locked"])


def lock(engine: Engine, number: int) -> None:
    """From now on this version is as it is."""
    with engine.begin() as connection:
        connection.execute(update(CARDS).where(CARDS.c.id == number).values(locked=True))


def tag_of(kept: Kept, of_round: int | None) -> str:
    """What a scoring is called in the trail."""
    return f"card:{kept.id}" if of_round is None else f"round:{of_round}"


def score(
    engine: Engine,
    kept: Kept,
    call: Mapping[str, Any],
    person: str,
    answers: Mapping[str, str],
    outcome: str,
    why: str = "",
    of_round: int | None = None,
) -> Scoring:
    """Write a scoring into the trail.  Raises `ScorecardError` for a card that is not filled in."""
    for fault in kept.card.faults(answers, outcome):
        raise ScorecardError(fault)
    lock(engine, kept.id)
    named = {"card": f"{kept.card.name} v{kept.card.version}", "sha256": kept.sha256}
    said = json.dumps(named | {"answers": dict(answers), "outcome": outcome}, sort_keys=True)
    at = (call["call_id"], call["record_sha256"])
    entry = trail.append(engine, trail.Said(*at, tag_of(kept, of_round), person, trail.SCORED, why, said))
    return scoring_of(entry, kept.card)


def scoring_of(entry: Mapping[str, Any], card: Scorecard) -> Scoring:
    """A scoring from its entry."""
    said = json.loads(entry["correction"])
    kept = {name: entry[name] for name in ("person", "at", "call_id", "tag", "why")}
    return Scoring(**kept, answers=said["answers"], outcome=said["outcome"], total=card.total(said["answers"]))


def scorings(engine: Engine, card: Scorecard, tag: str, call_ids: Iterable[str] | None = None) -> list[Scoring]:
    """The latest scoring of each person and call under a tag, in the order in which they were made."""
    chosen = select(TRAIL).where(TRAIL.c.tag == tag, TRAIL.c.did == trail.SCORED).order_by(TRAIL.c.number)
    if call_ids is not None:
        chosen = chosen.where(TRAIL.c.call_id.in_(list(call_ids)))
    with engine.connect() as connection:
        return latest(map(dict, connection.execute(chosen).mappings()), card, tag)


def latest(entries: Iterable[Mapping[str, Any]], card: Scorecard, tag: str) -> list[Scoring]:
    """Of entries in their order, the last scoring of each person and call under a tag."""
    found: dict[tuple[str, str], Scoring] = {}
    for entry in entries:
        if entry["tag"] == tag and entry["did"] == trail.SCORED:
            found[entry["call_id"], entry["person"]] = scoring_of(entry, card)
    return sorted(found.values(), key=lambda scoring: scoring.at)
