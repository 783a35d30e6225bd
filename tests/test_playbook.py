"""Playbooks: the shipped one is sound, and a mistake in another is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.errors import PlaybookError
from analyzer.facts import FACTS
from analyzer.lint import LONGEST_LINE, MOVES, problems
from analyzer.playbook import DEFAULT, by_tactic, default_playbook, is_about, read_playbook

CARD = """name: mine
version: 1
cards:
  - tactic: steady
    move: de-escalate
    after: customer
    priority: 10
    when: [turned-heated]
    line: Breathe.
"""


def test_every_tactic_has_a_card_with_its_source() -> None:
    """All of the taxonomy, each with the article that it came from."""
    cards = by_tactic(default_playbook().cards)
    assert set(cards) == {tactic for tactics in MOVES.values() for tactic in tactics}
    assert all(card.source and card.more for several in cards.values() for card in several)


def test_every_line_can_be_read_at_a_glance() -> None:
    """At most twelve words, also with the customer's own noun in it."""
    for card in default_playbook().cards:
        for line in (*card.lines, card.line_without_noun):
            assert len(line.replace("{noun}", "the sofa").split()) <= LONGEST_LINE


def test_every_fact_says_what_it_means() -> None:
    """A floor manager reads them, and a prompt's cause is made of them."""
    assert all(fact.__doc__ for fact in FACTS.values())


def test_every_fact_about_an_agent_is_known_as_one() -> None:
    """By its words: a fact that begins with the agent rests on what an agent said."""
    for name, fact in FACTS.items():
        if (fact.__doc__ or "").startswith("The agent"):
            assert is_about(name, "agent"), name
        if (fact.__doc__ or "").startswith("The customer"):
            assert is_about(name, "customer"), name


def test_a_small_playbook_of_your_own_works(tmp_path: Path) -> None:
    """One card is a playbook; its hash is in its identity."""
    path = tmp_path / "mine.yaml"
    path.write_text(CARD)
    book = read_playbook(path)
    assert [card.tactic for card in book.cards] == ["steady"]
    assert book.identity["name"] == "mine"
    assert book.identity["sha256"] != default_playbook().identity["sha256"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("tactic: steady", "tactic: stedy", 4, "unknown tactic stedy"),
        ("move: de-escalate", "move: probe", 5, "does not belong"),
        ("after: customer", "after: everybody", 6, "after the turn of"),
        ("when: [turned-heated]", "when: [turned-hot]", 8, "unknown fact turned-hot"),
        ("when: [turned-heated]", "when: [turned-heatd]", 8, "did you mean turned-heated"),
        ("line: Breathe.", "line: Breathe.\n    not_when: [turned-heated]", 10, "could never be shown"),
        ("line: Breathe.", "line: " + "breathe " * 13, 9, "at most 12 words"),
        ("line: Breathe.", "line: Breathe.\n    colour: red", 10, "unknown field colour"),
        ("line: Breathe.", "line: " + "breathe" * 1500, 9, "at most 120 letters"),
        ("    line: Breathe.\n", "", 4, "a line or steps"),
        ("cards:\n", "cards: none\nothers:\n", 3, "list of cards"),
        ("version: 1", "version: [1", 3, "not YAML"),
        ("version: 1", "version: one", 2, "version is a whole number"),
        ("name: mine", "name: mine\nbudget: {gap: 3}", 2, "budget is numbers for least_gap_s"),
        ("name: mine", "name: mine\nbudget: {most: many}", 2, "budget is numbers"),
        ("priority: 10", "priority: high", 7, "priority is a whole number"),
        ("when: [turned-heated]", "when: []", 8, "when is a list of at least one"),
        ("when: [turned-heated]", "when: turned-heated", 8, "when is a list"),
        ("when: [turned-heated]", "when: [[a]]", 8, "when is a list"),
        ("line: Breathe.", "steps: 5", 9, "steps is a list"),
        ("line: Breathe.", "line: Breathe.\n    cool_down_s: soon", 10, "cool_down_s is a number"),
        ("line: Breathe.", "line: Breathe.\n    expires_s: -1", 10, "expires_s is a number"),
        ("line: Breathe.", "line: Breathe.\n    cool_down_s: [steady]", 10, "cool_down_s is a number"),
        ("line: Breathe.", "line: Breathe.\n    cool_down_s: &own [*own]", 10, "cool_down_s is a number"),
        ("line: Breathe.", "line: Breathe.\n    cool_down_s: .inf", 10, "cool_down_s is a number"),
        ("priority: 10", "prioritty: 10", 7, "unknown field prioritty; did you mean priority"),
        ("tactic: steady", "tactic: stedy", 4, "did you mean steady"),
        ("name: mine", "name: mine\nbugdet: {most: 3}", 2, "unknown field bugdet; did you mean budget"),
        ("line: Breathe.", "line: Breathe.\n    line: Slowly.", 10, "line stands here twice"),
        ("name: mine", "name: mine\nname: yours", 2, "name stands here twice"),
        ("line: Breathe.", "line: '   '", 9, "a text of one line"),
        ("line: Breathe.", "line: |\n      Breathe.\n      Slowly.", 9, "a text of one line"),
        ("line: Breathe.", "line: Breathe.\n    steps: [Breathe.]", 10, "a line or steps, and not both"),
        ("line: Breathe.", "steps: ['Name {noun}.']", 9, "can stand in a line, and not in steps"),
        ("line: Breathe.", "line: Breathe.\n    source: " + "a" * 10_000, 10, "source has at most 1000 letters"),
        ("name: mine", "name: " + "[" * 3000 + "]" * 3000, 1, "lists in lists without end"),
        ("name: mine", "name: a\0b", 1, "a character it forbids"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, line: int, told: str) -> None:
    """So that it can be mended without reading code."""
    path = tmp_path / "mine.yaml"
    path.write_text(CARD.replace(right, wrong))
    with pytest.raises(PlaybookError, match=told) as refusal:
        read_playbook(path)
    assert str(refusal.value).startswith(f"{path}:{line}:")


def test_two_cards_of_one_name_and_a_missing_file_are_told(tmp_path: Path) -> None:
    """And the shipped playbook has no mistakes at all."""
    twice = CARD + CARD.split("cards:\n")[1]
    assert [problem for _, problem in problems(twice)] == ["two cards are named steady"]
    with pytest.raises(PlaybookError, match=r"none\.yaml"):
        read_playbook(tmp_path / "none.yaml")
    assert list(problems(DEFAULT.read_text("utf-8"))) == []


def test_a_silenced_card_stays_silent(tmp_path: Path) -> None:
    """A site can take a card out without deleting it."""
    path = tmp_path / "mine.yaml"
    path.write_text(CARD + "    silent: true\n")
    assert read_playbook(path).cards == ()
