"""What is left of a call when it has ended: what it was about, what was tried, what was promised.

Everything is a quote from the record; nothing is made up.  What is meant for the agent alone (the care
card) is not in here, so that it cannot reach a supervisor's view by mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.dialogue import Dialogue, Turn
from analyzer.promises import Promise

MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's words, and when."""

    speaker: str
    text: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The last event of a call."""

    duration_s: float
    issue: tuple[Quote, ...]
    tried: tuple[Quote, ...]
    promises: tuple[Promise, ...]
    open_want: tuple[Quote, ...]
    behaviour: dict[str, float | None]  # what both sides did (`conduct`); never a feeling of the agent
    tension: tuple[tuple[float, float], ...]  # (at_s, pressure)
    worst_level: str
    last_level: str
    onset_s: float | None  # when the call first was not calm
    peak_s: float | None
    recovery_s: float | None  # from the peak to calm
    venting: tuple[tuple[float, float], ...] = ()  # (from_s, to_s) of the stretches in which the customer unloaded
    outcome: str | None = None  # of `outcome.Outcome`; None where nobody knows who is who
    heads_up: tuple[str, ...] = ()  # three lines for a lead, of a call that ended hard
    ended_abnormally: bool = False


def quote(turn: Turn) -> Quote:
    return Quote(turn.speaker, turn.text, turn.start_s)


def issue_of(turns: Sequence[Turn]) -> tuple[Quote, ...]:
    """The customer's first words of substance, and the strongest ones."""
    said = [turn for turn in turns if turn.speaker == "customer" and len(turn.utterance.words) >= 5]
    strongest = sorted(said, key=lambda turn: -turn.intensity)[:1]
    chosen = {turn.index: turn for turn in [*said[:2], *strongest]}
    return tuple(quote(chosen[index]) for index in sorted(chosen))[:MOST_QUOTES]


def tried_by(turns: Sequence[Turn]) -> tuple[Quote, ...]:
    """What the agent did about it."""
    steps = [
        t
        for t in turns
        if t.speaker == "agent" and t.does & {"fix", "offers-option", "callback-offer", "transfer-offer"}
    ]
    return tuple(quote(turn) for turn in steps[-MOST_QUOTES:])


def open_want_of(dialogue: Dialogue) -> tuple[Quote, ...]:
    """What the customer last asked for, unless the call ended in thanks."""
    last = dialogue.last("customer", 6)
    if any(set(turn.cues) & {"gratitude", "relief"} for turn in last[:2]) or not last:
        return ()
    wants = [
        turn
        for turn in last
        if turn.does & {"states-goal", "requests-item", "asks-resolution"} or "rejects-help" in turn.cues
    ]
    return tuple(quote(turn) for turn in wants[:1])
