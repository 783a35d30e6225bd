"""Models on this machine: found and verified before use, installed whole or not at all.

A model lies in `cache_folder()/NAME`, or where VOSK_MODEL_PATH says: that is either a folder of models,
as Vosk itself has it, or one model.  ANALYZER_CACHE moves the cache.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from analyzer.digest import sha256
from analyzer.errors import ModelError, ModelMissing
from analyzer.models.archive import HEART, discard, take
from analyzer.models.fetch import Progress, Unreachable, fetch
from analyzer.models.manifest import Model, Source, default_speech, lookup, shipped
from analyzer.models.seen import Note, Seen, all_files, look, note_path, read_note, unchanged, write_note

ANALYZER_CACHE = "ANALYZER_CACHE"
VOSK_MODEL_PATH = "VOSK_MODEL_PATH"
FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
LONGEST_WAIT_S = 3600.0  # for another pull of the same model, which may be 1.9 GB over a slow line

Say = Callable[[str], None]


def cache_folder() -> Path:
    """Where pulled models are kept: the user's cache, or ANALYZER_CACHE."""
    import platformdirs

    override = os.environ.get(ANALYZER_CACHE)
    return Path(override) if override else platformdirs.user_cache_path("call-analyzer") / "models"


def installed_path(name: str) -> Path | None:
    """The folder that `find` would use, not looked into; None if there is none."""
    model = lookup(name)
    if model.shipped:
        return shipped(model.shipped)
    if model.kind == "speech" and (theirs := _from_environment(model)):
        return theirs
    folder = cache_folder() / model.name
    return folder if folder.is_dir() else None


def find(name: str) -> Path:
    """The verified folder of a model.

    Raises `ModelMissing` if it is not on this machine, and `ModelError` if its files are not what they were.
    """
    model, folder = lookup(name), installed_path(name)
    if folder is None:
        raise ModelMissing(f"the model {name} is not on this machine; run: analyzer models pull {name}")
    _check(model, folder)
    return folder


def verify(name: str) -> Path:
    """The same, with every byte read again."""
    model, folder = lookup(name), installed_path(name)
    if folder is None:
        raise ModelMissing(f"the model {name} is not on this machine; run: analyzer models pull {name}")
    _check(model, folder, in_full=True)
    return folder


def identity(name: str) -> str:
    """One SHA-256 for a model: that of the lines "hash  path" of its files, in order of their paths."""
    model, folder = lookup(name), find(name)
    seen = read_note(note_path(cache_folder(), folder)).files or look(folder, model.files or all_files(folder))
    lines = "".join(f"{seen[path].sha256}  {path}\n" for path in sorted(seen))
    return hashlib.sha256(lines.encode()).hexdigest()


def taken_on_trust(name: str) -> bool:
    """Whether nothing in the manifest vouched for the files of this model when they came."""
    folder = installed_path(name)
    return folder is not None and read_note(note_path(cache_folder(), folder)).checked == "nothing"


def tried(name: str, try_out: Callable[[Path], None], *, again: bool = False) -> Path:
    """The folder of a model, tried out once (or `again`) if nothing vouches for its files.

    What `try_out` raises passes through.
    """
    folder = find(name)
    path = note_path(cache_folder(), folder)
    note = read_note(path)
    if note.checked == "nothing" and (again or not note.tried):
        try_out(folder)
        write_note(path, replace(note, tried=True))
    return folder


def ensure(name: str, say: Say, progress: Progress | None = None) -> Path:
    """The verified folder of a model, fetched first if it is not here; `say` hears that it is."""
    try:
        return find(name)
    except ModelMissing:
        say(f"the model {name} ({lookup(name).megabytes} MB) is not on this machine; fetching it, once")
        return pull(name, progress, say)


def pull(name: str, progress: Progress | None = None, say: Say | None = None) -> Path:
    """Fetch a model from the first of its sources that answers, and install it in the cache.

    One that is there and whole is left alone; one that is damaged is replaced.
    Raises `ModelMissing` when no source gives it, and `ModelError` for a full disk.
    """
    model = lookup(name)
    if model.shipped:
        return find(name)
    with _disk(model), _alone(model, say or _nothing):
        if _is_whole(model):
            return cache_folder() / name
        source, archive = _from_any(model, progress or _nothing)
        try:
            return _install(model, archive, Note({}, source.host, "archive"))
        finally:
            archive.unlink(missing_ok=True)


def add(name: str, path: Path, say: Say | None = None) -> Path:
    """Install a model from a zip, an aar or a folder, on a machine without a network.

    Raises `ModelError` for what is not that model.
    """
    model = lookup(name)
    if model.shipped:
        raise ModelError(f"{name} comes with the program; there is nothing to add")
    if not path.exists():
        raise ModelError(f"{path} does not exist; give the zip, the aar or the folder of a model")
    with _disk(model), _alone(model, say or _nothing):
        known = path.is_file() and sha256(path) in {source.sha256 for source in model.sources}
        return _install(model, path, Note({}, path.name, "archive" if known else "nothing"))


def _from_environment(model: Model) -> Path | None:
    value = os.environ.get(VOSK_MODEL_PATH)
    if not value:
        return None
    folder = Path(value)
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        raise ModelError(f"{VOSK_MODEL_PATH} is {value}, which may not be read; correct its rights or unset it")
    if (folder / model.name / HEART).is_file():
        return folder / model.name
    if (folder / HEART).is_file():
        return folder if model.name in (folder.name, default_speech()) else None
    if not any(folder.glob(f"*/{HEART}")):
        raise ModelError(f"{VOSK_MODEL_PATH} is {value}, which holds no speech model; correct it or unset it")
    return None


def _is_whole(model: Model) -> bool:
    folder = cache_folder() / model.name
    if not folder.is_dir():
        return False
    try:
        _check(model, folder)
    except ModelError:
        return False
    return True


def _check(model: Model, folder: Path, *, in_full: bool = False) -> None:
    """Compare the files with their hashes; cheaply, if they were read before and look untouched since."""
    path = note_path(cache_folder(), folder)
    note = read_note(path)
    theirs = not model.shipped and folder.name != model.name  # a model of the user's own, through the environment
    expected = {} if theirs else dict(model.files) or {name: file.sha256 for name, file in note.files.items()}
    known = all(name in note.files and note.files[name].sha256 == wanted for name, wanted in expected.items())
    if note.files and known and not in_full and unchanged(folder, note.files):
        return
    seen = _compared(model, folder, expected)
    write_note(path, Note(seen, note.origin, note.checked or ("files" if model.files and not theirs else "nothing")))


def _compared(model: Model, folder: Path, expected: dict[str, str]) -> Seen:
    way_out = _way_out(model, folder)
    missing = [name for name in expected if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"the model in {folder} has no {missing[0]}; {way_out}")
    try:
        seen = look(folder, expected or all_files(folder))
    except OSError as error:
        raise ModelError(f"cannot read the model in {folder}: {error.strerror}; {way_out}") from error
    wrong = [name for name, wanted in expected.items() if seen[name].sha256 != wanted]
    if wrong:
        raise ModelError(f"the model in {folder} is damaged or was changed ({wrong[0]}); {way_out}")
    return seen


def _way_out(model: Model, folder: Path) -> str:
    if model.shipped:
        return "reinstall the program"
    if folder.parent != cache_folder():
        return f"copy it again, or unset {VOSK_MODEL_PATH}"
    return f"run: analyzer models pull {model.name}"


def _from_any(model: Model, progress: Progress) -> tuple[Source, Path]:
    """The archive from the first source that gives it."""
    downloads = cache_folder() / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    _need_space(model)
    complaints = []
    for source in model.sources:
        part = downloads / f"{model.name}-{source.sha256[:12]}.part"
        try:
            fetch(source, part, progress)
        except Unreachable as error:
            complaints.append(f"{source.host} {error}")
        except OSError as error:
            if error.errno in FULL:  # what is there already only stands in the way
                discard(part)
            raise
        else:
            return source, part
    raise ModelMissing(
        f"the model {model.name} could not be fetched ({'; '.join(complaints)}); with a network run: analyzer models "
        f"pull {model.name}; without one: analyzer models add PATH, or set {VOSK_MODEL_PATH}"
    )


def _install(model: Model, archive: Path, note: Note) -> Path:
    """Unpack beside the place, compare, and move the whole into place in one step."""
    incoming, folder = cache_folder() / "incoming" / model.name, cache_folder() / model.name
    discard(incoming)  # what a killed process left
    try:
        incoming.mkdir(parents=True)
        take(model, archive, incoming)
        seen = look(incoming, all_files(incoming))
        wrong = [name for name, wanted in model.files.items() if seen[name].sha256 != wanted]
        if wrong:
            raise ModelError(f"{archive} is not {model.name}: {wrong[0]} differs")
        _swap(incoming, folder)
    finally:
        discard(incoming)
    checked = "files" if model.files else note.checked
    write_note(note_path(cache_folder(), folder), Note(seen, note.origin, checked))
    return folder


def _swap(incoming: Path, folder: Path) -> None:
    """Put the new folder into the place of the old, which is deleted only afterwards."""
    old = incoming.with_name(f"{incoming.name}.old")
    discard(old)
    if folder.exists():
        folder.replace(old)
    incoming.replace(folder)
    discard(old)


@contextmanager
def _alone(model: Model, say: Say) -> Iterator[None]:
    """Nobody else installs this model meanwhile."""
    import filelock

    locks = cache_folder() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(locks / f"{model.name}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        say(f"another process is fetching {model.name}; waiting for it")
        try:
            lock.acquire(timeout=LONGEST_WAIT_S)
        except filelock.Timeout as error:
            raise ModelError(f"another process has been fetching {model.name} for an hour; end it first") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _disk(model: Model) -> Iterator[None]:
    """What the disk refuses, in one line."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ModelError(_too_little(model)) from error
        where = error.filename or cache_folder()
        raise ModelError(
            f"cannot install {model.name}: {where}: {error.strerror}; set {ANALYZER_CACHE} to a folder of yours"
        ) from error


def _need_space(model: Model) -> None:
    if shutil.disk_usage(cache_folder()).free < model.download_bytes + model.unpacked_bytes:
        raise ModelError(_too_little(model))


def _too_little(model: Model) -> str:
    needed = round((model.download_bytes + model.unpacked_bytes) / 1e6)
    return (
        f"no space in {cache_folder()} for {model.name}, which needs {needed} MB while it is installed; "
        f"free some, or set {ANALYZER_CACHE} to a folder on another disk"
    )


def _nothing(*_: object) -> None:
    """Who listens when nobody asked to."""
