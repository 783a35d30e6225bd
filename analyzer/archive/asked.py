"""What a question consists of, once it is read, and the names that it may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from analyzer.affect import ACTS, CUES
from analyzer.archive.moments import KINDS, slug
from analyzer.behaviour import AGENT_PATTERNS, CUSTOMER_PATTERNS
from analyzer.escalation import ORDER
from analyzer.hold import HoldKind
from analyzer.lint import MOVES
from analyzer.outcome import Outcome

STATES = (
    "escalated", "eased", "recovered", "used", "unused", "timed", "untimed", "asks-to-call", "announced",
    "unannounced",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tag:
    """A moment that has this tag, or is of this kind (`kind:hold`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Says:
    """A turn in which these words are said, one after the other; the last may be a beginning (`cancel*`)."""

    words: str


@dataclass(frozen=True, slots=True)
class While:
    """A moment at which the call was in this state."""

    level: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A moment of which a number is as large as this; a moment without the number is none."""

    name: str
    compare: str
    value: float | str  # a date, as in 2026-03-05, for `due`


@dataclass(frozen=True, slots=True)
class Either:
    """A moment that is one of several."""

    moments: tuple[Described, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A moment of which something does not hold."""

    thing: Thing


Thing = Tag | Says | While | Measure | Either | Not
Described = tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """Another moment of the same call that must be there, or must not."""

    moment: Described
    is_absent: bool = False
    within_s: float | None = None
    side: str | None = None  # before or after; None: anywhere


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: one moment, and others around it."""

    moment: Described
    clauses: tuple[Clause, ...] = ()


def vocabulary(tags: Iterable[str] = ()) -> dict[str, list[str]]:
    """Every name and the tags that it may stand for; `tags` are those that an archive holds besides."""
    known = dict.fromkeys(
        (
            *(f"kind:{kind}" for kind in KINDS),
            *(f"by:{who}" for who in ("agent", "customer", "unknown")),
            *(f"level:{level}" for level in ORDER),
            *(f"cue:{cue}" for cue in CUES),
            *(f"does:{act}" for act in (*ACTS, *AGENT_PATTERNS, *CUSTOMER_PATTERNS)),
            *(f"move:{move}" for move in MOVES),
            *(f"tactic:{tactic}" for tactics in MOVES.values() for tactic in tactics),
            *(f"hold:{kind}" for kind in get_args(HoldKind)),
            *(f"outcome:{slug(outcome)}" for outcome in get_args(Outcome)),
            *STATES,
            *tags,
        )
    )
    names: dict[str, list[str]] = {}
    for tag in known:
        names.setdefault(tag.split(":")[-1], []).append(tag)
    return names
