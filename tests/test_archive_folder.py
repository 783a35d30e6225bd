"""Records that others wrote, or that a disk has bitten: told in a line, and never more than that."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.archive.contact_lens import contact_lens
from analyzer.archive.figures import Figures, facts_of
from analyzer.archive.folder import each, make_of, parse_if_record, paths
from analyzer.archive.index import opened, refresh
from analyzer.archive.moments import json_lines
from analyzer.archive.rows import cues, rows_of
from analyzer.archive.summary import page_of
from analyzer.archive.tables import write_tables
from analyzer.archive.webvtt import webvtt
from analyzer.errors import OutputError, RecordError

from archives import put, sample_lines

JUNK: list[Any] = [
    None,
    True,
    -1,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\ud83d",
    "=1+1",
    [],
    {},
    [{}],
    {"a": []},
    10**40,
]
SAMPLES = [sample_lines("sofa-recovers"), sample_lines("photos-stuck")]


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON value; of long lists the first two items stand for all."""
    found = [way] if way else []
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    return found + [place for key, item in items for place in places(item, (*way, key))]


FIRST_OF_KIND = [
    [next(n for n, line in enumerate(lines) if line["type"] == kind) for kind in {line["type"] for line in lines}]
    for lines in SAMPLES
]
PLACES = [
    (sample, number, way)
    for sample, numbers in enumerate(FIRST_OF_KIND)
    for number in sorted(numbers)
    for way in places(SAMPLES[sample][number])
    if way != ("type",)
]


def bitten(place: tuple[int, int, tuple[Any, ...]], junk: Any) -> list[dict[str, Any]]:
    """A golden record with one value replaced."""
    sample, number, way = place
    lines = copy.deepcopy(SAMPLES[sample])
    inner: Any = lines[number]
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = junk
    return lines


MAKERS = {
    "rows": rows_of,
    "captions": lambda _, record: webvtt(record),
    "contact lens": lambda _, record: json.dumps(contact_lens(record), ensure_ascii=False, allow_nan=False),
    "moments": lambda _, record: json_lines(record),
}


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(PLACES), junk=st.sampled_from(JUNK))
def test_a_bitten_record_is_told_or_read(place: tuple[int, int, tuple[Any, ...]], junk: Any) -> None:
    """One wrong value anywhere: every maker makes something that can be written as UTF-8, or says that it can't."""
    text = "".join(json.dumps(line) + "\n" for line in bitten(place, junk))
    try:
        record = parse_if_record(text.encode(), Path("a.jsonl"))
    except RecordError:
        return
    assert record is not None
    for make in MAKERS.values():
        try:
            made = make_of(Path("a.jsonl"), record, make, Path())
        except RecordError as error:
            assert "breaks the contract" in str(error)
        else:
            str(made).encode()
    try:
        facts = make_of(Path("a.jsonl"), record, facts_of, Path())
    except RecordError:
        return
    figures = Figures()
    figures.add(facts)
    page_of(figures, "x").encode()


def test_a_cue_that_is_no_word_is_none() -> None:
    """A page could not put it in order with the others."""
    assert cues({"speaker": "customer", "cues": [None, "vent", 5, ["vent"]]}) == ["vent"]
    assert cues({"speaker": "agent", "cues": ["vent"]}) == []


def test_bitten_records_stop_neither_tables_nor_index(tmp_path: Path) -> None:
    """A folder of them: what can be read is in, the rest is told, and the good one is there."""
    put(tmp_path / "good.jsonl", SAMPLES[0])
    for number, place in enumerate(PLACES):
        put(tmp_path / f"{number:04d}.jsonl", bitten(place, JUNK[number % len(JUNK)]))
    written = write_tables(tmp_path, tmp_path)
    assert written.rows["calls"] + len(written.refused) == len(PLACES) + 1
    with opened(tmp_path / "x.sqlite") as index:
        found = refresh(index, tmp_path)
        assert found.new + len(found.refused) == len(PLACES) + 1
        assert index.execute("SELECT count(*) FROM calls WHERE path='good.jsonl'").fetchone() == (1,)


def test_hidden_folders_are_not_read(tmp_path: Path) -> None:
    """Nor are folders that are called like a record; the order is always the same."""
    for name in ("b/2.jsonl", "a.jsonl", ".old/1.jsonl", "b/.part.jsonl"):
        put(tmp_path / name, SAMPLES[0])
    (tmp_path / "folder.jsonl").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in paths(tmp_path)] == ["a.jsonl", "b/2.jsonl"]


def test_a_folder_is_read_one_record_at_a_time(tmp_path: Path) -> None:
    """The second is not touched while the first is worked on."""
    put(tmp_path / "a.jsonl", SAMPLES[0])
    put(tmp_path / "b.jsonl", SAMPLES[1])
    refused: list[str] = []
    walk = each(tmp_path, lambda place, _: place, refused)
    assert next(walk) == "a.jsonl"
    (tmp_path / "b.jsonl").write_text("broken\n")
    assert list(walk) == []
    assert len(refused) == 1


def test_a_folder_of_nothing_is_told(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(OutputError, match="score calls into it first"):
        write_tables(tmp_path, tmp_path)
