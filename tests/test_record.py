"""The record: what is written can be read, what is broken is refused in a line, what is cut off is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import OutputError, RecordError
from analyzer.record import Record, dump, parse, read, replacing, rounded

HEADER = '{"type":"call","schema":1,"call_id":"a","channels":[]}\n'
TURN = (
    '{"type":"turn","speaker":"agent","start_s":0.5,"end_s":1.5,"text":"hello","words":[],'
    '"affect":null,"cues":[],"voice":null}\n'
)


def test_a_record_is_its_lines() -> None:
    """Each type finds its list; types from a later program are passed over."""
    record = parse([HEADER, TURN, '{"type":"weather"}\n', '{"type":"summary","duration_s":9.0}\n'], "a.jsonl")
    assert (record.call_id, len(record.turns), record.duration_s) == ("a", 1, 9.0)


def test_a_line_cut_off_by_a_kill_is_left_out() -> None:
    """What was whole is kept."""
    record = parse([HEADER, TURN, TURN[:40]], "a.jsonl")
    assert len(record.turns) == 1
    assert record.duration_s == 1.5
    assert record.ended_abnormally


@pytest.mark.parametrize("told", [True, False])
def test_a_summary_says_whether_the_call_broke_off(told: bool) -> None:
    """And a record of before it did so tells of a call that ended well."""
    summary = f'{{"type":"summary","duration_s":9.0,"ended_abnormally":{str(told).lower()}}}\n'
    assert parse([HEADER, TURN, summary], "a.jsonl").ended_abnormally is told
    assert not parse([HEADER, TURN, '{"type":"summary","duration_s":9.0}\n'], "a.jsonl").ended_abnormally


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "empty"),
        ([TURN], "first line"),
        ([HEADER.replace('"schema":1', '"schema":7')], "schema 7"),
        ([HEADER, "{not json}\n", TURN], "line 2"),
        ([HEADER, "[1, 2]\n", TURN], "line 2"),
    ],
)
def test_what_is_not_a_record_is_refused_in_one_line(lines: list[str], told: str) -> None:
    """The error names the file and the line."""
    with pytest.raises(RecordError, match=told) as refusal:
        parse(lines, "a.jsonl")
    assert "a.jsonl" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@given(
    st.lists(
        st.one_of(st.text(max_size=60), st.sampled_from([HEADER, TURN, '{"type":', "[[[[", "null"])),
        max_size=6,
    )
)
def test_any_lines_at_all_are_a_record_or_a_refusal(lines: list[str]) -> None:
    """Never another error."""
    try:
        assert isinstance(parse(lines, "fuzz"), Record)
    except RecordError as refusal:
        assert "fuzz" in str(refusal)


@pytest.mark.parametrize("kind", [None, 5, [], {}, ["turn"], True])
def test_a_line_of_no_known_type_is_passed_over(kind: object) -> None:
    """Whatever stands there for a type: a reader ignores what it does not know."""
    record = parse([HEADER, json.dumps({"type": kind}) + "\n", TURN], "a.jsonl")
    assert len(record.turns) == 1


def test_binary_and_missing_files_are_refused(tmp_path: Path) -> None:
    """Not a stack trace for a WAV given by mistake."""
    wav = tmp_path / "call.wav"
    wav.write_bytes(b"RIFF\xff\xfe\x00\x80")
    for path in (wav, tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(RecordError, match=str(path.name)):
            read(path)


def test_numbers_are_rounded_so_that_bytes_repeat() -> None:
    """Times to the millisecond, values to four places, and no negative zero."""
    line = {
        "at_s": 1.23456789,
        "pressure": 0.123456789,
        "evidence": [{"start_s": 2.00049, "value": -0.00001}],
    }
    assert rounded(line) == {"at_s": 1.235, "pressure": 0.1235, "evidence": [{"start_s": 2.0, "value": 0.0}]}
    assert json.loads(dump(line)) == rounded(line)
    assert "-0.0" not in dump(line)


def test_levels_answer_for_any_moment() -> None:
    """The state before the first change is calm, and the worst one is found."""
    record = Record(
        {"call_id": "a"},
        levels=[
            {"at_s": 10.0, "level": "tense", "pressure": 0.4},
            {"at_s": 20.0, "level": "abusive", "pressure": 0.9},
            {"at_s": 30.0, "level": "calm", "pressure": 0.1},
        ],
        summary={"duration_s": 40.0},
    )
    assert [record.level_at(at_s) for at_s in (0, 10, 25, 31)] == ["calm", "tense", "abusive", "calm"]
    assert record.worst_level == "abusive"
    assert [span["to_s"] for span in record.spans()] == [20.0, 30.0]


def test_a_good_file_survives_a_failed_write(tmp_path: Path) -> None:
    """Ctrl-C half way: the old record is still there, and nothing else is."""
    path = tmp_path / "call.jsonl"
    path.write_text("good")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    """The message says which way out."""
    with (
        pytest.raises(OutputError, match="choose another folder"),
        replacing(tmp_path / "none" / "call.jsonl"),
    ):
        pass
