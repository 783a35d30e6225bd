"""The command line as a stranger meets it: the real program in a process of its own, on real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analyzer.cli import VERBS
from analyzer.models import shipped
from analyzer.record import read

CALLS = shipped("samples/calls")


def analyzer(*arguments: object, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    command = [sys.executable, "-m", "analyzer", *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=300, env={**os.environ, **more}, check=False
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error of a run that failed: one line, no stack trace."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode not in (0, None), done.stdout
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_help_names_every_verb() -> None:
    """And each verb's own help has an example."""
    shown = analyzer("--help").stdout
    for verb in VERBS:
        assert verb in shown
        assert "Example" in analyzer(verb, "--help").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["models", "list"]])
def test_an_output_without_room_is_one_line(arguments: list[str]) -> None:
    """No stack trace, and an exit code that says so."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "analyzer", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "analyzer: the output has no room left; free some, or write it elsewhere\n"


def test_a_typing_mistake_is_a_usage_line() -> None:
    """One, with the way to the right one; not a stack trace."""
    assert one_line(analyzer("scroe")).startswith("analyzer: No such command 'scroe'")


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "--nope"],
        ["score"],
        ["score", "--agent", "nosuch"],
        ["summary", "nosuch"],
        ["tables", "nosuch"],
        ["find", "nosuch", "heated"],
        ["export", "nosuch", "--to", "vtt"],
        ["export", "nosuch"],
        ["audit", "nosuch"],
    ],
)
def test_a_wrong_use_is_one_line_with_a_way_out(arguments: list[str]) -> None:
    """It names what is wrong, and where the help is."""
    told = one_line(analyzer(*arguments))
    assert told.endswith("--help")
    assert [name for name in ("nope", "nosuch", "--agent", "--to", "recording") if name in told]


def test_a_group_without_a_verb_shows_its_verbs() -> None:
    """All of them, and not in one line."""
    for arguments in ([], ["models"]):
        done = analyzer(*arguments)
        assert "Usage:" in done.stdout + done.stderr
        assert len((done.stdout + done.stderr).splitlines()) > 10


def test_secrets_may_come_by_the_environment() -> None:
    """Several, with a space between them; a wrong one is told without its text."""
    done = analyzer("serve", "--port", "0", ANALYZER_AUDIOHOOK_SECRETS="key=c2VjcmV0 c2VjcmV0")
    assert done.returncode == 2
    assert "--audiohook-secret is KEY=SECRET" in done.stderr
    assert "c2VjcmV0" not in done.stderr


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory, vosk_model: Path) -> tuple[Path, str]:
    """One real sample call, scored by the real program."""
    folder = tmp_path_factory.mktemp("out")
    done = analyzer("score", CALLS / "sofa-recovers.flac", "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_score_leaves_a_record_and_a_page(scored: tuple[Path, str]) -> None:
    """And prints a timeline that a person can read."""
    folder, shown = scored
    record = read(folder / "sofa-recovers.jsonl")
    assert record.summary is not None
    assert {turn["speaker"] for turn in record.turns} == {"agent", "customer"}
    assert all((turn["affect"] is None) == (turn["speaker"] == "agent") for turn in record.turns)
    assert "<audio" in (folder / "sofa-recovers.html").read_text("utf-8")
    assert "sofa" in shown
    assert "The call ended" in shown


def test_the_same_call_gives_the_same_bytes(scored: tuple[Path, str], tmp_path: Path) -> None:
    """An audit rests on it."""
    analyzer("score", CALLS / "sofa-recovers.flac", "-o", tmp_path, "--no-report")
    name = "sofa-recovers.jsonl"
    assert (tmp_path / name).read_bytes() == (scored[0] / name).read_bytes()


def test_transcript_gives_the_same_prompts_as_score(scored: tuple[Path, str]) -> None:
    """The record's own turns, coached again as text: the same levels and prompts, to the millisecond."""
    record = read(scored[0] / "sofa-recovers.jsonl")
    turns = [
        {
            "role": t["speaker"],
            "start": t["start_s"],
            "end": t["end_s"],
            "text": t["text"],
            "words": t["words"],
            "voice": t["voice"],
        }
        for t in record.turns
    ]
    done = analyzer("transcript", "-", stdin=json.dumps({"call_id": "again", "turns": turns}))
    again = json.loads(done.stdout)
    assert [(p["at_s"], p["tactic"]) for p in again["prompts"]] == [(p["at_s"], p["tactic"]) for p in record.prompts]
    assert [(level["at_s"], level["level"]) for level in again["levels"]] == [
        (x["at_s"], x["level"]) for x in record.levels
    ]


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, vosk_model: Path) -> None:
    """The good one is scored, the bad ones are a line each, and the exit code says so."""
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"not audio at all")
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros((8000 * 3, 2), np.float32), 8000)
    good = tmp_path / "good.wav"
    soundfile.write(good, np.random.default_rng(0).normal(0, 0.01, (8000 * 3, 2)), 8000)
    good.with_suffix(".json").write_text('{"agent": "linda", "date": "20260302 10:31"}')
    done = analyzer("score", bad, tmp_path / "none.wav", silent, good, "-o", tmp_path / "out", "--json")
    assert done.returncode == 1
    [answer] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (answer["call_id"], answer["turns"]) == ("good", 0)
    header = read(tmp_path / "out" / "good.jsonl").header
    assert (header["agent"], header["started_at"]) == ("linda", "2026-03-02T10:31:00"), "as its sidecar says"
    assert not (tmp_path / "out" / "silent.jsonl").exists()
    assert "silent.wav is silent throughout" in done.stderr
    assert "bad.wav" in done.stderr
    assert "none.wav" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_that_breaks_off_is_scored_and_told(tmp_path: Path, vosk_model: Path) -> None:
    """What is there has its record; the exit code and a line say that it is not all."""
    cut = tmp_path / "cut.wav"
    soundfile.write(cut, np.random.default_rng(0).normal(0, 0.01, (8000 * 4, 2)), 8000)
    cut.write_bytes(cut.read_bytes()[: 44 + 8000 * 4 * 2])
    done = analyzer("score", cut, "-o", tmp_path / "out", "--no-report")
    assert (done.returncode, (tmp_path / "out" / "cut.jsonl").exists()) == (1, True)
    assert f"{cut}: breaks off after 2.0 s of 4.0 s; copy or export it again for the rest" in done.stderr


def test_a_recording_that_breaks_off_leaves_the_better_record(tmp_path: Path, vosk_model: Path) -> None:
    """Alone and in a folder of recordings; the file is mended, and its record is made anew."""
    whole, cut, out = tmp_path / "in" / "cut.wav", tmp_path / "cut.wav", tmp_path / "out"
    whole.parent.mkdir()
    soundfile.write(whole, np.random.default_rng(0).normal(0, 0.01, (8000 * 4, 2)), 8000)
    data = whole.read_bytes()
    cut.write_bytes(data[: 44 + 8000 * 4 * 2])
    assert analyzer("score", whole, "-o", out).returncode == 0
    good = {path.name: path.read_bytes() for path in out.glob("cut.*")}
    stays = f"breaks off after 2.0 s of 4.0 s; copy or export it again for the rest; the record of 4.0 s in {out / 'cut.jsonl'} stays as it is"
    assert one_line(analyzer("score", cut, "-o", out)) == f"analyzer: {cut}: {stays}"
    whole.write_bytes(cut.read_bytes())
    done = analyzer("score", whole.parent, "-o", out)
    assert (done.returncode, done.stderr) == (1, f"analyzer: {whole}: {stays}\n")
    assert {path.name: path.read_bytes() for path in out.glob("cut.*")} == good
    whole.write_bytes(data[:-4])
    assert analyzer("score", whole, "-o", out, "--no-report").returncode == 0
    assert (out / "cut.jsonl").read_bytes() != good["cut.jsonl"]


def test_a_record_of_a_part_gives_way_to_one_of_more(tmp_path: Path, vosk_model: Path) -> None:
    """Whether it is heard again as it is, or longer than it was; a folder with such a call never ends well."""
    cut, out = tmp_path / "in" / "cut.wav", tmp_path / "out"
    cut.parent.mkdir()
    soundfile.write(cut, np.random.default_rng(0).normal(0, 0.01, (8000 * 4, 2)), 8000)
    data = cut.read_bytes()
    for seconds in (2, 2, 3):
        cut.write_bytes(data[: 44 + 8000 * 4 * seconds])
        done = analyzer("score", cut.parent, "-o", out, "--no-report")
        assert read(out / "cut.jsonl").duration_s == seconds
    assert done.returncode == 1
    assert f"{cut}: breaks off after 3.0 s of 4.0 s" in one_line(done)
    assert "1 scored, 1 of them only in part" in done.stdout
    again = analyzer("score", cut.parent, "-o", out, "--no-report")
    assert (again.returncode, again.stderr) == (1, done.stderr)
    assert "1 there already, 1 of them only in part" in again.stdout


def test_a_name_that_no_file_may_have_does_not_stop_the_others(tmp_path: Path, vosk_model: Path) -> None:
    """A line for it; and one that is just short enough needs no sidecar that could not exist."""
    good, out = tmp_path / f"{'x' * 251}.wav", tmp_path / "out"
    soundfile.write(good, np.random.default_rng(0).normal(0, 0.01, (8000, 2)), 8000)
    done = analyzer("score", tmp_path / f"{'y' * 300}.wav", good, "-o", out, "--no-report", "--json")
    assert "yyy.wav: file name too long; check the path" in one_line(done)
    assert json.loads(done.stdout)["call_id"] == "x" * 120
    assert one_line(analyzer("models", "add", "z" * 300)).endswith("zzz: File name too long; check the path")


@pytest.mark.parametrize("name", ["missing.wav", "empty.wav", "folder"])
def test_what_is_no_call_is_one_line_that_names_it(tmp_path: Path, name: str) -> None:
    """Missing, empty, a folder with nothing in it."""
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder").mkdir()
    assert name in one_line(analyzer("score", tmp_path / name, "-o", tmp_path / "out"))


def test_a_mono_call_is_written_down_and_not_judged(tmp_path: Path, vosk_model: Path) -> None:
    """Who speaks is unknown, so nothing is said of anybody."""
    both = soundfile.read(CALLS / "clinic-calm.flac", dtype="float32")[0][: 8000 * 12]
    mono = tmp_path / "mono.wav"
    soundfile.write(mono, both.mean(axis=1), 8000)
    assert analyzer("score", mono, "-o", tmp_path, "--no-report").returncode == 0
    record = read(tmp_path / "mono.jsonl")
    assert {turn["speaker"] for turn in record.turns} == {"unknown"}
    assert all(turn["affect"] is None for turn in record.turns)
    assert record.prompts == []


def test_a_disk_that_is_full_is_one_line_and_leaves_nothing(tmp_path: Path, vosk_model: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    script = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000));"
        f"import sys; sys.argv = ['analyzer', 'score', {str(CALLS / 'clinic-calm.flac')!r}, '-o', {str(tmp_path)!r}];"
        "from analyzer.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert "no space left" in one_line(done)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_the_good_record(tmp_path: Path, vosk_model: Path) -> None:
    """Half way through the second run, the record of the first is still there and nothing else is."""
    good = tmp_path / "sofa-recovers.jsonl"
    good.write_text("the good one")
    command = [sys.executable, "-m", "analyzer", "score", str(CALLS / "sofa-recovers.flac"), "-o", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begun = time.monotonic()
    while not list(tmp_path.glob(".*.part")) and time.monotonic() - begun < 120:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == 130
    assert complaint == "analyzer: stopped; nothing half-written was kept\n"
    assert good.read_text() == "the good one"
    assert list(tmp_path.iterdir()) == [good]


def test_offline_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    """One line with the way out: the proxy leads nowhere, and the cache is empty."""
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(
        ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), nowhere
    )
    done = analyzer(
        "score", CALLS / "clinic-calm.flac", "-o", tmp_path, ANALYZER_CACHE=str(tmp_path / "none"), **proxies
    )
    assert done.returncode == 1
    assert "analyzer models" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_affect_answers_line_by_line() -> None:
    """In order, with an error where a line is none, and a defined answer for odd texts."""
    lines = [
        json.dumps({"text": text}) for text in ("thank you so much you are a star", "", "😀 你好", "word " * 10_000)
    ]
    done = analyzer("affect", "-", stdin="\n".join([*lines, "nonsense", '{"text": 5}']))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 6
    assert answers[0]["sentiment"] > 0.3
    assert answers[0]["cues"]["gratitude"] > 0.5
    assert (answers[1]["sentiment"], answers[1]["confidence"]) == (0.0, 0.0)
    assert -1 <= answers[3]["sentiment"] <= 1
    assert "error" in answers[4]
    assert "error" in answers[5]
    assert done.returncode == 1


def test_transcript_goes_on_after_a_bad_line() -> None:
    """And says which line it was."""
    good = json.dumps({"call_id": "a", "turns": [{"role": "customer", "start": 0, "end": 2, "text": "hello there"}]})
    done = analyzer("transcript", "-", stdin=f"{good}\n[1]\n{good}\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("error" in answer) for answer in answers] == [False, True, False]
    assert "line 2" in answers[1]["error"]
    assert done.returncode == 1


@pytest.mark.parametrize("verb", ["affect", "transcript"])
@pytest.mark.parametrize("name", ["missing.jsonl", "folder", "forbidden.jsonl"])
def test_what_holds_no_lines_is_one_line_that_names_it(verb: str, name: str, tmp_path: Path) -> None:
    """Missing, a folder, somebody else's."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "forbidden.jsonl").write_text("{}")
    (tmp_path / "forbidden.jsonl").chmod(0)
    if os.access(tmp_path / name, os.R_OK) and name == "forbidden.jsonl":
        pytest.skip("this user may read everything")
    told = one_line(analyzer(verb, tmp_path / name))
    assert told.startswith(f"analyzer: cannot read {tmp_path / name}: ")


def test_the_line_numbers_of_errors_are_those_of_the_file(tmp_path: Path) -> None:
    """Lines that are empty count, whatever ends a line; a mark at the beginning of the file is no part of it."""
    calls = tmp_path / "calls.jsonl"
    good = {"text": "hello", "turns": [{"role": "customer", "start": 0, "end": 2, "text": "hello there"}]}
    calls.write_bytes(b"\xef\xbb\xbf" + json.dumps(good).encode() + b"\r\n\r\n   \nnonsense\n\n[1]")
    for verb in ("affect", "transcript"):
        done = analyzer(verb, calls)
        first, *others = [json.loads(line) for line in done.stdout.splitlines()]
        assert "error" not in first
        assert [answer["error"][:6] for answer in others] == ["line 4", "line 6"]
        assert (done.returncode, done.stderr) == (1, "")


def test_a_playbook_with_a_mistake_is_told_before_the_call_is_heard(tmp_path: Path) -> None:
    """With its file and line."""
    book = tmp_path / "mine.yaml"
    book.write_text(
        "name: mine\nversion: 1\ncards:\n  - {tactic: nope, move: probe, after: agent, priority: 1, when: [], line: hi}\n"
    )
    assert f"{book}:4" in one_line(analyzer("score", CALLS / "clinic-calm.flac", "--playbook", book, "-o", tmp_path))
    assert analyzer("playbook", "check", book).returncode == 1
    assert analyzer("playbook", "check").returncode == 0
