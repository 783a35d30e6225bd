"""The bench of an archive run: real runs, on clips of a few seconds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from clips import clip

from analyzer.bench_batch import again, make_folder, run
from analyzer.cli.loading import identities


def test_a_second_run_and_a_new_playbook_cost_little(tmp_path: Path, vosk_model: Path) -> None:
    """Both figures come out of real runs, and are above 1."""
    sample = clip("clinic-calm", tmp_path / "clip.wav", length_s=5)
    archive = make_folder([sample], tmp_path / "archive", 2)
    second, coached = again(archive, tmp_path, identities())
    assert float(second.split(": ")[1].split(" times")[0]) > 1
    assert "for 2 calls" in coached
    assert float(coached.split(": ")[1].split(" times")[0]) > 20, "no start-up in it, and no call left out"


def test_a_run_that_fails_is_no_measure(tmp_path: Path, vosk_model: Path) -> None:
    """A file that is no recording."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "junk.wav").write_bytes(b"no sound")
    with pytest.raises(subprocess.CalledProcessError):
        run(tmp_path / "in", tmp_path / "out")
