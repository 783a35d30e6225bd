"""Moments of an archive: what a question means, what its mistakes are told like, and an index that is never stale."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analyzer.archive.asked import vocabulary
from analyzer.archive.index import FILE, opened, refresh, tags_in
from analyzer.archive.question import ask
from analyzer.archive.saved import check, saved, spelt_out
from analyzer.archive.search import Answer, search
from analyzer.bench_archive import make_archive
from analyzer.cli.find import find
from analyzer.errors import AnalyzerError, OutputError, QuestionError
from analyzer.models import shipped

from archives import changed, put, sample_lines

SAMPLES = shipped("samples/calls")
Line = dict[str, Any]


# --- a small archive, told in a few lines ----------------------------------------------------------


def said(who: str, start_s: float, text: str, end_s: float | None = None, **more: Any) -> Line:
    """A turn of one second, unless it says when it ends."""
    return {
        "type": "turn", "speaker": who, "start_s": start_s, "end_s": start_s + 1 if end_s is None else end_s,
        "text": text, "words": [], "affect": None, "cues": [], "does": [], **more,
    }  # fmt: skip


def level(at_s: float, name: str) -> Line:
    return {"type": "level", "at_s": at_s, "level": name, "pressure": 0.6, "evidence": []}


def prompt(at_s: float, move: str, tactic: str) -> Line:
    return {"type": "prompt", "at_s": at_s, "move": move, "tactic": tactic, "line": "Say it.", "cause": "a cause",
            "evidence": [], "expires_s": at_s + 20}  # fmt: skip


def outcome(number: int, used: bool) -> Line:
    return {"type": "outcome", "prompt": number, "used": used, "used_at_s": None, "intensity_before": 0.8,
            "intensity_after": 0.4}  # fmt: skip


def promise(at_s: float, **more: Any) -> Line:
    return {"who": "agent", "what": "call you", "when": None, "how": None, "at_s": at_s, "has_time": False,
            "asks_customer_to_call": False, "text": "we will call you", **more}  # fmt: skip


def call(name: str, *lines: Line, **about: Any) -> list[Line]:
    """A record of a hundred seconds; `promises` and `outcome` go into its summary."""
    summary: Line = {"type": "summary", "duration_s": 100.0}
    summary |= {key: about.pop(key) for key in ("promises", "outcome") if key in about}
    return [{"type": "call", "schema": 1, "call_id": name, **about}, *lines, summary]


def felt(intensity: float) -> Line:
    return {"sentiment": -0.5, "intensity": intensity, "confidence": 1.0}


ARCHIVE = (
    call(
        "probed",
        said("customer", 5, "this is the third time", affect=felt(0.8), cues=["repeat-contact"]),
        level(10.0, "heated"), prompt(12.0, "mirror", "be-specific"), outcome(0, True),
        said("agent", 35, "what happened then", does=["open-question"]),
        level(60.0, "tense"), level(70.0, "calm"),
        agent="linda", queue="billing", started_at="2026-03-01T10:00:00", outcome="resolved",
        promises=[promise(80.0), promise(90.0, has_time=True, when="tomorrow")],
    ),
    call(
        "unprobed",
        said("customer", 5, "that is the third person i have talked to", affect=felt(0.9)),
        level(10.0, "heated"), prompt(11.0, "listen", "encourage"), outcome(0, False),
        said("agent", 42, "what happened then", does=["open-question"]),
        said("agent", 50, "please call us back", does=["callback-request"]),
        {"type": "hold", "kind": "silence", "start_s": 55.0, "end_s": 85.0, "announced": False},
        agent="omar", queue="delivery", started_at="2026-03-02T23:59:00", outcome="ended heated",
        promises=[promise(51.0, who="customer", asks_customer_to_call=True)],
    ),
    call("quiet", said("customer", 1, "don't worry i will cancel"), said("agent", 3, "third time lucky", does=["recap"])),
)  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The archive above, ready to be asked."""
    folder = tmp_path_factory.mktemp("archive")
    for lines in ARCHIVE:
        put(folder / f"{lines[0]['call_id']}.jsonl", lines)
    with opened(folder / FILE) as made:
        assert refresh(made, folder).new == 3
        yield made


def moments(index: sqlite3.Connection, text: str, **only: str) -> list[tuple[str, float]]:
    """The call and the second of each moment that answers."""
    return [(found.call_id, found.at_s) for found in answer(index, text, **only).found]


def answer(index: sqlite3.Connection, text: str, **only: str) -> Answer:
    return search(index, ask(text, vocabulary(tags_in(index))), only)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heated", [("probed", 10.0), ("unprobed", 10.0)]),
        ("heated and no agent open-question within 30 s", [("unprobed", 10.0)]),
        ("heated and agent open-question within 30 s", [("probed", 10.0)]),
        ("heated and no agent open-question within 24 s", [("probed", 10.0), ("unprobed", 10.0)]),
        ("heated and no mirror within 0.1 min", [("unprobed", 10.0)]),
        ('says "third time"', [("quiet", 3.0), ("probed", 5.0)]),
        ('customer says "third time"', [("probed", 5.0)]),
        ('customer says "Third*"', [("probed", 5.0), ("unprobed", 5.0)]),
        ("customer says “don't worry”", [("quiet", 1.0)]),
        ('not customer says "third time"', [("quiet", 3.0)]),
        ("agent callback-request", [("unprobed", 50.0)]),
        ("recovered and mirror used before", [("probed", 70.0)]),
        ("recovered and mirror used within 57 s before", []),
        ("recovered and mirror used within 58 s before", [("probed", 70.0)]),
        ("recovered and listen before", []),
        ("agent promise", [("probed", 80.0), ("probed", 90.0)]),
        ("agent promise untimed", [("probed", 80.0)]),
        ("promise not timed", [("probed", 80.0), ("unprobed", 51.0)]),
        ("asks-to-call", [("unprobed", 51.0)]),
        ("hold lasting > 29 s unannounced", [("unprobed", 55.0)]),
        ("hold lasting > 0.5 min", []),
        ("hold and no says \"sorry\"", [("unprobed", 55.0)]),
        ("heated lasting >= 50 s", [("probed", 10.0), ("unprobed", 10.0)]),
        ("intensity > 0.85", [("unprobed", 5.0)]),
        ("turn customer not intensity > 0.85", [("quiet", 1.0), ("probed", 5.0)]),
        ("agent while heated", [("probed", 35.0), ("unprobed", 42.0), ("unprobed", 50.0)]),
        ("(recovered or ended-heated)", [("probed", 70.0), ("unprobed", 100.0)]),
        ("(customer intensity > 0.85 or agent does recap)", [("quiet", 3.0), ("unprobed", 5.0)]),
        ("escalated and no repeat-contact", [("unprobed", 10.0)]),
        ("tactic be-specific used", [("probed", 12.0)]),
        ("unused", [("unprobed", 11.0)]),
        ("promise due <= 2026-03-02", [("probed", 90.0)]),
        ("promise due < 2026-03-02", []),
        ("promise due > 2026-02-28 and no agent promise before", []),
        ("end and no (recovered or hold)", [("quiet", 100.0)]),
    ],
)  # fmt: skip
def test_a_question_finds_its_moments(index: sqlite3.Connection, text: str, found: list[tuple[str, float]]) -> None:
    """Words, levels, what was done, used, promised and missed, and when."""
    assert moments(index, text) == found


def test_a_filter_narrows_the_calls(index: sqlite3.Connection) -> None:
    """By agent, queue, call and day; the last day counts whole, and so does how many calls were asked."""
    assert moments(index, "heated", agent="omar") == [("unprobed", 10.0)]
    assert moments(index, "heated", until="2026-03-02") == [("probed", 10.0), ("unprobed", 10.0)]
    assert moments(index, "heated", until="2026-03-01", since="2026-03-01") == [("probed", 10.0)]
    assert moments(index, "turn", call="quiet") == [("quiet", 1.0), ("quiet", 3.0)]
    assert answer(index, "heated", queue="billing").asked == 1


def test_the_other_moment_is_told_too(index: sqlite3.Connection) -> None:
    """What made it an answer: the nearest moment of each kind that was asked for."""
    [found] = answer(index, "recovered and mirror used before and agent promise").found
    assert [(also.kind, also.at_s) for also in found.also] == [("prompt", 12.0), ("promise", 80.0)]


# --- mistakes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("heated and no prob within 30 s", "line 1, column 15", "did you mean probe"),
        ("heated\nand no hodl", "line 2, column 8", "did you mean hold"),
        ("heated or stuck", "line 1, column 8", "in brackets"),
        ("(heated or stuck", "line 1, column 17", "not closed"),
        ("recap", "line 1, column 1", "`does recap` or `tactic recap`"),
        ("says", "line 1, column 5", 'says "third time"'),
        ('says "  "', "line 1, column 6", "no words"),
        ('"third time"', "line 1, column 1", "words stand after `says`"),
        ('says "third', "line 1, column 6", "has no end"),
        ("heated and probe within 30", "line 1, column 27", "needs its unit"),
        ("heated and probe within s", "line 1, column 25", "a number"),
        ("intensity 0.5", "line 1, column 11", "< > <= >="),
        ("within 30 s", "line 1, column 1", "can't stand here"),
        ("due <= friday", "line 1, column 8", "as in 2026-03-05"),
        ("due 2026-03-05", "line 1, column 5", "and a date"),
        ("heated and", "line 1, column 11", "too early"),
        ("", "line 1, column 1", "too early"),
        ("while cross", "line 1, column 7", "means nothing"),
        ("cue recap", "line 1, column 5", "means nothing"),
        ("heated; drop table", "line 1, column 7", "';' means nothing"),
        ("(" * 500, "line 1", "brackets"),
        ("not " * 400, "line 1", "brackets"),
        ("a" * 3000, "line 1, column 2001", "at most"),
    ],
)
def test_a_mistake_says_where_and_what(text: str, place: str, hint: str) -> None:
    """Line, column, and the word that was probably meant."""
    with pytest.raises(QuestionError) as told:
        ask(text)
    assert place in str(told.value)
    assert hint in str(told.value)


WORDS = [*vocabulary(), "and", "no", "not", "or", "within", "before", "after", "says", "while", "intensity", "lasting",
         "(", ")", ">", "30", "s", "min", "due", "2026-03-05", '"third time"', '"', "\n", ";", "é", "*"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_question_or_a_mistake(index: sqlite3.Connection, text: str) -> None:
    """Nothing else ever comes of it: no other error, and nothing that the database can't answer."""
    try:
        question = ask(text)
    except QuestionError as error:
        assert "column" in str(error)
    else:
        search(index, question, limit=1)


@given(st.text(max_size=30))
def test_any_words_can_be_looked_for(index: sqlite3.Connection, words: str) -> None:
    """Operators and quotes of the database's own search are words like others."""
    text = f"says “{words.replace('”', '')}”"
    try:
        search(index, ask(text))
    except QuestionError as error:
        assert "column" in str(error)


def test_the_saved_questions_can_be_asked(index: sqlite3.Connection) -> None:
    """Each has a meaning, and no mistake."""
    named = saved()
    check(named)
    assert len(named) > 10
    known = vocabulary()
    for question in named.values():
        assert question.means
        assert not set(known) & question.names, "no word of the language is taken away"
        search(index, ask(question.text))


def test_questions_of_ones_own(tmp_path: Path) -> None:
    """A file may add and replace; its mistakes are told with the question's name, and the file's."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("called-back: {means: Mine, ask: agent callback-request}\nnew: {means: New, ask: heated}\n")
    named = saved(mine)
    assert named["called-back"].means == "Mine"
    assert "promises-due" in named
    mine.write_text("back: {means: Mine, ask: agent callback-request, also: they call back}\n")
    assert spelt_out("they  call back", saved(mine)) == "agent callback-request"
    mine.write_text("bad: {means: Bad, ask: heatd}\n")
    with pytest.raises(QuestionError, match=r"@bad: line 1, column 1 .*heated"):
        check(saved(mine))
    for text, why in (
        ("a: [", "line 1, column 5: this is not YAML"),
        ("- a\n", "list of names"),
        ("a: b\n", "has an `ask`"),
    ):
        mine.write_text(text)
        with pytest.raises(QuestionError, match=why):
            saved(mine)


# --- the index -------------------------------------------------------------------------------------


@contextmanager
def index_of(folder: Path) -> Iterator[sqlite3.Connection]:
    with opened(folder / FILE) as made:
        yield made


def sizes(index: sqlite3.Connection) -> list[int]:
    tables = ("calls", "moments", "tags")
    counted = [index.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    [words] = index.execute("SELECT count(*) FROM words WHERE words MATCH 'the'").fetchone()
    return [*counted, words]


def test_the_index_follows_the_folder(tmp_path: Path) -> None:
    """New, changed, touched, broken and removed records; at the end it is as if it had been made anew."""
    for name in ("sofa-recovers", "clinic-calm", "photos-stuck"):
        put(tmp_path / f"{name}.jsonl", sample_lines(name))
    with index_of(tmp_path) as made:
        assert refresh(made, tmp_path).new == 3
        assert refresh(made, tmp_path).new == 0
        os.utime(tmp_path / "sofa-recovers.jsonl", ns=(1, 1))
        assert refresh(made, tmp_path).new == 0  # the same bytes

        def say_zebra(lines: list[Line]) -> None:
            lines[1]["text"] = "a zebra"

        put(tmp_path / "sofa-recovers.jsonl", changed("sofa-recovers", say_zebra))
        assert refresh(made, tmp_path).new == 1
        assert answer(made, "says zebra").moments == 1
        assert answer(made, 'says "good afternoon"').moments == 0
        (tmp_path / "photos-stuck.jsonl").write_text("broken\n")
        [told] = refresh(made, tmp_path).refused
        assert "photos-stuck.jsonl" in told
        (tmp_path / "clinic-calm.jsonl").unlink()
        assert refresh(made, tmp_path).gone == 1
        grown = sizes(made)
        made.execute("INSERT INTO words(words) VALUES('integrity-check')")
    (tmp_path / FILE).unlink()
    with index_of(tmp_path) as made:
        refresh(made, tmp_path)
        assert sizes(made) == grown


def test_a_kill_while_the_index_is_filled_loses_no_record(tmp_path: Path) -> None:
    """What is in stays in, the rest comes with the next question."""
    make_archive(tmp_path, 300)

    class Killed(BaseException):
        pass

    def die(*_: int) -> None:
        raise Killed

    with pytest.raises(Killed), index_of(tmp_path) as made:
        refresh(made, tmp_path, die)
    with index_of(tmp_path) as made:
        assert 0 < refresh(made, tmp_path).new < 300
        assert answer(made, "turn").asked == 300


def test_two_may_fill_the_index_at_once(tmp_path: Path) -> None:
    """Each record is in once."""
    make_archive(tmp_path, 120)
    failed: list[BaseException] = []

    def fill() -> None:
        try:
            with index_of(tmp_path) as made:
                refresh(made, tmp_path)
        except AnalyzerError as error:
            failed.append(error)

    threads = [threading.Thread(target=fill) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with index_of(tmp_path) as made:
        assert sizes(made)[0] == 120


def test_an_index_that_is_damaged_or_old_is_made_anew(tmp_path: Path) -> None:
    """It is a cache; and only its owner may read what people said."""
    put(tmp_path / "a.jsonl", sample_lines("clinic-calm"))
    (tmp_path / FILE).write_bytes(b"no database " * 500)
    with index_of(tmp_path) as made:
        assert refresh(made, tmp_path).new == 1
        made.execute("PRAGMA user_version=99")
    with index_of(tmp_path) as made:
        assert refresh(made, tmp_path).new == 1
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    with pytest.raises(OutputError, match="--index"), opened(tmp_path / "nowhere" / "x.sqlite"):
        pass


# --- the command -----------------------------------------------------------------------------------


def test_the_command_tells_time_words_and_page(tmp_path: Path) -> None:
    """With the quotes that a shell takes away, a saved question, JSON, and a link into the page of the call."""
    put(tmp_path / "sofa-recovers.jsonl", sample_lines("sofa-recovers"))
    (tmp_path / "sofa-recovers.html").write_text("")

    def asks(*words: str) -> str:
        done = CliRunner().invoke(find, [str(tmp_path), *words], standalone_mode=False)
        assert done.return_value == 0, done.exception
        return done.stdout

    told = asks("customer", "says", "third time")
    assert "1 moment in 1 call of 1" in told
    assert "customer: “this is the third time i have called about this”" in told
    [line] = [line for line in told.splitlines() if ".html#t=" in line]
    at_s = next(turn["start_s"] for turn in sample_lines("sofa-recovers") if "third time" in turn.get("text", ""))
    assert line.strip() == f"{tmp_path}/sofa-recovers.html#t={at_s:g}"
    found = [json.loads(row) for row in asks("@promises-due", "--json").splitlines()]
    assert [row["kind"] for row in found] == ["promise"] * 3
    assert all(first["at_s"] <= then["at_s"] for first, then in pairwise(found))
    assert asks("promises", "due") == asks("Promises due") == asks("@promises-due")
    assert asks("customer", "asked", "to", "call", "back") == asks("@called-back")
    assert asks("recovered", "after", "mirror") == asks("@recovered-after-mirror")
    assert "the first 2 shown" in asks("@promises-due", "--limit", "2")
    assert "@called-back" in asks("--saved")
    assert "repeat-contact" in asks("--names")
    lost = CliRunner().invoke(find, [str(tmp_path), "@nobody"])
    assert isinstance(lost.exception, QuestionError)


def test_a_folder_without_calls_is_told(tmp_path: Path) -> None:
    """It is not the same as a question that nothing answers."""
    told = CliRunner().invoke(find, [str(tmp_path), "heated"])
    assert isinstance(told.exception, OutputError)
    put(tmp_path / "a.jsonl", sample_lines("clinic-calm"))
    assert "0 moments in 0 calls of 1" in CliRunner().invoke(find, [str(tmp_path), "heated"]).stdout


def test_a_terminal_gets_no_control_characters(tmp_path: Path) -> None:
    """Of a transcript that somebody else wrote."""
    put(tmp_path / "a.jsonl", call("evil\x1b]0;x\x07", said("customer", 1, "one \x1b[2J two")))
    done = CliRunner().invoke(find, [str(tmp_path), "customer says two"])
    assert "one" in done.stdout
    assert "\x1b" not in done.stdout


def test_ten_thousand_calls_are_one_of_many(tmp_path: Path) -> None:
    """A thousand made calls: read once, and any saved question far under a second; the figures are `bench archive`'s."""
    make_archive(tmp_path, 1000)
    with index_of(tmp_path) as made:
        refresh(made, tmp_path)
        begun = time.perf_counter()
        assert refresh(made, tmp_path).new == 0
        for question in saved().values():
            search(made, ask(question.text))
        assert time.perf_counter() - begun < 5


def test_the_questions_in_the_document_can_be_asked() -> None:
    """Each example of a command, each saved question that it names, and the words of its table."""
    text = (Path(__file__).parents[1] / "docs" / "archive.md").read_text("utf-8")
    asked = [shlex.split(line)[3:] for line in text.splitlines() if line.startswith("    analyzer find out ")]
    questions = [[word for word in words if not word.startswith("--")] for words in asked if words[0][0] not in "-@"]
    assert len(questions) >= 3
    for words in questions:
        whole = words[0] if " " in words[0] else " ".join(f'"{word}"' if " " in word else word for word in words)
        ask(whole)
    own = {"refund-refused"}
    assert set(re.findall(r"@([a-z-]+)", text)) - own == set(saved())
    rows = re.findall(r"^\| (.+?) \| ", text.split("| word | the moment |")[1].split("\n\n")[0], re.MULTILINE)
    for name in [name for row in rows for name in re.findall(r"`([a-z-]+)`", row)]:
        ask(name)
