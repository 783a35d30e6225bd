"""How well arousal is heard on acted speech: `python -m analyzer.evaluation_voice FOLDER [--json]`.

FOLDER holds clips named as in RAVDESS (Livingstone and Russo 2018), 03-01-EMOTION-INTENSITY-SENTENCE-TAKE-SPEAKER,
in any format that libsndfile reads.  For each speaker and each of the two sentences, the neutral and calm clips of
that sentence are the baseline, and the neutral, calm, happy, sad, angry and fearful clips of the other sentence
are judged.  The figure is the area under the curve (AUC) of happy, angry and fearful against the rest, all speakers
and both directions in one pool; a clip on which the voice abstains counts as 0.5.  Nothing is fitted here.

The conditions: as recorded; the gain of each clip changed by up to 10 dB either way; mu-law, band limit and babble of
eight other speakers' clips 15 dB below the speech; and three harder ones that combine or extend these.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile as sf

from analyzer.audio import Samples
from analyzer.errors import AudioError
from analyzer.voice import Voice, voices

NEUTRAL, CALM, HAPPY, SAD, ANGRY, FEARFUL = "01", "02", "03", "04", "05", "06"
AROUSED = (HAPPY, ANGRY, FEARFUL)
JUDGED = (NEUTRAL, CALM, HAPPY, SAD, ANGRY, FEARFUL)
SENTENCES = ("01", "02")
SEED = 20
BABBLE_VOICES = 8
BABBLE_DB = 15.0
CROSSTALK_DB = 20.0
MOST_GAIN_DB = 10.0
PAUSE_DB = 30.0  # below the loudest 20 ms: not speech, when the level of speech is taken


class Clip(NamedTuple):
    """What a name says."""

    emotion: str
    intensity: str
    sentence: str
    take: str
    speaker: str


Clips = Mapping[Clip, Samples]
Others = list[Samples]  # clips of other speakers
Spoil = Callable[[Samples, Others, int, np.random.Generator], Samples]


@dataclass(frozen=True, slots=True)
class Score:
    """One condition: AUC over all, by arousal and by each score alone, and how the speakers differ."""

    condition: str
    arousal: float
    loudness: float
    pitch: float
    rate: float
    against_sad: float
    against_calm: float  # and neutral
    speakers: tuple[float, ...]  # arousal, one a speaker, worst first
    clips: int
    abstained: int


def read(folder: Path) -> tuple[Clips, int]:
    """The clips of a folder and their rate; `AudioError` where there is none or the rates differ."""
    clips: dict[Clip, Samples] = {}
    rates = set()
    for path in sorted(folder.rglob("03-01-*")):
        parts = path.stem.split("-")
        if len(parts) == 7:
            samples, rate = sf.read(path, dtype="float32", always_2d=True)
            clips[Clip(*parts[2:])] = np.ascontiguousarray(samples[:, 0])
            rates.add(rate)
    if len(rates) != 1:
        raise AudioError(f"{folder}: no clips of one sample rate named 03-01-...; give a folder of acted speech")
    return clips, rates.pop()


def as_recorded(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:  # noqa: ARG001
    """The clip itself."""
    return samples


def gain(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:  # noqa: ARG001
    """Up to 10 dB louder or softer, cut off at full scale."""
    return _float(np.clip(samples * 10 ** (chance.uniform(-MOST_GAIN_DB, MOST_GAIN_DB) / 20), -1, 1))


def telephone(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:
    """Babble at 15 dB, the telephone band, mu-law."""
    return mulaw(band(_babbled(samples, others, rate, chance), rate))


def telephone_gain(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:
    """The same with the gain changed in front of the codec."""
    return mulaw(band(gain(_babbled(samples, others, rate, chance), others, rate, chance), rate))


def levelled(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:  # noqa: ARG001
    """A perfect automatic gain control: every clip's speech at the same level."""
    return _float(np.clip(samples * 0.1 / speech_level(samples, rate), -1, 1))


def crosstalk(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:
    """One other speaker 20 dB below."""
    other = _stretch(others[chance.integers(len(others))], len(samples), rate, chance)
    return _float(samples + other * speech_level(samples, rate) * 10 ** (-CROSSTALK_DB / 20))


CONDITIONS: dict[str, Spoil] = {
    "as recorded": as_recorded,
    "gain +-10 dB": gain,
    "mu-law, band limit, babble 15 dB": telephone,
    "the same and gain +-10 dB": telephone_gain,
    "every clip at one level": levelled,
    "crosstalk 20 dB": crosstalk,
}


def speech_level(samples: Samples, rate: int) -> float:
    """Root mean square of what is not pause."""
    hop = rate // 50
    power = (samples[: len(samples) // hop * hop].astype(np.float64).reshape(-1, hop) ** 2).mean(axis=1)
    return float(np.sqrt(power[power >= power.max() * 10 ** (-PAUSE_DB / 10)].mean()) or 1e-9)


def band(samples: Samples, rate: int) -> Samples:
    """300 to 3400 Hz, like an eighth-order filter below and a steeper one above."""
    hz = np.fft.rfftfreq(len(samples), 1 / rate)
    response = 1 / np.sqrt((1 + (300 / np.maximum(hz, 1)) ** 8) * (1 + (hz / 3400) ** 24))
    return _float(np.fft.irfft(np.fft.rfft(samples) * response, len(samples)))


def mulaw(samples: Samples) -> Samples:
    """There and back through 8 bits of mu-law (the curve of G.711)."""
    clipped = np.clip(samples, -1, 1)
    code = np.round(127.5 * (np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256) + 1)) / 127.5 - 1
    return _float(np.sign(code) * (256 ** np.abs(code) - 1) / 255)


def _babbled(samples: Samples, others: Others, rate: int, chance: np.random.Generator) -> Samples:
    babble = np.zeros(len(samples))
    for number in chance.choice(len(others), BABBLE_VOICES):
        babble += _stretch(others[number], len(samples), rate, chance)
    babble *= speech_level(samples, rate) * 10 ** (-BABBLE_DB / 20) / np.sqrt(np.mean(babble**2))
    return _float(samples + babble)


def _stretch(other: Samples, length: int, rate: int, chance: np.random.Generator) -> Samples:
    """`length` samples of a clip, round and round from a random place, its speech at level 1."""
    at = (chance.integers(len(other)) + np.arange(length)) % len(other)
    return _float(other[at] / speech_level(other, rate))


def _float(samples: npt.NDArray[np.float64] | Samples) -> Samples:
    return np.asarray(samples, dtype=np.float32)


def judged(clips: Clips, rate: int) -> dict[Clip, Voice | None]:
    """Every clip that is judged, against its speaker's calm clips of the other sentence."""
    found: dict[Clip, Voice | None] = {}
    for speaker in sorted({clip.speaker for clip in clips}):
        for sentence in SENTENCES:
            own = [clip for clip in clips if clip.speaker == speaker]
            usual = [clip for clip in own if clip.sentence == sentence and clip.emotion in (NEUTRAL, CALM)]
            asked = [clip for clip in own if clip.sentence != sentence and clip.emotion in JUDGED]
            answers = voices([clips[clip] for clip in usual], [clips[clip] for clip in asked], rate)
            found.update(zip(asked, answers, strict=True))
    return found


def auc(scores: Mapping[Clip, float], against: tuple[str, ...] = (NEUTRAL, CALM, SAD)) -> float:
    """The chance that an aroused clip scores above one of `against`; a tie is half."""
    high = np.array([score for clip, score in scores.items() if clip.emotion in AROUSED])
    low = np.array([score for clip, score in scores.items() if clip.emotion in against])
    if not len(high) or not len(low):
        return float("nan")
    return float(np.mean((high[:, None] > low) + 0.5 * (high[:, None] == low)))


def score(condition: str, found: Mapping[Clip, Voice | None]) -> Score:
    """The figures of one condition."""
    usual = Voice(0.0, 0.0, 0.0, 0.5)
    heard = {clip: voice or usual for clip, voice in found.items()}
    arousal = {clip: voice.arousal for clip, voice in heard.items()}
    by_speaker: dict[str, dict[Clip, float]] = defaultdict(dict)
    for clip, value in arousal.items():
        by_speaker[clip.speaker][clip] = value
    return Score(
        condition=condition,
        arousal=auc(arousal),
        loudness=auc({clip: voice.loudness_z for clip, voice in heard.items()}),
        pitch=auc({clip: voice.pitch_z for clip, voice in heard.items()}),
        rate=auc({clip: voice.rate_z for clip, voice in heard.items()}),
        against_sad=auc(arousal, (SAD,)),
        against_calm=auc(arousal, (NEUTRAL, CALM)),
        speakers=tuple(sorted(auc(own) for own in by_speaker.values())),
        clips=len(found),
        abstained=sum(voice is None for voice in found.values()),
    )


def evaluate(folder: Path) -> list[Score]:
    """All conditions on one folder; the same folder gives the same figures."""
    clips, rate = read(folder)
    results = []
    for condition, spoil in CONDITIONS.items():
        chance = np.random.default_rng(SEED)
        others = {
            speaker: [samples for clip, samples in clips.items() if clip.speaker != speaker]
            for speaker in {clip.speaker for clip in clips}
        }
        spoilt = {clip: spoil(samples, others[clip.speaker], rate, chance) for clip, samples in clips.items()}
        results.append(score(condition, judged(spoilt, rate)))
    return results


HEAD = (
    "condition", "arousal", "speakers, worst to best", "against sad", "against calm", "loudness", "pitch", "rate",
    "abstained",
)  # fmt: skip


def table(results: list[Score]) -> str:
    """The results as a Markdown table."""
    rows = [HEAD, ["---"] * len(HEAD), *map(_cells, results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(found: Score) -> list[str]:
    speakers = " ".join(f"{value:.2f}" for value in found.speakers)
    figures = (found.against_sad, found.against_calm, found.loudness, found.pitch, found.rate)
    abstained = f"{found.abstained} of {found.clips}"
    return [found.condition, f"**{found.arousal:.3f}**", speakers, *(f"{value:.3f}" for value in figures), abstained]


def main(arguments: list[str] | None = None) -> None:
    """Print the table, or one JSON line a condition."""
    parser = argparse.ArgumentParser(
        prog="python -m analyzer.evaluation_voice", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON line a condition")
    asked = parser.parse_args(arguments)
    try:
        results = evaluate(asked.folder)
    except (AudioError, sf.LibsndfileError, OSError) as error:
        sys.exit(f"analyzer: {error}")
    lines = [json.dumps(asdict(found)) for found in results] if asked.json else [table(results)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
