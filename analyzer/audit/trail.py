"""The trail: what people said of tags, appended and never changed, each entry sealed by the one before it.

An entry's hash is the SHA-256 of the hash before it and of the entry as canonical JSON.  A changed, missing or
moved entry breaks every hash after it.  Entries cut off at the end leave a shorter chain that is whole:
who must rule that out notes the number and the hash that `analyzer audit verify` prints.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from analyzer.audit.schema import CALLS, TRAIL
from analyzer.errors import OutputError

BEGINNING = "0" * 64
DID = ("agree", "dispute", "correct", "note", "second opinion", "reviewed")
SCORED, OPENED, CLOSED = "scored", "opened", "closed"  # by the scorecard and the rounds, never by a key on a tag
ADDED = "added"  # a person
TRIES = 20  # of two people who write in the same millisecond, one waits


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said of one tag."""

    call_id: str
    record_sha256: str  # of the record as it was when it was judged
    tag: str
    person: str
    did: str
    why: str = ""
    correction: str = ""


def seal(previous: str, entry: Mapping[str, Any]) -> str:
    """The hash of an entry in its chain; hex."""
    kept = {key: entry[key] for key in sorted(entry) if key not in ("previous", "sha256")}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def append(engine: Engine, said: Said) -> dict[str, Any]:
    """Add an entry at the end of the trail, and mark a reviewed call as such."""
    for _ in range(TRIES):
        try:
            return _append(engine, said)
        except (IntegrityError, OperationalError):  # somebody else was a moment earlier: take the next place
            continue
    raise OutputError("the audit's trail is busy; try again in a moment")


def operator() -> str:
    """Who sits at the machine, as the trail names them: the system's own user, whatever the environment claims."""
    if sys.platform == "win32":
        return f"{os.getlogin()} at the command line"
    import pwd  # which Windows has not

    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container, whose user may have a number only
        name = f"user {os.getuid()}"
    return f"{name} at the command line"


def append_of_person(engine: Engine, number: int, by: str, did: str, whom: str = "") -> None:
    """Note who let whom in or out, by the number of the person; never a password."""
    append(engine, Said("", "", f"person:{number}", by, did, correction=whom))


def _append(engine: Engine, said: Said) -> dict[str, Any]:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # writers queue, as they do on SQLite; readers go on
            connection.execute(text("LOCK TABLE trail IN EXCLUSIVE MODE"))
        last = connection.execute(
            select(TRAIL.c.number, TRAIL.c.sha256).order_by(TRAIL.c.number.desc()).limit(1)
        ).first()
        number, previous = (last.number + 1, last.sha256) if last else (1, BEGINNING)
        entry = asdict(said) | {"number": number, "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds")}
        entry |= {"previous": previous, "sha256": seal(previous, entry)}
        connection.execute(insert(TRAIL).values(**entry))
        if said.did == "reviewed":
            connection.execute(update(CALLS).where(CALLS.c.call_id == said.call_id).values(reviewed=True))
    return entry


def entries(engine: Engine, call_id: str | None = None) -> Iterator[dict[str, Any]]:
    """The trail in its order, of one call or of all."""
    chosen = select(TRAIL).order_by(TRAIL.c.number)
    with engine.connect() as connection:
        for entry in connection.execute(
            chosen if call_id is None else chosen.where(TRAIL.c.call_id == call_id)
        ).mappings():
            yield dict(entry)


def broken_at(engine: Engine) -> tuple[int | None, int, str]:
    """The same of the trail in the database."""
    return broken_in(entries(engine))


def broken_in(chain: Iterable[Mapping[str, Any]]) -> tuple[int | None, int, str]:
    """The number of the first entry that is not as it was written (or None), how many there are, and the last hash."""
    previous, count = BEGINNING, 0
    for count, entry in enumerate(chain, start=1):
        if (
            entry.get("number") != count
            or entry.get("previous") != previous
            or entry.get("sha256") != seal(previous, entry)
        ):
            return count, count, previous
        previous = entry["sha256"]
    return None, count, previous


def entries_of(file: Path) -> Iterator[dict[str, Any]]:
    """The entries of an exported trail.  Raises `OutputError` for a file that is none."""
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                if not isinstance(entry, dict):
                    raise ValueError(line)
                yield entry
    except (OSError, ValueError) as error:
        raise OutputError(f"{file} is no exported trail; make one by: analyzer audit export OUT") from error
