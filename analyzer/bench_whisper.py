"""Our ears beside faster-whisper on the same calls in the same run: processor time a call hour, and words misheard.

*Plain* Whisper is what its own examples do: a channel at a time, 8-bit numbers, one thread, its own voice filter on.
*Ours* is Vosk behind our gate; with Whisper's ears it is Whisper behind our gate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import soxr

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.bench import Sides, our_texts, said_wrong, timed
from analyzer.engines.silero import SileroEngine
from analyzer.engines.vosk_bare import bare_model, bare_text
from analyzer.engines.vosk_engine import VoskEngine
from analyzer.engines.whisper_engine import PACKAGES, WhisperEngine, load_whisper, weights
from analyzer.spoken import spoken

Ears = Callable[[Sides], list[str]]


@dataclass(frozen=True, slots=True)
class EarsAt:
    """One pair of ears over all calls."""

    ears: str
    cpu_s_an_hour: float  # processor seconds for an hour of call, both channels
    errors: float | None  # word error rate, 0..1

    @property
    def line(self) -> str:
        """For people."""
        errors = "" if self.errors is None else f", word errors {self.errors:.1%}"
        return f"{self.ears}: {self.cpu_s_an_hour:.0f} s of processor a call hour{errors}"


def compare(calls: Sequence[Sides], speech: Path, activity: Path) -> list[EarsAt]:
    """Every pair of ears on every call; loading is not counted."""
    return [_over(name, hear, calls) for name, hear in _all_ears(speech, SileroEngine(activity)).items()]


def _all_ears(speech: Path, activity: SileroEngine) -> dict[str, Ears]:
    vosk, bare = VoskEngine(speech), bare_model(speech)
    ears: dict[str, Ears] = {
        "ours, Vosk": lambda sides: our_texts(sides, vosk, activity),
        "bare Vosk": lambda sides: [bare_text(bare, samples) for samples in at_engine_rate(sides)],
    }
    for name in PACKAGES:
        ears[f"ours, {name}"] = _behind_our_gate(WhisperEngine(weights(name)), activity)
        ears[f"plain {name}"] = _as_in_its_examples(load_whisper(weights(name), 1))
    return ears


def _behind_our_gate(engine: WhisperEngine, activity: SileroEngine) -> Ears:
    return lambda sides: our_texts(sides, engine, activity)


def _as_in_its_examples(model: Any) -> Ears:
    return lambda sides: [_plain(model, samples) for samples in at_engine_rate(sides)]


def _over(name: str, hear: Ears, calls: Sequence[Sides]) -> EarsAt:
    cpu_s = hours = wrong = 0.0
    known = True
    for sides in calls:
        done = timed(partial(hear, sides))
        cpu_s, hours = cpu_s + done.cpu_s, hours + len(sides.channels[0]) / sides.rate / 3600
        rate = said_wrong(sides, done.texts)
        known, wrong = known and rate is not None, wrong + (rate or 0.0)
    return EarsAt(name, cpu_s / hours, wrong / len(calls) if known else None)


def at_engine_rate(sides: Sides) -> list[Samples]:
    """Both channels as every recognizer wants them."""
    return [soxr.resample(samples, sides.rate, ENGINE_RATE) for samples in sides.channels]


def _plain(model: Any, samples: Samples) -> str:
    segments, _ = model.transcribe(samples, language="en", beam_size=5, vad_filter=True)
    return spoken(" ".join(segment.text for segment in segments))
