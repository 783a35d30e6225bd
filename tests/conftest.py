"""Fixtures that more than one test file needs."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from audited import page as page
from audited import served as served

from analyzer import models
from analyzer.affect import TurnReader
from analyzer.cli.loading import turn_reader


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes the golden records anew."""
    parser.addoption("--regenerate", action="store_true", help="write the golden records of the sample calls anew")


def pytest_configure() -> None:
    """A run in the background of a shell is deaf to Ctrl-C and so would be the programs that tests interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def vosk_model() -> Path:
    """The verified small speech model; fetched into the user's cache on first use."""
    return models.ensure(models.default_speech(), print)


@pytest.fixture(scope="session")
def reader() -> TurnReader:
    """The shipped text model, loaded once."""
    return turn_reader()


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port that nobody listens on, at least a moment ago."""

    def found() -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port: int = listener.getsockname()[1]
            return port

    return found
