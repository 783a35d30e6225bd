"""How a call ended, and who should hear of it."""

from __future__ import annotations

import pytest

from analyzer.escalation import Level
from analyzer.outcome import is_handled_well, merits, outcome_of
from analyzer.summary import Summary
from analyzer.testing import reading

from dialogues import FURIOUS, GLAD, TENSE, Line, coached, turns

HELLO: Line = ("agent", "good morning how can i help")
REJECTS = reading(-0.7, 0.6, ["rejects-help"])
ABUSE = reading(-0.9, 0.9, ["abuse"])
STUCK: list[Line] = [
    HELLO,
    ("customer", "ten years of pictures of my mother are gone from your archive", FURIOUS),
    ("agent", "don't worry we will look into it"),
    ("customer", "that's not good enough", REJECTS),
    ("agent", "i assure you we'll do everything we can"),
    ("customer", "you keep saying that", REJECTS),
    ("agent", "please be assured that our team is working on it"),
    ("customer", "that doesn't help me", REJECTS),
]
WELL: list[Line] = [
    ("agent", "you're right that should never have happened"),
    ("agent", "i'm afraid there is nothing more we can do to bring the pictures back"),
    ("agent", "what would you like me to do at this point"),
]


def summary_of(*lines: Line) -> Summary:
    [summary] = [event for event in coached(turns(*lines)) if isinstance(event, Summary)]
    return summary


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([HELLO, ("customer", "please change my address"), ("agent", "done"), ("customer", "thank you", GLAD)], "resolved"),
        ([HELLO, ("customer", "it leaks"), ("agent", "i'll send ray to you on monday at nine")], "promised"),
        ([HELLO, ("customer", "is my lamp ready"), ("agent", "you'll need to call us back next week")], "open"),
        ([HELLO, ("customer", "where is my cab you promised", FURIOUS)], "ended heated"),
        ([HELLO, ("customer", "you pathetic idiot", ABUSE)], "ended abusive"),
        ([*STUCK, ("agent", "don't worry it will be fine")], "ended stuck"),
        ([*STUCK, *WELL], "unresolvable, handled well"),
        ([*STUCK, *WELL, ("agent", "as i already told you calm down")], "ended stuck"),
        ([("unknown", "you pathetic idiot")], None),
    ],
)  # fmt: skip
def test_a_call_ends_as_it_ends(lines: list[Line], outcome: str | None) -> None:
    """One that nobody could have solved is told apart, unless the agent made it worse."""
    assert summary_of(*lines).outcome == outcome


@pytest.mark.parametrize(
    ("worst", "last", "outcome"),
    [("heated", "tense", "resolved"), ("stuck", "calm", "resolved"), ("stuck", "tense", "open")],
)
def test_thanks_of_one_who_was_stuck_resolve_nothing_until_they_are_calm(
    worst: Level, last: Level, outcome: str
) -> None:
    """They may be for kind words."""
    said = turns(HELLO, ("customer", "thank you for saying that", GLAD))[1:]
    assert outcome_of(worst, last, {"customer_turns": 4}, said, [], is_open=True) == outcome


def test_a_lead_gets_three_lines_of_the_calls_own_words() -> None:
    """How it stands and why, what was tried, what is wanted; each quote with its time."""
    summary = summary_of(*STUCK, *WELL)
    stands, tried, wanted = summary.heads_up
    assert stands.startswith("Ended stuck since 00:")
    assert "“that doesn't help me”" in stands
    assert tried.startswith("Tried: ")
    assert "look into it, no time" in wanted


def test_a_calm_call_is_nobodys_business() -> None:
    """No heads-up; but one who asked for a manager in vain is told, however calm."""
    assert summary_of(HELLO, ("customer", "please change my address")).heads_up == ()
    asked: Line = ("customer", "let me speak to your boss", reading(-0.2, 0.3, ["supervisor-request"]))
    assert len(summary_of(HELLO, asked, ("agent", "what is the number")).heads_up) == 3
    assert summary_of(HELLO, asked, ("agent", "of course i'll get my supervisor"), ("customer", "good")).heads_up == ()


def test_a_long_quote_is_cut_where_it_says_so() -> None:
    """A glance, not a page."""
    summary = summary_of(HELLO, ("customer", " ".join(["never"] * 60), FURIOUS), ("customer", "never", TENSE))
    assert " …”" in summary.heads_up[0]
    assert len(summary.heads_up[0].split()) < 40


def test_merits_are_behaviours_that_were_counted() -> None:
    """Nothing is praised that was not done, and nobody who is not known."""
    assert merits({}) == []
    assert merits({"agent_agreements": 1, "agent_cut_offs": 2, "customer_turns": 3}) == ["agreed"]
    assert merits({"agent_cut_offs": 0, "customer_turns": 3}) == ["let the customer finish"]
    assert not is_handled_well({"agent_agreements": 5})
