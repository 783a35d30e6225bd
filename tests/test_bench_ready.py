"""The wait for a server, measured on the real command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analyzer import bench_ready
from analyzer.bench_ready import Ready, Start, ready
from analyzer.errors import AnalyzerError


def test_the_wait_is_counted_from_the_command(vosk_model: Path) -> None:
    """Interpreter, imports and models are in the seconds that it says itself, but for the interpreter's own start."""
    found = ready(1)
    [start] = found.starts
    assert 0.3 < start.said_s < start.answered_s < 60.0  # on a machine that has other tests to do
    assert start.said_s > start.answered_s / 2
    assert "promised: 5 s" in found.line


def test_the_median_is_told() -> None:
    """One slow start, of a machine that had to read everything from the disk, is told and does not count."""
    found = Ready([Start(6.0, 5.9), Start(2.0, 1.9), Start(2.2, 2.1)])
    assert found.answered_s == 2.2
    assert "2.2 s after the command, the median of 6.0, 2.0, 2.2" in found.line


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not waited for."""
    monkeypatch.setattr(bench_ready, "COMMAND", (sys.executable, "-c", ""))
    with pytest.raises(AnalyzerError, match="did not start"):
        ready(1)
