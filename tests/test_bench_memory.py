"""The memory bench: one call made of many, and the looks at it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from live_calls import first_line, make_call

from analyzer import bench_memory
from analyzer.bench_memory import MB, Memory, measure, one_after_another
from analyzer.live.desk import Makers

RATE = 8_000


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Two calls of two channels, 60 s and 20 s of a quiet line."""
    for name, seconds in (("one", 60), ("two", 20)):
        noise = np.random.default_rng(0).normal(0, 1e-4, (seconds * RATE, 2)).astype(np.float32)
        soundfile.write(tmp_path / f"{name}.wav", noise, RATE)
    return [tmp_path / "one.wav", tmp_path / "two.wav"]


def test_recordings_follow_one_another_without_a_gap(recordings: list[Path]) -> None:
    """Each side in one piece, for as long as was asked for."""
    ends = {"agent": 0, "customer": 0}
    for frame in one_after_another(recordings, 130.0):
        assert frame.first_sample == ends[frame.speaker]
        ends[frame.speaker] = frame.end_sample
    assert ends == {"agent": 140 * RATE, "customer": 140 * RATE}


def test_memory_is_looked_at_along_the_call_and_with_each_further_one(
    recordings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every minute, here, of the long call; then as calls are added that stay open."""
    monkeypatch.setattr(bench_memory, "EVERY_S", 60.0)
    held = itertools.count(100 * MB, 10 * MB)
    found = asyncio.run(measure(Makers(make_call, first_line), recordings, 100.0, 5.0, 3, lambda: float(next(held))))
    assert found == Memory(100.0, [110.0, 120.0], [130.0, 140.0, 150.0])
    assert found.further == 10.0
    assert "110, 120 MB; each further call at once 10 MB" in found.line


def test_growth_counts_once_everything_is_as_large_as_it_gets() -> None:
    """The first twenty minutes fill rings and recognizers."""
    assert Memory(100.0, [300.0, 350.0, 360.0, 361.0, 362.0], [1.0]).grown == 2.0
