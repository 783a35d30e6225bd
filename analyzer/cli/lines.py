"""Verbs that read lines of JSON, from a file or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from analyzer.errors import RecordError

PIPE = Path("-")
# `lines` says it better than click that a file may not be read
file_argument = click.argument("file", type=click.Path(path_type=Path, readable=False), default=PIPE)


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file, or of stdin for "-", that are not empty, each with its number in the file, from 1.

    A file that cannot be opened is a `RecordError` at once, one that breaks off when it does.
    """
    try:
        return _numbered(path, _pipe() if path == PIPE else path.open("rb"))
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise _unreadable(path, error) from error


def _pipe() -> IO[bytes]:
    if sys.stdin is None:  # closed by whoever started the program
        raise RecordError("there is no standard input to read; give a file")
    return sys.stdin.buffer


def _numbered(path: Path, file: IO[bytes]) -> Iterator[tuple[int, str]]:
    try:
        with file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.decode("utf-8-sig", "replace")
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> RecordError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such file"
    return RecordError(f"cannot read {path}: {reason.lower()}; check the path")
