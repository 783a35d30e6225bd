"""What a closed round shows: agreement by question and by rater, the program as one more rater, and drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, select

from analyzer.audit import cards, rounds
from analyzer.audit.agreement import PROGRAM, Answers, OfQuestion, OfRater, of_question, of_rater
from analyzer.audit.answers import program_answers
from analyzer.audit.cards import Kept
from analyzer.audit.schema import CALLS
from analyzer.audit.scorecard import Scorecard
from analyzer.record import read

MOST_ROUNDS = 24  # of a drift: two years of monthly rounds


@dataclass(frozen=True, slots=True)
class Results:
    """A closed round, ready to be shown; `questions` are in the order of the card."""

    kept: Kept
    questions: tuple[OfQuestion, ...]
    raters: tuple[OfRater, ...]
    drift: dict[str, list[tuple[str, float]]]  # rater -> (round, points above the others), the oldest first
    answers: Mapping[str, Answers]  # of each rater, the program last

    @property
    def most_apart(self) -> list[OfQuestion]:
        """The questions on which people disagree, most first."""
        return sorted((q for q in self.questions if q.apart), key=lambda q: -q.apart)

    def said(self, question: str, call: str) -> str:
        """What each answered to a question of a call, in a line: "ana no, ben yes, the program yes"."""
        found = [(rater, answers.get(call, {}).get(question)) for rater, answers in self.answers.items()]
        return ", ".join(f"{rater} {answer}" for rater, answer in found if answer)


def results(engine: Engine, number: int) -> Results:
    """Everything that a round says, once it is closed."""
    kept, people = answered(engine, number)
    ids = [question.id for question in kept.card.questions]
    totals = {name: _points(kept, answers) for name, answers in people.items()}
    raters = [
        of_rater(name, own, _but(people, name), ids, above(totals[name], _but(totals, name)))
        for name, own in people.items()
    ]
    program = _of_program(engine, kept, people)
    above_people = above(_points(kept, program), [*totals.values()])
    raters.append(of_rater(PROGRAM, program, [*people.values()], ids, above_people))
    questions = tuple(of_question(id_, people, program) for id_ in ids)
    return Results(kept, questions, tuple(raters), _drift(engine, number, [*people]), people | {PROGRAM: program})


def answered(engine: Engine, number: int) -> tuple[Kept, dict[str, Answers]]:
    """The card of a round, and the latest answers of each rater.  Raises `LookupError` for a round that is not."""
    found = rounds.one(engine, number)
    kept = cards.one(engine, found["card"]) if found else None
    if kept is None:
        raise LookupError(number)
    people: dict[str, dict[str, Mapping[str, str]]] = {}
    for scoring in cards.scorings(engine, kept.card, cards.tag_of(kept, number)):
        people.setdefault(scoring.person, {})[scoring.call_id] = scoring.answers
    return kept, dict(sorted(people.items()))


def _points(kept: Kept, answers: Answers) -> dict[str, float]:
    """The total of each call to which any question applies."""
    totals = {call: kept.card.total(given) for call, given in answers.items()}
    return {call: total for call, total in totals.items() if total is not None}


def above(own: Mapping[str, float], others: list[dict[str, float]]) -> dict[str, float]:
    """By how many points a rater is above the mean of the others, call by call."""
    theirs = {call: [other[call] for other in others if call in other] for call in own}
    return {call: own[call] - float(np.mean(points)) for call, points in theirs.items() if points}


def _but(all_of_them: Mapping[str, Any], name: str) -> list[Any]:
    return [value for rater, value in all_of_them.items() if rater != name]


def _of_program(engine: Engine, kept: Kept, people: Mapping[str, Answers]) -> Answers:
    """What the program answers today, of the calls that people scored."""
    call_ids = {call for answers in people.values() for call in answers}
    with engine.connect() as connection:
        paths = connection.execute(select(CALLS.c.call_id, CALLS.c.path).where(CALLS.c.call_id.in_(call_ids))).all()
    return {
        call: _answers(kept.card, Path(path), Path(path).stat().st_mtime_ns)
        for call, path in paths
        if Path(path).is_file()  # a record that was taken away has no answers any more
    }


@lru_cache(maxsize=4096)
def _answers(card: Scorecard, path: Path, changed_ns: int) -> Mapping[str, str]:  # noqa: ARG001 - it is still the same
    """Worked out once as long as the record does not change: a drift asks for those of every round."""
    return {id_: answer.answer for id_, answer in program_answers(card, read(path)).items()}


def _drift(engine: Engine, number: int, names: list[str]) -> dict[str, list[tuple[str, float]]]:
    """How lenient each rater was, and the program as it is today, round by round up to this one."""
    past = [found for found in rounds.every(engine) if found["closed_at"] and found["id"] <= number]
    drift: dict[str, list[tuple[str, float]]] = {name: [] for name in (*names, PROGRAM)}
    for found in past[:MOST_ROUNDS][::-1]:
        kept, people = answered(engine, found["id"])
        totals = {name: _points(kept, answers) for name, answers in people.items()}
        lenient = {name: above(totals[name], _but(totals, name)) for name in drift.keys() & totals.keys()}
        lenient[PROGRAM] = above(_points(kept, _of_program(engine, kept, people)), [*totals.values()])
        for name, points in lenient.items():
            if points:
                drift[name].append((found["name"], float(np.mean([*points.values()]))))
    return drift
