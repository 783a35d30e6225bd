"""Fixtures that more than one test file needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import models


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes the golden records anew."""
    parser.addoption("--regenerate", action="store_true", help="write the golden records of the sample calls anew")


@pytest.fixture(scope="session")
def vosk_model() -> Path:
    """The verified small speech model; fetched into the user's cache on first use."""
    return models.ensure(models.default_speech(), print)
