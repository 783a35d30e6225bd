"""A scorecard: sections of questions with weights, the answers to them, and what they add up to.

The total is the share of the weights that apply: yes counts whole, partly half, no nothing.  How the call ended is
chosen beside it.  A call that nobody could have solved and that was handled well keeps its total, but stays out of
the agent's average where that would be lowered by it (`counts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import yaml

from analyzer.errors import AnalyzerError
from analyzer.outcome import Outcome

WORTH: Mapping[str, float] = {"no": 0.0, "partly": 0.5, "yes": 1.0}  # in the order of the scale
NOT_APPLICABLE = "not applicable"
ANSWERS = (*WORTH, NOT_APPLICABLE)
OUTCOMES: tuple[str, ...] = get_args(Outcome)
SPARED = "unresolvable, handled well"
WHOLE = 100.0  # what the weights add up to


class ScorecardError(AnalyzerError):
    """A scorecard with a mistake in it, or one that can't be changed any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to judge."""

    id: str
    ask: str
    weight: float
    rule: str = ""  # of the program's answer; empty where only a person can tell
    help: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One version of a scorecard."""

    name: str
    version: int
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for section in self.sections for question in section.questions)

    def total(self, answers: Mapping[str, str]) -> float | None:
        """0 to 100; None where nothing applies."""
        given = [(q.weight, WORTH[answers[q.id]]) for q in self.questions if answers.get(q.id) in WORTH]
        weights = sum(weight for weight, _ in given)
        return WHOLE * sum(weight * worth for weight, worth in given) / weights if weights else None

    def faults(self, answers: Mapping[str, str], outcome: str) -> Iterator[str]:
        """What is missing or no answer; nothing for a card that is filled in."""
        yield from (f"{q.id} has no answer" for q in self.questions if answers.get(q.id) not in ANSWERS)
        yield from (
            f"{id_} is no question of this card" for id_ in answers if id_ not in {q.id for q in self.questions}
        )
        if outcome not in OUTCOMES:
            yield "how the call ended is not said"


def counts(total: float, outcome: str, usual: float) -> bool:
    """Whether a call enters an agent's average: one beyond help that was handled well never lowers it."""
    return outcome != SPARED or total >= usual


def parse(text: str, source: str, rules: frozenset[str]) -> Scorecard:
    """A scorecard from YAML; `rules` are those that the program knows.  Raises `ScorecardError`."""
    try:
        read: Any = yaml.safe_load(text)
        card = Scorecard(str(read["name"]), int(read["version"]), tuple(_section(part) for part in read["sections"]))
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ScorecardError(f"{source} is no scorecard: {' '.join(str(error).split()) or 'empty'}") from error
    for fault in _faults(card, rules):
        raise ScorecardError(f"{source}: {fault}")
    return card


def _section(read: Mapping[str, Any]) -> Section:
    return Section(str(read["title"]), tuple(_question(part) for part in read["questions"]))


def _question(read: Mapping[str, Any]) -> Question:
    texts = {name: str(read.get(name, "")) for name in ("rule", "help")}
    return Question(str(read["id"]), str(read["ask"]), float(read["weight"]), **texts)


def _faults(card: Scorecard, rules: frozenset[str]) -> Iterator[str]:
    ids = [question.id for question in card.questions]
    yield from (f"the id {id_} is there twice" for id_ in sorted(set(ids)) if ids.count(id_) > 1)
    yield from (f"the weight of {q.id} is not above 0" for q in card.questions if not q.weight > 0)
    yield from (f"{q.id} names the rule {q.rule}, which is none of: {', '.join(sorted(rules))}"
                for q in card.questions if q.rule and q.rule not in rules)  # fmt: skip
    weights = sum(question.weight for question in card.questions)
    if abs(weights - WHOLE) > 1e-6:
        yield f"the weights add up to {weights:g}, not to {WHOLE:g}"
    if not 0 < len(card.name) <= 60 or card.version < 1:
        yield "a scorecard has a name of at most 60 characters and a version from 1 on"
