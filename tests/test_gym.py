"""The gym is the suite: every dialogue of it, judged by the text model that comes with the program."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from analyzer.affect import TurnReader
from analyzer.errors import RecordError
from analyzer.escalation import ORDER, EscalationState
from analyzer.events import Event
from analyzer.gym import TACTICS, complaints, read_file, read_gym
from analyzer.playbook import Prompt, default_playbook
from analyzer.record import read
from analyzer.transcript import coach_transcript

GYM = Path(__file__).parents[1] / "samples/gym"
DIALOGUES = {dialogue.name: dialogue for dialogue in read_gym(GYM)}
ROWS = range(1, 32)  # of the playbook that the product grew out of


def crowded(events: Iterable[Event]) -> list[float]:
    """When a prompt came within eight seconds of the last though the level had not risen."""
    found, last_s, level, rose_s = list[float](), -10.0, 0, -10.0
    for event in events:
        if isinstance(event, EscalationState):
            level, rose_s = ORDER.index(event.level), event.at_s if ORDER.index(event.level) > level else rose_s
        elif isinstance(event, Prompt):
            found += [event.at_s] if event.at_s - last_s < 8.0 - 1e-6 and rose_s != event.at_s else []
            last_s = event.at_s
    return found


@pytest.mark.parametrize("name", DIALOGUES)
def test_the_coach_says_what_is_right_and_nothing_that_is_wrong(name: str, reader: TurnReader) -> None:
    """One call: its windows, and what must not come."""
    dialogue = DIALOGUES[name]
    events = coach_transcript(dialogue.call, reader, default_playbook())
    assert complaints(dialogue, events) == []
    assert crowded(events) == []


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_dialogues(row: int) -> None:
    """At least two in which something is right, and two in which it would be wrong."""
    of_row = [dialogue for dialogue in DIALOGUES.values() if row in dialogue.rows]
    assert sum(dialogue.is_positive for dialogue in of_row) >= 2
    assert sum(not dialogue.is_positive for dialogue in of_row) >= 2


@pytest.mark.parametrize("tactic", sorted(TACTICS))
def test_every_tactic_is_wanted_twice_and_unwanted_twice(tactic: str) -> None:
    """A tactic that nothing expects, or nothing forbids, is not tested."""
    wanted = [d for d in DIALOGUES.values() if any(tactic in window.tactics for window in d.expect)]
    unwanted = [d for d in DIALOGUES.values() if tactic in d.never]
    assert len(wanted) >= 2
    assert len(unwanted) >= 2


def test_no_two_dialogues_have_one_name() -> None:
    """Else one of them would never run."""
    assert len(DIALOGUES) == len(read_gym(GYM))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("rows: [1]", "not a file of the gym"),
        ("rows: [1]\ndialogues: [{name: a, turns: []}]", "a expects nothing"),
        ("rows: [1]\ndialogues: [{name: a, turns: [], never: [stedy]}]", "unknown tactic stedy"),
        ("rows: [1]\ndialogues: [{name: a, turns: [], reached: [hot]}]", "unknown level hot"),
        ("rows: [1]\ndialogues: [{name: a, turns: [], most: 2, nver: []}]", "unknown field nver"),
        ("rows: [1", "cannot read"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, wrong: str, told: str) -> None:
    """By its name, and the name of the dialogue."""
    path = tmp_path / "mine.yaml"
    path.write_text(wrong)
    with pytest.raises(RecordError, match=told):
        read_file(path)


def test_a_dialogue_that_fails_says_why(reader: TurnReader) -> None:
    """What was expected, and what came instead."""
    [right, *_] = read_file(GYM / "respect.yaml")
    silent = {"turns": [turn for turn in right.turns if turn["role"] == "customer"]}
    [told] = complaints(right, coach_transcript(silent, reader, default_playbook()))
    assert told.startswith("no respect from")


def test_a_call_with_a_voice_has_the_turns_of_its_record(tmp_path: Path) -> None:
    """What is heard is what the coach hears: text and times are the record's, and the sound lies beside it."""
    spoken = DIALOGUES["spoken-sofa"]
    assert spoken.voice is not None
    record = read(spoken.voice.with_suffix(".jsonl"))
    assert [turn["text"] for turn in spoken.turns] == [turn["text"] for turn in record.turns]
    assert spoken.voice.is_file()
    (tmp_path / "gym").mkdir()
    path = tmp_path / "gym" / "wrong.yaml"
    path.write_text("rows: [1]\ndialogues: [{name: lost, voice: nowhere, most: 0}]\n")
    with pytest.raises(RecordError, match="nowhere"):
        read_file(path)
