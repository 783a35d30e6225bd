"""`analyzer transcript`: judge and coach calls that are already text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from analyzer.cli.lines import file_argument, lines
from analyzer.cli.loading import load_playbook, turn_reader
from analyzer.errors import RecordError
from analyzer.events import Event
from analyzer.record import line_of, rounded
from analyzer.transcript import coach_transcript


@click.command()
@file_argument
@click.option("--playbook", type=click.Path(path_type=Path), help="A playbook of your own.")
@click.option("--json", "_json", is_flag=True, help="JSON lines, which is what this verb always prints.")
def transcript(file: Path, playbook: Path | None, _json: bool) -> int:
    """Judge and coach calls that are already text: another recognizer's turns, or a chat.

    Reads JSON lines {"call_id", "turns": [{"role", "start", "end", "text"}]} and prints one JSON
    object a call, with turns, levels, prompts, outcomes and summary.  A call that cannot be read
    gets {"error": "..."}, and the others go on.

    \b
    Example:
      analyzer transcript calls.jsonl
    """
    numbered, failed = lines(file), 0
    reader, book = turn_reader(), load_playbook(playbook)
    for number, line in numbered:
        try:
            call = _call(line)
            answer = {"call_id": call.get("call_id", number), **_sorted(coach_transcript(call, reader, book))}
        except RecordError as error:
            failed += 1
            answer = {"error": f"line {number}: {error}"}
        click.echo(json.dumps(rounded(answer), ensure_ascii=False))
    return 1 if failed else 0


def _call(line: str) -> dict[str, Any]:
    try:
        call = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError("not JSON") from error
    if not isinstance(call, dict):
        raise RecordError("a call is an object with turns")
    return call


def _sorted(events: Iterable[Event]) -> dict[str, Any]:
    """The events by kind, as lines of a record."""
    found: dict[str, Any] = {f"{kind}s": [] for kind in ("turn", "level", "prompt", "outcome", "sound", "hold")}
    found["summary"] = None
    for line in filter(None, map(line_of, events)):
        kind = line.pop("type")
        if kind == "summary":
            found["summary"] = line
        else:
            found[f"{kind}s"].append(line)
    return found
