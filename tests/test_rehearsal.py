"""The examples of the shipped cards, each run through the coach with the text model that comes with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.affect import TurnReader
from analyzer.examples import examples_in
from analyzer.playbook import DEFAULT, default_playbook, read_playbook
from analyzer.rehearsal import failures
from analyzer.testing import TableReader

EXAMPLES = {f"{example.card}:{example.line}": example for example in examples_in(DEFAULT.read_text("utf-8"))}
MINE = """name: mine
version: 1
cards:
  - tactic: own-callback
    move: de-escalate
    after: agent
    priority: 70
    when: [customer-must-call-back]
    line: Offer to call them.
    examples:
      - right: [{agent: hello}, {customer: is it ready}, {agent: please call us again on monday}]
      - right: [{agent: hello}, {customer: is it ready}, {agent: it is ready}]
      - wrong: [{agent: hello}, {customer: is it ready}, {agent: please call us again on monday}]
"""


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_card_comes_where_it_says_and_nowhere_else(name: str, reader: TurnReader) -> None:
    """Each example by its card and its line in the file."""
    assert [failure.told for failure in failures([EXAMPLES[name]], default_playbook(), reader)] == []


def test_every_card_shows_where_it_is_right_and_where_it_is_wrong() -> None:
    """At least one of each."""
    for card in default_playbook().cards:
        kinds = {example.is_right for example in EXAMPLES.values() if example.card == card.name}
        assert kinds == {True, False}, card.name


def test_an_example_that_fails_is_told_with_its_line_and_with_what_was_shown(tmp_path: Path) -> None:
    """So that its writer can see which of the two is wrong, the card or the example."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    found = list(failures(examples_in(MINE), read_playbook(path), TableReader()))
    assert [failure.example.line for failure in found] == [12, 13]
    assert "shown was: nothing" in found[0].told
    assert "where it is wrong" in found[1].told
