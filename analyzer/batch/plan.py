"""Which recordings there are to score: files, folders, globs, addresses that fsspec knows, or a manifest.

The name of a call is the name of its file, unless the pattern, the sidecar or the manifest says another.  Where two
files of different folders would make one name, each gets the first eight digits of the hash of its path behind it,
so that neither is lost and both keep their names as long as they stay where they are.  Two calls that were *given*
one name are refused: somebody meant something by it.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyzer.batch.files import is_address, is_folder, listed, place
from analyzer.batch.names import About, NamePattern, beside, by_mapping, by_name
from analyzer.errors import AnalyzerError, AudioError, RecordError
from analyzer.record import safe_name

RECORDINGS = frozenset(
    (".wav", ".flac", ".ogg", ".oga", ".mp3", ".m4a", ".amr", ".opus", ".wma", ".aac", ".mp4", ".webm")
)


TAKEN = ("summary",)  # names in the folder of results that no call may have: the page of the whole archive


@dataclass(frozen=True, slots=True)
class Task:
    """One call to score."""

    call_id: str
    files: tuple[str, ...]  # one recording, or the agent's and the customer's; paths, or addresses
    about: About = About()

    @property
    def name(self) -> str:
        """The file as a person knows it."""
        return self.files[0]

    @property
    def other(self) -> str:
        """The customer's recording, where the sides are two files."""
        return "".join(self.files[1:])


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, and what cannot be."""

    tasks: tuple[Task, ...]
    refused: tuple[tuple[str, str], ...] = ()  # a file, and why
    unnamed: tuple[str, ...] = ()  # files whose names do not fit the pattern


@dataclass(frozen=True, slots=True)
class _Found:
    files: tuple[str, ...]
    given: About = About()


def plan(paths: Iterable[str], manifest: Path | None = None, pattern: NamePattern | None = None) -> Plan:
    """Everything that the command line asks for, each file once, in the order of the names.

    Raises `AudioError` for a path where nothing is, and `RecordError` for a manifest that is none.
    """
    found = {_places(one.files): one for one in [*_all(paths), *(manifested(manifest) if manifest else ())]}
    tasks, refused, unnamed = list[Task](), list[tuple[str, str]](), list[str]()
    for _, one in sorted(found.items()):
        files = one.files
        try:
            sidecar = About() if is_address(files[0]) else beside(Path(files[0]))
        except AnalyzerError as error:
            refused.append((files[0], str(error)))
            continue
        named = by_name(pattern, files[0]) if pattern else None
        unnamed += [files[0]] if pattern and named is None else []
        about = one.given.over(sidecar).over(named or About())
        tasks.append(Task(safe_name(about.call_id or _stem(files[0])), files, about))
    kept, twins = _told_apart(tasks)
    return Plan(tuple(kept), (*refused, *twins), tuple(unnamed))


def _stem(file: str) -> str:
    return re.sub(r"\.[^.]*$", "", re.split(r"[/\\]", file)[-1])


def _told_apart(tasks: list[Task]) -> tuple[list[Task], list[tuple[str, str]]]:
    """Names that are alike (on disks that do not know capitals, too) made different, or refused."""
    count = Counter([*TAKEN, *(task.call_id.casefold() for task in tasks)])
    kept, refused = list[Task](), list[tuple[str, str]]()
    for task in tasks:
        if count[task.call_id.casefold()] == 1:
            kept.append(task)
        elif task.about.call_id:
            refused.append((task.name, f"{task.name}: the name {task.call_id} is taken; give it its own"))
        else:
            kept.append(replace(task, call_id=f"{task.call_id[:100]}-{_short_hash(task.files)}"))
    return kept, refused


def _short_hash(files: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(_places(files)).encode("utf-8", "replace")).hexdigest()[:8]


def _places(files: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(place, files))


def _all(paths: Iterable[str]) -> Iterator[_Found]:
    for path in paths:
        yield from (_Found((file,)) for file in _files(path))


def _files(path: str) -> list[str]:
    """A folder becomes the recordings below it, a glob what it fits; a file stays what it is."""
    if is_address(path):
        found = [file for file in listed(path) if _is_recording(file)]
    elif is_folder(path):
        found = [str(file) for file in recordings_below(Path(path))]
        if not found:
            raise AudioError(f"{path} is a folder with no recordings in it; give a recording")
    elif not glob.has_magic(path) or Path(path).exists():
        found = [path]  # one that is not there is told when its turn comes, and the others go on
    else:
        fits = glob.glob(path, recursive=True)  # noqa: PTH207 - Path's own knows no absolute patterns
        found = [file for file in fits if _is_recording(file) and Path(file).is_file()]
    if not found:
        raise AudioError(f"{path} fits no recording; put it in quotes, so that the shell leaves it alone")
    return found


def recordings_below(folder: Path) -> list[Path]:
    """All of a folder, in their order, but for hidden ones: there are copies that other programs, and ours, keep."""
    found = (path for path in folder.rglob("*") if _is_recording(path.name) and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _is_recording(file: str) -> bool:
    return Path(file).suffix.lower() in RECORDINGS


def manifested(manifest: Path) -> list[_Found]:
    """The calls of a manifest: CSV with a line of names on top, or JSON lines.

    Each row has `path`, or `agent_path` and `customer_path`; and `call_id`, `agent`, `queue`, `date` as far as they
    are known.  Paths are seen from the manifest's folder.  Raises `RecordError` that names the row.
    """
    try:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(file, manifest))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordError(f"cannot read the manifest {manifest}: {error}") from error
    if not rows:
        raise RecordError(f"the manifest {manifest} is empty; it has a row a call, with its path")
    return [_row(row, f"{manifest}, row {number}", manifest.parent) for number, row in enumerate(rows, start=1)]


def _rows(file: Any, manifest: Path) -> Iterator[Mapping[str, Any]]:
    if manifest.suffix.lower() not in (".jsonl", ".ndjson", ".json"):
        yield from csv.DictReader(file)
        return
    for number, line in enumerate(file, start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError) as error:
            raise RecordError(f"{manifest}, line {number}: not JSON") from error
        if isinstance(row, dict):
            yield row


def _row(row: Mapping[str, Any], place: str, folder: Path) -> _Found:
    files = [row["path"]] if row.get("path") else [row.get("agent_path"), row.get("customer_path")]
    if not all(isinstance(file, str) and file for file in files):
        raise RecordError(f"{place} has no path, nor agent_path and customer_path")
    at = tuple(str(file) if is_address(str(file)) else str(folder / str(file)) for file in files)
    return _Found(at, by_mapping(row, place))
