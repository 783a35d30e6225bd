"""A line with nobody on it: music and ringing are heard as such, and nothing is taken for words.

`SOUND_MINUTES=60 python -m pytest tests/test_sounds.py` listens to an hour of each instead of a minute.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soxr

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.call import Call, run
from analyzer.cli.loading import Engines, load_engines
from analyzer.coach import Coach
from analyzer.dialogue import Turn
from analyzer.escalation import EscalationState
from analyzer.events import Event
from analyzer.hold import Hold
from analyzer.models import shipped
from analyzer.playbook import Prompt, default_playbook
from analyzer.sounds import BLOCK_WINDOWS, Sound, SoundTracker, kind_of
from analyzer.sources.file import open_call
from analyzer.speech import VAD_SAMPLES
from analyzer.testing import in_chunks

from sounds import RATE, SOUNDS, dtmf, hold_music, line_noise, ringback, silence
from talker import talk

MINUTES = float(os.environ.get("SOUND_MINUTES", "1"))
GHOSTS_AN_HOUR = 5  # fewer are heard
BLOCK = BLOCK_WINDOWS * VAD_SAMPLES


def at_engine_rate(samples: Samples) -> Samples:
    return np.asarray(soxr.resample(samples, RATE, ENGINE_RATE), dtype=np.float32)


def tracked(samples: Samples, speech_s: tuple[float, float] = (0.0, 0.0)) -> list[Sound]:
    """What a tracker tells of 8 kHz samples; the detector hears speech in `speech_s`."""
    tracker, told, heard = SoundTracker("agent"), list[Sound](), at_engine_rate(samples)
    for start in range(0, len(heard) - VAD_SAMPLES + 1, VAD_SAMPLES):
        is_speech = speech_s[0] <= start / ENGINE_RATE < speech_s[1]
        sound = tracker.hear(heard[start : start + VAD_SAMPLES], is_speech)
        told += [sound] if sound else []
    last = tracker.finish(len(heard) / ENGINE_RATE)
    return told + ([last] if last else [])


@pytest.mark.parametrize(("name", "kind"), [("hold music", "music"), ("line noise", "noise"), ("silence", "quiet")])
def test_half_a_second_is_enough_to_know_the_kind(name: str, kind: str) -> None:
    """Nearly every block is what it is."""
    heard = at_engine_rate(SOUNDS[name](30.0, 3))
    kinds = Counter(kind_of(heard[at : at + BLOCK]) for at in range(0, len(heard) - BLOCK, BLOCK))
    assert kinds[kind] >= 0.95 * kinds.total()  # type: ignore[index]


def test_music_is_known_within_three_seconds_and_ends_where_it_ends() -> None:
    """Ten quiet seconds, twenty of music, ten quiet ones."""
    begun, over = tracked(np.concatenate([silence(10.0), hold_music(20.0), silence(10.0)]))
    assert (begun.kind, begun.end_s) == ("music", None)
    assert begun.start_s == pytest.approx(10.0, abs=0.6)
    assert begun.known_s - begun.start_s <= 3.1
    assert over.end_s == pytest.approx(30.0, abs=1.3)
    assert over.over_s is not None


@pytest.mark.parametrize("quieter_db", [0, 10, 20])
def test_music_is_music_at_any_level(quieter_db: int) -> None:
    """Twenty decibels quieter, it is still known, and in time."""
    [begun, _] = tracked(np.asarray(hold_music(20.0) * 10 ** (-quieter_db / 20), dtype=np.float32))
    assert begun.kind == "music"
    assert begun.known_s <= 3.1


def test_music_under_hiss_is_music() -> None:
    """A noisy line, 15 dB below the tune."""
    noise = np.random.default_rng(5).normal(0, 0.006, round(20 * RATE)).astype(np.float32)
    assert tracked(hold_music(20.0) + noise)[0].kind == "music"


def test_ringing_is_one_sound_with_its_pauses() -> None:
    """Six rings, and then nobody answers."""
    begun, over = tracked(np.concatenate([ringback(36.0), silence(20.0)]))
    assert (begun.kind, begun.start_s) == ("ringback", 0.0)
    assert over.end_s == pytest.approx(32.0, abs=1.0)


@pytest.mark.parametrize("sound", [silence, line_noise, dtmf])
def test_what_is_neither_music_nor_ringing_is_nothing(sound: object) -> None:
    """Twice two minutes of each."""
    for seed in (7, 11):
        assert tracked(sound(120.0, seed)) == []  # type: ignore[operator]


def test_speech_is_never_music() -> None:
    """A voice is as full of tones as a tune; the detector's word decides."""
    voice = talk(10.0, rate=RATE)
    assert tracked(voice, speech_s=(0.0, 10.0)) == []


@pytest.fixture(scope="module")
def engines(vosk_model: Path) -> Engines:
    """The real engines, loaded once."""
    return load_engines()


@pytest.mark.parametrize("name", SOUNDS)
def test_nobody_speaks_so_nothing_is_said(name: str, engines: Engines) -> None:
    """Minutes of each, on both lines: no level, hardly a word, and a hold only where there is somebody to wait."""
    call = Call(
        {"agent": RATE, "customer": RATE}, engines.speech, engines.activity, engines.reader, Coach(default_playbook())
    )
    events: list[Event] = []
    for minute in range(max(round(MINUTES), 1)):
        agent, customer = (SOUNDS[name](60.0, 2 * minute + side) for side in (0, 1))
        first = minute * 60 * RATE
        for chunk in in_chunks(agent, RATE, "agent", RATE, first):
            events += call.feed(chunk)
        for chunk in in_chunks(customer, RATE, "customer", RATE, first):
            events += call.feed(chunk)
    run([], call, events.append)
    words = [word for event in events if isinstance(event, Turn) for word in event.utterance.words]
    assert [event for event in events if isinstance(event, (EscalationState, Hold))] == []
    assert len(words) < max(GHOSTS_AN_HOUR * MINUTES / 60, 1)
    heard = {event.kind for event in events if isinstance(event, Sound)}
    assert heard == {"hold music": {"music"}, "ringback": {"ringback"}}.get(name, set())


def test_a_customer_left_with_music_is_on_hold(engines: Engines) -> None:
    """Half a minute of a real call, then the agent's line plays music: a hold, and the word to say why."""
    call_audio = open_call(shipped("samples/calls/sofa-recovers.flac"))
    call = Call(call_audio.rates, engines.speech, engines.activity, engines.reader, Coach(default_playbook()))
    events: list[Event] = []
    talked_s = 13.0
    for chunk in call_audio.chunks():
        if chunk.end_sample <= talked_s * chunk.rate:
            events += call.feed(chunk)
    for speaker, sound in (("agent", hold_music(25.0)), ("customer", silence(25.0))):
        [rate] = {call_audio.rates[speaker]}  # type: ignore[index]
        heard = np.asarray(soxr.resample(sound, RATE, rate), dtype=np.float32)
        for chunk in in_chunks(heard, rate, speaker, rate, round(talked_s * rate)):  # type: ignore[arg-type]
            events += call.feed(chunk)
    run([], call, events.append)
    [hold] = [event for event in events if isinstance(event, Hold)]
    last_s = max(event.end_s for event in events if isinstance(event, Turn))
    assert (hold.kind, hold.announced, hold.start_s) == ("music", False, last_s)
    [prompt] = [event for event in events if isinstance(event, Prompt) and event.tactic == "hold-care"]
    assert prompt.at_s < talked_s + 4.0
