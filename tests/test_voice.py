"""A voice against its own usual self: what raises arousal, what must not, and when nothing is said."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest

from analyzer.audio import ENGINE_RATE, Samples, Speaker
from analyzer.evaluation_voice import band, mulaw
from analyzer.speech import Utterance, spread_words
from analyzer.voice import (
    FEATURES,
    LEAST_BASELINE_S,
    Baseline,
    Delivery,
    Voice,
    VoiceTracker,
    arousal_scores,
    judge,
    learn,
    pace_and_level,
    syllable_rate,
    voices,
)

from talker import shout, talk

CALM = [talk(3.0, seed=seed) for seed in range(1, 7)]
TEXT = "so where is the refund you told me about"


def said(samples: Samples, text: str = TEXT, speaker: Speaker = "customer") -> Utterance:
    return Utterance(speaker, spread_words(text, 0.0, len(samples) / ENGINE_RATE))


def hear(tracker: VoiceTracker, samples: Samples) -> Voice | None:
    return tracker.hear(said(samples), samples)


def tuned_in() -> VoiceTracker:
    """A tracker that knows the calm voice."""
    tracker = VoiceTracker()
    for samples in CALM:
        hear(tracker, samples)
    return tracker


def usual() -> Baseline:
    baseline = Baseline()
    for samples in CALM:
        baseline = learn(baseline, samples)
    return baseline


def arousal(samples: Samples) -> float:
    [score] = arousal_scores(CALM, [samples])
    assert score is not None
    return score


@pytest.mark.parametrize("speaker", ["agent", "unknown"])
def test_nothing_can_be_felt_into_an_agent(speaker: Speaker) -> None:
    """Neither at the start nor with a baseline: who is not known to be the customer is refused."""
    for tracker in (VoiceTracker(), tuned_in()):
        with pytest.raises(ValueError, match=speaker):
            tracker.hear(said(CALM[0], speaker=speaker), CALM[0])


def test_a_refused_voice_leaves_no_trace() -> None:
    """The agent's turns between the customer's do not move the customer's baseline."""
    tracker = tuned_in()
    with pytest.raises(ValueError, match="agent"):
        tracker.hear(said(shout(), speaker="agent"), shout())
    assert hear(tracker, talk(seed=50)) == hear(tuned_in(), talk(seed=50))


def test_an_agent_has_pace_and_level_only() -> None:
    """Behaviour: no pitch, no arousal, no field for one."""
    samples = talk(3.0)
    found = pace_and_level(said(samples, speaker="agent"), samples)
    assert {field.name for field in fields(Delivery)} == {"loudness_db", "words_per_minute"}
    assert found.words_per_minute == pytest.approx(9 / 3.0 * 60)
    assert found.loudness_db == pytest.approx(-20, abs=3)


def test_pace_and_level_of_nothing() -> None:
    """Silence, no samples and broken samples have a defined level."""
    word = said(talk())
    for samples in (np.zeros(100, dtype=np.float32), np.zeros(0, dtype=np.float32), np.full(9, np.nan, np.float32)):
        assert pace_and_level(word, samples).loudness_db == -120.0


def test_the_first_turns_are_only_learnt_from() -> None:
    """No verdict before there is a voice to compare with."""
    tracker = VoiceTracker()
    answers = [hear(tracker, samples) for samples in CALM]
    assert answers[0] is None
    assert answers[-1] is not None


def test_a_short_baseline_is_no_baseline() -> None:
    assert arousal_scores([talk(1.0)], [shout()]) == [None]
    assert arousal_scores([], [shout()]) == [None]
    assert not Baseline().ready
    assert usual().speech_s >= LEAST_BASELINE_S


def test_the_usual_voice_is_in_the_middle() -> None:
    """Other takes of the calm voice stay near 0.5."""
    takes = [arousal(talk(3.0, seed=seed)) for seed in range(20, 32)]
    assert np.mean(takes) == pytest.approx(0.5, abs=0.1)
    assert max(takes) < 0.75


def test_a_raised_voice_is_aroused_and_a_sunken_one_is_not() -> None:
    sunken = talk(3.0, pitch_hz=105.0, level_db=-26, tilt_db=-12, glide=0.2, syllables_per_s=3.0, seed=40)
    assert arousal(shout(3.0)) > 0.8
    assert arousal(sunken) < 0.4


def test_the_more_a_voice_is_raised_the_higher_the_arousal() -> None:
    """Step by step louder, higher and brighter, with nothing else changed."""
    steps = [talk(3.0, pitch_hz=120 + 12 * n, level_db=-20 + 1.5 * n, tilt_db=-9 + n, seed=41) for n in range(6)]
    assert all(lower < higher for lower, higher in pairwise(map(arousal, steps)))


@pytest.mark.parametrize("name", list(FEATURES))
def test_every_feature_counts_upwards(name: str) -> None:
    """One standard deviation more of anything in the table is more arousal."""
    baseline = usual()
    turn = baseline.turns[0]
    more = {name: getattr(turn, name) + FEATURES[name].spread}
    before, after = baseline.judge(turn), baseline.judge(replace(turn, **more))
    assert before is not None
    assert after is not None
    assert after.arousal > before.arousal


def test_a_gain_moves_the_loudness_alone() -> None:
    """An automatic gain control, seen from one turn: the other scores do not change at all."""
    loud = shout(3.0)
    [before, after] = voices(CALM, [loud, loud * np.float32(0.25)])
    assert before is not None
    assert after is not None
    assert after.loudness_z < before.loudness_z - 2
    assert (after.pitch_z, after.rate_z) == pytest.approx((before.pitch_z, before.rate_z), abs=1e-3)
    assert after.arousal > 0.7


def test_on_a_line_whose_gain_wanders_loudness_says_little() -> None:
    """A baseline that is loud and soft by turns takes the weight out of loudness."""
    gains = [0.3, 3.0, 0.5, 2.0, 0.3, 3.0]
    wandering = [samples * np.float32(gain) for samples, gain in zip(CALM, gains, strict=True)]
    louder = talk(3.0, level_db=-10, seed=42)
    [steady], [unsteady] = voices(CALM, [louder]), voices(wandering, [louder])
    assert steady is not None
    assert unsteady is not None
    assert unsteady.loudness_z < steady.loudness_z / 2
    assert unsteady.arousal < steady.arousal


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_telephone_line_changes_little(rate: int) -> None:
    """Band limit, mu-law and hiss on everything: the raised voice stays raised, the calm one calm."""
    hiss = np.random.default_rng(3).normal(0, 0.004, 3 * rate).astype(np.float32)
    line = [mulaw(band(talk(3.0, seed=seed, rate=rate) + hiss, rate)) for seed in range(1, 8)]
    raised = mulaw(band(shout(3.0, rate=rate) + hiss, rate))
    calm, excited = arousal_scores(line[:6], [line[6], raised], rate)
    assert calm is not None
    assert excited is not None
    assert calm < 0.7 < excited


def test_an_outburst_is_not_learnt_as_usual() -> None:
    """A shout early on teaches a fraction of what a calm turn of its length does."""
    before = usual()
    calm, shouted = learn(before, talk(3.0, seed=60)), learn(before, shout(3.0, seed=60))
    assert shouted.weights[-1] < 0.4 * calm.weights[-1]
    again = judge(shouted, shout(3.0, seed=61))
    assert again is not None
    assert again.arousal > 0.75


def test_no_single_feature_decides() -> None:
    """A pitch out of all bounds, as a mistake of the measurement would be, is worth no more than a high one."""
    baseline = usual()
    high = replace(baseline.turns[0], pitch_st=baseline.turns[0].pitch_st + 12)
    absurd = replace(high, pitch_st=high.pitch_st + 40)
    assert baseline.judge(absurd) is not None
    assert (found := baseline.judge(high)) is not None
    assert baseline.judge(absurd) == replace(found, pitch_z=10.0)


def test_the_other_side_leaking_in_is_not_the_customer() -> None:
    """A voice far below the customer's level is neither judged nor learnt; a whisper still is the customer's."""
    tracker = tuned_in()
    assert hear(tracker, talk(pitch_hz=220, level_db=-50, seed=50)) is None
    assert hear(tracker, talk(seed=50)) == hear(tuned_in(), talk(seed=50))
    assert hear(tracker, talk(level_db=-38, seed=50)) is not None


def test_learning_ends_after_half_a_minute_of_speech() -> None:
    """After that the whole of a call is measured with one yardstick."""
    baseline = Baseline()
    for seed in range(30):
        baseline = learn(baseline, talk(3.0, seed=seed))
    assert baseline.complete
    assert 30 <= baseline.speech_s < 33
    assert learn(baseline, shout()) is baseline


def test_a_longer_baseline_settles() -> None:
    """The judgement of one clip moves less and less while the baseline grows."""
    clip = shout(3.0)
    grown, baseline = [], Baseline()
    for seed in range(12):
        baseline = learn(baseline, talk(3.0, seed=seed))
        if baseline.ready:
            found = judge(baseline, clip)
            assert found is not None
            grown.append(found.arousal)
    moves = np.abs(np.diff(grown))
    assert moves[-3:].max() < 0.03


UNFIT = {
    "nothing": np.zeros(0, dtype=np.float32),
    "silence": np.zeros(2 * ENGINE_RATE, dtype=np.float32),
    "a short word": talk(0.3),
    "not a number": np.full(2 * ENGINE_RATE, np.nan, dtype=np.float32),
    "hard clipping": np.clip(talk() * 100, -1, 1),
    "noise": np.random.default_rng(1).normal(0, 0.1, 2 * ENGINE_RATE).astype(np.float32),
}


@pytest.mark.parametrize("samples", UNFIT.values(), ids=UNFIT.keys())
def test_what_cannot_be_judged_gives_none_and_teaches_nothing(samples: Samples) -> None:
    tracker = tuned_in()
    assert tracker.hear(said(talk()), samples) is None
    assert hear(tracker, talk(seed=50)) == hear(tuned_in(), talk(seed=50))


def test_every_answer_is_a_number_in_its_range() -> None:
    """Also for a voice beyond all measure."""
    [extreme] = voices(CALM, [talk(3.0, pitch_hz=400, level_db=0, tilt_db=0, glide=4) * np.float32(1e4)])
    assert extreme is not None
    assert 0 <= extreme.arousal <= 1
    assert all(abs(z) <= 10 for z in (extreme.loudness_z, extreme.pitch_z, extreme.rate_z))


def test_two_trackers_agree_to_the_last_digit() -> None:
    assert [hear(tracker, shout(3.0)) for tracker in (tuned_in(), tuned_in())].count(hear(tuned_in(), shout(3.0))) == 2


def test_faster_words_are_a_higher_rate() -> None:
    samples = talk(3.0, seed=9)
    hurried = tuned_in().hear(said(samples, TEXT + " and the bill and the visit and all the other things"), samples)
    usual_pace = tuned_in().hear(said(samples), samples)
    assert hurried is not None
    assert usual_pace is not None
    assert hurried.rate_z > usual_pace.rate_z + 1


def test_syllables_of_words() -> None:
    """Groups of vowel letters, and one for a word without any."""
    assert syllable_rate(Utterance("customer", spread_words("hmm the refund policy", 0.0, 2.0))) == pytest.approx(3.5)
