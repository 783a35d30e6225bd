"""What is measured on a voice, and when nothing is."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.errors import AudioError
from analyzer.evaluation_voice import band, mulaw
from analyzer.prosody import Prosody, measure

from talker import shout, talk


def heard(samples: Samples, rate: int = ENGINE_RATE) -> Prosody:
    found = measure(samples, rate)
    assert found is not None
    return found


@pytest.mark.parametrize("pitch_hz", [90.0, 120.0, 210.0, 300.0])
def test_pitch_is_the_pitch(pitch_hz: float) -> None:
    """From a deep man to a child, within half a semitone."""
    voice = np.concatenate([talk(pitch_hz=pitch_hz, glide=0.0, seed=seed) for seed in range(6)])
    assert heard(voice).pitch_st == pytest.approx(12 * np.log2(pitch_hz / 100), abs=0.5)


def test_a_clean_voice_is_clear_at_any_pitch() -> None:
    """The window makes long periods look less periodic; that is put right."""
    deep, high = (heard(talk(3.0, pitch_hz=pitch_hz, glide=0.0)).clarity for pitch_hz in (90.0, 250.0))
    assert deep == pytest.approx(high, abs=0.12)
    assert deep > 0.8


def test_a_telephone_takes_the_lowest_harmonics_but_not_the_pitch() -> None:
    """300 Hz to 3400 Hz and mu-law: the spacing of the other harmonics still tells."""
    voice = talk(3.0, pitch_hz=110.0)
    assert heard(mulaw(band(voice, ENGINE_RATE))).pitch_st == pytest.approx(heard(voice).pitch_st, abs=0.3)


@pytest.mark.parametrize("gain", [1e-3, 0.1, 3.0])
def test_a_gain_changes_the_loudness_and_nothing_else(gain: float) -> None:
    voice = talk()
    before, after = heard(voice), heard((voice * np.float32(gain)).astype(np.float32))
    assert after.loudness_db == pytest.approx(before.loudness_db + 20 * np.log10(gain), abs=1e-3)
    same = replace(after, loudness_db=before.loudness_db)
    assert asdict(same) == pytest.approx(asdict(before), rel=1e-3)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_the_sample_rate_does_not_matter(rate: int) -> None:
    """A clip at a telephone's rate or a studio's measures like one at the engine's."""
    here, there = heard(talk()), heard(talk(rate=rate), rate)
    assert there.pitch_st == pytest.approx(here.pitch_st, abs=0.1)
    assert there.effort_db == pytest.approx(here.effort_db, abs=0.5)
    assert there.brightness_hz == pytest.approx(here.brightness_hz, rel=0.03)
    assert there.motion_db == pytest.approx(here.motion_db, rel=0.15)


def test_each_number_follows_what_it_is_named_after() -> None:
    usual = heard(talk())
    assert heard(talk(level_db=-14)).loudness_db == pytest.approx(usual.loudness_db + 6, abs=0.5)
    assert heard(talk(tilt_db=-5)).effort_db > usual.effort_db + 1
    assert heard(talk(tilt_db=-5)).brightness_hz > usual.brightness_hz + 50
    assert heard(talk(glide=2.0)).intonation_st > 2 * usual.intonation_st
    assert heard(talk(syllables_per_s=6.0)).motion_db > usual.motion_db + 0.2


def test_syllables_are_counted_where_there_are_no_words() -> None:
    slow, fast = (heard(talk(4.0, syllables_per_s=rate)).rate for rate in (3.0, 5.0))
    assert slow == pytest.approx(3.0, abs=0.5)
    assert fast == pytest.approx(5.0, abs=0.7)


def test_words_know_the_rate_better() -> None:
    found = measure(talk(), syllables_per_s=7.25)
    assert found is not None
    assert found.rate == 7.25


def test_silence_around_an_utterance_does_not_count() -> None:
    """Lead-in and tail change neither the level nor the share of pauses."""
    voice = talk()
    quiet = np.zeros(ENGINE_RATE, dtype=np.float32)
    alone, framed = heard(voice), heard(np.concatenate([quiet, voice, quiet]))
    assert framed.loudness_db == pytest.approx(alone.loudness_db, abs=0.7)
    assert framed.fluency == pytest.approx(alone.fluency, abs=0.15)
    assert framed.pitch_st == pytest.approx(alone.pitch_st, abs=0.1)


def noise(seconds: float, level: float = 0.1) -> Samples:
    return np.random.default_rng(1).normal(0, level, round(seconds * ENGINE_RATE)).astype(np.float32)


UNFIT = {
    "nothing": np.zeros(0, dtype=np.float32),
    "one sample": np.ones(1, dtype=np.float32),
    "a short word": talk(0.3),
    "silence": np.zeros(ENGINE_RATE, dtype=np.float32),
    "a constant": np.full(ENGINE_RATE, 0.5, dtype=np.float32),
    "noise": noise(2.0),
    "a dial tone": (
        0.1 * np.sin(np.arange(2 * ENGINE_RATE) * 2 * np.pi * 425 / ENGINE_RATE) + noise(2.0, 0.005)
    ).astype(np.float32),
    "speech under noise": talk(level_db=-34) + noise(2.0),
    "not a number": np.where(np.arange(2 * ENGINE_RATE) == 999, np.nan, talk()).astype(np.float32),
    "infinite": np.where(np.arange(2 * ENGINE_RATE) == 999, np.inf, talk()).astype(np.float32),
    "hard clipping": np.clip(talk() * 100, -1, 1),
}


@pytest.mark.parametrize("samples", UNFIT.values(), ids=UNFIT.keys())
def test_what_cannot_be_measured_is_not_measured(samples: Samples) -> None:
    """None, and no warning from the arithmetic."""
    assert measure(samples) is None


def test_a_rate_out_of_range_is_an_error() -> None:
    with pytest.raises(AudioError, match="4000"):
        measure(talk(), 4000)


def test_the_same_samples_give_the_same_numbers() -> None:
    assert measure(shout()) == measure(shout())


def test_the_samples_are_left_alone() -> None:
    voice = talk()
    before = voice.copy()
    measure(voice)
    assert np.array_equal(voice, before)
