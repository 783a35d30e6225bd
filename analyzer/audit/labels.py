"""What analysts found right and wrong, as a labelled set: JSON lines that `analyzer evaluation` reads.

A row is a customer's turn whose cues somebody confirmed (agree) or put right (correct); the last word counts.  A bare
dispute says that a tag is wrong and not what is right, so it makes no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from analyzer.affect import CUES
from analyzer.audit import trail
from analyzer.audit.schema import CALLS, RECORDS
from analyzer.errors import OutputError
from analyzer.record import Line, read

TURN = "turn:"
NONE = "none"


def cues_in(text: str) -> list[str]:
    """The cues that a correction names, in the order of the taxonomy.  Raises `OutputError` for any other word."""
    names = {name.strip().lower() for name in text.split(",")} - {""}
    if names == {NONE}:
        return []
    if not names or names - set(CUES):
        raise OutputError(f"the right cues of a turn, with commas between them, or {NONE}: {', '.join(CUES)}")
    return [cue for cue in CUES if cue in names]


def labelled(engine: Engine, but: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """A row for each turn that was confirmed or put right, as long as the turns of its call are those that were judged.

    The calls `but`, by their `call_id`, make none.
    """
    with engine.connect() as connection:
        turns_of = {row.sha256: row.turns for row in connection.execute(select(RECORDS))}
        calls = select(CALLS.c.call_id, CALLS.c.record_sha256, CALLS.c.path)
        now = {row.call_id: (turns_of.get(row.record_sha256, row.record_sha256), row.path)
               for row in connection.execute(calls)}  # fmt: skip
    for (call_id, judged), verdicts in _verdicts(engine, turns_of).items():
        as_it_is, path = now.get(call_id, ("", ""))
        turns = read(Path(path)).turns if judged == as_it_is and call_id not in but else []
        for tag, entry in verdicts.items():
            place = tag.removeprefix(TURN)
            if place.isdecimal() and int(place) < len(turns) and turns[int(place)]["speaker"] == "customer":
                yield _row(turns, int(place), entry)


def _verdicts(engine: Engine, turns_of: Mapping[str, str]) -> dict[tuple[str, str], dict[str, Mapping[str, Any]]]:
    """The last word on each turn, by call and by the turns that were judged."""
    found: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for entry in trail.entries(engine):
        if entry["tag"].startswith(TURN) and entry["did"] in ("agree", "dispute", "correct"):
            judged = turns_of.get(entry["record_sha256"], entry["record_sha256"])
            found.setdefault((entry["call_id"], judged), {})[entry["tag"]] = entry
    return {
        call: {tag: entry for tag, entry in of_it.items() if entry["did"] != "dispute"} for call, of_it in found.items()
    }


def _row(turns: list[Line], place: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    turn = turns[place]
    before = next((other["text"] for other in reversed(turns[:place]) if other["speaker"] == "agent"), "")
    cues = list(turn.get("cues") or ()) if entry["did"] == "agree" else cues_in(entry["correction"])
    origin = {"call_id": entry["call_id"], "tag": entry["tag"], "person": entry["person"], "trail": entry["number"]}
    return {"text": turn["text"], "before": before, "cues": cues, "checked": entry["did"]} | origin
