"""What both sides did, counted and timed; never what anybody felt."""

from __future__ import annotations

import pytest

from analyzer.conduct import Conduct, gives_own_name, kind_of_overlap
from analyzer.dialogue import Dialogue, Turn
from analyzer.hold import Hold
from analyzer.speech import Utterance, spread_words

from dialogues import Line, turns

HELLO: Line = ("agent", "good morning this is maria how can i help")


def said(speaker: str, text: str, start_s: float, end_s: float) -> Turn:
    return Turn(0, Utterance(speaker, spread_words(text, start_s, end_s)), None, None, {})  # type: ignore[arg-type]


def measured(call: list[Turn], holds: tuple[Hold, ...] = (), duration_s: float = 100.0) -> dict[str, float | None]:
    conduct, dialogue = Conduct(), Dialogue()
    for turn in call:
        dialogue.hear(turn)
        conduct.hear(turn, dialogue)
    return conduct.measures(dialogue, duration_s, 10.0, holds)


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (("but that is not what i", 3.0, 6.0), "cut_offs"),  # the first stops half a second later
        (("but that is not what i", 3.3, 6.0), None),  # the rub of turn-taking
        (("but that is not what i", 0.5, 6.0), "talk_overs"),  # both began together
        (("but that", 1.5, 3.0), "talk_overs"),  # the first goes on
        (("mm hm", 2.0, 2.9), None),
    ],
)
def test_overlaps_are_told_apart(second: tuple[str, float, float], kind: str | None) -> None:
    """A cut-off ends the other's turn, a talk-over does not, and listening is neither."""
    first = said("agent", "so what i would like to do now is to look at it", 0.0, 3.5)
    assert kind_of_overlap(first, said("customer", *second)) == kind


def test_whoever_comes_second_did_it_whoever_ends_first() -> None:
    """Turns come in order of their end; the later start counts."""
    inside = measured(
        [said("customer", "no wait a moment", 2.0, 3.0), said("agent", "so here is what we do", 0.0, 6.0)]
    )
    assert (inside["customer_talk_overs"], inside["agent_talk_overs"]) == (1, 0)


def test_back_channels_are_counted_and_break_no_story() -> None:
    """Ten seconds of story with an "mm hm" in it are ten seconds."""
    found = measured(
        [
            said("customer", "i ordered it in june and it never came", 0.0, 5.0),
            said("agent", "mm hm", 5.1, 5.4),
            said("customer", "and then you sent me the wrong one", 5.5, 10.5),
            said("agent", "so you got the wrong one what happened then", 12.0, 14.0),
        ]
    )
    assert found["longest_customer_story_s"] == pytest.approx(10.0)
    assert found["longest_agent_monologue_s"] == pytest.approx(2.0)
    assert found["agent_backchannels"] == 1
    assert found["agent_response_gap_s"] == pytest.approx(1.5)


def test_words_a_minute_are_of_speaking_time() -> None:
    """Ten words in five seconds are 120, however long the pauses."""
    found = measured([said("agent", "one two three four five six seven eight nine ten", 50.0, 55.0)])
    assert found["agent_words_per_minute"] == pytest.approx(120.0)
    assert found["agent_talk_share"] == 1.0


def test_questions_open_and_closed() -> None:
    """One turn is one question."""
    found = measured(turns(HELLO, ("agent", "what happened then"), ("agent", "did you restart it"), ("agent", "i see")))
    assert (found["agent_open_questions"], found["agent_closed_questions"]) == (1, 1)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("apologies", "i'm sorry the sofa was late"),
        ("agreements", "you're right we should have called you"),
        ("recaps", "so the sofa never came on tuesday and then friday did i get that right"),
        ("condescensions", "as i already told you it's obviously at the top"),
        ("policy_defences", "our policy is that the fee stays"),
        ("transfer_offers", "certainly i can transfer you to my manager now"),
        ("callback_offers", "i'll call you back by three on this number"),
        ("encouragers", "go on"),
        ("reassurances", "don't worry we'll take care of it"),
        ("options", "what i can do is sunday"),
        ("goal_questions", "what would you like to happen"),
        ("boundaries", "please don't speak to me like that"),
    ],
)
def test_each_thing_that_an_agent_does_is_counted_once_a_turn(measure: str, said: str) -> None:
    """And not in a greeting; the same words of an unknown speaker count for nobody."""
    assert measured(turns(HELLO))[f"agent_{measure}"] == 0
    assert measured(turns(HELLO, ("agent", said)))[f"agent_{measure}"] == 1
    assert f"agent_{measure}" not in measured(turns(("unknown", said)))


def test_covering_everything_and_closing_are_noted() -> None:
    """Both, and neither before they were said."""
    said = turns(HELLO, ("agent", "is there anything else"), ("agent", "have a nice day bye"))
    assert [measured(said[:n])["all_covered_asked"] for n in (1, 2, 3)] == [0, 1, 1]
    assert [measured(said[:n])["closing_said"] for n in (1, 2, 3)] == [0, 0, 1]


def test_who_must_call_again_is_counted() -> None:
    """Unless the agent calls."""
    assert measured(turns(HELLO, ("agent", "please call us again on monday")))["callback_requests"] == 1
    assert measured(turns(HELLO, ("agent", "i'll call you back on monday")))["callback_requests"] == 0


def test_a_refusal_may_be_followed_by_its_option() -> None:
    """In the same turn or in the next one; else it stays bare."""
    no: Line = ("agent", "i'm afraid we can't do that")
    ask: Line = ("customer", "can i move my booking to saturday")
    option: Line = ("agent", "what i can do is sunday")
    for call, counts in (
        ([ask, no, ask, option], (1, 0)),
        ([ask, ("agent", "i can't do that but what i can do is sunday")], (1, 0)),
        ([ask, no], (0, 1)),
        ([ask, no, ask, ("agent", "let me look at the page")], (0, 1)),
    ):
        found = measured(turns(HELLO, *call))
        assert (found["agent_refusals_with_option"], found["agent_refusals_without_option"]) == counts


def test_a_platitude_is_empty_unless_it_names_the_matter() -> None:
    """The sofa makes the difference."""
    late: Line = ("customer", "the sofa did not come on tuesday")
    for line, counts in (("i understand how you feel", (1, 0)), ("i understand how you feel about the sofa", (0, 1))):
        found = measured(turns(HELLO, late, ("agent", line)))
        assert (found["agent_empty_platitudes"], found["agent_specific_platitudes"]) == counts


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("good morning this is maria how can i help", True),
        ("taxi dispatch this is lou", True),
        ("my name's ines", True),
        ("photo archive ines speaking", True),
        ("this is terrible", False),
        ("i'm sorry about that", False),
        ("this is customer support", False),
    ],
)
def test_the_agent_gives_a_name(text: str, given: bool) -> None:
    """A name, not any word behind "this is"."""
    assert gives_own_name(text) is given


def test_names_are_asked_for_and_used() -> None:
    """The customer says it when asked; the agent uses it once."""
    call = turns(
        HELLO,
        ("customer", "my parcel is lost"),
        ("agent", "may i have your name please"),
        ("customer", "it's laura jones"),
        ("agent", "thank you laura i'll look for it"),
        ("agent", "it is in the depot"),
    )
    found = measured(call)
    assert (found["agent_name_given"], found["customer_name_asked"], found["customer_name_uses"]) == (1, 1, 1)


def test_a_title_is_a_use_of_the_name_unless_it_is_somebody_elses() -> None:
    """Thanking mr kelly is one; telling that mr wilson is our director is none."""
    found = measured(
        turns(HELLO, ("agent", "wonderful thank you mr kelly okay"), ("agent", "mr wilson is our director"))
    )
    assert found["customer_name_uses"] == 1


def test_what_is_said_again_is_counted_in_other_words_too() -> None:
    """Who said it before says it again; the other side's words do not count."""
    found = measured(
        turns(
            ("customer", "the heating is broken and the engineer never came"),
            ("agent", "the heating is broken and the engineer never came"),
            ("customer", "my boiler is dead and nobody sent a technician"),
        )
    )
    assert (found["customer_repeats"], found["agent_repeats"]) == (1, 0)


def test_holds_and_silence_belong_to_the_call() -> None:
    """How many, how long, how early."""
    holds = (Hold("music", 20.0, 50.0, announced=True), Hold("silence", 60.0, 80.0, announced=False))
    found = measured(turns(HELLO), holds)
    assert (found["holds"], found["unannounced_holds"], found["hold_s"], found["longest_hold_s"]) == (2, 1, 50.0, 30.0)
    assert (found["music_hold_s"], found["first_hold_s"], found["silence_share"]) == (30.0, 20.0, 0.1)


def test_where_nobody_knows_who_is_who_nobody_is_judged() -> None:
    """A mono recording: silence and holds, and that is all."""
    found = measured(turns(("unknown", "i'm afraid we can't do that"), ("unknown", "calm down")))
    assert not [name for name in found if name.startswith(("agent", "customer", "longest_agent", "callback"))]
    assert "silence_s" in found


def test_nothing_measured_is_a_feeling() -> None:
    """Behaviours by name: no word of mood in any of them."""
    names = " ".join(measured(turns(HELLO, ("customer", "hello"))))
    assert not any(word in names for word in ("emotion", "sentiment", "intensity", "anger", "mood", "stress"))
