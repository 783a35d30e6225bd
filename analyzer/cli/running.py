"""The command line from its arguments to its exit code: what goes wrong is one line on stderr."""

from __future__ import annotations

import errno
import io
import sys

import click

from analyzer.cli import analyzer
from analyzer.errors import AnalyzerError
from analyzer.interrupt import Stopped, is_stop

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


def run() -> int:
    """Run the verb that was asked for; the exit code is not 0 where an error was told.

    Ctrl-C, and whatever libraries make of it, is a `KeyboardInterrupt`, with the words that a verb had for it.
    """
    try:
        return _told()
    except BaseException as error:
        if is_stop(error):
            raise KeyboardInterrupt(str(error) if isinstance(error, Stopped) else "") from error
        raise


def _told() -> int:
    try:
        status = analyzer.main(standalone_mode=False)
    except AnalyzerError as error:
        return _complain(str(error), 1)
    except click.ClickException as error:
        return _misused(error)
    except click.Abort as end:  # a question was answered with the end of the input
        raise Stopped from end
    except BrokenPipeError:  # `analyzer ... | head`: the reader has had enough, and so have we
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.errno in FULL:
            sys.stdout = io.StringIO()  # what waits in the old one has no room either
            return _complain("the output has no room left; free some, or write it elsewhere", 1)
        if error.filename is None:
            raise
        return _complain(f"{error.filename}: {error.strerror}; check the path", 1)
    return status if isinstance(status, int) else 0


def _misused(error: click.ClickException) -> int:
    """Say in one line what is wrong with a command; one that says nothing gets the help."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    if message.startswith("Usage:"):
        error.show()
        return error.exit_code
    way_out = f"; see: {context.command_path} --help" if context else ""
    return _complain(f"{message.rstrip('. ')}{way_out}", error.exit_code)


def _complain(message: str, code: int) -> int:
    """Say one line on stderr, and give back the exit code."""
    from analyzer.cli.logs import say  # what only an error needs costs `--help` nothing

    say(message)
    return code
