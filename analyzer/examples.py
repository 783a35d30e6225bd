"""The examples that a card of a playbook carries: short calls in which it is right, and in which it is wrong.

Examples:
      - right: [{agent: "good morning"}, {customer: "i want to cancel"}, {agent: "okay i'll cancel that"}]
      - wrong: [{agent: "good morning"}, {customer: "i want to cancel"}, {agent: "may i ask why"}]
        level: tense

`right`: the card is shown at the last line, or in the pause behind it.  `wrong`: it is not shown at all.
A line may also have `pause_s` (the silence before it, 0.5 unless told; less than nothing talks over the
line before), `words_a_minute` (165 unless told) and `voice` (loudness_z, pitch_z, rate_z).  A last line
with nothing but `pause_s` is a silence.  `level` is the state in which the example begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from analyzer.escalation import ORDER

SPEAKERS = ("agent", "customer")
KINDS = ("right", "wrong")
LINE_FIELDS = frozenset((*SPEAKERS, "pause_s", "words_a_minute", "voice"))
PAUSE_S = 0.5  # between two turns: neither hurried nor slow
WORDS_A_MINUTE = 165.0  # ordinary talk
SHORTEST_S = 0.4
MOST_LETTERS = 1000  # of a line: half a minute of fast talk is 600


@dataclass(frozen=True, slots=True)
class Example:
    """One short call of a card."""

    card: str
    is_right: bool
    level: str
    turns: tuple[Mapping[str, Any], ...]  # as `analyzer transcript` takes them
    last_s: float  # when its last line ends, or begins to be a silence
    duration_s: float
    line: int  # of the file, from 1


def examples_in(text: str) -> list[Example]:
    """The examples of a playbook that has no mistakes, in the order of the file."""
    root, data = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    cards = next(value for key, value in (root.value if root else ()) if key.value == "cards")
    return [
        _example(str(row.get("name", row["tactic"])), given, line)
        for node, row in zip(cards.value, data["cards"], strict=True)
        for given, line in zip(row.get("examples", ()), lines_of(node), strict=True)
    ]


def lines_of(card: Any) -> list[int]:
    """The line of each example in the YAML node of a card, from 1."""
    found = [value for key, value in card.value if key.value == "examples"]
    return [item.start_mark.line + 1 for value in found if isinstance(value, yaml.SequenceNode) for item in value.value]


def mistakes(given: Any) -> Iterator[str]:
    """What is wrong with the way in which one example is written."""
    if not isinstance(given, dict) or sum(kind in given for kind in KINDS) != 1:
        yield "an example is right or wrong, with a list of lines"
        return
    [lines] = [given[kind] for kind in KINDS if kind in given]
    if unknown := sorted(set(map(str, given)) - {*KINDS, "level"}):
        yield f"an example has no field {unknown[0]}"
    if given.get("level", "calm") not in ORDER:
        yield f"the levels are: {', '.join(ORDER)}"
    if not isinstance(lines, list) or not lines:
        yield "an example has a list of lines"
        return
    for number, line in enumerate(lines, start=1):
        yield from _line_mistakes(line, number, number == len(lines))


def _line_mistakes(line: Any, number: int, is_last: bool) -> Iterator[str]:
    if not isinstance(line, dict) or set(line) - LINE_FIELDS:
        yield f"line {number} of the example has agent or customer, and perhaps pause_s, words_a_minute, voice"
        return
    speakers = [speaker for speaker in SPEAKERS if speaker in line]
    if len(speakers) > 1 or not (speakers or (is_last and number > 1 and "pause_s" in line)):
        yield f"line {number} of the example says who speaks: agent or customer"
    if any(not isinstance(line[speaker], str) or not line[speaker].split() for speaker in speakers):
        yield f"line {number} of the example has no words"
    if any(len(str(line[speaker])) > MOST_LETTERS for speaker in speakers):
        yield f"line {number} of the example has more than {MOST_LETTERS} letters"
    for name, least in (("pause_s", -60.0), ("words_a_minute", 1.0)):
        value = line.get(name, least)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= 3600:
            yield f"{name} in line {number} of the example is a number"


def _example(card: str, given: Mapping[str, Any], line: int) -> Example:
    is_right = "right" in given
    turns: list[dict[str, Any]] = []
    at_s = last_s = 0.0
    for said in given["right" if is_right else "wrong"]:
        start_s = max(0.0, round(at_s + float(said.get("pause_s", PAUSE_S)), 2))
        speaker = next((name for name in SPEAKERS if name in said), None)
        if speaker is None:
            last_s, at_s = at_s, start_s
            continue
        words_a_minute = float(said.get("words_a_minute", WORDS_A_MINUTE))
        at_s = last_s = round(start_s + max(SHORTEST_S, 60 * len(said[speaker].split()) / words_a_minute), 2)
        turns.append(
            {"role": speaker, "start": start_s, "end": at_s, "text": said[speaker], "voice": said.get("voice")}
        )
    return Example(card, is_right, str(given.get("level", "calm")), tuple(turns), last_s, at_s, line)
