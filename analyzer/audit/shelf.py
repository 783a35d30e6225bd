"""Records on the shelf: those of a folder are taken into the database, each once, by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from analyzer.archive.folder import finite, make_of, parse_if_record, paths, plain
from analyzer.audit.schema import CALLS, CUES, RECORDS
from analyzer.errors import RecordError
from analyzer.escalation import ORDER
from analyzer.record import Record

SPARK = 40  # points of a sparkline: two pixels each
AT_ONCE = 500  # records a transaction
LONGEST_NAME = 200  # letters of a call, an agent or a queue

Stamps = dict[Path, tuple[int, int]]  # of a file: its size, and when it was changed, in ns


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def take_in(engine: Engine, folder: Path, seen: Stamps | None = None) -> tuple[int, list[str]]:
    """Import the records below `folder` that are new or changed: how many, and a line for each that is none.

    Files that are as they were in `seen` are passed over unread; it is brought up to what is there now.
    """
    seen = {} if seen is None else seen
    found = [(path, stamp) for path in paths(folder) if (stamp := _stamp(path)) != seen.get(path)]
    if not found:
        return 0, []
    with engine.connect() as connection:
        known = select(CALLS.c.record_sha256).join(RECORDS, RECORDS.c.sha256 == CALLS.c.record_sha256)
        unchanged = set(connection.scalars(known))
    refused: list[str] = []
    waiting: list[tuple[Record, dict[str, Any]]] = []
    count = 0
    for path, stamp in found:
        seen[path] = stamp
        try:
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            record = None if digest in unchanged else parse_if_record(data, path)
            if record is None:
                continue
            values = make_of(path, record, lambda _, read: row(read), folder)
        except OSError:  # it is being replaced: the next look finds it
            continue
        except RecordError as error:
            refused.append(str(error))
            continue
        unchanged.add(digest)
        waiting.append((record, values | {"record_sha256": digest, "path": str(path.resolve())}))
        count += 1
        if len(waiting) == AT_ONCE:
            put(engine, waiting)
            waiting = []
    put(engine, waiting)
    return count, refused


def put(engine: Engine, records: Iterable[tuple[Record, dict[str, Any]]]) -> None:
    """Write rows in one transaction; a call that was scored anew keeps its number and its trail."""
    with engine.begin() as connection:
        for record, values in records:
            _put_one(connection, record, values)


def _put_one(connection: Connection, record: Record, values: dict[str, Any]) -> None:
    number = connection.scalar(select(CALLS.c.id).where(CALLS.c.call_id == record.call_id))
    if number is None:
        number = connection.execute(insert(CALLS).values(reviewed=False, **values)).inserted_primary_key[0]  # type: ignore[index]
    else:
        connection.execute(update(CALLS).where(CALLS.c.id == number).values(**values))
        connection.execute(delete(CUES).where(CUES.c.call == number))
    found = [{"call": number, "cue": cue} for cue in cues(record)]
    if found:
        connection.execute(insert(CUES), found)
    sha256 = values["record_sha256"]
    if connection.scalar(select(RECORDS.c.sha256).where(RECORDS.c.sha256 == sha256)) is None:
        connection.execute(insert(RECORDS).values(sha256=sha256, turns=turns_of(record)))


def turns_of(record: Record) -> str:
    """The hash of all that can be judged of turns: another playbook, or another agent, does not change it."""
    judged = ("speaker", "start_s", "end_s", "text", "cues", "does")
    text = json.dumps([[turn.get(name) for name in judged] for turn in record.turns])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def alike(connection: Connection, record_sha256: str, among: Iterable[str]) -> list[str]:
    """Which records of `among` have the turns of a record."""
    same = select(RECORDS.c.turns).where(RECORDS.c.sha256 == record_sha256).scalar_subquery()
    chosen = select(RECORDS.c.sha256).where(RECORDS.c.sha256.in_(set(among)), RECORDS.c.turns == same)
    return sorted(connection.scalars(chosen))


def row(record: Record) -> dict[str, Any]:
    """What the list shows and searches of a record."""
    header, summary = record.header, record.summary or {}
    if len(record.call_id) > LONGEST_NAME:
        raise RecordError(f"the name of a call has at most {LONGEST_NAME} letters; this one is longer")
    return {
        "call_id": _stored(record.call_id),
        "agent": _stored(header.get("agent"))[:LONGEST_NAME],
        "queue": _stored(header.get("queue"))[:LONGEST_NAME],
        "started_at": _stored(header.get("started_at"))[:40],
        "duration_s": finite(record.duration_s),
        "worst": ORDER.index(record.worst_level),
        "outcome": _stored(summary.get("outcome") or ("ended abnormally" if record.ended_abnormally else ""))[:60],
        "prompts": len(record.prompts),
        "tension": spark(record.tension()),
        "words": _stored(" \n".join(turn["text"] for turn in record.turns)).lower(),
    }


def _stored(text: object) -> str:
    """A text as every database takes it."""
    return plain(text or "").replace("\0", "")


def cues(record: Record) -> list[str]:
    """Every cue that was heard in the call, once."""
    return sorted({cue for turn in record.turns for cue in turn.get("cues") or []})


def spark(tension: list[list[float]]) -> list[float]:
    """The highest pressure of each of at most 40 stretches: a peak is never lost."""
    size = max(1, -(-len(tension) // SPARK))
    return [round(max(point[1] for point in tension[i : i + size]), 2) for i in range(0, len(tension), size)]
