"""`analyzer affect`: judge single utterances, a JSON line in and a JSON line out."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import click

from analyzer.affect import Reading
from analyzer.cli.lines import file_argument, lines
from analyzer.cli.loading import turn_reader
from analyzer.record import rounded

BATCH = 64  # texts at a time: enough to keep the model busy, little enough to answer a pipe soon


@click.command()
@file_argument
@click.option("--json", "_json", is_flag=True, help="JSON lines, which is what this verb always prints.")
def affect(file: Path, _json: bool) -> int:
    """Judge customer utterances: sentiment, intensity, emotions and cues.

    Reads JSON lines {"text": "..."}, with "before" for what the agent said just before, and prints
    one JSON line for each, in order.  A line that cannot be read gets {"error": "..."}.

    \b
    Example:
      echo '{"text": "this is the third time i am calling"}' | analyzer affect
    """
    numbered, failed = lines(file), 0
    reader = turn_reader()
    while batch := [_asked(number, line) for number, line in islice(numbered, BATCH)]:
        asked = [row for row in batch if "error" not in row]
        readings = iter(reader.read_customer([row["text"] for row in asked], [row["before"] for row in asked]))
        for row in batch:
            failed += "error" in row
            click.echo(json.dumps(row if "error" in row else _answer(next(readings).affect), ensure_ascii=False))
    return 1 if failed else 0


def _asked(number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": f"line {number} is not JSON"}
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return {"error": f'line {number} is not an object with a "text"'}
    before = row.get("before", "")
    return {"text": row["text"], "before": before if isinstance(before, str) else ""}


def _answer(reading: Reading) -> Any:
    return rounded(
        {
            "sentiment": reading.sentiment,
            "intensity": reading.intensity,
            "confidence": reading.confidence,
            "sure": reading.sure,
            "emotions": dict(reading.emotions),
            "labels": list(reading.labels),
            "distress": dict(reading.distress),
            "cues": dict(reading.cues),
        }
    )
