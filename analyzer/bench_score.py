"""What scoring a call takes behind the ears, and as a whole: judging and coaching, start-up, time and memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from analyzer.affect import TurnReader
from analyzer.audio import AudioChunk
from analyzer.bench import SIDES, Sides
from analyzer.call import TurnJudge
from analyzer.channel import Channel, Heard
from analyzer.coach import Coach
from analyzer.playbook import Playbook
from analyzer.speech import SpeechEngine, VoiceActivity

MOST_JUDGING = 0.15  # of the processor time of a call: what we promise
MOST_HELP_S = 0.3
MOST_MB = 600
STARTS = 5
# Linux counts what a process was before it became another program: one small process between us and the
# measured one keeps our own size out of the sum.
USE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
print(peak, used.ru_utime + used.ru_stime, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class JudgingCost:
    """Processor seconds of one call: hearing it, and judging and coaching what was heard."""

    call: str
    ears_s: float
    judging_s: float

    @property
    def share(self) -> float:
        return self.judging_s / (self.ears_s + self.judging_s)

    @property
    def line(self) -> str:
        """For people."""
        total_s = self.ears_s + self.judging_s
        return (
            f"judging and coaching {self.call}: {self.share:.0%} of {total_s:.1f} s (target at most {MOST_JUDGING:.0%})"
        )


def cost_of_judging(
    sides: Sides,
    speech: SpeechEngine,
    activity: Callable[[], VoiceActivity],
    reader: TurnReader,
    playbook: Playbook,
) -> JudgingCost:
    """Hear both sides, then judge and coach their turns in the order of the call."""
    begun_s = time.process_time()
    heard: list[Heard] = []
    for speaker, samples in zip(SIDES, sides.channels, strict=True):
        channel = Channel(speaker, sides.rate, speech.open(), activity())
        found = channel.feed(AudioChunk(samples, 0, sides.rate, speaker)) + channel.finish()
        heard += [event for _, event in found if isinstance(event, Heard)]
    heard_s = time.process_time()
    judge, coach = TurnJudge(reader), Coach(playbook)
    for utterance in sorted(heard, key=lambda one: one.known_s):
        coach.hear(judge.turn(utterance))
    return JudgingCost(sides.name, heard_s - begun_s, time.process_time() - heard_s)


@dataclass(frozen=True, slots=True)
class StartCost:
    """Seconds until `analyzer --help` has answered, the best of some."""

    help_s: float

    @property
    def line(self) -> str:
        """For people."""
        return f"analyzer --help: {self.help_s:.2f} s (target under {MOST_HELP_S:g} s)"


def cost_of_start() -> StartCost:
    """Start the program a few times."""
    return StartCost(min(_seconds([sys.executable, "-m", "analyzer", "--help"]) for _ in range(STARTS)))


def _seconds(command: list[str]) -> float:
    begun_s = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun_s


@dataclass(frozen=True, slots=True)
class WholeCost:
    """The whole verb on one call, in a process of its own: seconds on the clock, and peak memory."""

    call: str
    score_s: float
    peak_mb: float

    @property
    def line(self) -> str:
        """For people."""
        took = f"{self.score_s:.1f} s, peak memory {self.peak_mb:.0f} MB"
        return f"analyzer score {self.call}: {took} (target under {MOST_MB} MB)"


def cost_of_score(call: Path) -> WholeCost:
    """Score it as a person would, report and all, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        begun_s = time.perf_counter()
        peak_mb = peak_memory_mb([sys.executable, "-m", "analyzer", "score", str(call), "-o", folder])
        return WholeCost(call.stem, time.perf_counter() - begun_s, peak_mb)


@dataclass(frozen=True, slots=True)
class CommandCost:
    """The whole verb on some calls, pages and all, and plain Vosk on the same: processor seconds of each command."""

    calls: int
    ours_s: float
    bare_s: float

    @property
    def ratio(self) -> float:
        return self.ours_s / self.bare_s

    @property
    def line(self) -> str:
        """For people."""
        return f"analyzer score of {self.calls} calls, pages and all: {self.ratio:.2f} of a script of bare Vosk"


def cost_of_command(calls: Sequence[Path], model_path: Path) -> CommandCost:
    """One command for all of them on each side, with everything that a process takes to start."""
    python = [sys.executable, "-m"]
    bare = use([*python, "analyzer.engines.vosk_bare", str(model_path), *map(str, calls)])
    with tempfile.TemporaryDirectory() as folder:
        ours = use([*python, "analyzer", "score", *map(str, calls), "-o", folder])
    return CommandCost(len(calls), ours.cpu_s, bare.cpu_s)


class Use(NamedTuple):
    """The most memory that a command ever had, and the processor time of it and of all that it started."""

    peak_mb: float
    cpu_s: float


def use(command: Sequence[str]) -> Use:
    """Run it; `CalledProcessError` if it fails."""
    done = subprocess.run([sys.executable, "-c", USE, *command], check=True, capture_output=True, text=True)
    return Use(*map(float, done.stderr.strip().rsplit("\n", 1)[-1].split()))


def peak_memory_mb(command: Sequence[str]) -> float:
    """The most memory that a command ever has, in MB; `CalledProcessError` if it fails."""
    return use(command).peak_mb
