"""The same work on a Ray cluster: each worker an actor with warm engines and one call at a time.

The cluster is the one that `RAY_ADDRESS` names, or this machine.  A node that dies takes its actors with it; their
calls are told and tried again elsewhere, like those of a process that died.  Recordings must be where every node can
read them: a shared disk, or an address that fsspec opens.  Ray's own reports to its makers are switched off.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from analyzer.batch.plan import Task
from analyzer.batch.workers import THREADS, Make, Report, outcome
from analyzer.errors import AnalyzerError, OutputError, WorkersLost

STALLED_S = 3600.0  # a call that takes longer hangs: three hours of talk are judged in a third of it


@dataclass(slots=True)
class _Job:
    actor: Any
    task: Task
    since_s: float


class Actors:
    """A crew on a cluster.  See `workers.Crew`."""

    def __init__(self, make: Make, count: int | None = None, stalled_s: float = STALLED_S) -> None:
        """Up to `count` actors, one for each processor of the cluster if None; each starts when there is work for it.

        Raises `WorkersLost` without Ray, and where the cluster cannot be reached.
        """
        self._ray = _connected()
        self._make, self._count, self._stalled_s = make, count, stalled_s
        self._kind = self._ray.remote(num_cpus=1, max_restarts=0)(_Actor)
        self._free: list[Any] = []
        self._jobs: dict[Any, _Job] = {}

    @property
    def idle(self) -> int:
        """Bounded by the processors that the cluster has now: a lost node is not waited for."""
        processors = int(self._ray.cluster_resources().get("CPU", 0))
        return max(min(self._count or processors, processors) - self.busy, 0)

    @property
    def busy(self) -> int:
        return len(self._jobs)

    def give(self, task: Task) -> None:
        actor = self._free.pop() if self._free else self._kind.remote(self._make)
        self._jobs[actor.work.remote(task)] = _Job(actor, task, time.monotonic())

    def wait(self, timeout_s: float) -> list[Report]:
        if not self._jobs:
            time.sleep(timeout_s)  # no node is left: perhaps one comes back
            return []
        while self._free:  # nothing is left to give them: a new actor may wait for their processor
            self._ray.kill(self._free.pop())
        first, rest = self._ray.wait(list(self._jobs), num_returns=1, timeout=timeout_s)
        more, _ = self._ray.wait(rest, num_returns=len(rest), timeout=0) if rest else ([], [])
        return [self._report(done) for done in (*first, *more)] + self._stalled()

    def close(self) -> None:
        for actor in [*self._free, *(job.actor for job in self._jobs.values())]:
            self._ray.kill(actor)
        self._free.clear()
        self._jobs.clear()
        self._ray.shutdown()

    def _report(self, done: Any) -> Report:
        job = self._jobs.pop(done)
        try:
            found = self._ray.get(done)
        except self._ray.exceptions.RayError as error:
            return Report("died", job.task, reason=f"its worker, or the node of it, was lost ({type(error).__name__})")
        if isinstance(found, AnalyzerError):
            raise found
        if found.kind == "died":  # who knows what else is broken
            self._ray.kill(job.actor)
        else:
            self._free.append(job.actor)
        return Report(found.kind, job.task, found.at_s, found.scored, found.reason)

    def _stalled(self) -> list[Report]:
        late = [done for done, job in self._jobs.items() if time.monotonic() - job.since_s > self._stalled_s]
        jobs = [self._jobs.pop(done) for done in late]
        for job in jobs:
            self._ray.kill(job.actor)
        return [Report("died", job.task, reason=f"its worker told nothing for {self._stalled_s:.0f} s") for job in jobs]


def _connected() -> Any:
    """Ray, connected to its cluster."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves the machine
    try:
        import ray
    except ImportError as error:
        raise WorkersLost("--engine ray needs Ray; run: pip install 'call-analyzer[ray]'") from error
    if ray.is_initialized():
        return ray
    try:
        ray.init(
            log_to_driver=False,
            logging_level="ERROR",
            include_dashboard=False if "RAY_ADDRESS" not in os.environ else None,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WorkersLost(f"no Ray cluster answers at {os.environ.get('RAY_ADDRESS', 'this machine')}") from error
    return ray


class _Actor:
    """A worker somewhere in the cluster."""

    def __init__(self, make: Make) -> None:
        os.environ.update(dict.fromkeys(THREADS, "1"))
        self._make = make
        self._score: Any = None

    def work(self, task: Task) -> Report | AnalyzerError:
        """What came of one call; an error that is no fault of the call is handed over as it is."""
        try:
            self._score = self._score or self._make()
        except AnalyzerError as error:
            return error
        try:
            return outcome(self._score, task, lambda _: None)
        except OutputError as error:
            return error
