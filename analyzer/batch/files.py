"""Recordings wherever they are: paths on this machine, or addresses (s3://, gs://, memory://) that fsspec opens.

fsspec comes with the extra `ray`; plain paths need nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_address(file: str) -> bool:
    """Whether it is an address, and no path."""
    return "://" in file


def place(file: str) -> str:
    """Where a file is, whatever folder the program was started in; an address stays what it is."""
    return file if is_address(file) else Path(file).absolute().as_posix()


def is_folder(path: str | Path) -> bool:
    """Whether it is a folder; a path that cannot be looked at, or is longer than paths can be, is none."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether it is a file; the same holds."""
    try:
        return path.is_file()
    except OSError:
        return False


def _system(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise AudioError(f"{address} needs fsspec; run: pip install 'call-analyzer[ray]'") from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError, OSError) as error:
        raise AudioError(f"{address} cannot be opened: {error}") from error
    return system, path


def listed(address: str) -> list[str]:
    """The files that an address means: itself, all below a folder, or all that fit a glob."""
    system, path = _system(address)
    try:
        found = system.glob(path) if has_magic(path) else system.find(path)
        return [system.unstrip_protocol(file) for file in found]
    except OSError as error:
        raise AudioError(f"{address} cannot be listed: {error}") from error


def stamp(files: Sequence[str]) -> str:
    """What changes when a file does: its size, and when it was written.  Empty where there is no such file."""
    try:
        return " ".join(_stamp(file) for file in files)
    except OSError:
        return ""


def _stamp(file: str) -> str:
    if not is_address(file):
        seen = Path(file).stat()
        return f"{seen.st_size}-{seen.st_mtime_ns}"
    system, path = _system(file)
    return f"{system.ukey(path)} {system.info(path).get('size')}"  # the first is but the address for some systems


def size(files: Sequence[str]) -> int:
    """Bytes, as far as they are known; for the guess of the time that is left."""
    total = 0
    for file in files:
        try:
            total += Path(file).stat().st_size if not is_address(file) else int(_measured(file))
        except OSError:
            continue
    return total


def _measured(file: str) -> int:
    system, path = _system(file)
    return int(system.size(path) or 0)


@contextmanager
def at_hand(files: Sequence[str]) -> Iterator[list[Path]]:
    """The files as paths on this machine; what is elsewhere is copied here for as long as it is needed."""
    with ExitStack() as stack:
        yield [stack.enter_context(_fetched(file)) if is_address(file) else Path(file) for file in files]


@contextmanager
def _fetched(address: str) -> Iterator[Path]:
    system, path = _system(address)
    with tempfile.TemporaryDirectory(prefix="analyzer-") as folder:
        here = Path(folder) / path.rsplit("/", 1)[-1]
        try:
            with system.open(path, "rb") as far, here.open("wb") as near:
                shutil.copyfileobj(far, near, 1 << 20)
        except OSError as error:
            raise AudioError(f"{address} cannot be read: {error}") from error
        yield here
