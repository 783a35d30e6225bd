"""Stand-ins for the heavy parts, for our tests and for yours: no model, no microphone, no chance.

`EchoEngine` "hears" the texts it was given, each at the time at which the audio is really loud, so that
a test of times means something; `LoudActivity` calls everything loud speech; `speech_like` makes audio
for both.  `TableReader` reads the texts it was told about, and finds every other text neutral.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from analyzer.affect import ACTS, CUES, DISTRESS, EMOTIONS, Acts, Reading, TurnReading
from analyzer.audio import ENGINE_RATE, AudioChunk, Samples, Speaker
from analyzer.speech import AnyRecognizer, Word, spread_words

LOUD = 0.05  # amplitude that counts as speech here


class EchoRecognizer:
    """Answers one text after another, timed by what is loud in the audio between two `finish` calls."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self._heard: list[Samples] = []
        self.hops: list[int] = []  # the size of everything accepted, for tests of the hops
        self.closed = False

    def accept(self, samples: Samples) -> str:
        """Remember it; how much was loud so far, as text."""
        self._heard.append(samples.copy())
        self.hops.append(len(samples))
        loud = int((np.abs(np.concatenate(self._heard)) > LOUD).sum())
        return " ".join(["la"] * (loud // ENGINE_RATE))

    def finish(self) -> tuple[Word, ...]:
        """The next text where the audio was loud; nothing where none of it was, or the texts ran out."""
        heard = np.concatenate([np.zeros(0, dtype=np.float32), *self._heard])
        self._heard = []
        loud = np.flatnonzero(np.abs(heard) > LOUD)
        text = next(self._texts, "") if len(loud) else ""
        return spread_words(text, loud[0] / ENGINE_RATE, (loud[-1] + 1) / ENGINE_RATE) if text else ()

    def close(self) -> None:
        """Remember that it was given back."""
        self.closed = True


class LateEchoRecognizer:
    """Says what an `EchoRecognizer` would, some turns at once."""

    def __init__(self, texts: Iterable[str], at_once: int) -> None:
        self._echo = EchoRecognizer(texts)
        self._at_once = at_once
        self._finished: list[tuple[Word, ...]] = []

    def accept(self, samples: Samples) -> str:
        """Remember it; there is no text yet."""
        self._echo.accept(samples)
        return ""

    def finish(self) -> None:
        """The turn is over."""
        self._finished.append(self._echo.finish())

    def known(self, is_last: bool) -> list[tuple[Word, ...]]:
        """All that is finished, if it is enough or the last."""
        if not is_last and len(self._finished) < self._at_once:
            return []
        known, self._finished = self._finished, []
        return known

    def close(self) -> None:
        """Remember that it was given back."""
        self._echo.close()


class EchoEngine:
    """A speech engine: the first recognizer opened answers the first script, and so on."""

    def __init__(self, *scripts: Sequence[str], at_once: int = 0) -> None:
        """With `at_once`, its recognizers are late: they answer as many turns at a time."""
        self._scripts = iter(scripts)
        self._at_once = at_once

    def open(self) -> AnyRecognizer:
        """The next script's recognizer; one that answers nothing when they have run out."""
        texts = next(self._scripts, ())
        return LateEchoRecognizer(texts, self._at_once) if self._at_once else EchoRecognizer(texts)


class LoudActivity:
    """Speech is whatever is loud."""

    def speech_probability(self, samples: Samples) -> float:
        """1 if any sample is loud, else 0."""
        return float(np.abs(samples).max(initial=0.0) > LOUD)


def speech_like(
    spans_s: Iterable[tuple[float, float]], duration_s: float, rate: int = ENGINE_RATE, amplitude: float = 0.3
) -> Samples:
    """A 200 Hz tone in each span (start, end), silence elsewhere: (duration_s * rate,) float32."""
    at_s = np.arange(round(duration_s * rate)) / rate
    loud = np.zeros(len(at_s), dtype=bool)
    for start_s, end_s in spans_s:
        loud |= (at_s >= start_s) & (at_s < end_s)
    return np.where(loud, amplitude * np.sin(2 * np.pi * 200.0 * at_s), 0.0).astype(np.float32)


def in_chunks(
    samples: Samples, size: int, speaker: Speaker = "customer", rate: int = ENGINE_RATE, first_sample: int = 0
) -> Iterator[AudioChunk]:
    """The samples as chunks of `size`, the last one shorter."""
    for start in range(0, len(samples), size):
        yield AudioChunk(samples[start : start + size], first_sample + start, rate, speaker)


def reading(sentiment: float = 0.0, intensity: float = 0.2, cues: Iterable[str] = ()) -> Reading:
    """A sure reading with the given values; each cue that is named holds."""
    held = set(cues)
    return Reading(
        sentiment=sentiment,
        intensity=intensity,
        confidence=0.95,
        emotions=dict.fromkeys(EMOTIONS, 0.0),
        labels=(),
        distress=dict.fromkeys(DISTRESS, 0.0),
        cues={cue: float(cue in held) for cue in CUES},
    )


class TableReader:
    """A text model that knows a few texts: how they feel, and what they do."""

    def __init__(
        self, feels: Mapping[str, Reading] | None = None, does: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._feels = feels or {}
        self._does = does or {}

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """The table's word on each text."""
        return [TurnReading(self._feels.get(text, reading()), self._acts(text)) for text in texts]

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """What each text does; nothing else is to be had."""
        return [self._acts(text) for text in texts]

    def _acts(self, text: str) -> Acts:
        held = self._does.get(text, ())
        return {act: float(act in held) for act in ACTS}
