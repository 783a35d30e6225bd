"""How near readings come to the truth: the figures that training fits to and evaluation prints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analyzer.affect import EMOTIONS

Bools = npt.NDArray[np.bool_]

_GROUP = {
    "positive": "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief",
    "negative": "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse "
    "sadness",
    "ambiguous": "confusion curiosity realization surprise",
    "neutral": "neutral",
}
GROUPS = {group: names.split() for group, names in _GROUP.items()}  # of GoEmotions' authors


def pearson(a: Sequence[float], b: Sequence[float]) -> float:
    """Pearson's r; NaN where one side does not vary."""
    if np.std(a) == 0 or np.std(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def auc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """The chance that a true one scores above a false one; a tie is half."""
    values, held = np.asarray(scores), np.asarray(truth, dtype=bool)
    high, low = values[held], np.sort(values[~held])
    if not len(high) or not len(low):
        return float("nan")
    below, above = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
    return float(np.mean((below + above) / 2) / len(low))


def f1(said: Bools, truth: Bools) -> float:
    """Of all that was said and all that was true, the harmonic mean of precision and recall."""
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def macro_f1(said: Bools, truth: Bools) -> float:
    """The mean F1 of the columns."""
    return float(np.mean([f1(said[:, i], truth[:, i]) for i in range(truth.shape[1])]))


def indicator(names: Sequence[Sequence[str]], space: Sequence[str]) -> Bools:
    """(rows, space): which names each row has."""
    return np.array([[name in row for name in space] for row in names], dtype=bool).reshape(len(names), len(space))


def grouped(labels: Bools) -> Bools:
    """(rows, groups): a group holds where any of its labels does."""
    return np.stack([labels[:, [EMOTIONS.index(n) for n in names]].any(axis=1) for names in GROUPS.values()], axis=1)
