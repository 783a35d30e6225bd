"""The records of a folder, one at a time: ten thousand take the memory of one."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from analyzer.errors import RecordError
from analyzer.record import Record, parse

Made = TypeVar("Made")


def paths(folder: Path) -> list[Path]:
    """The files below a folder that may be records, in a stable order; hidden ones are nobody's business."""
    found = (path for path in folder.rglob("*.jsonl") if path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def each(folder: Path, make: Callable[[str, Record], Made], refused: list[str]) -> Iterator[Made]:
    """What `make` makes of each record of a folder and its path in there; files that are none get a line in `refused`.

    JSON lines of another kind (the list of what a run has done) are passed over without a word.
    """
    for path in paths(folder):
        try:
            record = read_if_record(path)
            if record is None:
                continue
            made = make_of(path, record, make, folder)
        except RecordError as error:
            refused.append(str(error))
            continue
        yield made


def make_of(path: Path, record: Record, make: Callable[[str, Record], Made], folder: Path) -> Made:
    """What `make` makes of a record; a record that lacks what it must have is a `RecordError`."""
    try:
        return make(path.relative_to(folder).as_posix(), record)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
        raise RecordError(f"{path} breaks the contract of a call record ({what}); score it anew") from error


def read_if_record(path: Path) -> Record | None:
    """The record in a file, or None where its first line is a JSON object of another kind."""
    return parse_if_record(_bytes(path), path)


def parse_if_record(data: bytes, path: Path) -> Record | None:
    """The same for the bytes of a file."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise RecordError(f"{path} is not UTF-8, so it is not a call record") from error
    lines = [_whole(line) if "\\ud" in line.lower() else line for line in _lines(text)]
    if _is_of_another_kind("".join(lines[:1])):
        return None
    return parse(lines, str(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"cannot read the record {path}: {error.strerror or error}") from error


def _lines(text: str) -> list[str]:
    """Lines as a file gives them: `str.splitlines` would also cut where somebody's words hold U+2028."""
    return list(io.StringIO(text))


def _whole(line: str) -> str:
    """A line without halves of characters (`\\ud83d`), which JSON may hold and no file or database takes."""
    try:
        return plain(json.dumps(json.loads(line), ensure_ascii=False)) + "\n"
    except (ValueError, RecursionError):
        return line  # it is no JSON, which reading it will say


def _is_of_another_kind(first: str) -> bool:
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(line, dict) and line.get("type") != "call"


def finite(value: object) -> float:
    """A number that is one; `ValueError` or `TypeError` for what a foreign writer may put in its place."""
    if isinstance(value, (bool, str)):
        raise TypeError("not a number")
    found = float(value)  # type: ignore[arg-type]  # a TypeError of its own says so
    if not math.isfinite(found):
        raise ValueError("not a finite number")
    return found


def plain(text: object) -> str:
    """A value as words that any file can hold: half a character becomes a question mark."""
    return str(text).encode("utf-8", "replace").decode()
