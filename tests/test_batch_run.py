"""Workers that die, files that cannot be read, and the calls that are scored all the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest
from clips import CALLS, clip
from rich.progress import Progress

from analyzer.batch.archive import Archive
from analyzer.batch.ledger import Entry
from analyzer.batch.plan import Task, plan
from analyzer.batch.run import Step, ToDo, look_through, work_off
from analyzer.batch.work import Scorer, Wish
from analyzer.batch.workers import Crew, Processes, Report, how_it_ended
from analyzer.cli.archive import Shown, make_scorer
from analyzer.cli.loading import identities, load_engines, load_playbook
from analyzer.cli.score import Wanted, score_call
from analyzer.errors import ModelError, OutputError, WorkersLost
from analyzer.record import read
from analyzer.sources.file import open_call

WISH = Wish(report=False)
MAKE = partial(make_scorer, "vosk", load_playbook(None), WISH)


@pytest.fixture
def folder(tmp_path: Path, vosk_model: Path) -> Path:
    """Two short calls and a file that is none."""
    clip("phone-abusive", tmp_path / "in" / "abuse.wav")
    clip("clinic-calm", tmp_path / "in" / "calm.wav")
    (tmp_path / "in" / "junk.wav").write_bytes(b"RIFF and nothing else")
    return tmp_path / "in"


def opened(to: Path) -> Archive:
    return Archive(to, load_playbook(None), identities(), WISH)


def to_score(archive: Archive, folder: Path, resume: bool = False) -> tuple[Task, ...]:
    [*_, last] = look_through(archive, plan([str(folder)]), resume)
    assert isinstance(last, ToDo)
    return last.score


def ended(steps: Iterator[Step]) -> dict[str, list[Entry]]:
    """What the ledger was told of each call."""
    found: dict[str, list[Entry]] = {}
    for step in steps:
        if step.entry:
            found.setdefault(step.task.call_id, []).append(step.entry)
    return found


class Poisoned(Processes):
    """A crew in which the worker that hears `victim` is killed while it is at it."""

    def __init__(self, victim: str, kills: int, count: int) -> None:
        super().__init__(MAKE, count)
        self._victim, self._kills = victim, kills

    def wait(self, timeout_s: float) -> list[Report]:
        reports = super().wait(timeout_s)
        for report in reports:
            if report.kind == "heard" and report.task.call_id == self._victim and self._kills:
                self._kills -= 1
                os.kill(self.at_work[self._victim], signal.SIGKILL)
        return reports


def test_two_workers_write_what_one_process_writes(folder: Path, tmp_path: Path) -> None:
    """Byte for byte; the file that is no call is told with its reason, and tried once."""
    (folder / "calm.json").write_text('{"agent": "dana", "queue": "clinic", "date": "2026-11-23T20:15"}')
    with closing(opened(tmp_path / "out")) as archive:
        told = ended(work_off(archive, to_score(archive, folder), lambda tasks: Processes(MAKE, 2)))
    assert {call: [entry.state for entry in entries] for call, entries in told.items()} == {
        "abuse": ["done"],
        "calm": ["done"],
        "junk": ["failed"],
    }
    assert "junk.wav" in told["junk"][0].reason
    score_call(open_call(folder / "abuse.wav"), load_engines(), load_playbook(None), Wanted(tmp_path, report=False))
    assert (tmp_path / "out" / "abuse.jsonl").read_bytes() == (tmp_path / "abuse.jsonl").read_bytes()
    first = read(tmp_path / "out" / "calm.jsonl").header
    assert (first["agent"], first["queue"], first["started_at"]) == ("dana", "clinic", "2026-11-23T20:15:00")


def test_a_file_that_kills_its_workers_is_quarantined_and_takes_nobody_with_it(folder: Path, tmp_path: Path) -> None:
    """Thrice, with SIGKILL; the other call is scored, and the next run leaves the file alone."""
    with closing(opened(tmp_path / "out")) as archive:
        told = ended(work_off(archive, to_score(archive, folder), lambda tasks: Poisoned("abuse", 99, 2)))
        assert [entry.state for entry in told["abuse"]] == ["retried", "retried", "quarantined"]
        assert "SIGKILL" in told["abuse"][-1].reason
        assert [entry.state for entry in told["calm"]] == ["done"]
        assert not (tmp_path / "out" / "abuse.jsonl").exists()
        assert to_score(archive, folder, resume=True) == ()
        assert [task.call_id for task in to_score(archive, folder)] == ["abuse", "junk"]


def test_a_worker_that_dies_once_costs_one_more_try(folder: Path, tmp_path: Path) -> None:
    """The only worker, too: another takes its place."""
    with closing(opened(tmp_path / "out")) as archive:
        told = ended(work_off(archive, to_score(archive, folder), lambda tasks: Poisoned("abuse", 1, 1)))
    assert [entry.state for entry in told["abuse"]] == ["retried", "done"]
    assert [entry.state for entry in told["calm"]] == ["done"]


def test_a_worker_that_tells_nothing_is_let_go(folder: Path, tmp_path: Path) -> None:
    """It is stopped as soon as it has its work, as if it hung."""
    [task] = plan([str(folder / "abuse.wav")]).tasks
    with closing(Processes(MAKE, 1, stalled_s=2.0)) as crew:
        crew.give(task)
        os.kill(crew.at_work["abuse"], signal.SIGSTOP)
        reports: list[Report] = []
        while not any(report.kind != "heard" for report in reports):
            reports = crew.wait(0.2)
        assert [report.reason for report in reports if report.kind == "died"] == ["its worker told nothing for 2 s"]


def broken() -> Scorer:
    raise ModelError("the model is damaged")


def dead() -> Scorer:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def full(*_: object) -> Scorer:
    class Full:
        def __call__(self, *_: object) -> object:
            raise OutputError("no space left")

    return Full()  # type: ignore[return-value]


def mistaken() -> Scorer:
    class Mistaken:
        def __call__(self, *_: object) -> object:
            raise ZeroDivisionError("with words of the call in it")

    return Mistaken()  # type: ignore[return-value]


def wait_for_end(crew: Crew) -> Report:
    while True:
        for report in crew.wait(1.0):
            if report.kind != "heard":
                return report


@pytest.mark.parametrize(
    ("make", "error"), [(broken, ModelError), (dead, WorkersLost), (full, OutputError)], ids=["broken", "dead", "full"]
)
def test_what_is_no_fault_of_a_call_ends_the_run(make: partial[Scorer], error: type[Exception]) -> None:
    """A damaged model, workers that die before they are ready, a disk that is full."""
    with closing(Processes(make, 1)) as crew, pytest.raises(error):
        crew.give(Task("a", ("a.wav",)))
        wait_for_end(crew)


def test_a_mistake_of_ours_is_told_by_its_kind_only() -> None:
    """Nothing of what it says, which may be somebody's words."""
    with closing(Processes(mistaken, 1)) as crew:
        crew.give(Task("a", ("a.wav",)))
        report = wait_for_end(crew)
    assert (report.kind, report.reason) == ("died", "its worker met ZeroDivisionError")


def test_nobody_is_left_when_a_crew_is_sent_home(folder: Path) -> None:
    """Whatever they were doing."""
    crew = Processes(MAKE, 2)
    for task in plan([str(CALLS)]).tasks[:2]:
        crew.give(task)
    pids = list(crew.at_work.values())
    crew.close()
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_the_end_of_a_process_in_words() -> None:
    """For the ledger."""
    assert [how_it_ended(code) for code in (1, -9, -200)] == [
        "ended with code 1",
        "was ended by SIGKILL",
        "was ended by signal 200",
    ]


def test_how_far_it_is_is_told_before_the_first_call_is_done(tmp_path: Path) -> None:
    """What is heard of long calls meanwhile; with the first that is done come the rate and the time that is left."""
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"sound")
    first, second = (Task(name, (str(tmp_path / f"{name}.wav"),)) for name in "ab")
    shown = Shown(Progress(disable=True), tasks=2, total=10, began_s=time.monotonic() - 60)
    assert shown.line == "0 of 2 calls"
    for at_s in (300.0, 600.0):
        shown.take(Step(first, heard_s=at_s))
    shown.take(Step(second, heard_s=120.0))
    assert shown.line == "0 of 2 calls, 12 min heard"
    shown.take(Step(first, Entry("a", "done", duration_s=3480.0)))
    assert shown.line == "1 of 2 calls, 60 min heard, 60 an hour, 60 s left"
