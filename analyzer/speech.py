"""What was said: words with times, the utterances they form, and the seams to whatever hears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from analyzer.audio import Samples, Speaker


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the recognizer heard it; times are call time."""

    word: str
    start_s: float
    end_s: float
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True)
class Partial:
    """What one speaker seems to be saying right now.  It may still change."""

    speaker: Speaker
    text: str
    start_s: float
    at_s: float
    is_paused: bool = False  # the speaker has been quiet for a moment: the turn may be over


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said between two pauses.  Never empty."""

    speaker: Speaker
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return self.words[-1].end_s

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def confidence(self) -> float:
        """The mean confidence of the words, 0..1."""
        return sum(word.confidence for word in self.words) / len(self.words)


def spread_words(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Words for a text that came with a start and an end only: time shared out by word length."""
    tokens = text.split()
    weights = [len(token) + 1 for token in tokens]  # + 1 for the gap behind each word
    total, spent, words = sum(weights), 0, []
    for token, weight in zip(tokens, weights, strict=True):
        begin = start_s + (end_s - start_s) * spent / total
        spent += weight
        words.append(Word(token, begin, start_s + (end_s - start_s) * spent / total, 1.0))
    return tuple(words)


class Recognizer(Protocol):
    """Hears one speaker, one utterance after another.  Owned by one thread at a time."""

    def accept(self, samples: Samples) -> str:
        """Take (n,) float32 samples at `ENGINE_RATE`; the text so far, "" without one or if nobody asked."""
        ...

    def finish(self) -> tuple[Word, ...]:
        """End the utterance: its words, timed from the first sample accepted since the last `finish`."""
        ...

    def close(self) -> None:
        """Hand the recognizer back; it must not be used afterwards."""
        ...


@runtime_checkable
class LateRecognizer(Protocol):
    """Hears several turns at once, so their words come some turns later: for recordings, never for a live call."""

    def accept(self, samples: Samples) -> str:
        """Take (n,) float32 samples at `ENGINE_RATE`; there is no text before the words."""
        ...

    def finish(self) -> None:
        """End the utterance; its words come in their turn out of `known`."""
        ...

    def known(self, is_last: bool) -> list[tuple[Word, ...]]:
        """The words of the next finished utterances, oldest first, as far as they are known; all, if `is_last`.

        Each is timed from the first sample of its own utterance.
        """
        ...

    def close(self) -> None:
        """Hand the recognizer back; it must not be used afterwards."""
        ...


AnyRecognizer: TypeAlias = Recognizer | LateRecognizer


class SpeechEngine(Protocol):
    """A loaded speech model, shared by all calls of the process."""

    def open(self) -> AnyRecognizer:
        """A recognizer for one speaker, warm if the pool has one."""
        ...


class VoiceActivity(Protocol):
    """Tells speech from everything else, for one speaker; it remembers what it heard before."""

    def speech_probability(self, samples: Samples) -> float:
        """0..1 that the next `VAD_SAMPLES` samples at `ENGINE_RATE` hold speech."""
        ...


VAD_SAMPLES = 512  # 32 ms at ENGINE_RATE, the window that the shipped detector was trained for
