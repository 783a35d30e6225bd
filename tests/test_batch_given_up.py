"""The list of what was given up: for people to read, and for the program to try again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from analyzer.batch.given_up import FILE, write_given_up
from analyzer.batch.ledger import Entry
from analyzer.batch.plan import plan


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Recordings by name; what is in them is nobody's business here."""
    for name in ("bad.wav", "good.wav", "agent.wav", "customer.wav", "dark.wav"):
        (tmp_path / name).write_bytes(b"sound")
    return tmp_path


def last(calls: Path) -> dict[str, Entry]:
    """The last entry of each call: one is done, one cannot be read, one is a pair that killed its workers."""
    entries = (
        Entry("good", "done", str(calls / "good.wav")),
        Entry("bad", "failed", str(calls / "bad.wav"), "bad.wav holds\nno sound"),
        Entry("both", "quarantined", str(calls / "agent.wav"), "its worker died", other=str(calls / "customer.wav")),
        Entry(f"?{calls / 'dark.wav'}", "failed", str(calls / "dark.wav"), "the sidecar cannot be read"),
    )
    return {entry.call: entry for entry in entries}


def test_the_list_tells_why_and_is_a_manifest(calls: Path) -> None:
    """Each in a line with its reason; `--manifest` takes the list as it is, pairs and names included."""
    assert write_given_up(calls, last(calls)) == 3
    with (calls / FILE).open(encoding="utf-8", newline="") as file:
        rows = {row["call_id"]: row for row in csv.DictReader(file)}
    assert rows["bad"]["reason"] == "bad.wav holds no sound"
    assert (rows["both"]["state"], rows["both"]["path"]) == ("quarantined", "")
    again = {task.call_id: task.files for task in plan([], calls / FILE).tasks}
    assert again == {
        "bad": (str(calls / "bad.wav"),),
        "both": (str(calls / "agent.wav"), str(calls / "customer.wav")),
        "dark": (str(calls / "dark.wav"),),
    }


def test_what_came_in_later_leaves_the_list(calls: Path) -> None:
    """Under its own name or, once its sidecar is mended, under the one that it has then; no list is left of nothing."""
    known = last(calls)
    write_given_up(calls, known)
    known["bad"] = Entry("bad", "done", str(calls / "bad.wav"))
    known["dark"] = Entry("dark", "done", str(calls / "dark.wav"))
    assert write_given_up(calls, known) == 1
    known["both"] = Entry("both", "done", str(calls / "agent.wav"), other=str(calls / "customer.wav"))
    assert write_given_up(calls, known) == 0
    assert not (calls / FILE).exists()
