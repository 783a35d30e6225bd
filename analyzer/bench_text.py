"""What the text model costs: time a turn on one core, and memory above an interpreter that has numpy and nothing else.

Each side is a process of its own.  Memory is the peak of the whole process, so nothing that was given back is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from analyzer.bench_score import peak_memory_mb
from analyzer.models import shipped
from analyzer.spoken import spoken

MOST_MS = 8.0  # a turn of `PIECES`: what we promise
MOST_MB = 60
PIECES = 32  # of a turn whose time is taken
TIMED = 100  # turns
READ = 300  # different turns, which touch most of what is ever touched
BARE = "import numpy"
READER = """
import json, sys, time
from pathlib import Path
from analyzer.engines.onnx_affect import OnnxAffect
from analyzer.engines.pieces import Pieces

folder, said = Path(sys.argv[1]), sys.argv[2].split()
pieces, timed, read = map(int, sys.argv[3:])
reader = OnnxAffect(folder)
for start in range(read):
    reader.read_customer([" ".join(said[start : start + 9])], [""])
cut, long = Pieces(folder), ""
while len(cut.of(long)) < pieces:
    long += " " + said.pop()
spent = []
for _ in range(timed):
    begun = time.process_time()
    reader.read_customer([long], [""])
    spent.append(time.process_time() - begun)
print(json.dumps(sorted(spent)[timed // 2] * 1e3))
"""


@dataclass(frozen=True, slots=True)
class TextCost:
    """Milliseconds a turn at the median, and MB above the bare interpreter."""

    turn_ms: float
    memory_mb: float

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"text model: {self.turn_ms:.1f} ms a turn of {PIECES} word pieces (target at most {MOST_MS:g}), "
            f"{self.memory_mb:.0f} MB above numpy alone after {READ} turns (target at most {MOST_MB})"
        )


def cost_of_text() -> TextCost:
    """Read turns of the sample calls in a process of its own, and start an empty one beside it."""
    said = " ".join(path.read_text("utf-8") for path in sorted(shipped("samples/calls").glob("*.txt")))
    counts = [str(count) for count in (PIECES, TIMED, READ)]
    command = [sys.executable, "-c", READER, str(shipped("models/affect")), spoken(said), *counts]
    turn_ms = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return TextCost(turn_ms, peak_memory_mb(command) - peak_memory_mb([sys.executable, "-c", BARE]))
