"""What the live verbs log, on stderr: lines for people, or one JSON object a line for programs.

Rules:
* an event of ours tells what happened, to which call, and figures: never what was said or felt, nor a name or a token;
* an event of another library tells its kind alone: its message may quote what somebody said;
* people are told of what went wrong; programs of every call that begins and ends as well.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Literal

import click

from analyzer.errors import AnalyzerError

Form = Literal["text", "json"]
LOG = logging.getLogger("analyzer")
PLAIN = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))  # what every record has


def is_ours(record: logging.LogRecord) -> bool:
    """Whether this program logged it, rather than a library."""
    return record.name == LOG.name or record.name.startswith(f"{LOG.name}.")


def words_of(record: logging.LogRecord) -> str:
    """The message on one line; of a library's record only what kind of fault it was."""
    if is_ours(record):
        return " ".join(record.getMessage().split())
    return f"a fault in {record.name.partition('.')[0]}: {error_of(record) or record.levelname.lower()}"


def error_of(record: logging.LogRecord) -> str:
    """The name of the error's class; empty where there is none."""
    kind = record.exc_info and record.exc_info[0]
    return kind.__name__ if kind else ""


class People(logging.Formatter):
    """A line as every verb prints them."""

    def format(self, record: logging.LogRecord) -> str:
        """`analyzer: ` and the message."""
        return f"analyzer: {words_of(record)}"


class Programs(logging.Formatter):
    """A JSON object: `time` (UTC), `level`, `logger`, `message`, and what the event has besides."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the fields hold."""
        at = datetime.fromtimestamp(record.created, timezone.utc)
        line = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": words_of(record),
        }
        more = {name: value for name, value in vars(record).items() if name not in PLAIN} if is_ours(record) else {}
        error = {"error": error_of(record)} if error_of(record) else {}
        return json.dumps(line | more | error, ensure_ascii=False, default=str)


def _for_people(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name == LOG.name


@contextmanager
def logged(form: Form) -> Iterator[None]:
    """Log in this form meanwhile.  For programs an error that we know is an event too, and ends the program with 1."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Programs() if form == "json" else People())
    if form == "text":
        handler.addFilter(_for_people)
    before = LOG.level
    LOG.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)  # libraries too: what is listened to prints no traceback of its own
    logging.captureWarnings(form == "json")
    try:
        yield
    except AnalyzerError as error:
        if form == "text":
            raise
        LOG.error(str(error), extra={"event": "failed"})
        sys.exit(1)
    finally:
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(handler)
        LOG.setLevel(before)


def say(message: str) -> None:
    """One line to the person, on stderr, so that results on stdout stay clean; an event where a log is kept as JSON."""
    if any(isinstance(handler.formatter, Programs) for handler in logging.getLogger().handlers):
        LOG.info(message)
    else:
        click.echo(f"analyzer: {' '.join(message.split())}", err=True)
