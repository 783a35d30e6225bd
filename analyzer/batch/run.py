"""An archive from its plan to its end: what is there already stays, the rest is shared out, and nobody waits for a
call that cannot be scored.

A call that takes a worker with it is tried again, at the end of the queue, `MOST_TRIES` times in all; then it is
quarantined.  One that cannot be read is not tried again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from analyzer.batch.archive import Archive
from analyzer.batch.files import size, stamp
from analyzer.batch.ledger import GIVEN_UP, Entry, State
from analyzer.batch.plan import Plan, Task
from analyzer.batch.work import Scored, better_record, stays
from analyzer.batch.workers import Crew, Report
from analyzer.record import Record, parse

MOST_TRIES = 3  # a machine that was short of memory once is forgiven; a file that does it thrice is not
WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class ToDo:
    """What is left of a plan when all that is there has been left alone."""

    there: tuple[Task, ...]
    score: tuple[Task, ...]
    given_up: tuple[Task, ...]  # failed or quarantined before, and not to be tried again


@dataclass(frozen=True, slots=True)
class Step:
    """Something has happened: a line for the ledger, a call that goes on, or a note about a recording."""

    task: Task
    entry: Entry | None = None
    heard_s: float = 0.0
    notes: tuple[str, ...] = ()


Hire: TypeAlias = Callable[[int], Crew]  # how many tasks there are: a crew for them


def look_through(archive: Archive, plan: Plan, resume: bool) -> Iterator[Step | ToDo]:
    """See what is there, and coach again what only needs that; what is left comes last.

    With `resume`, what was given up before stays given up.
    """
    there, score, given_up = list[Task](), list[Task](), list[Task]()
    for task in plan.tasks:
        last, standing = archive.ledger.last.get(task.call_id), archive.standing(task)
        if resume and last and last.state in GIVEN_UP and last.stamp == stamp(task.files):
            given_up.append(task)
        elif standing == "there":
            there.append(task)
        elif standing == "found":
            yield Step(task, archive.found(task))
        elif standing == "coach" and (entry := archive.coach(task)):
            yield Step(task, entry)
        else:
            score.append(task)
    for file, reason in plan.refused:
        task = Task(f"?{file}", (file,))
        yield Step(task, archive.ledger.add(Entry(task.call_id, "failed", file, reason, stamp=stamp((file,)))))
    yield ToDo(tuple(there), tuple(score), tuple(given_up))


def work_off(archive: Archive, tasks: Iterable[Task], hire: Hire, most_tries: int = MOST_TRIES) -> Iterator[Step]:
    """Score all `tasks`; every one of them comes to an end."""
    waiting = deque(sorted(tasks, key=lambda task: -size(task.files)))  # the longest first: nobody waits for one
    if not waiting:
        return
    tries, seen = Counter[str](), dict[str, str]()
    with closing(hire(len(waiting))) as crew:
        while waiting or crew.busy:
            while waiting and crew.idle:
                task = waiting.popleft()
                seen[task.call_id] = stamp(task.files)
                crew.give(task)
            for report in crew.wait(WAIT_S):
                step = _step(archive, report, seen, tries, most_tries)
                if step.entry and step.entry.state == "retried":
                    waiting.append(report.task)
                yield step


def _step(archive: Archive, report: Report, seen: dict[str, str], tries: Counter[str], most_tries: int) -> Step:
    """What a report means for the ledger."""
    task = report.task
    if report.kind == "heard":
        return Step(task, heard_s=report.at_s)
    if report.scored is not None:
        return _kept(archive, task, report.scored, seen[task.call_id])
    tries[task.call_id] += 1
    is_last = tries[task.call_id] >= most_tries
    state: State = "failed" if report.kind == "refused" else "quarantined" if is_last else "retried"
    reason = report.reason if state == "failed" else f"{task.name}: {report.reason}"
    last = Entry(task.call_id, state, task.name, reason, stamp=seen[task.call_id], other=task.other)
    return Step(task, archive.ledger.add(last))


def _kept(archive: Archive, task: Task, scored: Scored, seen: str) -> Step:
    """A call that was heard is written down, unless part of it was missing and there is a better record of it."""
    path = archive.record_path(task)
    if scored.missing and (there := better_record(path, _record_in(task, scored))):
        reason = f"{task.name}: {scored.missing}; {stays(there, path)}"
        entry = Entry(task.call_id, "failed", task.name, reason, stamp=seen, other=task.other)
        return Step(task, archive.ledger.add(entry))
    entry = archive.keep(task, scored, seen)
    return Step(task, entry, scored.duration_s, scored.notes)


def _record_in(task: Task, scored: Scored) -> Record:
    return parse(scored.record.decode().splitlines(keepends=True), task.name)
