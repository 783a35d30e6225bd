"""What docs/playbook.md tells a floor manager is true: its worked example runs, and its table points at what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.affect import TurnReader
from analyzer.cli.playbook import playbook_group
from analyzer.examples import examples_in
from analyzer.facts import FACTS
from analyzer.gym import read_file
from analyzer.lint import FIELDS
from analyzer.playbook import default_playbook, read_playbook
from analyzer.rehearsal import failures, prompts_of

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/playbook.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \| ([^|]+) \| ([\w-]+) \| ([\w-]+\.yaml) \|$", TEXT, re.MULTILINE)


@pytest.fixture
def garage(tmp_path: Path) -> Path:
    """The worked example, saved as the text says."""
    [example] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "garage.yaml"
    path.write_text(example)
    return path


def test_the_worked_example_checks_and_runs_as_the_text_says(garage: Path, reader: TurnReader) -> None:
    """Its own examples come out right, under the line that it has written."""
    assert CliRunner().invoke(playbook_group, ["check", str(garage)]).output == f"{garage}: no mistakes\n"
    examples, book = examples_in(garage.read_text()), read_playbook(garage)
    assert list(failures(examples, book, reader)) == []
    assert [prompt.card for prompt in prompts_of(examples[0], book, reader)] == ["late-thursday"]


def test_the_worked_example_in_the_terminal(garage: Path) -> None:
    """The sentence that the text promises; and a broken example is told with its line."""
    done = CliRunner().invoke(playbook_group, ["test", str(garage)], standalone_mode=False)
    assert "2 of 2 examples are as they should be" in done.output
    broken = garage.read_text().replace("no i'm afraid we can't do saturdays", "yes of course saturday at nine")
    garage.write_text(broken)
    done = CliRunner().invoke(playbook_group, ["test", str(garage)], standalone_mode=False)
    line = broken.splitlines().index("      - right:") + 1
    assert f"{garage}:{line}: late-thursday: it was not shown" in done.output
    assert done.return_value == 1


def test_a_card_is_added_to_those_that_come_with_the_program(garage: Path, reader: TurnReader) -> None:
    """What `show` prints, with the card of the text behind it, is a playbook whose examples all come out right."""
    shown = CliRunner().invoke(playbook_group, ["show"]).output
    mine = garage.with_name("mine.yaml")
    mine.write_text(shown + garage.read_text().split("cards:\n")[1])
    book = read_playbook(mine)
    assert len(book.cards) == len(default_playbook().cards) + 1
    added = [example for example in examples_in(mine.read_text()) if example.card == "late-thursday"]
    assert len(added) == 2
    assert list(failures(added, book, reader)) == []


def test_every_field_and_fact_that_the_text_names_exists() -> None:
    """And no field of a card goes unexplained."""
    table = TEXT[TEXT.index("## Every field") : TEXT.index("## Examples")]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named | {"line_without_noun"} == set(FIELDS)
    assert {"refusal-without-option", "nothing-said-yet"} <= set(FACTS)


@pytest.mark.parametrize(("row", "about", "card", "file"), ROWS)
def test_a_row_points_at_its_card_and_its_dialogues(row: str, about: str, card: str, file: str) -> None:
    """The card is in the playbook, and the gym's file is of this row."""
    assert card in {each.name for each in default_playbook().cards}
    dialogues = read_file(ROOT / "samples/gym" / file)
    assert int(row) in dialogues[0].rows


def test_no_row_is_missing() -> None:
    """All but the name, which is no prompt."""
    assert {int(row) for row, *_ in ROWS} == set(range(1, 32)) - {15}
