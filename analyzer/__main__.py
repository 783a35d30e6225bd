"""`python -m analyzer` and the `analyzer` command.

Nothing is imported up here that Python does not have already: Ctrl-C is answered from the first moment on.
"""

import sys

STOPPED = 130  # the exit code of a program that Ctrl-C has ended, as shells have it


def main() -> None:
    """Run the command line; Ctrl-C is one line on stderr, whatever it falls into."""
    try:
        from analyzer.interrupt import held_back

        with held_back():
            from analyzer.cli.running import run
        code = run()
    except KeyboardInterrupt as stop:
        code = stopped(str(stop))
    from analyzer.interrupt import just_end

    just_end()
    sys.exit(code)


def stopped(what: str) -> int:
    """Say that Ctrl-C was heard, and what of it; a terminal has written ^C, and that line is ended first."""
    if sys.stderr:
        begin = "\n" if sys.stderr.isatty() else ""
        sys.stderr.write(f"{begin}analyzer: stopped; {what or 'nothing half-written was kept'}\n")
    return STOPPED


if __name__ == "__main__":
    main()
