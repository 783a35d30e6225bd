"""The pages of a live call: the agent's overlay and the supervisor's list, as plain files, and where they lie."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
