"""`analyzer score FOLDER` killed at random moments, and gone on with: as if nothing had been.

`ANALYZER_KILLS=20` kills it twenty times; a few times will do for every day.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from clips import clip

from analyzer.batch.ledger import entries
from analyzer.cli.archive import overview
from analyzer.models import shipped

SAMPLES = shipped("samples/calls")
KILLS = int(os.environ.get("ANALYZER_KILLS", "3"))
CALLS = {"one": "phone-abusive", "two": "clinic-calm", "three": "sofa-recovers", "four": "bank-manager"}


def command(folder: Path, to: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "analyzer", "score", str(folder), "-o", str(to), "--workers", "2", "--no-report", *more
    ]  # fmt: skip


def run(folder: Path, to: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, to, *more), capture_output=True, text=True, timeout=300, check=False)


def results(to: Path) -> dict[str, bytes]:
    """Everything that is to be used, and nothing of how it came about; the page has the folder's name on it."""
    files = (path for path in sorted(to.rglob("*")) if path.is_file() and ".archive" not in path.parts)
    return {path.relative_to(to).as_posix(): path.read_bytes().replace(to.name.encode(), b"") for path in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, vosk_model: Path) -> Path:
    """Four short calls and a file that is none."""
    folder = tmp_path_factory.mktemp("calls")
    for name, call in CALLS.items():
        clip(call, folder / f"{name}.wav", length_s=8)
    (folder / "junk.wav").write_bytes(b"no sound")
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The result of one run, and how long it took."""
    to, begun_s = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    done = run(folder, to)
    assert done.returncode == 1, done.stderr
    assert "junk.wav" in done.stderr
    assert "4 scored" in done.stdout
    assert f"tables in {to / 'tables'}" in done.stdout
    assert f"1 given up in all, with the reasons in {to / 'not-scored.csv'}" in done.stdout
    return to, time.monotonic() - begun_s


def test_killed_at_random_moments_nothing_is_lost_and_nothing_done_twice(
    folder: Path, undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    """With kill -9: the records are those of a run that nobody disturbed, and each call was scored once."""
    right, took_s = undisturbed
    seed = int(time.time())
    chance = random.Random(seed)
    for _ in range(KILLS):
        running = subprocess.Popen(
            command(folder, tmp_path, "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, took_s))
        helpers = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
        running.kill()
        running.wait()
        _, alive = psutil.wait_procs(helpers, timeout=20)
        assert alive == [], "workers left behind"
    done = run(folder, tmp_path, "--resume")
    assert done.returncode == 1, done.stderr
    assert results(tmp_path) == results(right), f"seed {seed}"
    scored = Counter(entry.call for entry in entries(tmp_path / ".archive" / "ledger.ndjson") if entry.state == "done")
    assert scored == Counter(CALLS.keys()), f"seed {seed}"


def test_ctrl_c_ends_it_cleanly(folder: Path, tmp_path: Path) -> None:
    """For the whole group, as a terminal sends it: one line, no traceback of anybody, nothing half-written."""
    running = subprocess.Popen(
        command(folder, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    begun_s = time.monotonic()
    while len(psutil.Process(running.pid).children()) < 2 and time.monotonic() - begun_s < 60:
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == 130
    assert complaint.startswith("analyzer: stopped; what is scored so far is kept")
    assert complaint.count("\n") == 1
    assert "--resume" in complaint
    assert not list(tmp_path.rglob("*.part"))


def test_a_second_run_has_nothing_to_do(folder: Path, undisturbed: tuple[Path, float]) -> None:
    """And says what of each call, for programs."""
    right, _ = undisturbed
    before = results(right)
    done = run(folder, right, "--resume", "--json")
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(line["call_id"] for line in shown) == sorted(CALLS)
    assert done.returncode == 1, "a call without a record is still one"
    assert "4 there already, 1 given up" in run(folder, right, "--resume").stdout
    assert results(right) == before


def test_the_whole_archive_is_on_one_page_and_in_tables(undisturbed: tuple[Path, float]) -> None:
    """Beside the records, without another command."""
    to, _ = undisturbed
    assert "4 calls" in (to / "summary.html").read_text("utf-8")
    with (to / "tables" / "calls.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["call_id"] for row in csv.DictReader(file)) == sorted(CALLS)


def test_where_nothing_could_be_scored_nothing_is_promised(tmp_path: Path, vosk_model: Path) -> None:
    """Neither a page nor tables: what there is, is the list of what was given up."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "junk.wav").write_bytes(b"no sound")
    done = run(tmp_path / "in", tmp_path / "out")
    assert done.returncode == 1
    assert "summary.html" not in done.stdout
    assert "not-scored.csv" in done.stdout


def test_a_page_that_a_kill_left_behind_is_made_anew(tmp_path: Path) -> None:
    """The next run has nothing to score, and still the page and the tables hold every record."""
    shutil.copy(SAMPLES / "clinic-calm.jsonl", tmp_path)
    overview(tmp_path)
    page = tmp_path / "summary.html"
    made_ns = page.stat().st_mtime_ns
    overview(tmp_path)
    assert page.stat().st_mtime_ns == made_ns, "nothing is new"
    (tmp_path / "later.jsonl").write_bytes((SAMPLES / "bank-manager.jsonl").read_bytes())
    overview(tmp_path)
    assert "2 calls" in page.read_text("utf-8")
    assert (tmp_path / "tables" / "calls.csv").read_text("utf-8").count("\n") == 3
