"""Worker processes that may die: each has warm engines and one call at a time, and takes nothing else with it.

The parent sends a task down a pipe and hears back how far it is, then what came of it.  A worker whose process ends, or
that tells nothing for `stalled_s`, is reported with the call that it had, and another takes its place.  Workers leave
when their parent does.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Literal, Protocol, TypeAlias

from analyzer.batch.plan import Task
from analyzer.batch.work import Scored, Scorer
from analyzer.errors import AnalyzerError, OutputError, WorkersLost

STALLED_S = 600.0  # nothing heard of a worker: an hour of audio with nobody in it takes less
TOLD_EVERY_S = 0.5  # how far a worker is
FALSE_STARTS = 3  # workers in a row that die before they are ready: it is not the calls, then
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
SPAWN = mp.get_context("spawn")  # a fork would copy whatever threads the parent has, half alive

Make: TypeAlias = Callable[[], Scorer]  # has to be picklable: it is called in the worker


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a task, or how far it is."""

    kind: Literal["heard", "scored", "refused", "died"]
    task: Task
    at_s: float = 0.0  # of the call
    scored: Scored | None = None
    reason: str = ""


class Crew(Protocol):
    """Whoever does the work: processes of this machine, or actors of a cluster."""

    @property
    def idle(self) -> int:
        """How many tasks may be given now."""
        ...

    @property
    def busy(self) -> int:
        """How many tasks are given and not reported."""
        ...

    def give(self, task: Task) -> None:
        """Have a task done."""
        ...

    def wait(self, timeout_s: float) -> list[Report]:
        """What has happened; after `timeout_s` at the latest, perhaps nothing."""
        ...

    def close(self) -> None:
        """Send everybody home, whatever they are doing."""
        ...


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    line: Connection
    task: Task | None = None
    is_ready: bool = False
    heard_at_s: float = field(default_factory=time.monotonic)


class Processes:
    """A crew on this machine."""

    def __init__(self, make: Make, count: int, stalled_s: float = STALLED_S) -> None:
        """Up to `count` workers; each starts when there is work for it."""
        self._make, self._count, self._stalled_s = make, count, stalled_s
        self._workers: list[_Worker] = []
        self._again: list[Task] = []  # whose worker died before it could begin
        self._false_starts = 0

    @property
    def idle(self) -> int:
        return self._count - self.busy

    @property
    def busy(self) -> int:
        return sum(worker.task is not None for worker in self._workers) + len(self._again)

    @property
    def at_work(self) -> dict[str, int]:
        """The process that has each call."""
        return {worker.task.call_id: worker.process.pid or 0 for worker in self._workers if worker.task}

    def give(self, task: Task) -> None:
        worker = next((worker for worker in self._workers if worker.task is None), None) or self._hired()
        worker.task, worker.heard_at_s = task, time.monotonic()
        with suppress(OSError):  # it has just died: that is noticed in `wait`
            worker.line.send(task)

    def wait(self, timeout_s: float) -> list[Report]:
        while self._again:
            self.give(self._again.pop())
        by_line = {worker.line: worker for worker in self._workers}
        ends = [worker.process.sentinel for worker in self._workers]
        ready = wait([*by_line, *ends], timeout_s)
        reports = [report for line, worker in by_line.items() if line in ready for report in self._read(worker)]
        return reports + self._buried()

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()
        self._workers.clear()

    def _hired(self) -> _Worker:
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=_serve, args=(self._make, theirs), daemon=True)
        with _quiet_start():
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))
        return self._workers[-1]

    def _read(self, worker: _Worker) -> Iterator[Report]:
        """All that a worker has told.  A line that ends in the middle of a word is that of a worker that died."""
        with suppress(EOFError, OSError):
            while worker.line.poll():
                told = worker.line.recv()
                worker.heard_at_s = time.monotonic()
                if isinstance(told, AnalyzerError):
                    raise told
                worker.is_ready, self._false_starts = True, 0
                if isinstance(told, Report):
                    worker.task = worker.task if told.kind == "heard" else None
                    yield told

    def _buried(self) -> list[Report]:
        """Workers that are dead, or as good as dead, are let go; the call of each is told."""
        reports = []
        for worker in list(self._workers):
            stalled = worker.task is not None and time.monotonic() - worker.heard_at_s > self._stalled_s
            if worker.process.is_alive() and not stalled:
                continue
            worker.process.kill()
            worker.process.join()
            reports += list(self._read(worker))  # its last words
            worker.line.close()
            self._workers.remove(worker)
            if worker.task is None:
                continue
            if not worker.is_ready and not stalled:
                self._note_false_start(worker.process.exitcode)
                self._again.append(worker.task)
                continue
            why = f"told nothing for {self._stalled_s:.0f} s" if stalled else how_it_ended(worker.process.exitcode)
            reports.append(Report("died", worker.task, reason=f"its worker {why}"))
        return reports

    def _note_false_start(self, code: int | None) -> None:
        self._false_starts += 1
        if self._false_starts >= FALSE_STARTS:
            why = how_it_ended(code)
            raise WorkersLost(f"workers cannot start: the last one {why}; try fewer of them, or: analyzer doctor")


def how_it_ended(code: int | None) -> str:
    """The end of a process, for people."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


@contextmanager
def _quiet_start() -> Iterator[None]:
    """A worker that starts inside is deaf to Ctrl-C from its first moment, and works in one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(make: Make, line: Connection) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        score = make()
    except AnalyzerError as error:
        line.send(error)
        return
    line.send("ready")
    with suppress(EOFError, OSError):  # the parent has gone
        while True:
            task: Task = line.recv()
            try:
                report = outcome(score, task, _teller(line, task))
            except OutputError as error:
                line.send(error)  # the disk is full: that is no fault of the call
                return
            line.send(report)
            if report.kind == "died":
                return  # who knows what else is broken


def outcome(score: Scorer, task: Task, heard: Callable[[float], None]) -> Report:
    """What came of one call, whatever it is.  Raises `OutputError` where this machine has no room to work."""
    try:
        return Report("scored", task, scored=score(task, heard))
    except OutputError:
        raise
    except AnalyzerError as error:
        return Report("refused", task, reason=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a file can do to us, the others go on; no words of it are told
        return Report("died", task, reason=f"its worker met {type(error).__name__}")


def _teller(line: Connection, task: Task) -> Callable[[float], None]:
    told_at_s = 0.0

    def heard(at_s: float) -> None:
        nonlocal told_at_s
        if time.monotonic() - told_at_s >= TOLD_EVERY_S:
            told_at_s = time.monotonic()
            line.send(Report("heard", task, at_s))

    return heard


def _leave_with_parent() -> None:
    """A parent that was killed reads no more: what we do is for nobody."""
    parent = mp.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
