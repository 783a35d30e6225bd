"""The ledger stays whole, whatever happens to the program that writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.batch.ledger import Entry, Ledger, entries
from analyzer.errors import OutputError


def written(path: Path, *lines: Entry) -> None:
    ledger = Ledger(path)
    for line in lines:
        ledger.add(line)
    ledger.close()


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """With the time on it; the last line of a call counts."""
    path = tmp_path / "ledger"
    entry = Entry("a", "retried", "a.wav", "its worker was ended by SIGKILL")
    written(path, entry, Entry("b", "failed", reason="no sound"), Entry("a", "done", size=7, took_s=1.5))
    assert next(replace(line, at="") for line in entries(path)) == entry
    assert {call: line.state for call, line in Ledger(path).last.items()} == {"a": "done", "b": "failed"}
    assert all(line.at for line in entries(path))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_cut_off_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    """As a kill in the middle of writing leaves it."""
    path = tmp_path / "ledger"
    written(path, Entry("a", "done"), Entry("b", "done", reason="x" * 5000))
    path.write_bytes(path.read_bytes()[:-cut])
    written(path, Entry("c", "done"))
    assert [line.call for line in entries(path)] == ["a", "c"]
    assert path.read_bytes().count(b"\n") == 2


def test_a_ledger_that_is_only_a_torn_line_begins_anew(tmp_path: Path) -> None:
    """However long the line."""
    path = tmp_path / "ledger"
    path.write_bytes(b'{"call":"a"' + b" " * 10_000)
    assert Ledger(path).last == {}
    assert path.read_bytes() == b""


def test_what_is_no_line_of_a_ledger_is_passed_by(tmp_path: Path) -> None:
    """A line of a later version, with more on it, is still read."""
    path = tmp_path / "ledger"
    path.write_text(
        'hello\n[1]\n{"call":"a"}\n{"call":"b","state":"lost"}\n{"call":"c","state":"done","new":1}\n\xff\n'
    )
    assert [line.call for line in entries(path)] == ["c"]


def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file is where its folder ought to be."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose another folder"):
        Ledger(tmp_path / "file" / "ledger")
