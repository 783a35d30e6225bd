"""All calls in progress: who may come in, what each leaves behind, and how an orderly end looks.

A call is refused in words before it harms the others: when as many are in progress as the machine carries,
or when one of them is already late.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analyzer.call import Call, Sink
from analyzer.cores import cores
from analyzer.errors import CallRefused
from analyzer.live.board import Board
from analyzer.live.line import About, LineSettings, LiveCall
from analyzer.live.metrics import Metrics
from analyzer.live.recording import KeptAudio, Recording, free_path
from analyzer.live.shown import Shown, shed_at
from analyzer.live.view import CallView, Message
from analyzer.record import Line, safe_name

LOG = logging.getLogger(__name__)
CALLS_A_CORE = 4  # a two-channel call takes a fifth of a core or less; the rest is for the worst second
GIVE_UP_S = 2.0  # for the end of a call that was far behind
PACE_S = 1.0  # of call, between two looks at how long it takes
KEPT_VIEWS = 20  # calls that are over, for a page that opens late


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What one program takes on."""

    most_calls: int = CALLS_A_CORE * cores()
    output: Path | None = None  # the folder for records; None keeps none
    keep_audio: bool = False
    line: LineSettings = LineSettings()


@dataclass(frozen=True, slots=True)
class Makers:
    """How the desk gets what only the command line can build."""

    call: Callable[[About], Call]
    header: Callable[[About], Line]


class Desk:
    """Opens calls, watches them, and lets them end.  `open` and `watch` belong to one thread."""

    def __init__(self, makers: Makers, board: Board, metrics: Metrics, settings: DeskSettings) -> None:
        self.board = board
        self.metrics = metrics
        self._makers = makers
        self._settings = settings
        self._calls: dict[str, tuple[LiveCall, CallView]] = {}
        self._over: dict[str, Message] = {}
        self._paced: dict[LiveCall, tuple[float, float]] = {}  # how far each call was, and how long it had taken
        self._is_draining = False
        # first come, first served; one more than there are cores, since one of them waits for the interpreter's lock
        self._cores = threading.Semaphore(cores() + 1)

    @property
    def calls(self) -> list[LiveCall]:
        """The calls in progress."""
        return [line for line, _ in list(self._calls.values())]

    @property
    def is_draining(self) -> bool:
        """Whether no further call is taken, since the program is about to stop."""
        return self._is_draining

    def open(self, about: About, *more: Sink) -> LiveCall:
        """Begin a call; `CallRefused` says in words why not.  A name that is taken gets a number.

        `more` sinks are told every event too, in the call's own thread.
        """
        self._refuse_if_busy(about)
        about, recording = self._recorded(about)
        view = CallView(about)
        audio = KeptAudio(recording.path) if recording and self._settings.keep_audio else None
        shown = Shown(view, self.board, self.metrics)
        sinks: list[Sink] = [*([recording] if recording else []), shown, *more]

        def over(line: LiveCall) -> None:
            for kept in (recording, audio):
                if kept is not None:
                    kept.close()
            self._end(line, view)

        line = LiveCall(about, lambda: self._makers.call(about), sinks, over, self._settings.line, audio, self._cores)
        shown.follow(line)
        self._calls[about.call_id] = (line, view)
        self.metrics.in_progress.set(len(self._calls))
        self.board.post({"type": "call", "call_id": about.call_id, "agent": about.agent_name, "source": about.source})
        told = {"event": "call began", "call_id": about.call_id, "source": about.source, "codec": about.codec}
        LOG.info("call %s began", about.call_id, extra=told | {"rates": dict(about.rates)})
        return line

    def snapshots(self) -> list[Message]:
        """The state of every call in progress, the newest last; before them the calls that are over."""
        return [*self._over.values(), *(view.snapshot(line.clock_s) for line, view in list(self._calls.values()))]

    def ranking(self) -> list[Message]:
        """The calls in progress, those first where help matters most."""
        rows = [view.ranking(line.clock_s) | {"health": line.health} for line, view in list(self._calls.values())]
        return sorted(rows, key=lambda row: (-row["urgency"], row["call_id"]))

    def put_away(self, call_id: str, prompt: int, tactic: str) -> None:
        """The agent is done with a prompt: no page shows it any more, nor one that opens later."""
        if (found := self._calls.get(call_id)) is None:
            return
        line, view = found
        view.put_away.add((prompt, tactic))
        agent = line.about.agent_name
        self.board.post({"type": "put away", "call_id": call_id, "agent": agent, "prompt": prompt, "tactic": tactic})

    def watch(self) -> None:
        """Once a second or so: tell pages and figures how the calls keep up."""
        lines = self.calls
        self._paced = {line: paced for line, paced in self._paced.items() if line in lines}
        for line in lines:
            self.board.post(health_message(line))
            line.shed_lag_s = 0.0
            self._note_pace(line)
        self.metrics.lag.set(max((line.lag_s for line in lines), default=0.0))
        self.metrics.slow_readers.set(self.board.cut_off)

    def _note_pace(self, line: LiveCall) -> None:
        """What the last second or more of a call took, for each second of it."""
        clock_s, busy_s = self._paced.get(line, (0.0, 0.0))
        if line.clock_s - clock_s >= PACE_S:
            self.metrics.decode.observe((line.busy_s - busy_s) / (line.clock_s - clock_s))
            self._paced[line] = (line.clock_s, line.busy_s)

    def drain(self, within_s: float) -> bool:
        """Take no more calls, end those in progress and wait for their last words; whether all came in time.

        What a call has not heard `GIVE_UP_S` before the end it will not hear.
        """
        self._is_draining = True
        until = time.monotonic() + within_s
        lines = self.calls
        for line in lines:
            line.end("" if line.about.until_stopped else "the program was stopped")
        for line in lines:
            if not line.join(max(until - GIVE_UP_S - time.monotonic(), 0.0)):
                line.give_up()
        in_time = [line.join(max(until - time.monotonic(), 0.0)) for line in lines]
        return all(in_time)

    def _refuse_if_busy(self, about: About) -> None:
        reason = ""
        if self._is_draining:
            reason = "the program is about to stop"
        elif len(self._calls) >= self._settings.most_calls:
            reason = f"{len(self._calls)} calls are in progress, and this machine is set to carry no more (--calls)"
        elif any(line.health == "overloaded" for line in self.calls):
            reason = "the calls in progress are running late"
        if reason:
            self.metrics.refused.inc()
            name = safe_name(about.call_id)
            told = {"event": "call refused", "call_id": name, "source": about.source, "why": reason}
            LOG.info("call %s was refused: %s", name, reason, extra=told)
            raise CallRefused(f"no room for another call: {reason}")

    def _recorded(self, about: About) -> tuple[About, Recording | None]:
        """The call under a name of its own, and its record if there is a folder for it."""
        about = about.named(safe_name(about.call_id))
        folder = self._settings.output
        if folder is None:
            return self._renamed(about), None
        path = free_path(folder, about.call_id)
        while path.stem in self._calls:
            path = free_path(folder, f"{path.stem}-again")
        about = about.named(path.stem)
        return about, Recording(path, self._makers.header(about))

    def _renamed(self, about: About) -> About:
        name, number = about.call_id, 2
        while name in self._calls:
            name, number = f"{about.call_id}-{number}", number + 1
        return about.named(name)

    def _end(self, line: LiveCall, view: CallView) -> None:
        """A call's thread is done with it."""
        call_id = line.about.call_id
        self._over[call_id] = view.snapshot(line.clock_s) | {"over": True, "why": line.why}
        while len(self._over) > KEPT_VIEWS:
            self._over.pop(next(iter(self._over)))
        self._calls.pop(call_id, None)
        self.metrics.calls.labels("abnormally" if line.why else "normally").inc()
        self.metrics.in_progress.set(len(self._calls))
        _note_end(line, view)
        self.board.post({"type": "over", "call_id": call_id, "why": line.why, "agent": line.about.agent_name})


def _note_end(line: LiveCall, view: CallView) -> None:
    """Log how a call ended, and what it cost."""
    call_id = line.about.call_id
    told = {
        "event": "call over",
        "call_id": call_id,
        "source": line.about.source,
        "why": line.why,
        "length_s": round(line.clock_s, 1),
        "busy_s": round(line.busy_s, 1),
        "lost_s": round(view.lost_s, 1),
        "dropped_s": round(line.dropped_s, 1),
        "refused_chunks": line.refused,
    }
    if line.why:
        LOG.warning("call %s ended abnormally: %s", call_id, line.why, extra=told)
    else:
        LOG.info("call %s is over", call_id, extra=told)


def health_message(line: LiveCall) -> Message:
    """How well a call is heard, for its page."""
    return {
        "type": "health",
        "call_id": line.about.call_id,
        "agent": line.about.agent_name,
        "speed": line.about.speed,
        "health": line.health,
        "lag_s": round(max(line.lag_s, line.shed_lag_s), 2),
        "shed": shed_at(line.shed_lag_s),
        "clock_s": round(line.clock_s, 2),
        "dropped_s": round(line.dropped_s, 2),
        "refused": line.refused,
        "trouble": line.trouble,
    }
