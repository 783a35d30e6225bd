"""A call without I/O: audio of both sides in, events out.  The one place where the stages meet.

Each speaker has a `Channel` that works in its own time.  What the channels find is put in order of
call time before anybody judges it, so that neither the size of the chunks nor the order in which
the two sides arrive changes a single event:

* what a channel finds is told once every channel has heard as far as that channel had;
* what the coach is told waits `settle_s`, a turn from its last word on: so all of it comes in the order in
  which it happened, and `told_at` is that order;
* sounds that come to no words are told too: the silence that they seemed to end went on, and what fell due
  in it is told then, at the time at which it fell due.

The coach decides in call time (the end of a turn, or the moment a silence timer falls due), never
in the time at which something happened to be noticed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import TypeVar, cast

from analyzer.affect import Acts, Affect, TurnReader, TurnReading, join
from analyzer.audio import AudioChunk, Speaker
from analyzer.channel import Channel, ChannelEvent, ChannelSettings, Found, Heard, NothingSaid, SpeechStarted
from analyzer.coach import Coach, Foreseen
from analyzer.dialogue import Turn
from analyzer.errors import AudioError
from analyzer.events import Event
from analyzer.sounds import Sound
from analyzer.speech import Partial, SpeechEngine, Utterance, VoiceActivity, spread_words
from analyzer.voice import Voice, VoiceTracker

R = TypeVar("R", TurnReading, Acts)
Read = Callable[[list[str], list[str]], list[R]]
Sink = Callable[[Event], None]
TEXT_LATE_S = 0.36  # from the end of a word to the moment at which a text holds it; a pause is noticed no sooner
SURE_TURNS = 3  # of a speaker, by which unfinished words are trusted


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How a call waits for its two sides."""

    settle_s: float = 0.52  # a turn is known .52 to .62 s after its last word (the gate's hangover, and a window)
    max_skew_s: float | None = None  # how far one side may lag; None waits for it, a live call does not
    channel: ChannelSettings = ChannelSettings()


class Call:
    """One call: `feed` it chunks, `finish` it, and it gives back what happened."""

    def __init__(
        self,
        rates: Mapping[Speaker, int],
        speech: SpeechEngine,
        activity: Callable[[], VoiceActivity],
        reader: TurnReader,
        coach: Coach,
        settings: CallSettings = CallSettings(),
    ) -> None:
        """`rates` names the speakers of the call and the sample rate of each in Hz."""
        self._settings = settings
        self._channels = {
            speaker: Channel(speaker, rate, speech.open(), activity(), settings.channel)
            for speaker, rate in rates.items()
        }
        self._judge = TurnJudge(reader)
        self._coach = coach
        self._waiting: list[tuple[float, int, int, ChannelEvent]] = []  # a heap by call time
        self._order = {speaker: number for number, speaker in enumerate(rates)}
        self._count = 0
        self._over_s: dict[Speaker, float] = {}  # the onset of what each speaker said last, and has ended

    def feed(self, chunk: AudioChunk) -> list[Event]:
        """Hear some audio of one speaker; the events that are certain by now, in order of call time."""
        if chunk.speaker not in self._channels:
            raise AudioError(f"audio of {chunk.speaker}, who is not in this call")
        self._queue(self._channels[chunk.speaker].feed(chunk))
        return self._release(self.clock_s)

    def finish(self) -> list[Event]:
        """The call is over: what was still on its way, and the summary."""
        for channel in self._channels.values():
            self._queue(channel.finish())
        duration_s = max(channel.clock_s for channel in self._channels.values())
        return [*self._release(float("inf")), *self._coach.finish(duration_s)]

    def foresee(self, partial: Partial) -> Foreseen | None:
        """What would follow if this unfinished text were all of its turn; None if that turn is over already.

        A question that changes nothing: what the call tells stays the same whether it is asked or not.
        """
        if partial.start_s <= self._over_s.get(partial.speaker, -1.0):
            return None
        return self._coach.foresee(self._judge.unfinished(partial))

    @property
    def clock_s(self) -> float:
        """How much of the call every side has heard, in seconds."""
        clocks = [channel.clock_s for channel in self._channels.values()]
        lag_s = self._settings.max_skew_s
        return min(clocks) if lag_s is None else max(min(clocks), max(clocks) - lag_s)

    def _queue(self, found: Iterable[Found]) -> None:
        for known_s, event in found:
            due_s = told_at(known_s, event, self._settings.settle_s)
            heapq.heappush(self._waiting, (due_s, self._order[event.speaker], self._count, event))
            self._count += 1

    def _release(self, clock_s: float) -> list[Event]:
        """Tell what is due, with the coach's own timers in between, each at its time."""
        events: list[Event] = []
        while self._waiting and self._waiting[0][0] <= clock_s:
            due_s, _, _, event = heapq.heappop(self._waiting)
            events += self._coach.advance_to(due_s - self._settings.settle_s)
            events += self._tell(event)
        if clock_s != float("inf"):
            events += self._coach.advance_to(clock_s - self._settings.settle_s)
        return events

    def _tell(self, event: ChannelEvent) -> list[Event]:
        if isinstance(event, SpeechStarted):
            return self._coach.speaking(event.speaker, event.at_s)
        if isinstance(event, NothingSaid):
            self._over_s[event.speaker] = event.at_s
            self._coach.nothing_said(event.speaker, event.at_s)
            return []
        if isinstance(event, Heard):
            self._over_s[event.speaker] = event.onset_s
            return self._coach.hear(self._judge.turn(event))
        if isinstance(event, Sound):
            return self._coach.sound(event)
        return [event]


def told_at(known_s: float, event: ChannelEvent, settle_s: float) -> float:
    """The call time at which a finding is told, seconds: what is for the coach settles first."""
    if isinstance(event, Heard):
        return max(known_s, event.utterance.end_s + settle_s)
    if isinstance(event, Sound):
        return known_s + settle_s
    return max(known_s, event.at_s + settle_s) if isinstance(event, (SpeechStarted, NothingSaid)) else known_s


class TurnJudge:
    """Makes turns of utterances: reads the words of both sides, hears the voice of the customer only."""

    def __init__(self, reader: TurnReader) -> None:
        self._reader = reader
        self._voice = VoiceTracker()
        self._last: dict[Speaker, str] = {}
        self._sure: dict[Speaker, deque[float]] = {}  # how sure the recognizer was of the last turns, 0..1
        self._reading: dict[Speaker, tuple[tuple[str, str], TurnReading | Acts]] = {}  # the last one, and of what
        self._count = 0

    def turn(self, heard: Heard) -> Turn:
        """The next turn of the call."""
        voice = self._voice.hear(heard.utterance, heard.samples) if heard.speaker == "customer" else None
        if voice:  # judged as exactly as a record keeps it, so that the record can be judged again
            voice = Voice(*(round(value, 4) for value in astuple(voice)))
        return self.turn_with_voice(heard.utterance, voice, heard.onset_s, heard.known_s)

    def turn_with_voice(
        self, utterance: Utterance, voice: Voice | None, onset_s: float | None = None, known_s: float | None = None
    ) -> Turn:
        """The same for a turn whose voice was measured before, or never."""
        affect, acts = self._read(utterance, voice)
        self._last[utterance.speaker] = utterance.text
        self._sure.setdefault(utterance.speaker, deque(maxlen=SURE_TURNS)).append(utterance.confidence)
        self._count += 1
        return Turn(self._count - 1, utterance, affect, voice, acts, onset_s, known_s)

    def unfinished(self, partial: Partial) -> Turn:
        """A turn as if it were over: by its words alone, trusted as far as the speaker's last turns were."""
        sure = self._sure.get(partial.speaker) or (1.0,)
        end_s = max(partial.at_s - TEXT_LATE_S, partial.start_s)
        words = spread_words(partial.text, partial.start_s, end_s)
        trusted = tuple(replace(word, confidence=sum(sure) / len(sure)) for word in words)
        utterance = Utterance(partial.speaker, trusted)
        affect, acts = self._read(utterance, None)
        return Turn(self._count, utterance, affect, None, acts, partial.start_s, partial.at_s)

    def _read(self, utterance: Utterance, voice: Voice | None) -> tuple[Affect | None, Acts]:
        """Affect for the customer, acts for both; of a speaker who may be either, nothing."""
        if utterance.speaker == "customer":
            reading = self._once("customer", self._reader.read_customer, utterance.text, self._last.get("agent", ""))
            return join(reading.affect, voice, utterance), reading.acts
        if utterance.speaker == "agent":
            return None, self._once("agent", self._reader.read_agent, utterance.text, self._last.get("customer", ""))
        return None, {}

    def _once(self, speaker: Speaker, read: Read[R], text: str, before: str) -> R:
        """A reading; the one at hand if nothing has changed since: a turn often ends as it stood at its last pause."""
        known = self._reading.get(speaker)
        if known is None or known[0] != (text, before):
            [reading] = read([text], [before])
            self._reading[speaker] = known = ((text, before), reading)
        return cast(R, known[1])


def run(chunks: Iterable[AudioChunk], call: Call, *sinks: Sink) -> None:
    """Hear a whole call and tell every event to every sink: all of batch, and all of live."""
    for chunk in chunks:
        _tell_all(call.feed(chunk), sinks)
    _tell_all(call.finish(), sinks)


def _tell_all(events: Iterable[Event], sinks: Iterable[Sink]) -> None:
    for event in events:
        for sink in sinks:
            sink(event)
