"""How a customer's turn sounds against that customer's own usual voice.

    tracker = VoiceTracker()                    # one a call, for the customer only
    voice = tracker.hear(utterance, samples)    # Voice, or None where it cannot tell

    arousal_scores(baseline, clips, rate)       # the same for clips without words: usual ones, then ones to judge

Rules

* A voice is compared with its own first half minute of speech (`Baseline`), never with other people's:
  what is high or bright for one person is another's bored voice.  While little of it has been heard, the
  usual spread of conversational speech stands in (`Feature.spread`).  For the few features that hardly
  depend on body or line, a little of the population's mean is mixed in as well (`Feature.usual`), so that
  a caller who is beside himself from the first word is not taken for a calm one.  That helps, but a little:
  such a caller's baseline is still mostly his anger.
* Arousal is the mean of signed standard scores by the weights in `FEATURES`, each held to +-`MOST_Z` so that no
  one of them decides, through a logistic: 0.5 is the usual voice.  The weights are 1 and 1/2, chosen by
  theory and not fitted to any recordings.
* A spread that is large in the baseline makes its feature count less.  That is what takes the loudness out of
  the sum on a line whose gain wanders.
* A turn that is already aroused teaches the baseline less, so that an outburst does not become the usual.
* Unsure means None: little speech, little baseline, noise, hard clipping, samples that are not numbers, a turn so
  faint that it is the other side leaking in.

This is about arousal, how strongly somebody feels, and not about which feeling it is.  It is for customers.  Of
agents, and of speakers who might be agents, `VoiceTracker` refuses to hear anything; `pace_and_level`
measures how they talk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.prosody import Floats, Prosody, measure
from analyzer.speech import Utterance


@dataclass(frozen=True, slots=True)
class Voice:
    """One utterance against its speaker's baseline."""

    loudness_z: float  # standard deviations above the speaker's own mean loudness
    pitch_z: float
    rate_z: float
    arousal: float  # 0..1, 0.5 is the speaker's usual


@dataclass(frozen=True, slots=True)
class Delivery:
    """How somebody talks, as behaviour: nothing that is felt."""

    loudness_db: float  # dB below full scale, while speaking
    words_per_minute: float


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing in a voice that rises with arousal."""

    weight: float
    spread: float  # how much it varies within one calm speaker, from turn to turn
    usual: float | None  # what it is for most people on most lines; None where there is no such number


FEATURES = {
    # the fields of Prosody; spreads are rounded from a real service call (two people, 38 turns at 8 kHz)
    "loudness_db": Feature(1.0, 3.0, None),  # the strongest sign while the gain holds still
    "effort_db": Feature(1.0, 2.5, None),  # raised voices open the mouth; crying, however high, does not
    "brightness_hz": Feature(1.0, 80.0, None),  # tense folds close faster, which feeds the upper harmonics
    "motion_db": Feature(
        0.5, 0.5, 5.0
    ),  # energetic speech moves further in less time; half, because a higher pitch does too
    "intonation_st": Feature(1.0, 0.1, 0.5),  # a lively or agitated melody; monotony is calm or low
    "pitch_st": Feature(0.5, 2.0, None),  # half, because crying raises it more than anger does
    "rate": Feature(0.5, 0.8, None),  # half, because it hangs on the words
    "clarity": Feature(0.5, 0.05, None),  # sighs and breath lower it; half, because noise does too
    "fluency": Feature(0.5, 0.1, None),  # no time for pauses; half, because thinking makes pauses as well
}
WEIGHTS = np.array([feature.weight for feature in FEATURES.values()])
SPREADS = np.array([feature.spread for feature in FEATURES.values()])
USUAL = np.array([np.nan if feature.usual is None else feature.usual for feature in FEATURES.values()])

MOST_Z = 2.5  # in the sum: beyond that a score says "certainly", and more of it says "mistake"
MOST_TOLD_Z = 10.0  # in what is reported
SPREAD_TURNS = 4.0  # for how many turns of the speaker the usual spread counts
USUAL_TURNS = 1.0  # for how many turns of the speaker the population's mean counts
FIRST_HALF_MINUTE_S = 30.0  # of speech, which ends the baseline
LEAST_BASELINE_S = 4.0  # of speech: two or three turns, before anything is said
FAINT_DB = 25.0  # below the speaker's usual level: the other side leaking in, not a whisper
LONGEST_LESSON_S = 5.0  # one long story is not the whole of a voice


@dataclass(frozen=True, slots=True)
class Baseline:
    """A speaker's usual voice: what was learnt so far, each turn with its weight."""

    turns: tuple[Prosody, ...] = ()
    weights: tuple[float, ...] = ()

    @property
    def speech_s(self) -> float:
        return sum(turn.speech_s for turn in self.turns)

    @property
    def ready(self) -> bool:
        return self.speech_s >= LEAST_BASELINE_S

    @property
    def complete(self) -> bool:
        return self.speech_s >= FIRST_HALF_MINUTE_S

    def with_turn(self, turn: Prosody) -> Baseline:
        """The baseline with one more turn; the same once half a minute of speech is in it, or for a faint turn."""
        if self.complete or not self.owns(turn):
            return self
        excess = max(0.0, _mean_score(self.scores(turn))) if self.ready else 0.0
        weight = min(turn.speech_s, LONGEST_LESSON_S) / (1 + excess**2)
        return replace(self, turns=(*self.turns, turn), weights=(*self.weights, weight))

    def scores(self, turn: Prosody) -> Floats:
        """Standard scores of one turn, in the order of `FEATURES`."""
        rows = np.array([_row(known) for known in self.turns])
        weights = np.array(self.weights) / np.mean(self.weights)  # in turns
        turns = weights.sum()
        mean = weights @ rows / turns
        variance = weights @ (rows - mean) ** 2 / max(turns - 1, 1)
        spread = np.sqrt((SPREAD_TURNS * SPREADS**2 + turns * variance) / (SPREAD_TURNS + turns))
        centre = np.where(np.isnan(USUAL), mean, (USUAL_TURNS * USUAL + turns * mean) / (USUAL_TURNS + turns))
        return np.asarray((_row(turn) - centre) / spread)

    def owns(self, turn: Prosody) -> bool:
        """Whether a turn is loud enough to be this speaker's own."""
        heard = [known.loudness_db for known in self.turns]
        return not heard or turn.loudness_db > float(np.median(heard)) - FAINT_DB

    def judge(self, turn: Prosody) -> Voice | None:
        """One turn against this baseline; None while the baseline is too short, or where somebody leaks in."""
        if not self.ready or not self.owns(turn):
            return None
        scores = self.scores(turn)
        told = dict(zip(FEATURES, np.clip(scores, -MOST_TOLD_Z, MOST_TOLD_Z).tolist(), strict=True))
        arousal = 1 / (1 + float(np.exp(-_mean_score(scores))))
        return Voice(told["loudness_db"], told["pitch_st"], told["rate"], arousal)


class VoiceTracker:
    """Hears the customer of one call, turn by turn."""

    def __init__(self) -> None:
        self._baseline = Baseline()

    def hear(self, utterance: Utterance, samples: Samples) -> Voice | None:
        """How this turn sounds, (n,) float32 at `ENGINE_RATE`; then learn from it.  None where it cannot tell.

        `ValueError` for anybody who is not known to be the customer.
        """
        if utterance.speaker != "customer":
            raise ValueError(f"the voice of {utterance.speaker} is not judged: only the customer's is")
        turn = measure(samples, ENGINE_RATE, syllable_rate(utterance))
        if turn is None:
            return None
        voice = self._baseline.judge(turn)
        self._baseline = self._baseline.with_turn(turn)
        return voice


def learn(baseline: Baseline, samples: Samples, rate: int = ENGINE_RATE) -> Baseline:
    """The baseline with one more clip of the speaker's usual voice, unless nothing can be measured on it."""
    turn = measure(samples, rate)
    return baseline if turn is None else baseline.with_turn(turn)


def judge(baseline: Baseline, samples: Samples, rate: int = ENGINE_RATE) -> Voice | None:
    """One clip, (n,) float32 at `rate` Hz, against a baseline; None where it cannot tell."""
    turn = measure(samples, rate)
    return None if turn is None else baseline.judge(turn)


def voices(baseline: Sequence[Samples], clips: Sequence[Samples], rate: int = ENGINE_RATE) -> list[Voice | None]:
    """Each clip against the usual voice of the baseline clips; all of one customer."""
    usual = Baseline()
    for clip in baseline:
        usual = learn(usual, clip, rate)
    return [judge(usual, clip, rate) for clip in clips]


def arousal_scores(
    baseline: Sequence[Samples], clips: Sequence[Samples], rate: int = ENGINE_RATE
) -> list[float | None]:
    """`voices`, the arousal only: 0..1, 0.5 is the usual voice, None where it cannot tell."""
    return [voice.arousal if voice else None for voice in voices(baseline, clips, rate)]


def pace_and_level(utterance: Utterance, samples: Samples) -> Delivery:
    """How fast and how loud an utterance is, for anybody; silence is -120 dB.  Samples are (n,) float32, -1..1."""
    heard = np.nan_to_num(samples.astype(np.float64), posinf=0.0, neginf=0.0)
    power = float(np.mean(heard**2)) if len(heard) else 0.0
    minutes = max(utterance.duration_s, 0.1) / 60
    return Delivery(10 * float(np.log10(max(power, 1e-12))), len(utterance.words) / minutes)


def syllable_rate(utterance: Utterance) -> float:
    """Syllables a second, counted as groups of vowel letters: rough, but alike for all turns of a speaker."""
    count = sum(max(1, len(re.findall(r"[aeiouy]+", word.word.lower()))) for word in utterance.words)
    return count / max(utterance.duration_s, 0.1)


def _row(turn: Prosody) -> Floats:
    return np.array([getattr(turn, name) for name in FEATURES])


def _mean_score(scores: Floats) -> float:
    return float(WEIGHTS @ np.clip(scores, -MOST_Z, MOST_Z) / WEIGHTS.sum())
