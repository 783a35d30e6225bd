"""A call: two channels that come in any order and any size, and always tell the same story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from analyzer.affect import TurnReading
from analyzer.audio import AudioChunk, AudioLost, Samples
from analyzer.call import Call, CallSettings, TurnJudge, run
from analyzer.coach import Coach, Foreseen
from analyzer.dialogue import Turn
from analyzer.errors import AudioError
from analyzer.events import Event
from analyzer.playbook import Prompt, default_playbook
from analyzer.record import line_of, rounded
from analyzer.speech import Partial, Utterance, Word
from analyzer.testing import EchoEngine, LoudActivity, TableReader, in_chunks, reading, speech_like
from analyzer.transcript import coach_transcript

RATE = 8000
LENGTH_S = 30.0
AGENT = speech_like([(1.0, 3.0), (12.0, 13.5), (20.0, 21.0)], LENGTH_S, RATE)
CUSTOMER = speech_like([(4.0, 9.0), (14.0, 18.0), (22.0, 24.0)], LENGTH_S, RATE)
AGENT_SAYS = ("good morning how can i help", "let me see what can be done", "it is on its way")
FURIOUS = "this is the third time and i am furious"
CUSTOMER_SAYS = ("my parcel is lost", FURIOUS, "thank you")


def new_call(max_skew_s: float | None = None, at_once: int = 0) -> Call:
    """The same two scripts, ready to be heard."""
    return Call(
        {"agent": RATE, "customer": RATE},
        EchoEngine(AGENT_SAYS, CUSTOMER_SAYS, at_once=at_once),
        LoudActivity,
        TableReader({FURIOUS: reading(-0.9, 0.9, ["repeat-contact", "blame"])}),
        Coach(default_playbook()),
        CallSettings(max_skew_s=max_skew_s),
    )


def events_of(chunks: Iterable[AudioChunk], call: Call | None = None) -> list[Event]:
    events: list[Event] = []
    run(chunks, call or new_call(), events.append)
    return events


def interleaved(size: int) -> Iterable[AudioChunk]:
    """Both sides, chunk by chunk."""
    for pair in zip(in_chunks(AGENT, size, "agent", RATE), in_chunks(CUSTOMER, size, "customer", RATE), strict=True):
        yield from pair


def turns(events: Iterable[Event]) -> list[Turn]:
    return [event for event in events if isinstance(event, Turn)]


def test_turns_come_in_order_with_true_times() -> None:
    """What was said when, whoever said it."""
    heard = turns(events_of(interleaved(800)))
    assert [turn.speaker for turn in heard] == ["agent", "customer"] * 3
    assert [turn.end_s for turn in heard] == pytest.approx([3, 9, 13.5, 18, 21, 24], abs=0.01)


def test_chunk_sizes_and_the_order_of_the_sides_change_nothing() -> None:
    """Live in 20 ms frames, in odd pieces, or one whole side after the other: the very same events."""
    expected = events_of(interleaved(800))
    for size in (160, 997, 8000):
        assert events_of(interleaved(size)) == expected
    whole = [*in_chunks(CUSTOMER, len(CUSTOMER), "customer", RATE), *in_chunks(AGENT, len(AGENT), "agent", RATE)]
    assert events_of(whole) == expected
    assert events_of(reversed(whole)) == expected


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
def test_ears_that_hear_several_turns_together_tell_the_same_call(at_once: int) -> None:
    """Levels, prompts and outcomes too: each side waits for the other's late words."""
    expected = [event for event in events_of(interleaved(800)) if not isinstance(event, Partial)]
    assert [event for event in expected if isinstance(event, Prompt)]
    for size in (800, 30_000):
        assert events_of(interleaved(size), new_call(at_once=at_once)) == expected


def test_only_the_customer_has_feelings() -> None:
    """The agent's turns carry behaviour and nothing else."""
    for turn in turns(events_of(interleaved(800))):
        assert (turn.affect is None) == (turn.speaker == "agent")
        if turn.speaker == "agent":
            assert turn.voice is None


def test_a_speaker_who_may_be_the_agent_is_not_judged() -> None:
    """Mono: the words are written down, and that is all."""
    call = Call({"unknown": RATE}, EchoEngine((FURIOUS,)), LoudActivity, TableReader(), Coach(default_playbook()))
    events = events_of(in_chunks(CUSTOMER, 800, "unknown", RATE), call)
    [turn] = turns(events)
    assert (turn.text, turn.affect, turn.voice) == (FURIOUS, None, None)


def test_a_gap_in_one_side_is_told_and_costs_no_time() -> None:
    """Two seconds lost before the customer's last words: told as lost, and the words stay where they were."""
    cut = [
        chunk for chunk in in_chunks(CUSTOMER, 800, "customer", RATE) if not 18.5 <= chunk.first_sample / RATE < 20.5
    ]
    events = events_of([*cut, *in_chunks(AGENT, 800, "agent", RATE)])
    [lost] = [event for event in events if isinstance(event, AudioLost)]
    assert lost.speaker == "customer"
    assert [lost.start_s, lost.duration_s] == pytest.approx([18.5, 2.0])
    assert turns(events)[-1].end_s == pytest.approx(24, abs=0.01)


def test_a_live_call_does_not_wait_for_a_side_that_went_away() -> None:
    """With a limit on the skew, the customer's turns are told though the agent's audio stopped coming."""
    call = new_call(max_skew_s=1.0)
    events: list[Event] = []
    for chunk in in_chunks(CUSTOMER, 800, "customer", RATE):
        events += call.feed(chunk)
    assert [turn.text for turn in turns(events)] == list(CUSTOMER_SAYS)


def test_strangers_are_refused() -> None:
    """Audio of somebody who is not in the call is an error, not a guess."""
    silence: Samples = np.zeros(80, dtype=np.float32)
    with pytest.raises(AudioError, match="not in this call"):
        new_call().feed(AudioChunk(silence, 0, RATE, "unknown"))


def test_a_silent_call_ends_in_a_summary() -> None:
    """Nobody spoke: no turn, no prompt, and still an end."""
    silence = np.zeros(RATE * 5, dtype=np.float32)
    chunks = [AudioChunk(silence, 0, RATE, "agent"), AudioChunk(silence, 0, RATE, "customer")]
    assert [type(event).__name__ for event in events_of(chunks)] == ["Summary"]


HOLD_S = 120.0
AGENT_HOLDS = speech_like([(1.0, 3.0), (12.0, 13.5), (20.0, 20.3), (30.0, 45.0), (100.0, 103.0)], HOLD_S, RATE)
CUSTOMER_WAITS = speech_like([(4.0, 9.0), (26.0, 26.4), (70.0, 70.5), (105.0, 108.0)], HOLD_S, RATE)


def call_with_ghosts() -> Call:
    """A long silence with a cough on both sides, and fifteen seconds of something on the agent's."""
    return Call(
        {"agent": RATE, "customer": RATE},
        EchoEngine(
            ("good morning how can i help", "let me look at that", "", "", "i have found it what happened then"),
            ("my card was declined at the shop", "", "", FURIOUS),
        ),
        LoudActivity,
        TableReader({FURIOUS: reading(-0.9, 0.9, ["repeat-contact", "blame"])}),
        Coach(default_playbook()),
    )


def both(size: int) -> Iterable[AudioChunk]:
    pairs = zip(
        in_chunks(AGENT_HOLDS, size, "agent", RATE), in_chunks(CUSTOMER_WAITS, size, "customer", RATE), strict=True
    )
    for pair in pairs:
        yield from pair


def test_ghosts_do_not_stop_the_clock_of_a_hold() -> None:
    """Sounds without words, on either side: the prompts of the silence come at their exact times all the same."""
    events = events_of(both(800), call_with_ghosts())
    quiet_s = turns(events)[2].end_s
    prompts = [event.at_s - quiet_s for event in events if isinstance(event, Prompt) and event.tactic == "hold-care"]
    assert prompts == pytest.approx([15.0, 45.0, 75.0], abs=1e-9)
    for size in (997, 8000, len(AGENT_HOLDS)):
        assert events_of(both(size), call_with_ghosts()) == events


@pytest.mark.parametrize("haunted", [True, False])
def test_a_record_coached_again_gives_the_same_prompts(haunted: bool) -> None:
    """The turns of a record, as text: the same levels, prompts, outcomes and summary, to the millisecond."""
    heard = events_of(both(800), call_with_ghosts()) if haunted else events_of(interleaved(800))
    lines = [rounded(line) for event in heard if (line := line_of(event))]
    given = {
        "turns": [line for line in lines if line["type"] == "turn"],
        "duration_s": next(line["duration_s"] for line in lines if line["type"] == "summary"),
    }
    reader = TableReader({FURIOUS: reading(-0.9, 0.9, ["repeat-contact", "blame"])})
    again = map(line_of, coach_transcript(given, reader, default_playbook()))
    assert [rounded(line) for line in again if line] == lines


SO_FAR = "la la la"  # what the scripted ears make of three seconds


def foreseeing_call() -> Call:
    """The same call to readers who take what was heard so far for abuse."""
    feels = {text: reading(-0.9, 0.9, ["abuse"]) for text in (SO_FAR, "you people are idiots")}
    ears = EchoEngine(AGENT_SAYS, ("you people are idiots", FURIOUS, "thank you"))
    rates = {"agent": RATE, "customer": RATE}
    return Call(rates, ears, LoudActivity, TableReader(feels), Coach(default_playbook()))  # type: ignore[arg-type]


def test_what_is_foreseen_comes_while_the_customer_still_speaks() -> None:
    """The level and the prompt of the finished turn, from the first words of it; nothing once it is over."""
    call, seen = foreseeing_call(), list[tuple[Partial, Foreseen | None]]()
    events: list[Event] = []
    for chunk in interleaved(160):
        for event in call.feed(chunk):
            events.append(event)
            if isinstance(event, Partial):
                seen.append((event, call.foresee(event)))
    first = next(foreseen for event, foreseen in seen if event.text == SO_FAR)
    prompt = next(event for event in events if isinstance(event, Prompt))
    assert first is not None
    assert first.level == "abusive"
    assert first.prompt is not None
    assert (first.prompt.card, first.prompt.line) == (prompt.card, prompt.line)
    assert first.prompt.at_s < 8.0 < prompt.at_s
    assert call.foresee(seen[0][0]) is None


def test_looking_ahead_changes_nothing() -> None:
    """Asked at every partial or never: the same events, to the digit."""
    asked, call = list[Event](), foreseeing_call()
    for chunk in interleaved(160):
        for event in call.feed(chunk):
            asked.append(event)
            if isinstance(event, Partial):
                call.foresee(event)
    asked += call.finish()
    assert lines(asked) == lines(events_of(interleaved(160), foreseeing_call()))


def test_a_text_is_read_once_for_as_long_as_nothing_changes() -> None:
    """At every partial of the same words, and again when the turn is over: one reading."""
    read: list[str] = []

    class Reader(TableReader):
        def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
            read.extend(texts)
            return super().read_customer(texts, before)

    judge = TurnJudge(Reader())
    words = (Word("no", 1.0, 1.2, 1.0), Word("way", 1.2, 1.4, 1.0))
    for text in ("no", "no way", "no way"):
        judge.unfinished(Partial("customer", text, 1.0, 1.8))
    judge.turn_with_voice(Utterance("customer", words), None)
    assert read == ["no", "no way"]
    judge.turn_with_voice(Utterance("agent", words), None)
    judge.unfinished(Partial("customer", "no way", 3.0, 3.8))
    assert read == ["no", "no way", "no way"]  # it answers something else now


def lines(events: list[Event]) -> list[object]:
    """Events as a record keeps them."""
    return [line for event in events if (line := line_of(event)) is not None]
