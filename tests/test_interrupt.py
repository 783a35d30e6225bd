"""Ctrl-C at any moment: one quiet line, and the exit code of a program that was stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from analyzer.interrupt import Stopped, held_back, is_stop

QUIET = "analyzer: stopped; nothing half-written was kept\n"
PRESS_WHEN_IMPORTING = """
import os, signal, sys
class Press:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
sys.argv = ["analyzer", *{arguments!r}]
from analyzer.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("click", ["--version"]),
        ("analyzer.cli", ["--help"]),
        ("analyzer.cli.score", ["score", "call.wav"]),
        ("soundfile", ["score", "call.wav"]),
        ("numpy", ["affect", "-"]),
        ("onnxruntime", ["affect", "-"]),
        ("onnxruntime.capi._pybind_state", ["affect", "-"]),
        ("yaml", ["playbook", "check"]),
        ("rich.table", ["doctor"]),
    ],
)
def test_while_the_program_is_still_being_loaded(name: str, arguments: list[str]) -> None:
    """In the middle of an import, of ours or of a library."""
    script = PRESS_WHEN_IMPORTING.format(name=name, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", script], input="", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, QUIET)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_that_shows_the_keys_gets_a_new_line_first() -> None:
    """It has written ^C at the beginning of ours."""
    import pty

    ours, theirs = pty.openpty()
    script = PRESS_WHEN_IMPORTING.format(name="click", arguments=["--help"])
    done = subprocess.run([sys.executable, "-c", script], stderr=theirs, stdin=theirs, check=False)
    os.close(theirs)
    assert (done.returncode, os.read(ours, 1000)) == (130, b"\r\n" + QUIET.replace("\n", "\r\n").encode())
    os.close(ours)


def test_what_is_held_back_comes_as_soon_as_it_may() -> None:
    """Also from within another hold; and what follows is as before."""
    reached = []
    with pytest.raises(KeyboardInterrupt), held_back():
        with held_back():
            os.kill(os.getpid(), signal.SIGINT)
            reached.append("inner")
        reached.append("outer")
    assert reached == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_ignores_it_goes_on_ignoring_it() -> None:
    """Workers do: it is for the process that has them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_back():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_has_nothing_to_hold_back() -> None:
    """Python tells the main thread alone."""
    done: list[bool] = []

    def load() -> None:
        with held_back():
            done.append(True)

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    assert done == [True]


def test_what_a_library_makes_of_it_is_known() -> None:
    """pybind11 makes an `ImportError` of it."""
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as stop:
            raise ImportError("initialization failed") from stop
    except ImportError as error:
        assert is_stop(error)
    assert is_stop(Stopped())
    assert not is_stop(ImportError("no module named x"))
