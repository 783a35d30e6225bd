"""How the examples of a card are written: read with their times, and refused with their line."""

from __future__ import annotations

import pytest

from analyzer.examples import examples_in
from analyzer.lint import problems

CARD = """name: mine
version: 1
cards:
  - tactic: steady
    move: de-escalate
    after: customer
    priority: 10
    when: [turned-heated]
    line: Breathe.
    examples:
      - right: [{agent: hello}, {customer: this is an outrage, pause_s: 2, words_a_minute: 120}, {pause_s: 16}]
      - wrong: [{agent: hello}, {customer: a small question}]
        level: tense
"""


def test_an_example_is_a_call_with_times() -> None:
    """Half a second between turns, a pause where one is told, and a silence at the end."""
    first, second = examples_in(CARD)
    assert (first.card, first.is_right, first.level, first.line) == ("steady", True, "calm", 11)
    assert [turn["role"] for turn in first.turns] == ["agent", "customer"]
    assert first.turns[1]["start"] == first.turns[0]["end"] + 2
    assert first.turns[1]["end"] - first.turns[1]["start"] == pytest.approx(2.0)
    assert first.last_s == first.turns[1]["end"]
    assert first.duration_s == first.last_s + 16
    assert (second.is_right, second.level, second.line) == (False, "tense", 12)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("- wrong: [", "- rong: [", 12, "an example is right or wrong"),
        ("level: tense", "level: hot", 12, "the levels are: calm"),
        ("level: tense", "mood: hot", 12, "no field mood"),
        (
            "{customer: a small question}",
            "{caller: a small question}",
            12,
            "line 2 of the example has agent or customer",
        ),
        ("{customer: a small question}", "{customer: ''}", 12, "line 2 of the example has no words"),
        ("{customer: a small question}", "{customer: a, agent: b}", 12, "line 2 of the example says who speaks"),
        ("a small question", "a " * 5000, 12, "line 2 of the example has more than 1000 letters"),
        ("pause_s: 2,", "pause_s: soon,", 11, "pause_s in line 2 of the example is a number"),
        ("{pause_s: 16}", "{words_a_minute: 16}", 11, "line 3 of the example says who speaks"),
        ("[{agent: hello}, {customer: a small question}]", "hello", 12, "a list of lines"),
        ("examples:\n", "examples: 3\n    more: |\n", 10, "examples is a list"),
    ],
)
def test_a_mistake_in_an_example_is_told_with_its_line(right: str, wrong: str, line: int, told: str) -> None:
    """The line at which the example begins."""
    assert right in CARD
    [(at, problem), *_] = problems(CARD.replace(right, wrong))
    assert at == line
    assert told in problem
