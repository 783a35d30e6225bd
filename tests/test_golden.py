"""The sample calls through the whole program, with the real models, against records that a person has read.

When a change is meant to change them: `python -m pytest tests/test_golden.py --regenerate`, then read the
difference and agree with it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analyzer.bench import word_errors
from analyzer.call import Call, CallSettings
from analyzer.cli.loading import Engines, load_engines, load_playbook
from analyzer.cli.score import Wanted, score_call
from analyzer.coach import Coach
from analyzer.models import shipped
from analyzer.record import Record, line_of, read, rounded
from analyzer.sources.file import open_call
from analyzer.sources.paced import in_frames
from analyzer.transcript import coach_transcript

CALLS = shipped("samples/calls")
NAMES = sorted(path.stem for path in CALLS.glob("*.flac"))


@pytest.fixture(scope="module")
def engines(vosk_model: Path) -> Engines:
    """The real engines, loaded once."""
    return load_engines()


@pytest.fixture(scope="module")
def records(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every sample call, scored."""
    folder = tmp_path_factory.mktemp("golden")
    for name in NAMES:
        score_call(open_call(CALLS / f"{name}.flac"), engines, load_playbook(None), Wanted(folder, report=False))
    return {name: folder / f"{name}.jsonl" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_the_golden_one(name: str, records: dict[str, Path], pytestconfig: pytest.Config) -> None:
    """The words, levels and prompts of the record that was read, and which of them were used."""
    golden = CALLS / f"{name}.jsonl"
    if pytestconfig.getoption("--regenerate"):
        shutil.copyfile(records[name], golden)
    new, old = read(records[name]), read(golden)
    # another processor rounds a little differently: a word in fifty may differ, a moment by half a second
    assert word_errors(words(old), words(new)) <= 0.02
    assert [level["level"] for level in new.levels] == [level["level"] for level in old.levels]
    assert [prompt["line"] for prompt in new.prompts] == [prompt["line"] for prompt in old.prompts]
    used = [{outcome["prompt"]: outcome["used"] for outcome in record.outcomes} for record in (new, old)]
    assert used[0] == used[1]
    moments = [[line["at_s"] for line in (*record.levels, *record.prompts)] for record in (new, old)]
    assert moments[0] == pytest.approx(moments[1], abs=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_a_record_coached_again_as_text_is_the_same(name: str, records: dict[str, Path], engines: Engines) -> None:
    """From the record's own turns and sounds: every level, prompt, outcome and hold, and the summary, to the digit."""
    record = read(records[name])
    given = {"turns": record.turns, "sounds": record.sounds, "duration_s": record.duration_s}
    again = [rounded(line) for event in coach_transcript(given, engines.reader, load_playbook(None))
             if (line := line_of(event))]  # fmt: skip
    for kind, lines in (
        ("level", record.levels),
        ("prompt", record.prompts),
        ("outcome", record.outcomes),
        ("hold", record.holds),
        ("summary", [record.summary]),
    ):
        assert [line for line in again if line["type"] == kind] == lines


@pytest.mark.parametrize("name", ["phone-abusive"])  # small frames are slow: one call
def test_a_replay_tells_the_same_at_the_same_moments(name: str, records: dict[str, Path], engines: Engines) -> None:
    """In the frames of a telephone line, as `replay` feeds them: every level, prompt and outcome, to the millisecond."""
    audio, record = open_call(CALLS / f"{name}.flac"), read(records[name])
    coach, settings = Coach(load_playbook(None)), CallSettings(max_skew_s=None)
    call = Call(audio.rates, engines.speech, engines.activity, engines.reader, coach, settings)
    events = [event for frame in in_frames(audio.chunks()) for event in call.feed(frame)] + call.finish()
    again = [rounded(line) for event in events if (line := line_of(event))]
    for kind, lines in (("level", record.levels), ("prompt", record.prompts), ("outcome", record.outcomes)):
        assert [line for line in again if line["type"] == kind] == lines


def words(record: Record) -> str:
    return " ".join(turn["text"] for turn in record.turns)


def tactics(record: Record) -> set[str]:
    return {prompt["tactic"] for prompt in record.prompts}


def test_the_calm_call_is_left_alone(records: dict[str, Path]) -> None:
    """No level, and nothing said to the agent."""
    record = read(records["clinic-calm"])
    assert (record.levels, record.prompts) == ([], [])


def test_the_angry_call_is_noticed_and_recovers(records: dict[str, Path]) -> None:
    """Heated at its worst, calm at its end; the platitude is named."""
    record = read(records["sofa-recovers"])
    assert (record.worst_level, record.last_level) == ("heated", "calm")
    assert "be-specific" in tactics(record) or "match-urgency" in tactics(record)


def test_the_wish_for_a_manager_is_heard(records: dict[str, Path]) -> None:
    """Agree at once, offer both ways."""
    assert "transfer-choice" in tactics(read(records["bank-manager"]))


def test_abuse_gets_its_boundary_step_by_step(records: dict[str, Path]) -> None:
    """Named first, then warned."""
    record = read(records["phone-abusive"])
    lines = [prompt["line"] for prompt in record.prompts if prompt["tactic"] == "boundary"]
    assert record.worst_level == "abusive"
    assert [line.split()[0].rstrip(":") for line in lines[:2]] == ["Name", "Warn"]


def test_the_inconsolable_caller_is_seen_as_stuck(records: dict[str, Path]) -> None:
    """And the answer is to hand the question back, not to reassure again."""
    record = read(records["photos-stuck"])
    assert record.worst_level == "stuck"
    assert "hand-back" in tactics(record)
