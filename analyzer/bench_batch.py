"""What an archive run costs, as a person would start it: more workers, a second run, a new playbook, a cluster.

Each run is the program itself in processes of its own.  Where two ways are compared they take turns, and start-up is
taken out by running each on a short archive too.  The archive is the sample calls, over and over, each with a
name of its own.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil

from analyzer.batch.archive import HIDDEN, Archive
from analyzer.batch.ledger import entries
from analyzer.batch.plan import plan
from analyzer.batch.run import Step, look_through
from analyzer.batch.work import Wish
from analyzer.playbook import DEFAULT, Playbook, read_playbook
from analyzer.record import Identity

SHORT = 2  # calls of the archive whose cost is start-up
PAIRS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds on the clock, and of the processors by itself and all that it started."""

    wall_s: float
    cpu_s: float


def make_folder(samples: Sequence[Path], folder: Path, calls: int) -> Path:
    """An archive of `calls` recordings."""
    folder.mkdir(parents=True)
    for number in range(calls):
        sample = samples[number % len(samples)]
        shutil.copy2(sample, folder / f"{sample.stem}-{number:04d}{sample.suffix}")
    return folder


def run(folder: Path, out: Path, *more: str) -> Run:
    """`analyzer score` on a folder; `CalledProcessError` if a call could not be scored."""
    command = [sys.executable, "-m", "analyzer", "score", str(folder), "-o", str(out), "--no-report", *more]
    begun_s = time.perf_counter()
    done = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cpu_s = _watched(psutil.Process(done.pid), done)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command)
    return Run(time.perf_counter() - begun_s, cpu_s)


def _watched(root: psutil.Process, running: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a process and of all below it, as last seen while each was alive."""
    seen: dict[int, float] = {}
    while running.poll() is None:
        for process in _family(root):
            try:
                times = process.cpu_times()
                seen[process.pid] = times.user + times.system
            except psutil.Error:
                continue
        time.sleep(0.1)
    return sum(seen.values())


def _family(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def costs(
    samples: Sequence[Path], folder: Path, calls: int, with_ray: bool, identities: Mapping[str, Identity]
) -> Iterator[str]:
    """A line for each comparison."""
    big = make_folder(samples, folder / "big", calls)
    small = make_folder(samples, folder / "small", SHORT)
    yield workers_ratio(big, small, folder)
    yield from again(big, folder, identities)
    if with_ray:
        yield ray_ratio(big, small, folder)


def workers_ratio(big: Path, small: Path, folder: Path) -> str:
    """Calls an hour of two workers against one, start-up taken out of both."""
    ratios = []
    for pair in range(PAIRS):
        walls = {}
        for workers in (1, 2) if pair % 2 else (2, 1):
            both = [
                run(which, folder / f"{which.name}-{workers}-{pair}", "--workers", str(workers)).wall_s
                for which in (big, small)
            ]
            walls[workers] = both[0] - both[1]
        ratios.append(walls[1] / walls[2])
    return f"two workers: {statistics.median(ratios):.2f} times the calls an hour of one (target at least 1.9)"


def again(big: Path, folder: Path, identities: Mapping[str, Identity]) -> Iterator[str]:
    """The second run, and a new playbook, against the first."""
    out = folder / "again"
    first, second = run(big, out), run(big, out)
    yield f"a second run: {first.wall_s / second.wall_s:.0f} times faster than the first (target at least 100)"
    coached = run(big, out, "--playbook", str(_playbook(folder, 9)))
    calls = sum(1 for _ in big.iterdir())
    alone_s, heard_s = coaching_alone(big, out, read_playbook(_playbook(folder, 8)), identities)
    yield (
        f"a new playbook: {heard_s / alone_s:.0f} times less work than hearing, {1000 * alone_s / calls:.0f} ms a call "
        f"(target at least 200); with start-up and tables, {first.cpu_s / coached.cpu_s:.0f} times for {calls} calls"
    )


def _playbook(folder: Path, version: int) -> Path:
    """The one that comes with the program, under another version: another hash, and the same work."""
    path = folder / f"version-{version}.yaml"
    path.write_text(DEFAULT.read_text("utf-8").replace("version: ", f"version: {version}", 1), "utf-8")
    return path


def coaching_alone(big: Path, out: Path, playbook: Playbook, identities: Mapping[str, Identity]) -> tuple[float, float]:
    """Processor seconds to coach all calls of `out` again, and those that the workers took to hear them."""
    with closing(Archive(out, playbook, identities, Wish(report=False))) as archive:
        begun_s = time.process_time()
        steps = [step for step in look_through(archive, plan([str(big)]), False) if isinstance(step, Step)]
        alone_s = time.process_time() - begun_s
    coached = {step.task.call_id for step in steps if step.entry and step.entry.how == "coached"}
    ledger = entries(out / HIDDEN / "ledger.ndjson")
    return alone_s, sum(entry.took_s for entry in ledger if entry.how == "scored" and entry.call in coached)


def ray_ratio(big: Path, small: Path, folder: Path) -> str:
    """Work a call on Ray against workers of our own, start-up taken out of both."""
    ratios = []
    for pair in range(PAIRS):
        cpu = {}
        for engine in ("local", "ray") if pair % 2 else ("ray", "local"):
            both = [
                run(which, folder / f"{which.name}-{engine}-{pair}", "--engine", engine, "--workers", "2").cpu_s
                for which in (big, small)
            ]
            cpu[engine] = both[0] - both[1]
        ratios.append(cpu["ray"] / cpu["local"])
    return f"Ray: {statistics.median(ratios):.2f} of the work of our own workers (target at most 1.05)"
