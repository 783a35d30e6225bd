"""One speaker of a call: audio in chunks of any size, utterances with true call times out.

    AudioChunk -> Intake (one stream at 16 kHz) -> ring -> windows of 32 ms -> SpeechGate, SoundTracker
                                                     `--- the same windows while the gate is open -> Recognizer

Silence never reaches the recognizer, yet it is counted: an utterance knows at which sample of the
call it began.  All decisions fall at fixed sample numbers, so chunk sizes change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from analyzer.audio import ENGINE_RATE, AudioChunk, AudioLost, Samples, Speaker
from analyzer.errors import AudioError
from analyzer.gate import WINDOW_S, Edge, GateSettings, Hush, SpeechGate
from analyzer.intake import Intake
from analyzer.ring import RingBuffer
from analyzer.sounds import Sound, SoundTracker
from analyzer.speech import VAD_SAMPLES, Partial, Recognizer, Utterance, VoiceActivity, Word

HOP_SAMPLES = VAD_SAMPLES  # what the gate lets through is heard at once; larger hops cost the same and come late
FLUSH_S = 0.5  # of silence behind a call that ends in the middle of a word: the recognizer looks ahead .4 s
LEAD_IN = 8  # windows, a quarter of a second
GHOSTS = frozenset(("the", "a", "huh", "ah", "uh", "he", "i", "and", "in", "it", "of"))  # heard in line noise


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one speaker is listened to."""

    gate: GateSettings = GateSettings()
    hush: float = 1.4  # 3 dB above the line's own floor: noise alone wavers by half a dB
    lull_s: float = 0.256  # of quiet after which a text is told as perhaps whole: words come up to .3 s late
    ghost_confidence: float = 0.6  # a lone function word that is less sure than this was never said


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to make sounds of speech; whether words come of it is not known yet."""

    speaker: Speaker
    at_s: float


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """What began at `at_s`, as its `SpeechStarted` said, came to no words: a breath, a click, a note of music."""

    speaker: Speaker
    at_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """An utterance, and the audio of it."""

    utterance: Utterance
    samples: Samples  # (n,) float32 at ENGINE_RATE, from the start of the first word to the end of the last
    onset_s: float  # when its sounds began: the `at_s` of its `SpeechStarted`
    known_s: float  # the call time at which its words were known

    @property
    def speaker(self) -> Speaker:
        return self.utterance.speaker


ChannelEvent: TypeAlias = SpeechStarted | NothingSaid | Partial | Heard | Sound | AudioLost


class Found(NamedTuple):
    """An event, and the call time at which the channel knew it."""

    known_s: float
    event: ChannelEvent


class Channel:
    """One speaker.  It owns its recognizer until `finish`."""

    def __init__(
        self,
        speaker: Speaker,
        rate: int,
        recognizer: Recognizer,
        activity: VoiceActivity,
        settings: ChannelSettings = ChannelSettings(),
    ) -> None:
        """`rate` is that of the chunks to come, in Hz; one out of range is an `AudioError`."""
        self._speaker: Speaker = speaker
        self._intake = Intake(speaker, rate)
        self._recognizer = recognizer
        self._activity = activity
        self._settings = settings
        self._hush = Hush(settings.hush)
        self._gate = SpeechGate(settings.gate)
        self._sounds = SoundTracker(speaker)
        self._pre_roll = round(settings.gate.pre_roll_s * ENGINE_RATE)
        self._ring = RingBuffer(round((settings.gate.longest_s + 4.0) * ENGINE_RATE))
        self._heard = 0  # the sample up to which the gate has listened
        self._fed = 0  # the sample up to which the recognizer has
        self._begin = 0  # where the recognizer's present utterance began
        self._earliest_s = 0.0  # no word of it can be older
        self._onset_s = 0.0
        self._text = ""
        self._skipped = 0  # windows in a row that the detector was not asked about
        self._over = False

    @property
    def clock_s(self) -> float:
        """How much of the call is fully worked through, in seconds."""
        return self._intake.received_s if self._over else self._heard / ENGINE_RATE

    def feed(self, chunk: AudioChunk) -> list[Found]:
        """Hear some more; what came of it.  Audio that does not belong here is an `AudioError`."""
        if self._over:
            raise AudioError(f"audio of {self._speaker} after the end of the call")
        return self._follow(self._intake.take(chunk))

    def finish(self) -> list[Found]:
        """The call is over: what was still being said.  The recognizer goes back to its engine."""
        if self._over:
            return []
        found = self._follow(self._intake.finish())
        if self._gate.is_open:
            found += self._decode(self._ring.end)
            self._recognizer.accept(np.zeros(round(FLUSH_S * ENGINE_RATE), dtype=np.float32))
            self._heard = self._ring.end
            found += self._close()
        if sound := self._sounds.finish(self.clock_s):
            found.append(Found(self.clock_s, sound))
        self._over = True
        self._recognizer.close()
        return found

    def _follow(self, stream: Iterable[Samples | AudioLost]) -> list[Found]:
        found: list[Found] = []
        for piece in stream:
            if isinstance(piece, AudioLost):
                found.append(Found(piece.start_s, piece))
                continue
            self._ring.write(self._ring.end, piece)
            while self._ring.end - self._heard >= VAD_SAMPLES:
                found += self._listen()
        return found

    def _listen(self) -> list[Found]:
        """One window of the gate, and whatever it lets through."""
        window = self._read(self._heard, self._heard + VAD_SAMPLES)
        edge = self._gate.hear(self._speech_probability(window))
        self._heard += VAD_SAMPLES
        if sound := self._sounds.hear(window, is_speech=edge != "shut"):
            return [Found(sound.over_s or sound.known_s, sound), *self._spoken(edge)]
        return self._spoken(edge)

    def _spoken(self, edge: Edge) -> list[Found]:
        """What the gate lets through after a window."""
        if edge == "shut":
            return []
        if edge == "opens":
            return [self._open(), *self._decode(self._heard)]
        if edge == "open":
            return [*self._decode(self._heard), *self._lull()]
        return [*self._decode(self._heard), *self._close()]

    def _speech_probability(self, window: Samples) -> float:
        """The detector's word on it; in a turn it is asked about everything, outside only if there is a sound."""
        if self._hush.is_empty(window) and not self._gate.is_open:
            self._skipped += 1
            return 0.0
        for past in range(min(self._skipped, LEAD_IN), 0, -1):  # it judges a sound by the quiet before it
            at = self._heard - past * VAD_SAMPLES
            self._activity.speech_probability(self._read(at, at + VAD_SAMPLES))
        self._skipped = 0
        return self._activity.speech_probability(window)

    def _open(self) -> Found:
        """A turn begins: the recognizer hears it from a little before the onset."""
        begin = max(self._heard - VAD_SAMPLES - self._pre_roll, self._fed)
        if begin > self._fed:  # after a pause; otherwise a long turn was cut, and its last word may end here
            self._earliest_s = begin / ENGINE_RATE
        self._begin = self._fed = begin
        self._onset_s = round((self._heard - VAD_SAMPLES) / ENGINE_RATE, 3)
        self._text = ""
        return Found(self.clock_s, SpeechStarted(self._speaker, self._onset_s))

    def _lull(self) -> list[Found]:
        """The text once more, when its speaker has been quiet for a moment."""
        lull_s = self._settings.lull_s
        if not self._text or not lull_s <= self._gate.quiet_s + WINDOW_S / 2 < lull_s + WINDOW_S:
            return []
        return [Found(self.clock_s, Partial(self._speaker, self._text, self._onset_s, self.clock_s, is_paused=True))]

    def _decode(self, end: int) -> list[Found]:
        """Let the recognizer hear up to `end`; the partials on the way."""
        found: list[Found] = []
        while self._fed < end:
            hop = self._read(self._fed, min(self._fed + HOP_SAMPLES, end))
            self._fed += len(hop)
            text = self._recognizer.accept(hop)
            if text and text != self._text:
                partial = Partial(self._speaker, text, self._onset_s, self._fed / ENGINE_RATE)
                found.append(Found(self._heard / ENGINE_RATE, partial))
            self._text = text
        return found

    def _close(self) -> list[Found]:
        """A turn is over: its words in call time, or the news that there were none but ghosts."""
        known_s = round(self._heard / ENGINE_RATE, 3)
        words = in_call_time(self._recognizer.finish(), self._begin / ENGINE_RATE, self._earliest_s)
        if not words or is_ghost(words, self._settings.ghost_confidence):
            return [Found(known_s, NothingSaid(self._speaker, self._onset_s))]
        self._earliest_s = words[-1].end_s
        utterance = Utterance(self._speaker, words)
        samples = self._read(round(utterance.start_s * ENGINE_RATE), round(utterance.end_s * ENGINE_RATE))
        return [Found(known_s, Heard(utterance, samples, self._onset_s, known_s))]

    def _read(self, start: int, stop: int) -> Samples:
        return self._ring.read(start, stop - start)[1]


def in_call_time(words: Iterable[Word], begin_s: float, earliest_s: float) -> tuple[Word, ...]:
    """Words timed from the start of their utterance, moved to call time; as exact as a record keeps them."""

    def moved(at_s: float) -> float:
        return round(max(begin_s + at_s, earliest_s), 3)

    return tuple(
        replace(word, start_s=moved(word.start_s), end_s=moved(word.end_s), confidence=round(word.confidence, 4))
        for word in words
    )


def is_ghost(words: tuple[Word, ...], confidence: float) -> bool:
    """Whether a whole utterance is one unsure function word: what a recognizer makes of a breath or a click."""
    return len(words) == 1 and words[0].word in GHOSTS and words[0].confidence < confidence
