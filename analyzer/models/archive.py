"""Taking a model out of a zip or aar archive, or out of a folder, without trusting either.

Rules:
* an archive with a path that would leave its folder (absolute, `..`, a drive, a backslash), a link or
  an encrypted file is refused as a whole, before anything is written;
* nothing is written beyond the size that the manifest allows, whatever the archive says of itself;
* only the files of the model are taken.
"""

from __future__ import annotations

import errno
import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from analyzer.errors import ModelError
from analyzer.models.manifest import Model

HEART = "am/final.mdl"  # every Vosk model of the present layout has it
MOST_ENTRIES = 1_000  # a Vosk model has about twenty files
BLOCK = 1 << 20
BROKEN = (
    # what zipfile raises on damaged archives
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


def take(model: Model, path: Path, target: Path) -> None:
    """Copy the model's files from an archive or a folder into `target`, which is new.

    Raises `ModelError` for what is not such a model, and `OSError` for what the disk refuses.
    """
    if path.is_dir():
        _take_folder(model, path, target)
    else:
        _take_archive(model, path, target)


def _take_folder(model: Model, path: Path, target: Path) -> None:
    found = [path, *(entry for entry in sorted(path.glob("*")) if entry.is_dir())]
    heart = heart_of(model)
    root = next((folder for folder in found if (folder / heart).is_file()), None)
    if root is None:
        raise ModelError(f"{path} holds no such model (no {heart}); give its zip, its aar or its folder")
    files = model.files or [entry.relative_to(root).as_posix() for entry in _regular_files(root)]
    left = model.unpacked_bytes
    for name in files:
        if not (root / name).is_file():
            raise ModelError(f"{root} is not {model.name}: it has no {name}")
        with (root / name).open("rb") as source:
            left -= _write(source, target / name, left, path)


def _regular_files(root: Path) -> Iterator[Path]:
    for count, entry in enumerate(sorted(root.rglob("*"))):
        if count > MOST_ENTRIES or entry.is_symlink():
            raise ModelError(f"{root} is not a plain model folder: it has links or too many files")
        if entry.is_file():
            yield entry


def _take_archive(model: Model, path: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked(archive, path)
            root = _root(entries, path, heart_of(model))
            names = model.files or [name.removeprefix(root) for name in entries if name.startswith(root)]
            left = model.unpacked_bytes
            for name in names:
                if root + name not in entries:
                    raise ModelError(f"{path} is not {model.name}: it has no {name}")
                with archive.open(entries[root + name]) as source:
                    left -= _write(source, target / name, left, path)
    except BROKEN as error:
        raise ModelError(f"{path} is damaged or not a zip archive; fetch it again") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # what the disk refuses is another matter; this is a place before the file
            raise
        raise ModelError(f"{path} is damaged or not a zip archive; fetch it again") from error


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name; `ModelError` for one that cannot be trusted."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise ModelError(f"{path} is refused: {len(entries)} entries are no speech model")
    for entry in entries:
        if reason := _danger(entry):
            raise ModelError(f"{path} is refused: {entry.filename[:80]!r} {reason}")
    files = [entry for entry in entries if not entry.is_dir()]
    if len({entry.filename.casefold() for entry in files}) != len(files):
        raise ModelError(f"{path} is refused: it holds one file twice")
    return {entry.filename: entry for entry in files}


def _danger(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename  # `filename` has been cleaned up already
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in PurePosixPath(name).parts:
        return "would be written outside its folder"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    return "is encrypted" if entry.flag_bits & 1 else ""


def heart_of(model: Model) -> str:
    """The file by which a model's folder is known."""
    return HEART if model.kind == "speech" else min(model.files)


def _root(entries: dict[str, zipfile.ZipInfo], path: Path, heart: str) -> str:
    """Where in the archive the model lies: "" or a folder with a slash behind it."""
    hearts = [name for name in entries if name == heart or name.endswith(f"/{heart}")]
    if len(hearts) != 1:
        raise ModelError(f"{path} holds no such model (no {heart}); give its zip, its aar or its folder")
    return hearts[0].removesuffix(heart)


def _write(source: IO[bytes], target: Path, most: int, path: Path) -> int:
    """Copy, and count; more than `most` bytes is a `ModelError`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("wb") as file:
        while block := source.read(BLOCK):
            written += len(block)
            if written > most:
                raise ModelError(f"{path} is refused: it unpacks to more than the model has")
            file.write(block)
    return written


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
