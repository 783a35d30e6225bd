"""Folders of records for the tests of what is made of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analyzer.models import shipped

Change = Callable[[list[dict[str, Any]]], None]


def sample_lines(name: str) -> list[dict[str, Any]]:
    """The lines of a golden record."""
    return [json.loads(line) for line in (shipped("samples/calls") / f"{name}.jsonl").read_text("utf-8").splitlines()]


def put(path: Path, lines: list[dict[str, Any]]) -> Path:
    """Write a record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def changed(name: str, change: Change) -> list[dict[str, Any]]:
    """A golden record with something else in it."""
    lines = sample_lines(name)
    change(lines)
    return lines
