"""The bench of an archive: made calls that are records like others, and a figure for each thing that is made of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analyzer.archive.saved import saved
from analyzer.bench_archive import costs, make_archive, varied
from analyzer.record import read

from archives import sample_lines


def test_the_same_seed_makes_the_same_archive(tmp_path: Path) -> None:
    """Varied calls, 500 in a folder, the same each time; another seed makes others."""
    for name, seed in ("a", 1), ("b", 1), ("c", 2):
        make_archive(tmp_path / name, 12, seed)
    made = [[path.read_bytes() for path in sorted((tmp_path / name / "000").iterdir())] for name in "abc"]
    assert made[0] == made[1] != made[2]
    records = [read(path) for path in sorted((tmp_path / "a" / "000").iterdir())]
    assert len({record.call_id for record in records}) == 12
    assert len({record.header["agent"] for record in records}) > 3


def test_a_made_call_keeps_its_measure() -> None:
    """Another pace changes times and nothing else that is a number: pressure stays within 0 and 1."""
    lines = varied(sample_lines("sofa-recovers"), "x", random.Random(1))
    original = sample_lines("sofa-recovers")
    pace = lines[1]["end_s"] / original[1]["end_s"]
    assert lines[1]["words"][0]["end_s"] == pytest.approx(original[1]["words"][0]["end_s"] * pace, abs=0.002)
    assert lines[1]["words"][0]["confidence"] == original[1]["words"][0]["confidence"]
    tension = next(line["tension"] for line in lines if line["type"] == "summary")
    assert max(pressure for _, pressure in tension) <= 1


def test_everything_is_measured(tmp_path: Path) -> None:
    """The index, each saved question, and each verb with a memory that is its own."""
    make_archive(tmp_path / "in", 8)
    lines = {cost.what: cost.line for cost in costs(tmp_path / "in", tmp_path / "out")}
    assert set(lines) >= {"index, the first time", "tables, CSV", "summary", *(f"@{name}" for name in saved())}
    assert "8 records" in lines["index, the first time"]
    peak = float(lines["summary"].split("peak ")[1].split()[0])
    assert 15 < peak < 200
