"""Tables of a folder of records: the same numbers in CSV and Parquet, and nothing that harms whoever opens them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analyzer.archive import rows, tables
from analyzer.archive.tables import cell, write_tables
from analyzer.cli.records import tables as tables_command
from analyzer.errors import OutputError
from analyzer.models import shipped

from archives import changed, put, sample_lines

SAMPLES = shipped("samples/calls")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the sample calls."""
    out = tmp_path_factory.mktemp("tables")
    write_tables(SAMPLES, out)
    return out


def test_both_formats_tell_the_same(written: Path) -> None:
    """Every table, row by row and column by column, as text in the one and as typed values in the other."""
    for table, columns in rows.COLUMNS.items():
        typed = pyarrow.parquet.read_table(written / f"{table}.parquet").to_pylist()
        shown = read_csv(written / f"{table}.csv")
        assert [list(row) for row in shown] == [list(columns)] * len(typed)
        told = [{name: "" if cell(v) is None else str(cell(v)) for name, v in row.items()} for row in typed]
        assert shown == told


def test_the_numbers_are_those_of_the_record(written: Path) -> None:
    """What the sofa's record says is what its rows say."""
    lines = sample_lines("sofa-recovers")
    [call] = [
        row for row in pyarrow.parquet.read_table(written / "calls.parquet").to_pylist()
        if row["call_id"] == "sofa-recovers"
    ]  # fmt: skip
    summary = lines[-1]
    assert call["worst_level"] == "heated"
    assert call["recovery_s"] == summary["recovery_s"]
    assert call["agent_turns"] == summary["behaviour"]["agent_turns"]
    assert call["agent"] is None
    became = [line for line in lines if line["type"] == "outcome"]
    assert call["prompts"] == len(became)
    assert call["prompts_used"] == sum(line["used"] for line in became)
    prompts = pyarrow.parquet.read_table(written / "prompts.parquet").to_pylist()
    told = [(row["used"], row["intensity_after"]) for row in prompts if row["call_id"] == "sofa-recovers"]
    assert told == [(line["used"], line["intensity_after"]) for line in became]
    levels = pyarrow.parquet.read_table(written / "levels.parquet").to_pylist()
    course = [(row["before"], row["level"]) for row in levels if row["call_id"] == "sofa-recovers"]
    assert course[0] == ("calm", "tense")
    assert all(after[0] == before[1] for before, after in pairwise(course))


def test_every_measure_of_behaviour_has_a_column() -> None:
    """A measure that is new in the record must be put into the table on purpose."""
    measures = {name for path in SAMPLES.glob("*.jsonl") for name in sample_lines(path.stem)[-1]["behaviour"]}
    assert measures == set(rows.BEHAVIOUR)


def test_nothing_is_told_of_how_an_agent_feels(tmp_path: Path) -> None:
    """Even where a record of another program holds it."""

    def forge(lines: list[dict[str, Any]]) -> None:
        felt = next(line["affect"] for line in lines if line.get("affect"))
        for line in lines:
            if line.get("speaker") == "agent":
                line.update(affect=felt, cues=["safety-risk"], voice={"arousal": 0.9})  # no customer of the call has it

    put(tmp_path / "forged.jsonl", changed("sofa-recovers", forge))
    write_tables(tmp_path, tmp_path)
    agent = [row for row in read_csv(tmp_path / "turns.csv") if row["speaker"] == "agent"]
    assert len(agent) > 5
    told = {row[name] for row in agent for name in ("sentiment", "intensity", "labels", "cues", "voice_arousal")}
    assert told == {""}
    assert "safety-risk" not in read_csv(tmp_path / "calls.csv")[0]["cues"]


@given(st.text(max_size=20), st.sampled_from(["", " ", "=", "+", "-", "@", "\t", "\r", "\n", "＝"]))
def test_no_words_become_a_formula(text: str, first: str) -> None:
    """Whatever is said, no cell of text begins with what a spreadsheet would run; a number stays a number."""
    shown = cell(first + text)
    assert isinstance(shown, str)
    assert not shown.lstrip(" ").startswith(tables.DANGEROUS)
    assert shown in (first + text, "'" + first + text)
    assert cell(-0.5) == -0.5


def test_a_formula_in_a_call_is_words_in_the_file(tmp_path: Path) -> None:
    """In the text of a turn as in the name of an agent; Parquet, which runs nothing, keeps the words as they are."""

    def forge(lines: list[dict[str, Any]]) -> None:
        lines[0]["agent"] = "@SUM(A1)"
        lines[1]["text"] = '=HYPERLINK("http://x","click")\nnext,"line"'

    put(tmp_path / "forged.jsonl", changed("clinic-calm", forge))
    write_tables(tmp_path, tmp_path)
    assert read_csv(tmp_path / "calls.csv")[0]["agent"] == "'@SUM(A1)"
    assert read_csv(tmp_path / "turns.csv")[0]["text"] == '\'=HYPERLINK("http://x","click")\nnext,"line"'
    kept = pyarrow.parquet.read_table(tmp_path / "turns.parquet").to_pylist()[0]["text"]
    assert kept.startswith("=HYPERLINK")


def test_a_bad_file_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """What is no record, what lacks a field, half a character; a run's own list is passed over without a word."""

    def break_off(lines: list[dict[str, Any]]) -> None:
        del lines[1]["start_s"]

    def half(lines: list[dict[str, Any]]) -> None:
        lines[1]["text"] = "half \ud83d a character \u2028 and a strange line end"

    put(tmp_path / "deep" / "good.jsonl", changed("clinic-calm", half))
    put(tmp_path / "lacking.jsonl", changed("clinic-calm", break_off))
    put(tmp_path / "list.jsonl", [{"type": "run", "files": 3}])
    put(tmp_path / ".hidden" / "old.jsonl", sample_lines("clinic-calm"))
    (tmp_path / "noise.jsonl").write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(tables_command, [str(tmp_path), "-o", str(tmp_path / "t"), "--json"])
    assert result.stdout
    assert json.loads(result.stdout)["rows"]["calls"] == 1
    told = result.stderr.splitlines()
    assert len(told) == 2
    assert any("lacking.jsonl" in line and "start_s" in line for line in told)
    assert any("noise.jsonl" in line for line in told)
    [call] = read_csv(tmp_path / "t" / "calls.csv")
    assert call["record"] == "deep/good.jsonl"
    assert "half ? a character \u2028 and" in read_csv(tmp_path / "t" / "turns.csv")[0]["text"]


def test_a_cut_off_call_has_what_is_known(tmp_path: Path) -> None:
    """Without its summary it is not complete and has ended abnormally; its turns are there."""
    put(tmp_path / "cut.jsonl", sample_lines("sofa-recovers")[:9])
    write_tables(tmp_path, tmp_path)
    [call] = read_csv(tmp_path / "calls.csv")
    assert (call["complete"], call["ended_abnormally"]) == ("no", "yes")
    assert (call["outcome"], call["agent_turns"]) == ("", "")
    assert int(call["turns"]) > 0


def test_what_fails_leaves_the_old_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the middle, or a folder without calls: the tables of yesterday stand."""
    put(tmp_path / "a.jsonl", sample_lines("clinic-calm"))
    out = tmp_path / "t"
    out.mkdir()
    write_tables(tmp_path, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutputError, match="no call records"):
        write_tables(tmp_path / "empty", out)

    def full(*_: object) -> Iterator[Any]:
        yield rows.rows_of("a", tables_record())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "each", full)
    with pytest.raises(OutputError, match="no space left"):
        write_tables(tmp_path, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def tables_record() -> Any:
    from analyzer.record import read

    return read(SAMPLES / "clinic-calm.jsonl")


def test_csv_needs_no_library(tmp_path: Path) -> None:
    """Without pyarrow the CSV is written, and asking for Parquet says what to install."""
    script = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from analyzer.__main__ import main; sys.exit(main())"
    )  # fmt: skip
    for more, code in (["--no-parquet"], 0), (["--parquet"], 1):
        done = subprocess.run(
            [sys.executable, "-c", script, "tables", str(SAMPLES), "-o", str(tmp_path), *more],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert code == 0 or "call-analyzer[archive]" in done.stderr
