"""How far raters agree, from the answers of a closed round: weighted kappa with intervals, leniency, and splits.

Answers lie on the scale no, partly, yes; the weight of a difference is its square (Cohen 1968, "Weighted kappa",
Psychological Bulletin 70), so that yes against no counts four times yes against partly.  With more than two raters,
observed and expected differences are those of all pairs (Conger 1980, Psychological Bulletin 88); with two it is
Cohen's own figure.  What one of two raters found not applicable has no place on the scale and is left out of kappa;
it counts in `same`, the share of identical answers.  Intervals are the middle 95% of resampled calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from analyzer.audit.scorecard import WORTH

Floats = npt.NDArray[np.float64]
PROGRAM = "the program"
FEWEST_CALLS = 5  # fewer tell nothing of how people agree
RESAMPLES, SEED = 1000, 0
MIDDLE = (2.5, 97.5)  # percentiles
STEPS = tuple(WORTH.values())
FARTHEST = (STEPS[-1] - STEPS[0]) ** 2
APART = np.array([[(a - b) ** 2 / FARTHEST for b in STEPS] for a in STEPS])  # 0..1 for each pair of answers

Answers = Mapping[str, Mapping[str, str]]  # call -> question -> answer, of one rater


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95% interval; both None where there are too few calls, or all say the same throughout."""

    value: float | None
    low: float | None
    high: float | None
    calls: int


@dataclass(frozen=True, slots=True)
class OfQuestion:
    """How people agree on one question, how the program agrees with them, and the calls that split them most."""

    question: str
    same: float | None  # share of pairs of people with the identical answer, 0..1
    kappa: Estimate
    program: Estimate
    apart: float  # mean weighted difference of people, 0..1
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfRater:
    """How a rater agrees with the people of the round, and how many points they give above the others."""

    rater: str
    calls: int
    kappa: Estimate
    leniency: Estimate


def of_question(question: str, people: Mapping[str, Answers], program: Answers) -> OfQuestion:
    """The agreement on one question."""
    pairs = [*combinations(people.values(), 2)]
    said = [(a[call].get(question, ""), b[call].get(question, ""), call) for a, b in pairs for call in shared(a, b)]
    far: dict[str, float] = {}
    for mine, theirs, call in said:
        far[call] = max(far.get(call, 0.0), _apart(mine, theirs))
    return OfQuestion(
        question,
        sum(mine == theirs for mine, theirs, _ in said) / len(said) if said else None,
        kappa(pairs, (question,)),
        kappa([(program, answers) for answers in people.values()], (question,)),
        sum(_apart(mine, theirs) for mine, theirs, _ in said) / len(said) if said else 0.0,
        tuple(sorted((call for call in far if far[call] > 0), key=lambda call: -far[call])),
    )


def of_rater(
    rater: str, own: Answers, others: Sequence[Answers], questions: Sequence[str], totals: Mapping[str, float]
) -> OfRater:
    """One rater against the others; `totals` are their points less the mean of the others' on the same call."""
    return OfRater(rater, len(own), kappa([(own, other) for other in others], questions), mean(list(totals.values())))


def shared(a: Answers, b: Answers) -> list[str]:
    """The calls that both have answered."""
    return sorted(a.keys() & b.keys())


def kappa(pairs: Iterable[tuple[Answers, Answers]], questions: Sequence[str]) -> Estimate:
    """Weighted kappa over the answers of all `pairs` to all `questions`."""
    kept = [(a, b) for a, b in pairs if shared(a, b)]
    calls = sorted({call for a, b in kept for call in shared(a, b) if _scaled(a[call], b[call], questions)})
    if len(calls) < FEWEST_CALLS:
        return Estimate(None, None, None, len(calls))
    tables = np.stack([_tables(a, b, calls, questions) for a, b in kept])
    whole = _kappas(tables, np.ones((1, len(calls))))[0]
    if np.isnan(whole):
        return Estimate(None, None, None, len(calls))
    return _estimate(float(whole), _kappas(tables, _resamples(len(calls))), len(calls))


def mean(values: Sequence[float]) -> Estimate:
    """The mean of one value a call."""
    if len(values) < FEWEST_CALLS:
        return Estimate(None, None, None, len(values))
    weights = _resamples(len(values))
    return _estimate(float(np.mean(values)), weights @ np.asarray(values) / len(values), len(values))


def _apart(mine: str, theirs: str) -> float:
    """0..1; as far as can be where only one of them finds that the question applies."""
    if mine in WORTH and theirs in WORTH:
        return (WORTH[mine] - WORTH[theirs]) ** 2 / FARTHEST
    return float(mine != theirs)


def _scaled(mine: Mapping[str, str], theirs: Mapping[str, str], questions: Sequence[str]) -> list[tuple[int, int]]:
    """The places on the scale of both raters' answers to the questions that both find to apply."""
    places = {answer: place for place, answer in enumerate(WORTH)}
    both = [(mine.get(question, ""), theirs.get(question, "")) for question in questions]
    return [(places[a], places[b]) for a, b in both if a in places and b in places]


def _tables(a: Answers, b: Answers, calls: Sequence[str], questions: Sequence[str]) -> Floats:
    """How often each pair of answers came in each call, (calls, 3, 3)."""
    table = np.zeros((len(calls), len(STEPS), len(STEPS)))
    for i, call in enumerate(calls):
        for mine, theirs in _scaled(a.get(call, {}), b.get(call, {}), questions):
            table[i, mine, theirs] += 1
    return table


def _kappas(tables: Floats, weights: Floats) -> Floats:
    """Kappa of `tables` (pairs, calls, 3, 3) under each row of `weights` (resamples, calls); NaN where undefined."""
    sums = np.einsum("rc,pcij->rpij", weights, tables)
    counts = np.maximum(sums.sum((2, 3)), 1e-12)
    observed = np.einsum("rpij,ij->rp", sums, APART)
    expected = np.einsum("rpi,rpj,ij->rp", sums.sum(3), sums.sum(2), APART) / counts
    by_chance = expected.sum(1)
    return np.where(by_chance > 0, 1 - observed.sum(1) / np.maximum(by_chance, 1e-12), np.nan)


def _resamples(calls: int) -> Floats:
    """How often each call is drawn, (RESAMPLES, calls)."""
    chances = np.full(calls, 1 / calls)
    return np.random.default_rng(SEED).multinomial(calls, chances, RESAMPLES).astype(np.float64)


def _estimate(value: float, resampled: Floats, calls: int) -> Estimate:
    low, high = np.nanpercentile(resampled, MIDDLE)
    return Estimate(value, float(low), float(high), calls)
