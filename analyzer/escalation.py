"""The state of a call: calm, tense, heated, abusive or stuck, with the evidence for every change.

Pressure is a number in 0..1 that each customer turn pulls toward itself: quickly up, slowly down.  A
level is entered at one pressure and left at a lower one, so that it does not flicker.  Abuse and being
stuck are seen in what is said, not in the pressure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.audio import Speaker
from analyzer.dialogue import Dialogue, Turn

Level = Literal["calm", "tense", "heated", "abusive", "stuck"]
Target = Literal["problem", "company", "agent", "self", "none"]

ORDER: tuple[Level, ...] = ("calm", "tense", "heated", "abusive", "stuck")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said, when, and what about it counted."""

    quote: str
    start_s: float
    end_s: float
    what: str
    value: float | None  # none of an agent's words: nothing is judged of how an agent feels
    speaker: Speaker = "customer"  # whose words move the level


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the state machine, each with its reason."""

    rise: float = 0.75  # of the way to a hotter turn: one outburst is enough to be noticed ...
    fall: float = 0.35  # ... and one kind sentence does not erase an angry minute
    tense_at: float = 0.4
    heated_at: float = 0.54
    calm_at: float = 0.24  # hysteresis: well below `tense_at`
    cooled_at: float = 0.38  # from heated back to tense
    least_confidence: float = 0.5  # of the words: garbled ones move nothing up
    stuck_cycles: int = 3  # reassurances rejected; two are an ordinary bad call
    abuse_ends: int = 2  # turns without abuse until the call is no longer abusive
    boosts: Mapping[str, float] = field(  # what a cue adds to the heat of its turn
        default_factory=lambda: {
            "abuse": 0.3, "legal-threat": 0.15, "supervisor-request": 0.12, "churn": 0.05, "blame": 0.07,
            "repeat-contact": 0.06, "rejects-help": 0.1, "hold-complaint": 0.05, "vent": 0.05,
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EscalationState:
    """Where the call stands, since when, and why."""

    level: Level = "calm"
    pressure: float = 0.0
    since_s: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    target: Target = "none"
    clean_turns: int = 0  # customer turns without abuse since the last one with it

    @property
    def at_s(self) -> float:
        return self.since_s


def heat(turn: Turn, policy: Policy) -> float:
    """0..1: how hot one customer turn is.  Strength counts only as far as it is unhappy."""
    unhappy = min(1.0, max(0.0, -turn.sentiment) * 2.0)
    boost = max((policy.boosts.get(cue, 0.0) for cue in turn.cues), default=0.0) if unhappy > 0.2 else 0.0
    return min(1.0, turn.intensity * unhappy + boost)


def target_of(turn: Turn) -> Target:
    """Whom or what the anger is aimed at."""
    words = set(turn.plain.split())
    if "abuse" in turn.cues:
        return "agent"
    if "blame" in turn.cues or words & {"you", "your", "company", "they"}:
        return "company"
    if words & {"myself", "stupid"} and words & {"i", "i'm", "me"}:
        return "self"
    return "problem" if turn.sentiment < -0.2 else "none"


def advance(state: EscalationState, turn: Turn, dialogue: Dialogue, policy: Policy = Policy()) -> EscalationState:
    """The state after one customer turn.  Turns of others, and turns nobody could judge, change nothing."""
    if turn.affect is None:
        return state
    pressure = _pressure(state.pressure, turn, policy)
    clean = 0 if "abuse" in turn.cues else state.clean_turns + 1
    level = _level(state, pressure, turn, dialogue, clean, policy)
    changed = level != state.level
    return EscalationState(
        level,
        pressure,
        turn.end_s if changed else state.since_s,
        _evidence(state.level, level, pressure, turn, dialogue, policy) if changed else state.evidence,
        target_of(turn) if turn.sentiment < 0 else state.target,
        clean,
    )


def _pressure(before: float, turn: Turn, policy: Policy) -> float:
    """Toward this turn: quickly up, slowly down, and not up at all on words that were hardly heard."""
    now = heat(turn, policy)
    if now <= before:
        return before + policy.fall * (now - before)
    trust = turn.utterance.confidence
    return before if trust < policy.least_confidence else before + policy.rise * (now - before)


def _level(
    state: EscalationState, pressure: float, turn: Turn, dialogue: Dialogue, clean: int, policy: Policy
) -> Level:
    if "abuse" in turn.cues or (state.level == "abusive" and clean < policy.abuse_ends):
        return "abusive"
    if dialogue.rejected_cycles >= policy.stuck_cycles:
        return "stuck"
    hot = policy.heated_at if state.level in ("calm", "tense") else policy.cooled_at
    warm = policy.tense_at if state.level == "calm" else policy.calm_at
    return "heated" if pressure >= hot else "tense" if pressure >= warm else "calm"


def _evidence(
    before: Level, level: Level, pressure: float, turn: Turn, dialogue: Dialogue, policy: Policy
) -> tuple[Evidence, ...]:
    """The turn that moved the level, and the rule by which it did."""
    rules: dict[Level, tuple[str, float]] = {
        "calm": (f"pressure fell below {policy.calm_at}", pressure),
        "tense": (
            f"pressure passed {policy.tense_at}" if before == "calm" else f"pressure fell below {policy.cooled_at}",
            pressure,
        ),
        "heated": (f"pressure passed {policy.heated_at}", pressure),
        "abusive": ("abuse aimed at a person", 1.0),
        "stuck": ("reassurances rejected", float(dialogue.rejected_cycles)),
    }
    what, value = rules[level]
    found = [Evidence(turn.text, turn.start_s, turn.end_s, what, value)]
    found += [Evidence(turn.text, turn.start_s, turn.end_s, f"cue: {cue}", 1.0) for cue in turn.cues]
    return tuple(found)
