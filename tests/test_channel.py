"""One speaker, heard in chunks of any size: the same events, at the true times of the call."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.audio import ENGINE_RATE, AudioChunk, AudioLost, Samples
from analyzer.channel import (
    LEAD_IN,
    Channel,
    ChannelSettings,
    Found,
    Heard,
    NothingSaid,
    SpeechStarted,
    in_call_time,
    is_ghost,
)
from analyzer.errors import AudioError
from analyzer.gate import GateSettings
from analyzer.speech import VAD_SAMPLES, Partial, Word
from analyzer.testing import EchoRecognizer, LateEchoRecognizer, LoudActivity, in_chunks, speech_like

SPANS = [(1.0, 2.2), (4.0, 4.4), (6.5, 8.9)]
TEXTS = ["my bill is wrong", "yes", "nobody ever calls me back"]


def heard(samples: Samples, size: int, rate: int = ENGINE_RATE, texts: list[str] = TEXTS) -> list[Found]:
    channel = Channel("customer", rate, EchoRecognizer(texts), LoudActivity())
    found = [event for chunk in in_chunks(samples, size, rate=rate) for event in channel.feed(chunk)]
    return found + channel.finish()


def told(found: list[Found]) -> list[object]:
    """Events as plain values: the samples of an utterance as bytes."""
    return [
        (known_s, event.utterance, event.samples.tobytes()) if isinstance(event, Heard) else (known_s, event)
        for known_s, event in found
    ]


def utterances(found: list[Found]) -> list[Heard]:
    return [event for _, event in found if isinstance(event, Heard)]


@pytest.mark.parametrize("rate", [8_000, ENGINE_RATE, 44_100])
def test_words_carry_call_time(rate: int) -> None:
    """Silence is kept from the recognizer, and yet each utterance is where it was said."""
    spoken = utterances(heard(speech_like(SPANS, 10.0, rate), rate // 10, rate))
    assert [heard.utterance.text for heard in spoken] == TEXTS
    for (start_s, end_s), one in zip(SPANS, spoken, strict=True):
        assert one.utterance.start_s == pytest.approx(start_s, abs=0.01)
        assert one.utterance.end_s == pytest.approx(end_s, abs=0.01)


@pytest.mark.parametrize("rate", [8_000, ENGINE_RATE])
@pytest.mark.parametrize("size", [37, 997, 4_001, 10**6])
def test_chunk_sizes_change_nothing(rate: int, size: int) -> None:
    """Small, prime, or the whole file at once: the same events, the same bytes."""
    samples = speech_like(SPANS, 10.0, rate)
    assert told(heard(samples, size, rate)) == told(heard(samples, rate // 10, rate))


def test_one_sample_at_a_time_changes_nothing() -> None:
    """The smallest chunk there is, on a short call."""
    samples = speech_like([(0.4, 0.9)], 2.0, 8_000)
    assert told(heard(samples, 1, 8_000)) == told(heard(samples, 16_000, 8_000))
    assert utterances(heard(samples, 1, 8_000))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=12))
def test_any_cut_gives_the_same_events(sizes: list[int]) -> None:
    """However the line cuts it."""
    samples, at = speech_like([(0.5, 1.2), (2.0, 2.3)], 3.0), 0
    channel, found = Channel("customer", ENGINE_RATE, EchoRecognizer(TEXTS), LoudActivity()), []
    for size in [*sizes, len(samples)]:
        found += channel.feed(AudioChunk(samples[at : at + size], at, ENGINE_RATE, "customer"))
        at = min(at + size, len(samples))
    assert told(found + channel.finish()) == told(heard(samples, len(samples)))


@pytest.mark.parametrize("at_once", [1, 2, 3, 99])
@pytest.mark.parametrize("size", [997, 16_000, 10**6])
def test_a_recognizer_that_hears_turns_together_changes_nothing(at_once: int, size: int) -> None:
    """The same events in the same order at the same times, only later; turns that join without a pause, too."""
    quick = ChannelSettings(gate=GateSettings(long_s=0.5, longest_s=1.0))
    samples = speech_like([*SPANS, (10.0, 14.5)], 16.0)
    texts = [*TEXTS, "one", "two", "", "four", "five", "six", "seven", "eight"]
    prompt = Channel("customer", ENGINE_RATE, EchoRecognizer(texts), LoudActivity(), quick)
    late = Channel("customer", ENGINE_RATE, LateEchoRecognizer(texts, at_once), LoudActivity(), quick)
    both = []
    for channel in (prompt, late):
        found = [event for chunk in in_chunks(samples, size) for event in channel.feed(chunk)] + channel.finish()
        both.append([event for event in found if not isinstance(event.event, Partial)])
    assert len(utterances(both[0])) > 5
    assert told(both[1]) == told(both[0])


def test_the_clock_waits_for_late_words() -> None:
    """What the channel still owes is always later than its clock; after two minutes it asks for what there is."""
    channel = Channel("customer", ENGINE_RATE, LateEchoRecognizer(TEXTS, 99), LoudActivity())
    samples, found = speech_like([SPANS[0]], 130.0), list[Found]()
    clocks = []
    for chunk in in_chunks(samples, 16_000):
        found += channel.feed(chunk)
        clocks.append(channel.clock_s)
        assert utterances(found) or channel.clock_s < 2.2 + 0.512 + 0.064
    [one] = utterances(found)
    assert one.utterance.start_s == pytest.approx(1.0, abs=0.01)
    assert clocks[60] < one.known_s < clocks[-1]
    assert clocks[-1] == pytest.approx(130.0, abs=0.04)


def test_events_are_known_in_order_and_never_early() -> None:
    """The clock under each event only rises, and no word is known before it ended."""
    found = heard(speech_like(SPANS, 10.0), 160)
    assert [known_s for known_s, _ in found] == sorted(known_s for known_s, _ in found)
    assert all(known_s >= event.utterance.end_s for known_s, event in found if isinstance(event, Heard))


def test_a_turn_is_known_soon_after_its_last_word() -> None:
    """The coach waits .7 s for a turn; the gate must be done by then."""
    waits = [known_s - event.utterance.end_s for known_s, event in heard(speech_like(SPANS, 10.0), 160)
             if isinstance(event, Heard)]  # fmt: skip
    assert max(waits) < 0.7


def test_speech_is_told_at_its_onset_and_grows() -> None:
    """First that somebody speaks, then partial words, then the utterance."""
    kinds = [type(event) for _, event in heard(speech_like([(1.0, 4.2)], 6.0), 800)]
    assert kinds[0] is SpeechStarted
    assert kinds[-1] is Heard
    assert Partial in kinds
    started = next(event for _, event in heard(speech_like([(1.0, 4.2)], 6.0), 800))
    assert isinstance(started, SpeechStarted)
    assert started.at_s == pytest.approx(1.0, abs=0.04)


def test_the_samples_are_those_of_the_utterance() -> None:
    """The voice stage gets the audio from the first word to the last, no more."""
    samples = speech_like(SPANS, 10.0)
    for one in utterances(heard(samples, 1_000)):
        start, end = (round(at_s * ENGINE_RATE) for at_s in (one.utterance.start_s, one.utterance.end_s))
        assert np.array_equal(one.samples, samples[start:end])


def test_silence_is_never_decoded() -> None:
    """Of ten seconds the recognizer hears the speech, the pre-roll and the hangover; a window at a time."""
    recognizer, gate = EchoRecognizer(TEXTS), GateSettings()
    channel = Channel("customer", ENGINE_RATE, recognizer, LoudActivity())
    for chunk in in_chunks(speech_like(SPANS, 10.0), 1_600):
        channel.feed(chunk)
    most_s = sum(end_s - start_s + gate.pre_roll_s + gate.hangover_s + 0.1 for start_s, end_s in SPANS)
    assert sum(recognizer.hops) / ENGINE_RATE < most_s
    assert max(recognizer.hops) == VAD_SAMPLES


class CountingActivity(LoudActivity):
    """Counts how often it was asked."""

    asked = 0

    def speech_probability(self, samples: Samples) -> float:
        self.asked += 1
        return super().speech_probability(samples)


def test_digital_silence_costs_nothing() -> None:
    """A minute on hold is not worth one question to the detector; a whisper is, and the quiet just before it."""
    activity = CountingActivity()
    channel = Channel("customer", ENGINE_RATE, EchoRecognizer([]), activity)
    channel.feed(AudioChunk(np.zeros(60 * ENGINE_RATE, np.float32), 0, ENGINE_RATE, "customer"))
    assert activity.asked == 0
    channel.feed(AudioChunk(np.full(5_120, 0.001, np.float32), 60 * ENGINE_RATE, ENGINE_RATE, "customer"))
    assert activity.asked == 10 + LEAD_IN


def test_a_gap_is_told_and_times_stay_true() -> None:
    """A lost second moves nothing that is said after it."""
    samples = speech_like(SPANS, 10.0)
    chunks = [chunk for chunk in in_chunks(samples, 1_600) if not 2.9 < chunk.first_sample / ENGINE_RATE < 3.65]
    channel = Channel("customer", ENGINE_RATE, EchoRecognizer(TEXTS), LoudActivity())
    found = [event for chunk in chunks for event in channel.feed(chunk)] + channel.finish()
    [lost] = [event for _, event in found if isinstance(event, AudioLost)]
    assert [lost.start_s, lost.duration_s] == pytest.approx([3.0, 0.7])
    assert [one.utterance.start_s for one in utterances(found)] == pytest.approx([1.0, 4.0, 6.5], abs=0.01)


def test_a_call_that_ends_in_a_word_keeps_it() -> None:
    """Hanging up does not swallow the last sentence."""
    [last] = utterances(heard(speech_like([(0.5, 1.3)], 1.3), 1_600))
    assert last.utterance.end_s == pytest.approx(1.3, abs=0.01)


def test_a_monologue_is_cut_and_nothing_is_lost() -> None:
    """A minute without a pause comes as several turns that join without a seam."""
    quick = ChannelSettings(gate=GateSettings(long_s=2.0, longest_s=4.0))
    recognizer = EchoRecognizer(["one"] * 20)
    channel = Channel("customer", ENGINE_RATE, recognizer, LoudActivity(), quick)
    found = [event for chunk in in_chunks(speech_like([(1.0, 13.0)], 15.0), 1_600) for event in channel.feed(chunk)]
    turns = [one.utterance for one in utterances(found + channel.finish())]
    assert len(turns) >= 3
    assert [turns[0].start_s, turns[-1].end_s] == pytest.approx([1.0, 13.0], abs=0.01)
    for earlier, later in pairwise(turns):
        assert later.start_s - earlier.end_s == pytest.approx(0.0, abs=0.01)


def test_the_recognizer_goes_back_at_the_end() -> None:
    """Finishing closes it; finishing twice is harmless; feeding after is refused."""
    recognizer = EchoRecognizer([])
    channel = Channel("customer", 8_000, recognizer, LoudActivity())
    channel.feed(AudioChunk(np.zeros(8_100, np.float32), 0, 8_000, "customer"))
    assert channel.finish() == []
    assert recognizer.closed
    assert channel.clock_s == pytest.approx(8_100 / 8_000)
    assert channel.finish() == []
    with pytest.raises(AudioError, match="after the end"):
        channel.feed(AudioChunk(np.zeros(10, np.float32), 8_100, 8_000, "customer"))


@pytest.mark.parametrize(
    ("words", "ghost"),
    [(["the"], True), (["no"], False), (["the", "the"], False), (["refund"], False)],
)
def test_a_lone_unsure_function_word_is_a_ghost(words: list[str], ghost: bool) -> None:
    """Line noise says "the"; customers say "no"."""
    assert is_ghost(tuple(Word(word, 0.0, 0.2, 0.4) for word in words), 0.6) is ghost


def test_a_sure_word_is_no_ghost() -> None:
    """Even "the" counts when it was heard clearly."""
    assert not is_ghost((Word("the", 0.0, 0.2, 0.9),), 0.6)


def test_no_word_reaches_behind_the_one_before() -> None:
    """Words shift to call time; a time from before the utterance is held at its edge."""
    words = in_call_time([Word("so", -0.4, 0.1, 1.0), Word("what", 0.1, 0.5, 1.0)], 10.0, 9.8)
    assert [(word.start_s, word.end_s) for word in words] == [(9.8, 10.1), (10.1, 10.5)]


def test_sounds_without_words_are_told_as_nothing() -> None:
    """A cough opens the gate, the recognizer finds no word in it: both are told, of the same moment."""
    events = [event for _, event in heard(speech_like([(1.0, 1.3), (4.0, 5.0)], 8.0), 800, texts=["", "hello"])]
    kinds = [type(event) for event in events if not isinstance(event, Partial)]
    assert kinds == [SpeechStarted, NothingSaid, SpeechStarted, Heard]
    assert [event.at_s for event in events if isinstance(event, NothingSaid)] == [
        next(event.at_s for event in events if isinstance(event, SpeechStarted))
    ]


def test_an_utterance_knows_its_onset_and_when_it_was_known() -> None:
    """The onset is that of its beginning sounds; known is never before the last word."""
    found = heard(speech_like(SPANS, 10.0), 800)
    onsets = [event.at_s for _, event in found if isinstance(event, SpeechStarted)]
    assert [one.onset_s for one in utterances(found)] == onsets
    assert all(one.known_s >= one.utterance.end_s for one in utterances(found))


def test_a_pause_is_told_once_with_the_text_so_far() -> None:
    """A quarter of a second after the last sound, long before the turn is over; a breath inside a sentence is none."""
    found = heard(speech_like([(1.0, 2.5), (2.65, 4.0), (7.0, 8.5)], 10.0), 1_600)
    paused = [event for _, event in found if isinstance(event, Partial) and event.is_paused]
    assert [event.text for event in paused] == ["la la", "la"]
    assert [event.at_s for event in paused] == pytest.approx([4.256, 8.756], abs=0.04)
    ends_s = [known_s for known_s, event in found if isinstance(event, Heard)]
    assert all(end_s - event.at_s > 0.2 for end_s, event in zip(ends_s, paused, strict=True))
