"""What the files of an installed model looked like when they were last read in full.

One small JSON file a folder, in the cache.  It makes the check before use cheap (sizes and times are
compared, not 70 MB of bytes), and it holds the hashes of a model whose manifest has none.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analyzer.digest import sha256


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One file at the time it was hashed."""

    size: int
    modified_ns: int
    sha256: str


Seen = Mapping[str, FileSeen]  # by path inside the model's folder


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a folder: its files, where they came from and what vouched for them."""

    files: Seen
    origin: str = ""
    checked: str = ""  # against "files" or "archive" of the manifest, or "nothing"
    tried: bool = False  # whether it was seen to work, with the files as they are


def note_path(cache: Path, folder: Path) -> Path:
    """Where the note about a folder is kept, whoever owns the folder."""
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return cache / "seen" / f"{folder.name}-{key}.json"


def read_note(path: Path) -> Note:
    """The note, or an empty one where there is none that can be read: the files are then read in full again."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        files = {name: FileSeen(int(row[0]), int(row[1]), str(row[2])) for name, row in data["files"].items()}
        return Note(files, str(data["origin"]), str(data["checked"]), bool(data.get("tried")))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return Note({})


def write_note(path: Path, note: Note) -> None:
    """Keep the note; one that cannot be kept costs a full read next time and nothing else."""
    rows = {name: [file.size, file.modified_ns, file.sha256] for name, file in sorted(note.files.items())}
    data = {"origin": note.origin, "checked": note.checked, "tried": note.tried, "files": rows}
    partial = path.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_text(json.dumps(data, indent=1), encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def unchanged(folder: Path, seen: Seen) -> bool:
    """Whether every file is there with the size and time that it had."""
    try:
        now = {name: (folder / name).stat() for name in seen}
    except OSError:
        return False
    return all(
        (now[name].st_size, now[name].st_mtime_ns) == (file.size, file.modified_ns) for name, file in seen.items()
    )


def look(folder: Path, names: Iterable[str]) -> Seen:
    """Read these files in full.  Raises `OSError`."""
    found = {}
    for name in sorted(names):
        before = (folder / name).stat()
        found[name] = FileSeen(before.st_size, before.st_mtime_ns, sha256(folder / name))
    return found


def all_files(folder: Path) -> list[str]:
    """The files of a folder, by path inside it."""
    return sorted(entry.relative_to(folder).as_posix() for entry in folder.rglob("*") if entry.is_file())
