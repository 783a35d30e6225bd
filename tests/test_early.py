"""What is shown before a turn is over: late enough to be right, and nothing in the middle of a sentence."""

from __future__ import annotations

import pytest

from analyzer.audio import Speaker
from analyzer.coach import Foreseen
from analyzer.dialogue import Turn
from analyzer.escalation import Level
from analyzer.live.early import Early, Lookout
from analyzer.playbook import Prompt
from analyzer.speech import Partial, Utterance, spread_words

STEADY = Prompt(2.0, "de-escalate", "steady", "Slow down.", "it is heated", (), 22.0, "steady")
SAID = "you lost my pictures ten years of pictures of my mother"


def so_far(words: int, speaker: Speaker = "customer", paused: bool = False, start_s: float = 1.0) -> Partial:
    text = " ".join(SAID.split()[:words])
    return Partial(speaker, text, start_s, start_s + words / 3, paused)


def foreseen(level: Level, prompt: Prompt | None = None, speaker: Speaker = "customer") -> Foreseen:
    words = spread_words(SAID, 1.0, 2.0)
    return Foreseen(Turn(0, Utterance(speaker, words), None, None, {}), level, prompt)


def test_one_reading_is_no_rise_and_two_are() -> None:
    """The first words of a sentence often sound worse than it ends."""
    lookout = Lookout()
    assert lookout.hear(so_far(4), foreseen("tense"), "calm") is None
    assert lookout.hear(so_far(6), foreseen("calm"), "calm") is None
    assert lookout.hear(so_far(8), foreseen("tense"), "calm") is None
    assert lookout.hear(so_far(10), foreseen("heated"), "calm") == Early("tense")


def test_readings_of_two_turns_do_not_add_up() -> None:
    """Each turn is judged by itself."""
    lookout = Lookout()
    lookout.hear(so_far(4), foreseen("tense"), "calm")
    assert lookout.hear(so_far(4, start_s=9.0), foreseen("tense"), "calm") is None


def test_a_level_that_the_call_has_already_is_no_news() -> None:
    """Nor is one below it."""
    lookout = Lookout()
    assert [lookout.hear(so_far(n), foreseen("tense"), "heated") for n in (4, 6, 8)] == [None] * 3


def test_no_prompt_in_the_middle_of_a_sentence() -> None:
    """It comes at the pause, and with it the level that the whole text foresees."""
    lookout = Lookout()
    readings = [lookout.hear(so_far(n), foreseen("heated", STEADY), "tense") for n in (4, 6, 8)]
    assert readings == [None, Early("heated"), None]
    assert lookout.hear(so_far(8, paused=True), foreseen("heated", STEADY), "tense") == Early("heated", STEADY)


def test_who_goes_on_differently_takes_it_back_at_the_next_pause() -> None:
    """And nothing is told twice."""
    lookout = Lookout()
    assert lookout.hear(so_far(4, paused=True), foreseen("heated", STEADY), "calm") == Early("heated", STEADY)
    assert lookout.hear(so_far(4, paused=True), foreseen("heated", STEADY), "calm") is None
    assert lookout.hear(so_far(9, paused=True), foreseen("calm"), "calm") == Early()


def test_an_agents_listening_noise_takes_nothing_back() -> None:
    """The customer goes on; an agent's own pause may bring a prompt all the same."""
    lookout = Lookout()
    lookout.hear(so_far(4, paused=True), foreseen("heated", STEADY), "calm")
    assert lookout.hear(so_far(1, "agent", True), foreseen("calm", None, "agent"), "calm") is None
    lookout.over()
    assert lookout.hear(so_far(5, "agent", True), foreseen("calm", STEADY, "agent"), "calm") == Early(None, STEADY)


@pytest.mark.parametrize(
    ("partial", "wanted"),
    [
        (so_far(3), False),
        (so_far(4), True),
        (so_far(4, "agent"), False),
        (so_far(1, "agent", paused=True), True),
        (so_far(1, "unknown"), False),
    ],
)
def test_what_is_read(partial: Partial, wanted: bool) -> None:
    """The customer's words from the fourth on, and everybody's at a pause."""
    assert Lookout().wants(partial) is wanted


def test_words_are_read_two_at_a_time() -> None:
    """A word more hardly changes the judgement; another turn begins anew."""
    lookout = Lookout()
    lookout.hear(so_far(4), foreseen("calm"), "calm")
    assert not lookout.wants(so_far(5))
    assert lookout.wants(so_far(6))
    assert lookout.wants(so_far(4, start_s=9.0))
