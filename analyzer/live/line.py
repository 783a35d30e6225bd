"""One call in progress: audio in from any thread, events out from a thread of its own.

Rules:
* `hear` never waits: it puts the chunk into the call's inbox and returns;
* an inbox holds `longest_wait_s` of audio of each speaker; what does not fit is dropped and counted, and the
  call itself tells it as `AudioLost`, since the next chunk then skips ahead;
* a chunk that the call refuses (a clock that ran backwards) is counted and left out; the call goes on;
* no more calls work at once than the machine has cores and one more, the rest queue: they would only take each other's
  time;
* whatever happens, the call is finished: its last words are told, and its record is closed.
"""

from __future__ import annotations

import bisect
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from analyzer.audio import AudioChunk, Speaker
from analyzer.call import Call, Sink
from analyzer.coach import Foreseen
from analyzer.errors import AnalyzerError, AudioError
from analyzer.events import Event
from analyzer.speech import Partial
from analyzer.summary import Summary

Health = Literal["good", "behind", "overloaded"]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """When a call counts as late, and what it may keep waiting."""

    longest_wait_s: float = 30.0  # of audio of one speaker: 2 MB at 16 kHz
    behind_s: float = 0.5  # from here on it counts as behind
    overloaded_s: float = 2.0  # from here on no new call is taken


@dataclass(frozen=True, slots=True)
class About:
    """Whose call it is; what a page or a record says of it before anybody spoke."""

    call_id: str
    source: str
    rates: Mapping[Speaker, int]
    codec: str = "pcm"
    agent_name: str = ""
    speed: float = 1.0  # seconds of call in a second; a replay may hurry
    max_skew_s: float | None = 1.0  # how far one side may lag before the other goes on without it; None waits
    until_stopped: bool = False  # nothing but the program's stop ends it, so that is an ordinary end

    def named(self, call_id: str) -> About:
        """The same under another name."""
        return replace(self, call_id=call_id)


class Arrivals:
    """When audio came in: from call time to the clock on the wall, for the last `KEPT` chunks."""

    KEPT = 4096

    def __init__(self) -> None:
        self._ends_s: list[float] = []
        self._walls: list[float] = []

    def note(self, end_s: float, wall: float) -> None:
        """Audio up to call time `end_s` was there at `wall`, `time.monotonic` seconds."""
        if self._ends_s and end_s <= self._ends_s[-1]:
            return
        self._ends_s.append(end_s)
        self._walls.append(wall)
        if len(self._ends_s) > 2 * self.KEPT:
            del self._ends_s[: self.KEPT], self._walls[: self.KEPT]

    @property
    def end_s(self) -> float:
        """How much has come in, in seconds of call."""
        return self._ends_s[-1] if self._ends_s else 0.0

    def at(self, call_s: float) -> float | None:
        """The wall time at which the audio of call time `call_s` was there; None if that was never noted."""
        place = bisect.bisect_left(self._ends_s, call_s)
        return self._walls[place] if place < len(self._walls) else None


class ChunkSink(Protocol):
    """Keeps audio."""

    def hear(self, chunk: AudioChunk) -> None:
        """Take one chunk; never raises."""
        ...


class LiveCall:
    """Feeds a `Call` in a thread of its own; every event goes to every sink, in that thread."""

    def __init__(
        self,
        about: About,
        call: Callable[[], Call],
        sinks: Iterable[Sink],
        over: Callable[[LiveCall], None],
        settings: LineSettings = LineSettings(),
        audio: ChunkSink | None = None,
        core: AbstractContextManager[object] = nullcontext(),
    ) -> None:
        """`call` is made in the thread, so that opening it delays nobody; `over` is called when all is done.

        `audio`, if given, is handed every chunk in the same thread; `core` is held while a chunk is worked on.
        """
        self.about = about
        self.arrivals = {speaker: Arrivals() for speaker in about.rates}
        self.refused = 0  # chunks that the call would not take
        self.dropped_s = 0.0  # of audio that found no room
        self.busy_s = 0.0  # of wall time spent on the call
        self.clock_s = 0.0  # how far the call has been worked through
        self.shed_lag_s = 0.0  # the worst lag at which something was left out since the last look
        self.trouble = ""  # what its source has to say of the audio: a device that is gone, samples dropped
        self.why = ""  # it ended abnormally; empty while all is well
        self._settings = settings
        self._make = call
        self._call: Call | None = None
        self._sinks = tuple(sinks)
        self._over = over
        self._audio = audio
        self._core = core
        self._inbox: deque[tuple[AudioChunk, Callable[[list[Event]], None] | None]] = deque()
        self._waiting_s = dict.fromkeys(about.rates, 0.0)
        self._ending = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"call {about.call_id}", daemon=True)
        self._thread.start()

    @property
    def lag_s(self) -> float:
        """Audio that is here and not yet worked through, in seconds of call."""
        return max(self._waiting_s.values(), default=0.0)

    @property
    def health(self) -> Health:
        """How the call keeps up."""
        if self.lag_s >= self._settings.overloaded_s:
            return "overloaded"
        return "behind" if self.lag_s >= self._settings.behind_s else "good"

    @property
    def received_s(self) -> float:
        """How much of the call has come in from the side that is furthest, in seconds."""
        return max(arrivals.end_s for arrivals in self.arrivals.values())

    def delay_s(self, call_s: float) -> float | None:
        """How long ago the last speaker's audio of call time `call_s` came in; None if it was never noted."""
        walls = [arrivals.at(call_s) for arrivals in self.arrivals.values()]
        known = [wall for wall in walls if wall is not None]
        return time.monotonic() - max(known) if known else None

    def foresee(self, partial: Partial) -> Foreseen | None:
        """What would follow if the speaker stopped here; to be asked by a sink, in the call's own thread."""
        return self._call.foresee(partial) if self._call else None

    @property
    def is_over(self) -> bool:
        """Whether every event was told."""
        return not self._thread.is_alive()

    def has_room(self, chunk: AudioChunk) -> bool:
        """Whether `hear` would take a chunk now."""
        return self._waiting_s[chunk.speaker] + len(chunk.samples) / chunk.rate <= self._settings.longest_wait_s + 1e-6

    def hear(self, chunk: AudioChunk, answer: Callable[[list[Event]], None] | None = None) -> bool:
        """Take a chunk; False if there was no room or the call is ending.

        `answer`, if given, is called in the call's thread with the events that came of the chunk.
        """
        length_s = len(chunk.samples) / chunk.rate
        with self._news:
            if self._ending or chunk.speaker not in self._waiting_s:
                return False
            if not self.has_room(chunk):
                self.dropped_s += length_s
                return False
            self.arrivals[chunk.speaker].note(chunk.end_sample / chunk.rate, time.monotonic())
            self._waiting_s[chunk.speaker] += length_s
            self._inbox.append((chunk, answer))
            self._news.notify()
        return True

    def end(self, why: str = "") -> None:
        """No more audio will come; `why` says what broke, empty for an ordinary end.  Returns at once."""
        with self._news:
            if not self._ending:
                self._ending, self.why = True, why
            self._news.notify()

    def give_up(self) -> None:
        """Leave what still waits in the inbox, and count it as dropped: a call that has ended finishes at once."""
        with self._news:
            left, self._inbox = self._inbox, deque()
            self._waiting_s = dict.fromkeys(self._waiting_s, 0.0)
        for chunk, answer in left:
            self.dropped_s += len(chunk.samples) / chunk.rate
            if answer is not None:  # somebody waits for it
                answer([])

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the last event is told; whether that came in time."""
        self._thread.join(timeout_s)
        return self.is_over

    def _run(self) -> None:
        try:
            self._call = call = self._make()
            self._work(call)
            self._tell(self._marked(event) for event in call.finish())
        except AnalyzerError as error:
            self.why = self.why or str(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not leave a call hanging; its kind is told, not its words
            self.why = self.why or f"a fault in the program: {type(error).__name__}"
        finally:
            with self._news:
                self._ending = True
            self.give_up()
            self._over(self)

    def _work(self, call: Call) -> None:
        while (taken := self._next()) is not None:
            chunk, answer = taken
            with self._core:
                begun = time.monotonic()
                events = self._fed(call, chunk)
                self._tell(events)
                self.busy_s += time.monotonic() - begun
            if answer is not None:
                answer(events)

    def _fed(self, call: Call, chunk: AudioChunk) -> list[Event]:
        if self._audio is not None:
            self._audio.hear(chunk)
        try:
            return call.feed(chunk)
        except AudioError:
            self.refused += 1
            return []
        finally:
            self.clock_s = call.clock_s
            with self._news:
                waiting_s = self._waiting_s[chunk.speaker] - len(chunk.samples) / chunk.rate
                self._waiting_s[chunk.speaker] = max(waiting_s, 0.0)

    def _next(self) -> tuple[AudioChunk, Callable[[list[Event]], None] | None] | None:
        """The next chunk as soon as there is one; None when the call has ended."""
        with self._news:
            while not self._inbox and not self._ending:
                self._news.wait()
            return self._inbox.popleft() if self._inbox else None

    def _marked(self, event: Event) -> Event:
        """The summary says so when a call did not end as calls do."""
        return replace(event, ended_abnormally=True) if self.why and isinstance(event, Summary) else event

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            for sink in self._sinks:
                sink(event)
