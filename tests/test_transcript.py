"""Calls that are already text: repaired or refused by stated rules, and coached like any other."""

from __future__ import annotations

import random
from typing import Any

import pytest

from analyzer.dialogue import Turn
from analyzer.errors import RecordError
from analyzer.events import Event
from analyzer.hold import Hold
from analyzer.playbook import default_playbook
from analyzer.summary import Summary
from analyzer.testing import TableReader, reading
from analyzer.transcript import coach_transcript

from dialogues import levels, tactics

FURIOUS = "this is outrageous i am furious"
READER = TableReader({FURIOUS: reading(-0.95, 0.95)})


def coached(*turns: Any) -> list[Event]:
    return coach_transcript({"call_id": "a", "turns": list(turns)}, READER, default_playbook())


def turn(role: str, start: float, end: float, text: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "start": start, "end": end, "text": text, **more}


def test_a_transcript_is_coached() -> None:
    """Levels and prompts, as from audio."""
    events = coached(
        turn("agent", 0, 2, "hello"),
        turn("customer", 2, 5, FURIOUS),
        turn("agent", 6, 9, "you'll need to call us back tomorrow"),
    )
    assert levels(events) == ["heated"]
    assert "own-callback" in tactics(events)


def test_roles_have_synonyms_and_strangers_are_unknown() -> None:
    """A role that nobody knows is not judged."""
    events = coached(turn("Rep", 0, 1, "hello"), turn("caller", 1, 2, FURIOUS), turn("robot", 2, 3, FURIOUS))
    heard = [event for event in events if isinstance(event, Turn)]
    assert [(one.speaker, one.affect is None) for one in heard] == [
        ("agent", True),
        ("customer", False),
        ("unknown", True),
    ]


def test_turns_out_of_order_are_put_in_order_and_empty_ones_left_out() -> None:
    """By their end."""
    events = coached(turn("customer", 5, 8, "second"), turn("agent", 0, 2, "first"), turn("agent", 3, 4, "  "))
    assert [event.text for event in events if isinstance(event, Turn)] == ["first", "second"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (turn("agent", 5, 4, "hello"), "turn 0 ends before it starts"),
        (turn("agent", float("nan"), 4, "hello"), "turn 0 has no start"),
        (turn("agent", 0, 1e300, "hello"), "turn 0 has no end in seconds from the beginning"),
        (turn("agent", 1_764_316_800, 1_764_316_802, "a date"), "turn 0 has no start in seconds from the beginning"),
        (turn("agent", 0, 10**400, "hello"), "turn 0 has no end"),
        ({"role": "agent", "start": 1, "end": 2}, "turn 0 has no text"),
        ({"role": "agent", "start": "1", "end": 2, "text": "hello"}, "turn 0 has no start"),
        ("hello", "turn 0 is not an object"),
    ],
)
def test_what_cannot_be_repaired_is_refused_by_its_turn(broken: Any, told: str) -> None:
    """The message names the turn."""
    with pytest.raises(RecordError, match=told):
        coached(broken)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, "loud", None])
@pytest.mark.parametrize("name", ["loudness_z", "pitch_z", "rate_z", "arousal"])
def test_a_voice_that_is_no_number_is_as_good_as_none(name: str, value: object) -> None:
    """Nothing is made of it, and nothing breaks."""
    given = {"loudness_z": 2.0, "pitch_z": 1.0, "rate_z": 1.0, "arousal": 0.9, name: value}
    [event] = [
        event for event in coached({**turn("customer", 0, 2, "hello"), "voice": given}) if isinstance(event, Turn)
    ]
    assert event.voice is None


@pytest.mark.parametrize(
    "times", [(float("nan"), 1.0), (0.0, 1e300), (0.0, 10**400), (-1.0, 1.0), (1.0, 0.5), ("0", "soon")]
)
def test_words_at_no_time_are_spread_over_the_turn(times: tuple[object, object]) -> None:
    """As if none had been given."""
    word = {"word": "hello", "start_s": times[0], "end_s": times[1], "confidence": 1.0}
    given = {**turn("customer", 3, 5, "hello"), "words": [word]}
    [event] = [event for event in coached(given) if isinstance(event, Turn)]
    assert (event.start_s, event.end_s) == (3, 5)


def test_overlapping_turns_and_no_turns_are_fine() -> None:
    """People talk over each other, and some calls are empty."""
    assert (
        len(
            [e for e in coached(turn("agent", 0, 5, "one two"), turn("customer", 1, 3, "three")) if isinstance(e, Turn)]
        )
        == 2
    )
    assert [type(event).__name__ for event in coached()] == ["Summary"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ["steady", "own-callback"]),  # nobody says that the call was over
        ({"duration_s": 11.5}, ["steady", "own-callback"]),
        ({"duration_s": 9.0}, ["steady"]),
    ],
)
def test_a_call_without_a_length_goes_on_until_what_waits_is_told(more: dict[str, float], told: list[str]) -> None:
    """Eight seconds after the last prompt; a call that is known to be over tells nothing more."""
    said = [turn("customer", 1, 3, FURIOUS), turn("agent", 4, 8, "you'll need to call us back tomorrow")]
    events = coach_transcript({"turns": said, **more}, READER, default_playbook())
    assert tactics(events) == told
    gone = {"turns": [*said, turn("customer", 8.2, 8.6, "goodbye")]}
    assert tactics(coach_transcript(gone, READER, default_playbook())) == ["steady"]


def test_voice_and_words_of_a_record_are_used() -> None:
    """A raised voice raises the intensity; unsure words lower the belief."""
    plain, raised, unsure = (
        next(e for e in coached(turn("customer", 0, 3, FURIOUS, **more)) if isinstance(e, Turn)).affect
        for more in (
            {},
            {"voice": {"loudness_z": 2, "pitch_z": 2, "rate_z": 1, "arousal": 0.95}},
            {"words": [{"word": "furious", "start_s": 0, "end_s": 3, "confidence": 0.1}]},
        )
    )
    assert plain is not None
    assert raised is not None
    assert unsure is not None
    assert raised.intensity > plain.intensity
    assert unsure.confidence < plain.confidence


TEXTS = (
    "i just need to vent", "mm hm", "may i put you on hold for one minute", "i'm afraid we can't do that", FURIOUS,
    "i'll call you back on monday", "thank you bye", "don't worry we will look into it", "that's not good enough",
)  # fmt: skip


def any_call(seed: int) -> dict[str, Any]:
    """Turns that overlap, jump back and become known late, over music that begins and ends anywhere."""
    chance, at_s, turns = random.Random(seed), 0.0, list[dict[str, Any]]()
    for _ in range(chance.randint(0, 25)):
        at_s = max(0.0, at_s + chance.choice([-2.0, -0.5, 0.1, 1.3, 4.0, 20.0, 50.0]))
        end_s = at_s + chance.uniform(0, 9)
        times = {"onset_s": max(at_s - 0.2, 0.0), "known_s": end_s + chance.uniform(0.3, 3)} if seed % 2 else {}
        turns.append(turn(chance.choice(["agent", "customer"]), at_s, end_s, chance.choice(TEXTS), **times))
        at_s = end_s
    start_s = chance.uniform(0, at_s + 1)
    music = {"speaker": "agent", "kind": "music", "start_s": start_s, "known_s": start_s + 3}
    music |= {"end_s": start_s + 30, "over_s": start_s + 33}
    return {"turns": turns, "sounds": [music], "duration_s": at_s + chance.uniform(0, 60)}


@pytest.mark.parametrize("seed", range(60))
def test_any_turns_at_all_are_coached_and_twice_the_same(seed: int) -> None:
    """Nothing that was measured is below nothing, and nothing ends before it begins."""
    call = any_call(seed)
    events = coach_transcript(call, READER, default_playbook())
    assert coach_transcript(call, READER, default_playbook()) == events
    summary = events[-1]
    assert isinstance(summary, Summary)
    assert all(value is None or value >= 0 for value in summary.behaviour.values())
    assert all(from_s <= to_s for from_s, to_s in summary.venting)
    assert all(0 <= hold.start_s <= hold.end_s for hold in events if isinstance(hold, Hold))
