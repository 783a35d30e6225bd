"""What became of each call of an archive: JSON lines that are only ever added to.

A line is one write, flushed to the disk before anybody relies on it; so after a kill at any moment the ledger is
whole but for its last line, which is cut off when it is opened again.  The last line of a call counts.

    done          its record is there; with what it was made from, so that it need not be made again
    retried       a worker died of it, or hung; it is tried again
    quarantined   it took that many workers with it, and is left alone
    failed        it cannot be read (or only a part of what its record has), and trying again would not help
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, get_args

from analyzer.errors import OutputError

State = Literal["done", "retried", "quarantined", "failed"]
STATES = get_args(State)
GIVEN_UP: tuple[State, ...] = ("failed", "quarantined")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    call: str
    state: State
    file: str = ""
    reason: str = ""  # why it was given up or is tried again; of what is done: what of the recording was missing
    how: str = ""  # of what is done: "scored", "coached" again, or "found" as it was
    stamp: str = ""  # of the recording when it was read
    key: str = ""  # the hash of all else that the record was made from
    page: str = ""  # none, "silent", or "sounding"
    size: int = 0  # bytes of the record
    duration_s: float = 0.0  # of the call
    took_s: float = 0.0  # seconds of processor time
    at: str = ""  # when it was written, ISO, UTC
    other: str = ""  # the customer's recording, where the sides are two files

    @property
    def line(self) -> bytes:
        """As it is written."""
        known = {name: value for name, value in asdict(self).items() if value != ""}
        return json.dumps(known, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


_NAMES = {field.name for field in fields(Entry)}


class Ledger:
    """The ledger of one archive, open for more."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin it.  Raises `OutputError` where it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            _cut_torn_line(path)
            self.last = {entry.call: entry for entry in entries(path)}
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}; choose another folder with -o") from error
        self._path = path

    def add(self, entry: Entry) -> Entry:
        """Write a line with the time on it; it stays, whatever happens next."""
        entry = replace(entry, at=datetime.now(timezone.utc).isoformat(timespec="seconds"))
        try:
            if os.write(self._file, entry.line) != len(entry.line):
                raise OSError(None, "no space left")
            os.fsync(self._file)
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}; free some space, then --resume") from error
        self.last[entry.call] = entry
        return entry

    def close(self) -> None:
        """No more lines."""
        os.close(self._file)


def entries(path: Path) -> Iterator[Entry]:
    """The lines of a ledger in their order; what is no line of one is left out."""
    try:
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return
    yield from filter(None, map(_entry, text.splitlines()))


def _entry(line: str) -> Entry | None:
    try:
        given = json.loads(line)
        known = {name: value for name, value in given.items() if name in _NAMES}
        return Entry(**known) if known["state"] in STATES and isinstance(known["call"], str) else None
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def _cut_torn_line(path: Path) -> None:
    """Take away what was written of the last line, where a kill or a full disk left it without its end."""
    with path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - 4096)
            file.seek(begin)
            at = file.read(end - begin).rfind(b"\n")
            end = begin if at < 0 else begin + at + 1
            if at >= 0:
                break
        if end != size:
            file.truncate(end)
