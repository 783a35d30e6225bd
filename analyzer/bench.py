"""What the ears cost and what they hear, against bare Vosk on the same call in the same minute.

    analyzer bench [CALL...]

*Ours* is everything from the samples of both channels to utterances: intake, gate, recognizer.  *Bare*
is one fresh recognizer a channel, fed 100 ms at a time, with the model's own configuration; resampling
is not even counted for it.  Each pair runs one after the other, in turns first and second, so that what
else the machine does falls on both.  The ratio is the median of the pairs.

What was really said stands in a text file beside the call (`CALL.txt`): a line for each turn,
`agent: ...` or `customer: ...`.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import soundfile
import soxr

from analyzer.audio import ENGINE_RATE, AudioChunk, Samples, Speaker, split_channels
from analyzer.channel import Channel, Heard
from analyzer.engines.silero import SileroEngine
from analyzer.engines.vosk_bare import bare_model, bare_text
from analyzer.engines.vosk_engine import VoskEngine
from analyzer.errors import AudioError
from analyzer.speech import SpeechEngine

SIDES: tuple[Speaker, Speaker] = ("agent", "customer")
PAIRS = 5
MOST_COST = 0.75  # of bare Vosk: what we promise
MOST_WORSE = 0.005  # half a point of word error rate


@dataclass(frozen=True, slots=True)
class Sides:
    """A call with two channels, and what was really said if anybody wrote it down."""

    name: str
    rate: int
    channels: tuple[Samples, Samples]
    reference: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EarsCost:
    """One call, ours against bare: CPU seconds are medians of the pairs."""

    call: str
    duration_s: float
    ours_s: float
    bare_s: float
    ratio: float  # the median of the pairs' ratios
    ratio_with_start: float  # with the warming of both recognizers counted as ours
    ours_words: int
    bare_words: int
    ours_errors: float | None  # word error rate, 0..1
    bare_errors: float | None

    @property
    def line(self) -> str:
        """For people."""
        errors = (
            ""
            if self.ours_errors is None or self.bare_errors is None
            else f", word errors {self.ours_errors:.1%} against {self.bare_errors:.1%}"
        )
        return (
            f"{self.call}: {self.ratio:.2f} of bare Vosk ({self.ratio_with_start:.2f} with start-up), "
            f"{self.ours_words} words against {self.bare_words}{errors}"
        )


def word_errors(said: str, heard: str) -> float:
    """The word error rate: substitutions, insertions and deletions for each word said (Levenshtein)."""
    truth, guess = plain_words(said), plain_words(heard)
    row = list(range(len(guess) + 1))
    for number, word in enumerate(truth, 1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(guess, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other)),
            )
    return row[-1] / max(len(truth), 1)


def plain_words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))


def read_sides(call: Path, reference: Path | None = None) -> Sides:
    """A two-channel file, agent first, and the reference beside it if there is one."""
    try:
        frames, rate = soundfile.read(call, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as unreadable:
        raise AudioError(f"{call} cannot be read as audio: {unreadable}") from unreadable
    if frames.shape[1] != len(SIDES):
        raise AudioError(f"{call} has {frames.shape[1]} channels; the bench needs a two-channel call")
    first, second = split_channels(frames.reshape(-1), len(SIDES))
    reference = reference or call.with_suffix(".txt")
    said = read_reference(reference.read_text()) if reference.is_file() else None
    return Sides(call.stem, rate, (first, second), said)


def read_reference(text: str) -> tuple[str, str]:
    """`agent: ...` and `customer: ...` lines, joined for each side."""
    turns = [line.partition(":") for line in text.splitlines()]
    agent, customer = (
        " ".join(said.strip() for who, _, said in turns if who.strip().lower() == side) for side in SIDES
    )
    return agent, customer


def our_texts(sides: Sides, speech: SpeechEngine, activity: SileroEngine) -> list[str]:
    """What our ears hear on each side, as `score` would."""
    return [
        _heard(Channel(speaker, sides.rate, speech.open(), activity()), speaker, sides.rate, samples)
        for speaker, samples in zip(SIDES, sides.channels, strict=True)
    ]


def _heard(channel: Channel, speaker: Speaker, rate: int, samples: Samples) -> str:
    found = channel.feed(AudioChunk(samples, 0, rate, speaker)) + channel.finish()
    return " ".join(event.utterance.text for _, event in found if isinstance(event, Heard))


def cost_of_ears(sides: Sides, model_path: Path, vad_path: Path, pairs: int = PAIRS) -> EarsCost:
    """Measure one call.  Loading the models is not counted on either side."""
    speech, activity, plain = VoskEngine(model_path), SileroEngine(vad_path), bare_model(model_path)
    at_16k = [
        samples if sides.rate == ENGINE_RATE else soxr.resample(samples, sides.rate, ENGINE_RATE)
        for samples in sides.channels
    ]
    starts: list[float] = []
    ours: list[Timed] = []
    bares: list[Timed] = []
    for number in range(pairs):
        if number % 2 == 0:
            bares.append(timed(lambda: [bare_text(plain, samples) for samples in at_16k]))
        starts.append(timed(lambda: _warmed(speech)).cpu_s)
        ours.append(timed(lambda: our_texts(sides, speech, activity)))
        if number % 2:
            bares.append(timed(lambda: [bare_text(plain, samples) for samples in at_16k]))
    both = list(zip(starts, ours, bares, strict=True))
    return EarsCost(
        call=sides.name,
        duration_s=round(len(sides.channels[0]) / sides.rate, 1),
        ours_s=statistics.median(run.cpu_s for run in ours),
        bare_s=statistics.median(run.cpu_s for run in bares),
        ratio=statistics.median(our.cpu_s / bare.cpu_s for _, our, bare in both),
        ratio_with_start=statistics.median((start + our.cpu_s) / bare.cpu_s for start, our, bare in both),
        ours_words=ours[-1].words,
        bare_words=bares[-1].words,
        ours_errors=said_wrong(sides, ours[-1].texts),
        bare_errors=said_wrong(sides, bares[-1].texts),
    )


def _warmed(speech: VoskEngine) -> list[str]:
    speech.prepare(len(SIDES))
    return []


class Timed(NamedTuple):
    """What was heard on each side, and the processor time it took."""

    cpu_s: float
    texts: list[str]

    @property
    def words(self) -> int:
        return len(" ".join(self.texts).split())


def timed(work: Callable[[], list[str]]) -> Timed:
    """Do it; processor seconds of this process, all threads."""
    start_s = time.process_time()
    texts = work()
    return Timed(time.process_time() - start_s, texts)


def said_wrong(sides: Sides, texts: list[str]) -> float | None:
    """Errors of both sides for each word said on both, or None without a reference."""
    if sides.reference is None:
        return None
    lengths = [len(plain_words(said)) for said in sides.reference]
    errors = [
        word_errors(said, heard) * length for said, heard, length in zip(sides.reference, texts, lengths, strict=True)
    ]
    return sum(errors) / max(sum(lengths), 1)
