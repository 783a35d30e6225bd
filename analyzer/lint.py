"""What a playbook file may say: each mistake in one is told with its line, and can be mended without reading code.

A card is known by its fields, each of one kind (`FIELDS`).  Times are numbers of seconds and depend on no other card,
so that cool-downs cannot wait for each other in a circle.  Of a file that is not YAML the first mistake is told, of
any other all of them, in the order of the cards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import yaml

from analyzer.examples import lines_of, mistakes
from analyzer.facts import FACTS

MOVES: Mapping[str, tuple[str, ...]] = {
    "listen": ("encourage",),
    "mirror": ("match-urgency", "lower-energy", "validate", "be-specific"),
    "probe": (
        "ask-why", "ask-purpose", "ask-reason", "ask-goal", "recap", "surface", "root-cause", "polite-interrupt",
        "close-loop",
    ),
    "de-escalate": (
        "steady", "boundary", "transfer-choice", "respect", "hold-care", "own-callback", "offer-option",
        "break-stalemate", "hand-back",
    ),
}  # fmt: skip
TACTICS = tuple(tactic for tactics in MOVES.values() for tactic in tactics)
SPEAKERS = ("agent", "customer", "any")
REQUIRED = ("tactic", "move", "after", "priority", "when")
LONGEST_LINE = 12  # words: what can be read at a glance
MOST_LETTERS: Mapping[str, int] = {
    # of what the agent reads: twelve words of ten letters; of what is read at leisure: a page
    **dict.fromkeys(("line", "line_without_noun", "name"), 120),
    **dict.fromkeys(("more", "source"), 1000),
}


@dataclass(frozen=True, slots=True)
class Budget:
    """How much an agent can take."""

    least_gap_s: float = 8.0
    most: int = 8
    window_s: float = 600.0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value.splitlines()) == 1


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_budget(value: Any) -> bool:
    names = {each.name for each in fields(Budget)}
    return isinstance(value, dict) and value.keys() <= names and all(map(_is_number, value.values()))


Kind = tuple[Callable[[Any], bool], str]
TEXT: Kind = (_is_text, "a text of one line")
HELP: Kind = (lambda value: isinstance(value, str), "a text")
TEXTS: Kind = (_is_texts, "a list of at least one text")
NUMBER: Kind = (_is_number, "a number, 0 or more")
WHOLE: Kind = (_is_whole, "a whole number")
FLAG: Kind = (_is_flag, "true or false")

FIELDS: Mapping[str, Kind] = {
    # what a card may say, and what kind of thing that is
    **dict.fromkeys(("tactic", "move", "after", "name", "line", "line_without_noun"), TEXT),
    **dict.fromkeys(("more", "source"), HELP),
    **dict.fromkeys(("when", "steps"), TEXTS),
    "not_when": (lambda value: value == [] or _is_texts(value), "a list of texts"),
    **dict.fromkeys(("cool_down_s", "expires_s", "after_pause_s"), NUMBER),
    "silent": FLAG,
    "priority": WHOLE,
    "examples": (lambda value: isinstance(value, list), "a list of examples"),
}
BOOK_FIELDS: Mapping[str, Kind] = {
    "name": TEXT,
    "version": WHOLE,
    "budget": (_is_budget, f"numbers for {', '.join(each.name for each in fields(Budget))}"),
    "cards": (lambda value: isinstance(value, list), "a list of cards"),
}
Mistake = tuple[str, str]  # the field it is in, and what is wrong


def problems(text: str) -> Iterator[tuple[int, str]]:
    """Every mistake in a playbook's text: its line number, and what is wrong."""
    try:
        root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield (mark.line + 1 if mark else 1), f"not YAML: {getattr(error, 'problem', None) or 'a character it forbids'}"
        return
    except RecursionError:
        yield 1, "not a playbook: lists in lists without end"
        return
    if not isinstance(data, dict) or not {"name", "version", "cards"} <= data.keys():
        yield 1, "a playbook has a name, a version and a list of cards"
        return
    top = _lines_of_fields(root)
    found = [*_unknown(data, BOOK_FIELDS), *_of_other_kind(data, BOOK_FIELDS)]
    yield from sorted([*_said_twice(root), *((top[name], complaint) for name, complaint in found)])
    if isinstance(data["cards"], list):
        cards = next(value for key, value in root.value if key.value == "cards")
        yield from _problems_of_cards(cards.value, data["cards"])


def _problems_of_cards(nodes: list[Any], rows: list[Any]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for node, row in zip(nodes, rows, strict=True):
        if not isinstance(row, dict):
            yield node.start_mark.line + 1, "a card is a list of fields"
            continue
        yield from _said_twice(node)
        lines = _lines_of_fields(node)
        for name, complaint in _card_mistakes(row, seen):
            yield lines.get(name, node.start_mark.line + 1), complaint
        if isinstance(row.get("examples"), list):
            for given, line in zip(row["examples"], lines_of(node), strict=True):
                yield from ((line, mistake) for mistake in mistakes(given))


def _lines_of_fields(node: Any) -> dict[str, int]:
    return {str(key.value): key.start_mark.line + 1 for key, _ in node.value}


def _said_twice(node: Any) -> Iterator[tuple[int, str]]:
    """A field that stands twice in one place: YAML would take the last, and nobody would know."""
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen:
            yield key.start_mark.line + 1, f"{name} stands here twice"
        seen.add(name)


def _card_mistakes(row: Mapping[str, Any], seen: set[str]) -> Iterator[Mistake]:
    """What is wrong with one card; fields of the wrong kind are told before anything is made of what they say."""
    unreadable = [*_unknown(row, FIELDS), *_of_other_kind(row, FIELDS)]
    if missing := [name for name in REQUIRED if name not in row]:
        unreadable.append(("", f"the card lacks {', '.join(missing)}"))
    if unreadable:
        yield from unreadable
        return
    yield from _wrong_place(row)
    yield from _wrong_facts(row)
    yield from _wrong_lines(row)
    title = str(row.get("name", row["tactic"]))
    if title in seen:
        yield "name", f"two cards are named {title}"
    seen.add(title)


def _wrong_place(row: Mapping[str, Any]) -> Iterator[Mistake]:
    if row["tactic"] not in TACTICS:
        meant = _perhaps(row["tactic"], TACTICS)
        yield "tactic", f"unknown tactic {row['tactic']}{meant}; the tactics are: {', '.join(TACTICS)}"
    elif row["tactic"] not in MOVES.get(row["move"], ()):
        yield "move", f"{row['tactic']} does not belong to the move {row['move']}"
    if row["after"] not in SPEAKERS:
        yield "after", "a card is weighed after the turn of: agent, customer or any"


def _wrong_facts(row: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in ("when", "not_when"):
        for wanted in row.get(name, ()):
            if wanted not in FACTS:
                yield name, f"unknown fact {wanted}{_perhaps(wanted, FACTS) or '; try: playbook facts'}"
    for wanted in sorted(set(row["when"]) & set(row.get("not_when", ()))):
        yield "not_when", f"{wanted} is in when and in not_when: the card could never be shown"


def _wrong_lines(row: Mapping[str, Any]) -> Iterator[Mistake]:
    for name in ("line", "line_without_noun", "steps"):
        for line in row.get(name, ()) if name == "steps" else (row.get(name, ""),):
            if len(line.split()) > LONGEST_LINE:
                yield name, f"a {'step' if name == 'steps' else 'line'} has at most {LONGEST_LINE} words"
    if any(len(step) > MOST_LETTERS["line"] for step in row.get("steps", ())):
        yield "steps", f"a step has at most {MOST_LETTERS['line']} letters"
    for name, most in MOST_LETTERS.items():
        if len(row.get(name, "")) > most:
            yield name, f"{name} has at most {most} letters"
    if ("line" in row) == ("steps" in row):
        yield "steps" if "line" in row else "tactic", "a card has a line or steps, and not both"
    if any("{noun}" in step for step in row.get("steps", ())):
        yield "steps", "{noun} can stand in a line, and not in steps"
    if "{noun}" in row.get("line", "") and "line_without_noun" not in row:
        yield "line", "a line with {noun} needs a line_without_noun"


def _unknown(row: Mapping[Any, Any], known: Mapping[str, Kind]) -> Iterator[Mistake]:
    for name in sorted({str(key) for key in row} - known.keys()):
        yield name, f"unknown field {name}{_perhaps(name, known)}"


def _of_other_kind(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[Mistake]:
    for name, (holds, meant) in kinds.items():
        if name in row and not holds(row[name]):
            yield name, f"{name} is {meant}"


def _perhaps(word: str, known: Collection[str]) -> str:
    """The known word that was probably meant, as a question."""
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
