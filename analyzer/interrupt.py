"""Ctrl-C: from the first moment to the last it is one quiet line, and an exit code that shells know.

Libraries that are interrupted while they load print traces of their own, or turn Ctrl-C into an `ImportError`: so it is
held back until they are there, a fraction of a second.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """Ctrl-C, on its way to `main` past all that would answer it otherwise.  Its words, if any, are told."""


@contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C waits until this is over.  Where it does not end the program anyway, nothing is different."""
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt


def is_stop(error: BaseException | None) -> bool:
    """Whether an error is Ctrl-C, or what a library made of it."""
    while error is not None:
        if isinstance(error, (KeyboardInterrupt, Stopped)):
            return True
        error = error.__cause__ or error.__context__
    return False


def just_end() -> None:
    """From now on Ctrl-C ends the process without a word: all is said, and only libraries are still tidying up."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
