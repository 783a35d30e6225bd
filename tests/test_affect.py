"""Words and voice as one: what each may do, and what neither can do alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from analyzer.affect import (
    CUE_HOLDS,
    CUES,
    EMOTIONS,
    GARBLED,
    RESTING,
    VOICE_RAISES,
    VOICE_SOFTENS,
    Affect,
    Reading,
    asks_for_another,
    join,
    side,
)
from analyzer.speech import Utterance, Word, spread_words
from analyzer.testing import reading
from analyzer.voice import Voice

GRID = [step / 20 for step in range(21)]


def words(confidence: float = 1.0, count: int = 4) -> Utterance:
    return Utterance("customer", tuple(Word("refund", n / 2, n / 2 + 0.4, confidence) for n in range(count)))


def voice(arousal: float) -> Voice:
    return Voice(0.0, 0.0, 0.0, arousal)


def joined(intensity: float, arousal: float | None = None, confidence: float = 1.0) -> float:
    heard = None if arousal is None else voice(arousal)
    return join(reading(-0.8, intensity), heard, words(confidence)).intensity


def test_without_a_voice_the_words_stand_alone() -> None:
    affect = join(reading(-0.6, 0.7), None, words())
    assert (affect.sentiment, affect.intensity, affect.text_intensity) == pytest.approx((-0.6, 0.7, 0.7))
    assert affect.voice_intensity is None


def test_the_usual_voice_changes_nothing() -> None:
    assert joined(0.7, 0.5) == pytest.approx(0.7)


def test_intensity_rises_with_the_words() -> None:
    for arousal in (None, *GRID):
        assert all(lower < higher for lower, higher in pairwise(joined(value, arousal) for value in GRID))


def test_intensity_rises_with_the_voice() -> None:
    for intensity in GRID[1:-1]:
        assert all(lower < higher for lower, higher in pairwise(joined(intensity, value) for value in GRID))


def test_intensity_never_leaves_its_range() -> None:
    values = [joined(a, b, c) for a in GRID for b in GRID for c in (0.0, 0.5, 0.7, 1.0)]
    assert min(values) >= 0
    assert max(values) <= 1


def test_strong_words_in_a_flat_voice_keep_most_of_their_strength() -> None:
    """A threat can be spoken softly."""
    assert joined(0.9, 0.0) == pytest.approx((1 - VOICE_SOFTENS) * 0.9)


def test_a_shout_about_nothing_is_intense_but_not_extreme() -> None:
    assert joined(RESTING, 1.0) == pytest.approx(RESTING + VOICE_RAISES * (1 - RESTING))
    assert joined(RESTING, 1.0) < 0.65 < joined(0.7, 1.0)


def test_the_voice_never_decides_good_or_bad() -> None:
    """A loud voice may be glad."""
    glad = reading(0.8, 0.6, ("gratitude",))
    quiet, loud = join(glad, voice(0.1), words()), join(glad, voice(0.9), words())
    assert quiet.sentiment == loud.sentiment == pytest.approx(0.8)
    assert quiet.cues == loud.cues == ("gratitude",)


def test_garbled_words_escalate_nothing() -> None:
    """Whatever they seem to say: no cue, no label, no distress, no sentiment, intensity at rest."""
    furious = replace(reading(-1.0, 1.0, CUES), labels=("anger",), distress={"angry": 1.0})
    affect = join(furious, None, words(GARBLED))
    assert (affect.sentiment, affect.confidence) == (0.0, 0.0)
    assert (affect.cues, affect.labels) == ((), ())
    assert affect.distress == {"angry": 0.0}
    assert affect.intensity == pytest.approx(RESTING)


def test_the_less_the_words_are_believed_the_nearer_to_neutral() -> None:
    """In proportion, with no jump: sentiment, intensity and confidence go together."""

    def at(confidence: float) -> Affect:
        return join(reading(-0.8, 0.9), None, words(confidence))

    found = [at(confidence) for confidence in GRID]
    assert all(lower.intensity <= higher.intensity for lower, higher in pairwise(found))
    assert all(lower.sentiment >= higher.sentiment for lower, higher in pairwise(found))
    assert all(lower.confidence <= higher.confidence for lower, higher in pairwise(found))
    assert max(higher.intensity - lower.intensity for lower, higher in pairwise(found)) < 0.15


def test_a_shout_is_heard_even_when_its_words_are_not() -> None:
    """But it stays below what words and voice reach together."""
    assert RESTING < joined(0.9, 0.95, GARBLED) < joined(0.9, 0.95)


def with_cues(**cues: float) -> Reading:
    return replace(reading(), cues={name.replace("_", "-"): value for name, value in cues.items()})


def test_cues_hold_from_even_odds_on_the_likeliest_first() -> None:
    found = join(with_cues(churn=0.6, vent=CUE_HOLDS, abuse=0.9, blame=0.49), None, words())
    assert found.cues == ("abuse", "churn", "vent")


def test_cues_of_one_probability_keep_one_order() -> None:
    """The record must not depend on the order in which a model lists them."""
    assert join(with_cues(vent=0.7, blame=0.7), None, words()).cues == ("blame", "vent")
    assert join(with_cues(blame=0.7, vent=0.7), None, words()).cues == ("blame", "vent")


def test_half_heard_words_need_a_surer_cue() -> None:
    cues = with_cues(churn=0.95, legal_threat=0.55)
    assert join(cues, None, words(1.0)).cues == ("churn", "legal-threat")
    assert join(cues, None, words(0.7)).cues == ("churn",)


@pytest.mark.parametrize(
    "text",
    [
        "i want to speak to your manager",
        "is there somebody else i can talk to",
        "manager",
        "put me through to whoever runs the place",
        "he said no so get me his boss",
        "your supervisor told me yesterday to ask for her so put me through please",
        "can you escalate this",
        "who do you report to",
        "i'm staying on this line till a team leader picks up",
        "let me speak to a human being",
    ],
)
def test_whoever_asks_for_somebody_above_is_believed(text: str) -> None:
    assert asks_for_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "ah eight to ten will do me better",
        "we are moving house and want to take the internet with us",
        "i need a list of everybody's holiday by shop",
        "your manager sorted the last one for me good lad",
        "he was going i want your manager right on the pavement",
        "my boss wants the invoice by friday",
        "she kept saying i'll have your supervisor for this bless her",
        "can i have the blue one please",
    ],
)
def test_what_names_nobody_above_asks_for_nobody(text: str) -> None:
    """Whatever the model makes of it: "Certainly, transfer now?" to such words would be absurd."""
    assert not asks_for_another(text)
    said = Utterance("customer", tuple(Word(word, n / 2, n / 2 + 0.4, 1.0) for n, word in enumerate(text.split())))
    assert join(with_cues(supervisor_request=0.95), None, said).cues == ()


def test_what_the_emotions_lose_neutral_gains() -> None:
    feels = replace(reading(), emotions=dict.fromkeys(EMOTIONS, 0.0) | {"anger": 0.9, "neutral": 0.1})
    sure, unsure = join(feels, None, words(1.0)), join(feels, None, words(0.5))
    assert sure.emotions["anger"] == pytest.approx(0.9)
    assert unsure.emotions["anger"] < 0.3
    assert unsure.emotions["neutral"] > 0.7


def test_a_voice_alone_is_told_on_the_scale_of_intensities() -> None:
    """The usual voice is at rest; the rest goes from 0 to 1."""
    told = [join(reading(), voice(arousal), words()).voice_intensity for arousal in (0.0, 0.5, 1.0)]
    assert told == pytest.approx([0.0, RESTING, 1.0])


def test_joining_changes_nothing_it_was_given() -> None:
    given = reading(-0.5, 0.5, ("vent",))
    before = (dict(given.cues), dict(given.emotions))
    assert join(given, voice(0.8), words()) == join(given, voice(0.8), words())
    assert (dict(given.cues), dict(given.emotions)) == before


@pytest.mark.parametrize(
    ("said", "is_abuse"),
    [
        ("you are a pathetic moron", True),
        ("You're such a useless idiot!", True),
        ("you people are scum", True),
        ("are you stupid", True),
        ("are you deaf or something", True),
        ("are you deaf to this sort of thing", False),
        ("i feel like such an idiot", False),
        ("he called me an idiot", False),
        ("you are not an idiot", False),
        ("this stupid printer is a piece of junk", False),
    ],
)
def test_a_plain_insult_is_abuse_and_words_like_it_are_not(said: str, is_abuse: bool) -> None:
    """Whatever the model thinks; garbled, it is not."""
    for confidence, heard in ((1.0, is_abuse), (0.3, False)):
        spread = tuple(replace(word, confidence=confidence) for word in spread_words(said, 0.0, 3.0))
        affect = join(reading(-0.8, 0.7), None, Utterance("customer", spread))
        assert ("abuse" in affect.cues) == heard


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("let me ring my boss at work and get the time off", False),
        ("my shift supervisor has to sign that first", False),
        ("my boss wants to speak to your boss", True),
        ("i'll tell my manager and then i want somebody higher", True),
        ("let me speak to your manager", True),
    ],
)
def test_who_speaks_of_their_own_boss_asks_for_nobody(said: str, asks: bool) -> None:
    """Even where the model takes it for a request."""
    heard = Utterance("customer", spread_words(said, 0.0, 3.0))
    assert ("supervisor-request" in join(reading(-0.2, 0.4, ("supervisor-request",)), None, heard).cues) == asks


@pytest.mark.parametrize(
    ("said", "is_abuse"),
    [
        ("you little ripper", False),
        ("you absolute star", False),
        ("you little creep", True),
        ("he opened the door and said to me shut your mouth you stupid old cow", False),
        ("the woman said are you deaf you silly bitch and slammed the door", False),
        ("your man said you would call me back you useless clowns", True),
        ("she said a manager would ring me and you people are pathetic liars", True),
        ("he called me a stupid cow", False),
        ("get down you stupid animal sorry that's the dog not you", False),
    ],
)
def test_rough_praise_and_what_was_said_to_others_are_no_abuse(said: str, is_abuse: bool) -> None:
    """Whatever the model makes of the tone: it is at the agent or it is none."""
    heard = Utterance("customer", spread_words(said, 0.0, 3.0))
    assert ("abuse" in join(reading(-0.3, 0.5, ("abuse",)), None, heard).cues) is is_abuse


def test_a_bare_greeting_has_no_cue() -> None:
    """Whatever the model reads into it; a greeting with more behind it may have one."""
    for said, cues in (("hello there", ()), ("hello this is my third call", ("repeat-contact",))):
        heard = Utterance("customer", spread_words(said, 0.0, 1.0))
        assert join(reading(-0.2, 0.2, ("repeat-contact",)), None, heard).cues == cues


def test_who_says_that_they_are_furious_is() -> None:
    """Of somebody unhappy; a joke about it stays what it was."""
    said = Utterance("customer", spread_words("and now i am absolutely livid", 0.0, 2.0))
    assert join(reading(-0.6, 0.4), None, said).intensity == pytest.approx(0.8)
    assert join(reading(0.3, 0.4), None, said).intensity == pytest.approx(0.4)


def test_garbled_words_are_never_sure() -> None:
    """What is not believed to have been said is a guess, however plain it is."""
    assert join(reading(-0.8, 0.6), None, words(1.0)).sure
    assert not join(reading(-0.8, 0.6), None, words(0.5)).sure


@pytest.mark.parametrize(("sentiment", "expected"), [(-0.5, -1), (-0.15, 0), (0.0, 0), (0.16, 1), (1.0, 1)])
def test_sentiment_has_three_sides(sentiment: float, expected: int) -> None:
    assert side(sentiment) == expected
