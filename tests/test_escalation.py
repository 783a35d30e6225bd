"""The state of a call: up quickly, down slowly, with the evidence beside it."""

from __future__ import annotations

import pytest

from analyzer.affect import Reading
from analyzer.escalation import EscalationState, target_of
from analyzer.testing import reading

from dialogues import CALM, FURIOUS, GLAD, TENSE, Line, coached, garbled, levels, turns

ABUSE = reading(-0.9, 0.9, ["abuse"])
REJECTS = reading(-0.6, 0.6, ["rejects-help"])


def test_an_ordinary_call_stays_calm() -> None:
    """Nothing happened, so nothing is told."""
    assert (
        levels(coached(turns(("agent", "hello"), ("customer", "i would like to book a room"), ("agent", "sure")))) == []
    )


def test_an_outburst_is_noticed_at_once() -> None:
    """One furious turn is enough."""
    assert levels(coached(turns(("agent", "hello"), ("customer", "this is outrageous i am furious", FURIOUS)))) == [
        "heated"
    ]


def test_shouting_then_calm_steps_down_slowly() -> None:
    """One kind sentence does not erase an angry minute."""
    shouting = [("customer", "this is outrageous", FURIOUS)] * 2
    after = [("customer", "okay", CALM)] * 5
    path = levels(coached(turns(*shouting, *after)))
    assert path[0] == "heated"
    assert path[1:] == ["tense", "calm"]
    assert levels(coached(turns(*shouting, ("customer", "okay", CALM)))) == ["heated"]


def test_levels_do_not_flicker_around_a_threshold() -> None:
    """Hysteresis: a level is left lower than it was entered."""
    wavering = [("customer", "it is not good", TENSE), ("customer", "well", reading(-0.4, 0.4))] * 4
    assert len(levels(coached(turns(*wavering)))) <= 1


def test_loud_joy_is_no_escalation() -> None:
    """Strength counts only as far as it is unhappy."""
    assert (
        levels(coached(turns(("customer", "that is wonderful thank you so much", reading(0.9, 0.95, ["gratitude"])))))
        == []
    )


def test_garbled_words_escalate_nothing() -> None:
    """What was hardly heard is no evidence."""
    call = turns(("agent", "hello"), ("customer", "this is outrageous", FURIOUS))
    assert levels(coached([call[0], garbled(call[1])])) == []


def test_abuse_is_a_state_of_its_own_and_ends() -> None:
    """It takes two turns without abuse to be over."""
    call = turns(
        ("customer", "you idiot", ABUSE),
        ("customer", "well", CALM),
        ("customer", "okay", CALM),
        ("customer", "fine", CALM),
    )
    path = levels(coached(call))
    assert path[0] == "abusive"
    assert path[-1] != "abusive"
    assert levels(coached(call[:2])) == ["abusive"]


def cycles(count: int) -> list[str]:
    reassured: Line = ("agent", "don't worry it will be fine")
    rejected: Line = ("customer", "no that doesn't help me", REJECTS)
    return levels(coached(turns(*[reassured, rejected] * count)))


def test_three_rejected_reassurances_are_stuck_and_two_are_not() -> None:
    """The Darren rule."""
    assert "stuck" not in cycles(2)
    assert cycles(3)[-1] == "stuck"


def test_every_change_carries_its_evidence() -> None:
    """The quote, its times, the rule and the value."""
    events = coached(turns(("agent", "hello"), ("customer", "this is outrageous i am furious", FURIOUS)))
    [state] = [event for event in events if isinstance(event, EscalationState)]
    first = state.evidence[0]
    assert first.quote == "this is outrageous i am furious"
    assert first.start_s < first.end_s == state.since_s
    assert "pressure passed" in first.what
    assert first.value == state.pressure


@pytest.mark.parametrize(
    ("said", "felt", "target"),
    [
        ("you useless idiot", reading(-0.9, 0.9, ["abuse"]), "agent"),
        ("it is your mistake", reading(-0.5, 0.5, ["blame"]), "company"),
        ("i could kick myself", reading(-0.5, 0.5), "self"),
        ("the kettle is broken again", reading(-0.5, 0.5), "problem"),
        ("the kettle is lovely", reading(0.5, 0.5), "none"),
    ],
)
def test_anger_is_aimed_at_somebody_or_something(said: str, felt: Reading, target: str) -> None:
    """The agent, the company, themselves or the thing."""
    assert target_of(turns(("customer", said, felt))[0]) == target


def test_thanks_end_in_calm() -> None:
    """A call that recovered says so."""
    path = levels(coached(turns(("customer", "i am furious", FURIOUS), *[("customer", "thank you", GLAD)] * 4)))
    assert path[-1] == "calm"
