"""`python -m analyzer` and the `analyzer` command."""

from __future__ import annotations

import errno
import io
import sys

import click

from analyzer.cli import analyzer
from analyzer.errors import AnalyzerError

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


def main() -> None:
    """Run the command line: errors that we know are one line on stderr, and an exit code that is not 0."""
    try:
        status = analyzer.main(standalone_mode=False)
    except AnalyzerError as error:
        sys.exit(complain(str(error), 1))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(complain("stopped; nothing half-written was kept", 130))
    except BrokenPipeError:  # `analyzer ... | head`: the reader has had enough, and so have we
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in FULL:
            raise
        sys.stdout = io.StringIO()  # what waits in the old one has no room either
        sys.exit(complain("the output has no room left; free some, or write it elsewhere", 1))
    sys.exit(status if isinstance(status, int) else 0)


def complain(message: str, code: int) -> int:
    """Say one line on stderr, and give back the exit code."""
    click.echo(f"analyzer: {' '.join(message.split())}", err=True)
    return code


if __name__ == "__main__":
    main()
