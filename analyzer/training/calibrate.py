"""What the raw outputs mean: thresholds, temperatures and scales, fitted on the development splits.

A probability of 0.5 is made to mean "worth saying": each label's logit is shifted by the threshold that
gives the best F1 on its development split.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analyzer.affect import ACTS, CUES, DISTRESS, EMOTIONS, side
from analyzer.engines.onnx_affect import NEVER
from analyzer.measures import grouped, macro_f1
from analyzer.training.corpora import Corpora, Example, filled

Floats = npt.NDArray[np.float64]
LABELS = {
    "emotions": ("goemotions", EMOTIONS),
    "distress": ("customers", DISTRESS),
    "cues": ("customers", CUES),
    "acts": ("acts", ACTS),
}
FEWEST = 8  # positive examples from which a threshold can be fitted; others share one
LEAST_F1 = 0.25  # over all labels of a head; an untaught one reaches .05
SILENT = ("acts",)  # heads that learn and say nothing: phrases out of a call taught them no precision in one
MOST_PLAIN = 1000
TRUST_AT = np.array([-1, -0.8, -0.6, -0.45, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1])  # sentiments
NEAR = 0.06  # how far around each of them judgements count
PRIOR = 3.0  # judgements of the usual kind, where few were made
CUTS = np.linspace(-4, 3, 36)  # thresholds that are tried
ROUNDS = 2  # each label depends on the others through its group
STRANGERS = 0.3  # how much lower, in logits, cues score in the words of people who wrote none of the phrases
SHRINK = 10.0  # a threshold from n positives is believed n / (n + SHRINK)


def calibration(folder: Path, corpora: Corpora, seed: int) -> dict[str, Any]:
    """Everything that the engine needs beside the network."""
    from analyzer.engines.onnx_affect import FORMAT, Outputs

    outputs = Outputs(folder)
    fitted: dict[str, Any] = {"format": FORMAT, "thresholds": {}}
    ordinary = raw(outputs, plain_talk(corpora), seed)
    for head, (corpus, names) in LABELS.items():
        examples = corpora.dev.get(corpus, ())
        if not examples or head in SILENT:  # a head that nothing has taught says nothing either
            fitted["thresholds"][head] = dict.fromkeys(names, NEVER)
            continue
        logits = raw(outputs, examples, seed)[head]
        truth = np.array([example.targets[head] for example in examples])
        if corpus == "customers":
            logits, truth = np.vstack([logits, ordinary[head]]), np.vstack([truth, np.zeros_like(ordinary[head])])
        thresholds = shifts(logits, truth)
        if head == "emotions":
            thresholds = settled(logits, truth, thresholds)
        if head == "cues":
            thresholds = thresholds - STRANGERS
        if not worth_hearing(logits > thresholds, truth > 0):
            thresholds = np.full(len(names), NEVER)
        fitted["thresholds"][head] = dict(zip(names, np.round(thresholds, 4).tolist(), strict=True))
    customers = corpora.dev["customers"]
    feeling = raw(outputs, customers, seed)["feeling"]
    truth = np.array([example.targets["feelings"] for example in customers])
    fitted["feeling"] = [matched(feeling[:, i], truth[:, i]) for i in (0, 1)]
    fitted["confidence"] = trust(np.clip(np.polyval(fitted["feeling"][0], feeling[:, 0]), -1, 1), truth[:, 0])
    return fitted


def plain_talk(corpora: Corpora) -> list[Example]:
    """Ordinary talk, in which no cue is expected: most turns of a real call are like it."""
    neutral = EMOTIONS.index("neutral")
    talk = [e for e in corpora.dev["goemotions"] if e.targets["emotions"][neutral] and sum(e.targets["emotions"]) == 1]
    before = [e.before for e in corpora.train["customers"] if e.before]
    chance = random.Random(MOST_PLAIN)  # every other one as an answer: context alone must not make a cue
    return [replace(e, before=chance.choice(before)) if i % 2 else e for i, e in enumerate(talk[:MOST_PLAIN])]


def raw(outputs: Any, examples: Sequence[Example], seed: int) -> dict[str, Floats]:
    """The network's outputs for examples, their slots filled the same way every time."""
    chance = random.Random(seed)
    texts = [(filled(example.text, chance), filled(example.before, chance)) for example in examples]
    found: dict[str, Floats] = outputs.of([text for text, _ in texts], [before for _, before in texts])
    return found


def shifts(logits: Floats, truth: Floats) -> Floats:
    """The logit at which each label is worth saying: (labels,)."""
    pooled = best_threshold(logits.ravel(), truth.ravel())
    fitted = np.full(logits.shape[1], pooled)
    for label in range(logits.shape[1]):
        positives = truth[:, label].sum()
        if positives >= FEWEST:
            trust = positives / (positives + SHRINK)
            fitted[label] = trust * best_threshold(logits[:, label], truth[:, label]) + (1 - trust) * pooled
    return fitted


def settled(logits: Floats, truth: Floats, thresholds: Floats) -> Floats:
    """The thresholds of the emotions, each moved half of the way to where labels and groups together are best."""
    held = truth > 0
    found: Floats = thresholds.copy()
    said = logits > found
    for label in [*range(len(found))] * ROUNDS:
        scores = []
        for cut in CUTS:
            said[:, label] = logits[:, label] > cut
            scores.append(macro_f1(said, held) + macro_f1(grouped(said), grouped(held)))
        found[label] = (found[label] + CUTS[int(np.argmax(scores))]) / 2
        said[:, label] = logits[:, label] > found[label]
    return found


def worth_hearing(said: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> bool:
    """Whether a head has learnt anything: thresholds fitted to one that was never taught would make it babble."""
    return bool(2 * (said & truth).sum() >= LEAST_F1 * (said.sum() + truth.sum()))


def best_threshold(logits: Floats, truth: Floats) -> float:
    """The cut with the highest F1, toward the lower end of the plateau around it: new wordings score lower."""
    cuts = np.linspace(-4.0, 5.0, 91)
    said = logits[None, :] > cuts[:, None]
    hits = (said & (truth[None, :] > 0)).sum(1)
    f1 = 2 * hits / np.maximum(1, said.sum(1) + truth.sum())
    return float(np.percentile(cuts[f1 >= f1.max() - 0.005], 25))


def matched(output: Floats, truth: Floats) -> list[float]:
    """A line [slope, offset] that gives the output the spread of the truth, and the calmest half its mean.

    A regression would pull strong feelings toward the mean, and a fury would look like a grumble.
    """
    slope = float(truth.std() / output.std())
    calm = np.abs(truth) <= np.median(np.abs(truth))
    return [round(slope, 4), round(float(truth[calm].mean() - slope * output[calm].mean()), 4)]


def trust(sentiment: Floats, truth: Floats) -> list[list[float]]:
    """How often good, bad or neither was told rightly, over the sentiment: [sentiments, shares]."""
    right = np.array([side(said) == side(true) for said, true in zip(sentiment, truth, strict=True)])
    near = np.exp(-0.5 * ((TRUST_AT[:, None] - sentiment[None, :]) / NEAR) ** 2)
    shares = (near @ right + PRIOR * right.mean()) / (near.sum(1) + PRIOR)
    return [TRUST_AT.tolist(), np.round(shares, 4).tolist()]
