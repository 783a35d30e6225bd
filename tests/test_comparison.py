"""What a change of the playbook would have done, told from archived records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.affect import TurnReader
from analyzer.comparison import Comparison, changes, prompts_of
from analyzer.errors import RecordError
from analyzer.models import shipped
from analyzer.playbook import DEFAULT, Prompt, default_playbook, read_playbook
from analyzer.record import Record, read
from analyzer.transcript import coach_transcript

CALLS = shipped("samples/calls")
VALIDATE = "{tactic: validate, move: mirror, after: agent, priority: 76,"
STEADY = "Breathe. Slow and low. It isn't about you."


def prompt(card: str, at_s: float, line: str = "x") -> Prompt:
    return Prompt(at_s, "probe", card, line, "", (), at_s + 20, card)


def test_a_prompt_is_the_same_or_it_moves_appears_vanishes_or_says_something_else() -> None:
    """By its card and its time."""
    before = [prompt("a", 10), prompt("b", 20), prompt("c", 30), prompt("d", 40)]
    after = [prompt("a", 10), prompt("b", 28), prompt("e", 32), prompt("d", 40, "y")]
    told = [(change.kind, change.card, change.at_s, change.was_at_s) for change in changes("call", before, after)]
    assert told == [
        ("moves", "b", 28, 20),
        ("vanishes", "c", 30, 30),
        ("appears", "e", 32, None),
        ("says", "d", 40, 40),
    ]


@pytest.mark.parametrize("name", ["sofa-recovers", "bank-manager", "clinic-calm"])
def test_an_archived_reading_gives_the_prompts_that_reading_again_gives(name: str, reader: TurnReader) -> None:
    """To the millisecond: nothing but the playbook can make a difference."""
    record = read(CALLS / f"{name}.jsonl")
    call = {"turns": record.turns, "sounds": record.sounds, "duration_s": record.duration_s}
    again = [event for event in coach_transcript(call, reader, default_playbook()) if isinstance(event, Prompt)]
    archived = prompts_of(record, default_playbook())
    assert [(p.card, round(p.at_s, 3)) for p in archived] == [(p.card, round(p.at_s, 3)) for p in again]


def changed(folder: Path) -> Path:
    """The shipped playbook with one card silent and one in other words."""
    path = folder / "mine.yaml"
    text = DEFAULT.read_text("utf-8")
    assert VALIDATE in text
    assert STEADY in text
    path.write_text(text.replace(VALIDATE, f"{VALIDATE} silent: true,").replace(STEADY, "Breathe."))
    return path


def test_what_a_playbook_changes_is_counted_over_calls(tmp_path: Path) -> None:
    """A card taken out vanishes, and something else may take its place."""
    comparison, mine = Comparison(), read_playbook(changed(tmp_path))
    found = comparison.add(read(CALLS / "bank-manager.jsonl"), default_playbook(), mine)
    assert ("vanishes", "validate") in [(change.kind, change.card) for change in found]
    assert (comparison.old["validate"], comparison.new["validate"]) == (1, 0)
    assert comparison.hours == pytest.approx(read(CALLS / "bank-manager.jsonl").duration_s / 3600)
    assert comparison.per_hour(comparison.old) > 0


def test_a_record_without_its_readings_is_refused() -> None:
    """Rather than coached as if the customer had felt nothing."""
    record = read(CALLS / "bank-manager.jsonl")
    broken = [{**turn, "affect": {"sentiment": 0.1}} if turn["affect"] else turn for turn in record.turns]
    with pytest.raises(RecordError, match="lacks part of its reading"):
        prompts_of(Record(record.header, broken), default_playbook())


def diff(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analyzer", "playbook", "diff", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_difference_as_a_table_and_as_lines(tmp_path: Path) -> None:
    """Each change with its call and its time; then prompts an hour."""
    mine = changed(tmp_path)
    table = diff("default", mine, CALLS)
    assert table.returncode == 0, table.stderr
    assert "bank-manager             vanishes" in table.stdout
    assert "sofa-recovers            says" in table.stdout
    assert "prompts an hour, and now" in table.stdout
    lines = [json.loads(line) for line in diff("default", mine, CALLS, "--json").stdout.splitlines()]
    assert {"vanishes", "says"} <= {line["kind"] for line in lines[:-1]}
    assert lines[-1]["calls"] == 5
    assert lines[-1]["cards"]["validate"] == {"old": 1, "new": 0}


def test_a_file_that_is_no_record_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is told, and the exit code says so."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text("hello\n")
    done = diff("default", "default", bad, CALLS / "bank-manager.jsonl")
    assert done.returncode == 1
    assert "bad.jsonl" in done.stderr
    assert "1 calls" in done.stdout
    assert diff("default", "default", tmp_path / "none").returncode == 1
