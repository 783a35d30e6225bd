"""What an archive of many calls costs: tables, the index, questions, the summary.  `analyzer bench archive`.

The calls are made of the sample records: another agent, queue and day each, other nouns, another pace, prompts that
were used or not, some of them cut off.  They measure the program and say nothing about customers.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from analyzer.archive.asked import vocabulary
from analyzer.archive.index import FILE, opened, refresh
from analyzer.archive.question import ask
from analyzer.archive.saved import saved
from analyzer.archive.search import search
from analyzer.archive.tables import has_parquet
from analyzer.bench_score import peak_memory_mb
from analyzer.models import shipped

Lines = list[dict[str, Any]]
AGENTS = ("linda", "omar", "maria", "joe", "david", "priya", "sam", "chen", "ruth", "ines", "tom", "ada")
QUEUES = ("billing", "delivery", "support", "clinic", "sales")
NOUNS = ("sofa", "fridge", "router", "parcel", "card", "ticket", "bed", "lamp", "phone", "boiler")
CUT_OFF = 0.03  # of the calls have no summary
TRIALS = 5


def make_archive(folder: Path, count: int, seed: int = 7) -> None:
    """Write `count` varied records below `folder`, 500 in a sub-folder."""
    chance = random.Random(seed)
    samples = [
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(shipped("samples/calls").glob("*.jsonl"))
    ]
    for number in range(count):
        path = folder / f"{number // 500:03d}" / f"call-{number:05d}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = varied(chance.choice(samples), f"call-{number:05d}", chance)
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def varied(sample: Lines, call_id: str, chance: random.Random) -> Lines:
    """A call like a sample, and not the same."""
    pace, noun = chance.uniform(0.8, 1.6), chance.choice(NOUNS)
    started = datetime(2026, 3, 2, 8) + timedelta(days=chance.randrange(28), minutes=chance.randrange(600))
    about = {
        "call_id": call_id,
        "source": f"{call_id}.wav",
        "agent": chance.choice(AGENTS),
        "queue": chance.choice(QUEUES),
        "started_at": started.isoformat(timespec="seconds"),
    }
    lines = [_varied(line, pace, noun) for line in sample]
    lines[0] |= about
    for line in lines:
        if line["type"] == "outcome":
            fall = chance.uniform(-0.1, 0.4)
            line |= {"used": chance.random() < 0.4, "intensity_after": _fallen(line["intensity_before"], fall)}
    return lines[: len(lines) // 2] if chance.random() < CUT_OFF else lines


def _fallen(before: float | None, fall: float) -> float | None:
    return None if before is None else round(min(1.0, max(0.0, before - fall)), 4)


def _varied(value: Any, pace: float, noun: str, name: str = "") -> Any:
    """The same line at another pace, about another thing."""
    if isinstance(value, dict):
        return {key: _varied(item, pace, noun, key) for key, item in value.items()}
    if name == "tension":
        return [[round(at_s * pace, 3), pressure] for at_s, pressure in value]
    if isinstance(value, list):
        return [_varied(item, pace, noun, name) for item in value]
    if isinstance(value, float) and name.endswith("_s"):
        return round(value * pace, 3)
    return value.replace("sofa", noun).replace("pictures", f"{noun}s") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Cost:
    """How long something took, in seconds."""

    what: str
    seconds: float
    note: str = ""

    @property
    def line(self) -> str:
        return f"{self.what:<34} {self.seconds:>8.3f} s  {self.note}".rstrip()


def costs(folder: Path, out: Path) -> Iterator[Cost]:
    """Each thing that is made of the records below `folder`; verbs in a process of their own, with their memory."""
    index_file = folder / FILE
    index_file.unlink(missing_ok=True)
    with opened(index_file) as index:
        yield _timed("index, the first time", lambda: str(refresh(index, folder).new) + " records")
        size = index_file.stat().st_size / 1e6
        yield _timed("index, nothing changed", lambda: f"{refresh(index, folder).new} records, {size:.0f} MB")
        known = vocabulary()
        for question in saved().values():
            taken, answer = [], None
            for _ in range(TRIALS):
                begun = time.perf_counter()
                answer = search(index, ask(question.text, known))
                taken.append(time.perf_counter() - begun)
            yield Cost(f"@{question.name}", median(taken), f"{answer.moments if answer else 0:,} moments")
    yield _of_command("tables, CSV", "tables", folder, "-o", out, "--no-parquet")
    if has_parquet():
        yield _of_command("tables, CSV and Parquet", "tables", folder, "-o", out)
    yield _of_command("summary", "summary", folder, "-o", out / "summary.html")
    yield _of_command("export, JSON lines", "export", folder, "--to", "jsonl", "-o", out / "moments")


def _timed(what: str, act: Callable[[], str]) -> Cost:
    begun = time.perf_counter()
    note = act()
    return Cost(what, time.perf_counter() - begun, note)


def _of_command(what: str, *arguments: object) -> Cost:
    """A verb in a process of its own, with its peak memory."""
    begun = time.perf_counter()
    peak = peak_memory_mb([sys.executable, "-m", "analyzer", *map(str, arguments)])
    return Cost(what, time.perf_counter() - begun, f"peak {peak:.0f} MB")
