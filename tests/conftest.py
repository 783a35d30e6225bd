"""What several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def vosk_model() -> Path:
    """The folder of the small US-English model, from VOSK_MODEL_PATH."""
    path = os.environ.get("VOSK_MODEL_PATH")
    if not path:
        pytest.skip("VOSK_MODEL_PATH names no model")
    return Path(path)
