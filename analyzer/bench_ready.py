"""How long a person waits for `analyzer serve`: from the command to the first `/healthz` that answers 200."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.errors import AnalyzerError

MOST_S = 5.0  # what we promise
TIMES = 3
COMMAND = (sys.executable, "-m", "analyzer", "serve", "--port", "0", "--log", "json")


class Start(NamedTuple):
    """One start, in seconds: until it answered, and what its own `ready` says."""

    answered_s: float
    said_s: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Some starts, one after another."""

    starts: Sequence[Start]

    @property
    def answered_s(self) -> float:
        """The median."""
        return statistics.median(start.answered_s for start in self.starts)

    @property
    def line(self) -> str:
        """For people."""
        each = ", ".join(f"{start.answered_s:.1f}" for start in self.starts)
        said_s = statistics.median(start.said_s for start in self.starts)
        return (
            f"analyzer serve: ready {self.answered_s:.1f} s after the command, the median of {each} "
            f"(promised: {MOST_S:g} s); by its own clock {said_s:.1f} s"
        )


def ready(times: int = TIMES) -> Ready:
    """Start the server some times, each in a process of its own; `AnalyzerError` if it does not start."""
    return Ready([_started() for _ in range(times)])


def _started() -> Start:
    begun = time.monotonic()
    with subprocess.Popen(COMMAND, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            events = map(json.loads, server.stderr)
            event = next((event for event in events if event.get("event") == "ready"), None)
            if event is None:
                raise AnalyzerError("the server of the bench did not start; try: analyzer serve")
            with urllib.request.urlopen(f"http://127.0.0.1:{event['port']}/healthz"):
                answered_s = time.monotonic() - begun
        finally:
            server.terminate()
    return Start(answered_s, event["seconds"])
