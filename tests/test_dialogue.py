"""The memory of a call: the floor, its story, and who came back to what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.dialogue import KEPT_TURNS, Dialogue, noun_in
from analyzer.speech import Utterance
from analyzer.testing import reading

from dialogues import FURIOUS, Line, turns


def heard(*lines: Line) -> Dialogue:
    dialogue = Dialogue()
    for turn in turns(*lines):
        dialogue.hear(turn)
    return dialogue


def test_coming_back_to_it_in_other_words_is_coming_back() -> None:
    """The boiler is dead, the heating broken: the same story again."""
    circles = heard(
        ("customer", "the heating is broken and your engineer never came"),
        ("customer", "my boiler is dead and nobody sent a technician out"),
        ("customer", "it is freezing because no plumber has mended the heating"),
    )
    assert circles.repeats() == 2
    goes_on = heard(
        ("customer", "the heating is broken and your engineer never came"),
        ("customer", "my daughter has an exam at school on thursday morning"),
        ("customer", "and my mother in law is on the train from york"),
    )
    assert goes_on.repeats() == 0


def test_the_floor_is_the_customers_until_the_agent_says_something_of_weight() -> None:
    """An "mm hm" leaves it; an answer takes it, and the story is kept for that answer."""
    story: list[Line] = [("customer", "it never came"), ("agent", "mm hm"), ("customer", "and nobody called me")]
    dialogue = heard(*story)
    assert [turn.text for turn in dialogue.floor] == ["it never came", "and nobody called me"]
    dialogue.hear(turns(("agent", "so it never came and nobody called you about it"))[0])
    assert dialogue.floor == []
    assert len(dialogue.story) == 2


def test_a_minute_counts_from_where_the_customer_began_to_tell_and_ends_with_a_wish() -> None:
    """At least half of it is complaint; a question, or an agent who knows what is wanted, ends it."""
    moan: Line = ("customer", "the seats are dirty and the heating is broken and nobody cares", reading(-0.5, 0.4))
    dialogue = heard(("customer", "it's about the trains"), *[moan] * 8)
    since_s = dialogue.turns[0].start_s
    assert dialogue.complaint_s(since_s + 40.0) == pytest.approx(40.0)
    assert dialogue.complaint_s(since_s + 400.0) == 0.0
    for ends in (("customer", "can you refund me"), ("agent", "what would you like to happen")):
        assert heard(*[moan] * 8, ends).complaint_s(40.0) == 0.0


def test_a_story_of_forty_seconds_without_a_kind_word_is_venting() -> None:
    """However mildly it is told; a shorter one is a story."""
    told: Line = ("customer", "and then i went all the way back on the bus again and it was shut", reading(-0.4, 0.3))
    long, short = heard(*[told] * 8), heard(*[told] * 5)
    assert long.is_venting(long.turns[-1].end_s)
    assert not short.is_venting(short.turns[-1].end_s)


def test_nobody_insists_by_a_name_or_a_word_of_comfort() -> None:
    """A round of a dispute is a statement, not "sir" and not "it's going to be fine"."""
    claim: Line = ("customer", "the bell was not rung sir and the card says not available sir", reading(-0.5, 0.5))
    for answer in ("sir", "okay sir", "it's going to be fine sir"):
        assert heard(*[claim, ("agent", answer)] * 4).rounds == 0


def test_a_long_call_is_remembered_by_its_last_turns() -> None:
    """And by counts, which lose nothing."""
    dialogue = heard(*[("customer", "my parcel is lost again", FURIOUS)] * 100)
    assert len(dialogue.turns) == KEPT_TURNS
    assert len(dialogue.floor) <= KEPT_TURNS
    assert dialogue.sides["customer"].turns == 100


def test_the_thing_is_named_in_the_customers_own_word() -> None:
    """What is "my" goes before what is "the"."""
    dialogue = heard(("customer", "my sofa is in the depot and my sofa is late"))
    assert dialogue.own_noun() == "sofa"


@pytest.mark.parametrize(
    ("said", "noun"),
    [
        ("none of this helps me", ""),
        ("this bus is late again", "bus"),
        ("my sofa never came", "sofa"),
        ("my old phone is dead", "phone"),
        ("this is a mess", "mess"),
        ("this bill is wrong", "bill"),
        ("that telling me that you don't understand", ""),
        ("this damn thing is garbage", ""),
        ("this piece of junk fries my bloody dinner", "dinner"),
        ("the stupid printer ate my letter", "letter"),
        ("the thing supposed to hold it", ""),
        ("my card blocked for a week", "card"),
        ("your driver left me here", "driver"),
        ("my doctor sent it", "doctor"),
        ("my name is on the lease", "lease"),
    ],
)
def test_the_noun_is_a_thing_and_not_a_verb(said: str, noun: str) -> None:
    """An agent who says "Oh no, the helps?" is worse off than one who names nothing."""
    assert noun_in([said]) == noun


def test_a_word_that_was_hardly_heard_is_not_the_matter() -> None:
    """Who is told to name the student looks like somebody who does not listen."""
    [turn] = turns(("customer", "it sounds like a student and the brake is loose", reading(-0.3, 0.3)))
    words = tuple(replace(word, confidence=0.54 if word.word == "student" else 1.0) for word in turn.utterance.words)
    dialogue = Dialogue()
    dialogue.hear(replace(turn, utterance=Utterance("customer", words)))
    assert dialogue.own_noun() == "brake"


def test_two_words_on_one_hold_are_one_hold() -> None:
    """A second hold counts from a quarter of a minute on, and none before the matter is told."""
    matter: Line = ("customer", "my parcel has not moved since monday")
    once = heard(("agent", "hold on"), matter, ("agent", "hold on"), ("agent", "one moment please"))
    assert len(once.hold_asked_s) == 1
    filler: list[Line] = [("customer", "that is quite alright i have all the time in the world today you know")] * 4
    assert len(heard(matter, ("agent", "hold on"), *filler, ("agent", "hold on")).hold_asked_s) == 2


def test_two_sides_that_only_repeat_themselves_are_in_a_stalemate() -> None:
    """No policy and no denial is needed: the code is right, the code is wrong."""
    dispute: list[Line] = [
        ("customer", "no it was wrong it was a check up and no specialist"),
        ("agent", "the doctor is a specialist so the visit is coded as a specialist"),
    ]
    assert heard(*dispute, *dispute, *dispute).rounds >= 1
    assert heard(*dispute, ("agent", "you're right i'll ask the coder")).rounds == 0
