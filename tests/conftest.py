"""Fixtures that more than one test file needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import models


@pytest.fixture(scope="session")
def vosk_model() -> Path:
    """The verified small speech model; fetched into the user's cache on first use."""
    return models.ensure(models.default_speech(), print)
