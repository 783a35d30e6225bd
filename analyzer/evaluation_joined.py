"""What words and voice each add: `python -m analyzer.evaluation_joined`, an ablation on the sample calls.

Each line of a sample call was spoken as its script says (`feel`).  The turns of the call's golden record carry what
the words alone, the voice alone and both together made of it, so nothing is heard or judged again here.  The voices
are synthetic and their anger is ours: the comparison between the columns means something, their height does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from analyzer import models
from analyzer.evaluation import markdown
from analyzer.measures import auc
from analyzer.record import Record, read

HOT = ("angry", "furious")
WAYS = {"words alone": "text_intensity", "voice alone": "voice_intensity", "both, joined": "intensity"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A customer's turn: how it was spoken, and what was made of it."""

    feel: str
    affect: Mapping[str, Any]


def spoken_turns(calls: Path, dialogues: Path) -> Iterator[Spoken]:
    """The customer turns of every call in `calls` that has a script in `dialogues` of the same name."""
    for script in sorted(dialogues.glob("*.yaml")):
        lines = yaml.safe_load(script.read_text("utf-8"))["lines"]
        times = json.loads((calls / f"{script.stem}.words.json").read_text("utf-8"))
        said = [(time, line) for time, line in zip(times, lines, strict=True) if "customer" in line]
        for turn in _judged(read(calls / f"{script.stem}.jsonl")):
            _, line = max(said, key=lambda pair: _overlap(pair[0], turn))
            yield Spoken(line.get("feel", "calm"), turn["affect"])


def _judged(record: Record) -> list[dict[str, Any]]:
    return [turn for turn in record.turns if turn["affect"]]


def _overlap(line: Mapping[str, float], turn: Mapping[str, float]) -> float:
    """Seconds that both share; below 0 where they are apart."""
    return min(line["end_s"], turn["end_s"]) - max(line["start_s"], turn["start_s"])


def ablation(turns: Sequence[Spoken]) -> str:
    """How well each way tells angry turns from the others (AUC): on turns in which the voice spoke, and on all."""
    voiced = [turn for turn in turns if turn.affect["voice_intensity"] is not None]
    lines = []
    for way, key in WAYS.items():
        on_all = "" if key == "voice_intensity" else f"{_told(turns, key):.3f}"
        lines.append([way, f"{_told(voiced, key):.3f}", on_all])
    return markdown(["", f"turns with a voice ({len(voiced)})", f"all turns ({len(turns)})"], lines)


def _told(turns: Sequence[Spoken], key: str) -> float:
    return auc([turn.affect[key] for turn in turns], [turn.feel in HOT for turn in turns])


@click.command(help=(__doc__ or "").split("\n\n")[0])
def main() -> None:
    """Print the table."""
    samples = models.shipped("samples")
    click.echo(ablation(list(spoken_turns(samples / "calls", samples / "dialogues"))))


if __name__ == "__main__":
    main()
