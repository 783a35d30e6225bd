"""`python -m analyzer` and the `analyzer` command.

Nothing heavy is imported up here: Ctrl-C is answered from the first moment on.
"""

from __future__ import annotations

import errno
import io
import sys
from typing import TYPE_CHECKING

from analyzer.interrupt import STOPPED, Stopped, held_back, is_stop, just_end

if TYPE_CHECKING:
    import click

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


def main() -> None:
    """Run the command line: errors that we know are one line on stderr, and an exit code that is not 0."""
    try:
        code = run()
    except BaseException as error:
        if not is_stop(error):
            raise
        code = stopped(str(error) if isinstance(error, Stopped) else "")
    just_end()
    sys.exit(code)


def run() -> int:
    """The same, but for Ctrl-C: the exit code."""
    with held_back():
        import click

        from analyzer.cli import analyzer
        from analyzer.errors import AnalyzerError
    try:
        status = analyzer.main(standalone_mode=False)
    except AnalyzerError as error:
        return complain(str(error), 1)
    except click.ClickException as error:
        return misused(error)
    except click.Abort:  # a question was answered with the end of the input
        return stopped()
    except BrokenPipeError:  # `analyzer ... | head`: the reader has had enough, and so have we
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.errno not in FULL:
            raise
        sys.stdout = io.StringIO()  # what waits in the old one has no room either
        return complain("the output has no room left; free some, or write it elsewhere", 1)
    return status if isinstance(status, int) else 0


def misused(error: click.ClickException) -> int:
    """Say in one line what is wrong with a command; one that says nothing gets the help."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    if message.startswith("Usage:"):
        error.show()
        return error.exit_code
    way_out = f"; see: {context.command_path} --help" if context else ""
    return complain(f"{message.rstrip('. ')}{way_out}", error.exit_code)


def stopped(what: str = "") -> int:
    """Say that Ctrl-C was heard, and what of it; a terminal has written ^C, and that line is ended first."""
    if sys.stderr and sys.stderr.isatty():
        sys.stderr.write("\n")
    return complain(f"stopped; {what or 'nothing half-written was kept'}", STOPPED)


def complain(message: str, code: int) -> int:
    """Say one line on stderr, and give back the exit code."""
    if sys.stderr:
        sys.stderr.write(f"analyzer: {' '.join(message.split())}\n")
    return code


if __name__ == "__main__":
    main()
