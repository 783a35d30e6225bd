"""One speaker of a call: audio in chunks of any size, utterances with true call times out.

    AudioChunk -> Intake (one stream at 16 kHz) -> ring -> windows of 32 ms -> SpeechGate, SoundTracker
                                                     `--- the same windows while the gate is open -> Recognizer

Silence never reaches the recognizer, yet it is counted: an utterance knows at which sample of the
call it began.  All decisions fall at fixed sample numbers, so chunk sizes change nothing.

A recognizer may hear several turns at once.  Then the channel waits, and its clock with it: what it finds is the same,
in the same order and with the same times, only later.
"""

from __future__ import annotations

from collections import deque
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
from analyzer.speech import VAD_SAMPLES, AnyRecognizer, LateRecognizer, Partial, Utterance, VoiceActivity, Word

HOP_SAMPLES = VAD_SAMPLES  # what the gate lets through is heard at once; larger hops cost the same and come late
FLUSH_S = 0.5  # of silence behind a call that ends in the middle of a word: the recognizer looks ahead .4 s
LEAD_IN = 8  # windows, a quarter of a second
ROUNDING = ENGINE_RATE // 1000  # samples: times of words are kept to the millisecond
GHOSTS = frozenset(("the", "a", "huh", "ah", "uh", "he", "i", "and", "in", "it", "of"))  # heard in line noise


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one speaker is listened to."""

    gate: GateSettings = GateSettings()
    hush: float = 1.4  # 3 dB above the line's own floor: noise alone wavers by half a dB
    lull_s: float = 0.256  # of quiet after which a text is told as perhaps whole: words come up to .3 s late
    ghost_confidence: float = 0.6  # a lone function word that is less sure than this was never said
    patience_s: float = 120.0  # a turn waits no longer for others that are heard with it


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


@dataclass(slots=True, eq=False)
class _Turn:
    """A turn that is over; its words may be late."""

    first_sample: int  # of `samples`
    samples: Samples
    begin_s: float  # where the recognizer's utterance began
    is_after_pause: bool
    onset_s: float
    known_s: float
    words: tuple[Word, ...] | None = None


class Channel:
    """One speaker.  It owns its recognizer until `finish`."""

    def __init__(
        self,
        speaker: Speaker,
        rate: int,
        recognizer: AnyRecognizer,
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
        self._is_after_pause = True  # otherwise a long turn was cut, and its last word may end in this one
        self._earliest_s = 0.0  # no word of the next turn can be older
        self._onset_s = 0.0
        self._text = ""
        self._skipped = 0  # windows in a row that the detector was not asked about
        self._late: deque[_Turn] = deque()  # whose words are not known yet
        self._found: deque[Found | _Turn] = deque()  # from the first of these on
        self._over = False

    @property
    def clock_s(self) -> float:
        """How much of the call is fully worked through, in seconds."""
        if self._over:
            return self._intake.received_s
        return self._late[0].known_s - WINDOW_S if self._late else self._heard / ENGINE_RATE

    def feed(self, chunk: AudioChunk) -> list[Found]:
        """Hear some more; what came of it.  Audio that does not belong here is an `AudioError`."""
        if self._over:
            raise AudioError(f"audio of {self._speaker} after the end of the call")
        return self._in_order(self._follow(self._intake.take(chunk)))

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
        self._settle(is_last=True)
        if sound := self._sounds.finish(self.clock_s):
            found.append(Found(self.clock_s, sound))
        self._over = True
        self._recognizer.close()
        return self._in_order(found)

    def _follow(self, stream: Iterable[Samples | AudioLost]) -> list[Found | _Turn]:
        found: list[Found | _Turn] = []
        for piece in stream:
            if isinstance(piece, AudioLost):
                found.append(Found(piece.start_s, piece))
                continue
            self._ring.write(self._ring.end, piece)
            while self._ring.end - self._heard >= VAD_SAMPLES:
                found += self._listen()
        return found

    def _listen(self) -> list[Found | _Turn]:
        """One window of the gate, and whatever it lets through."""
        window = self._read(self._heard, self._heard + VAD_SAMPLES)
        edge = self._gate.hear(self._speech_probability(window))
        self._heard += VAD_SAMPLES
        if self._late and self._heard / ENGINE_RATE > self._late[0].known_s + self._settings.patience_s:
            self._settle(is_last=True)
        if sound := self._sounds.hear(window, is_speech=edge != "shut"):
            return [Found(sound.over_s or sound.known_s, sound), *self._spoken(edge)]
        return self._spoken(edge)

    def _spoken(self, edge: Edge) -> list[Found | _Turn]:
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
        self._is_after_pause = begin > self._fed
        self._begin = self._fed = begin
        self._onset_s = round((self._heard - VAD_SAMPLES) / ENGINE_RATE, 3)
        self._text = ""
        return Found(self._heard / ENGINE_RATE, SpeechStarted(self._speaker, self._onset_s))

    def _lull(self) -> list[Found]:
        """The text once more, when its speaker has been quiet for a moment."""
        lull_s = self._settings.lull_s
        if not self._text or not lull_s <= self._gate.quiet_s + WINDOW_S / 2 < lull_s + WINDOW_S:
            return []
        at_s = self._heard / ENGINE_RATE
        return [Found(at_s, Partial(self._speaker, self._text, self._onset_s, at_s, is_paused=True))]

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

    def _close(self) -> list[Found | _Turn]:
        """A turn is over, with its words if they are known."""
        first = max(self._begin - ROUNDING, 0)
        turn = _Turn(
            first,
            self._read(first, self._heard),
            self._begin / ENGINE_RATE,
            self._is_after_pause,
            self._onset_s,
            round(self._heard / ENGINE_RATE, 3),
            self._recognizer.finish(),
        )
        if turn.words is None:
            self._late.append(turn)
            self._settle(is_last=False)
        return [turn]

    def _settle(self, is_last: bool) -> None:
        """Give the turns that wait the words that are known by now."""
        if isinstance(self._recognizer, LateRecognizer):
            for words in self._recognizer.known(is_last):
                self._late.popleft().words = words

    def _in_order(self, found: Iterable[Found | _Turn]) -> list[Found]:
        """What is certain, in the order in which it was found: nothing overtakes a turn whose words are late."""
        self._found += found
        certain: list[Found] = []
        while self._found:
            first = self._found[0]
            if isinstance(first, _Turn):
                if first.words is None:
                    break
                first = self._told(first, first.words)
            certain.append(first)
            self._found.popleft()
        return certain

    def _told(self, turn: _Turn, words: tuple[Word, ...]) -> Found:
        """The words of a turn in call time, or the news that there were none but ghosts."""
        self._earliest_s = turn.begin_s if turn.is_after_pause else self._earliest_s
        words = in_call_time(words, turn.begin_s, self._earliest_s)
        if not words or is_ghost(words, self._settings.ghost_confidence):
            return Found(turn.known_s, NothingSaid(self._speaker, turn.onset_s))
        self._earliest_s = words[-1].end_s
        utterance = Utterance(self._speaker, words)
        start, stop = (
            max(round(at_s * ENGINE_RATE) - turn.first_sample, 0) for at_s in (utterance.start_s, utterance.end_s)
        )
        return Found(turn.known_s, Heard(utterance, turn.samples[start:stop], turn.onset_s, turn.known_s))

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
