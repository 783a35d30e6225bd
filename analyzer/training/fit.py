"""Fitting: several corpora at once, a moving average of the weights, checkpoints that can be resumed.

A moving average (EMA) of the weights is what is shipped: on GoEmotions' development set it was worth
three points of macro F1 over the last weights.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from analyzer.engines.onnx_affect import KINDS, RATED
from analyzer.training.corpora import UNKNOWN, Corpora, Example, filled, roughened
from analyzer.training.network import Encoded, Network, batch_of, encoded
from analyzer.training.recognizer_errors import garbled

BATCH = 64
WARM_UP = 200  # steps
HEAD_PACE = 5.0  # new weights may move faster than old ones
LONGEST_MEMORY = 0.999  # of the moving average
LOSS = {"emotions": 0.6, "distress": 1.0, "cues": 2.0, "acts": 1.0, "offensive": 1.0}
FEELING_LOSS = {"emobank": (12.0, 8.0), "vader": (12.0, 0.0), "customers": (8.0, 16.0)}  # sentiment, intensity
KIND_LOSS = 0.3
OPINION_LOSS = (12.0, 16.0, 6.0)  # the teacher's valence, arousal and sentiment of posts; see teacher.py
OPINED_OUTPUTS = (0, 1, 2)  # which outputs of "feelings" they teach: EmoBank's two, and VADER's sentiment
GARBLED, GARBLED_WORDS = 0.15, 0.15  # of the texts, and of their words: as the recognizer mishears them
KEEP_BEFORE = 0.75  # how often the turn before is shown: the model must do without it too
ANSWERS = 0.3  # how often a turn that needs no turn before is shown behind one: being an answer makes no cue
NEEDS_NONE = 5  # words, of which a turn means the same behind whatever the agent said


@dataclass(frozen=True, slots=True)
class Stage:
    """A pass over the corpora: `copies` says how often each text comes, 0.3 being a random third of them."""

    epochs: int
    rate: float
    copies: Mapping[str, float]
    losses: Mapping[str, float] = field(default_factory=lambda: LOSS)
    kept: float = 0.0  # how much of the averaged weights before it is mixed into those after it


STAGES = (
    # the small corpora of our own repeated; rude tweets halved, since they are soon learnt
    Stage(3, 1e-4, {"goemotions": 1, "emobank": 2, "vader": 1, "offensive": 0.5, "customers": 4, "acts": 2}),
    # then more of what was learnt least: how strongly prose is meant, the rarer emotions, rude tweets
    Stage(
        1,
        8e-5,
        {"goemotions": 1, "emobank": 3, "vader": 0.7, "offensive": 1, "customers": 3, "acts": 2},
        {**LOSS, "emotions": 1.0, "offensive": 2.0},
    ),
    # and once more over all, the rate falling to nothing; what posts had taught would fade without the weights before
    Stage(
        1,
        6e-5,
        {"goemotions": 1, "emobank": 3, "vader": 0.7, "offensive": 0.6, "customers": 2, "acts": 1},
        {**LOSS, "emotions": 1.0, "offensive": 2.0},
        kept=0.4,
    ),
    # a short last one for how customers speak, with enough of the rest that none of it is forgotten
    Stage(
        1,
        5e-5,
        {"goemotions": 0.3, "emobank": 1, "vader": 0.6, "offensive": 0.25, "customers": 5, "acts": 0.3},
        {**LOSS, "emotions": 1.0, "offensive": 2.0},
        kept=0.3,
    ),
)

FURTHER = (
    # one more pass from weights that were shipped before, for phrases that are new; nothing else may fade meanwhile
    Stage(
        1,
        6e-5,
        {"goemotions": 0.4, "emobank": 1, "vader": 0.5, "offensive": 0.3, "customers": 3, "acts": 0.2},
        {**LOSS, "emotions": 1.0, "offensive": 1.5},
        kept=0.4,
    ),
)
"""What `--further` runs: half an hour on one core instead of a night."""

TAUGHT = (
    # one more pass from shipped weights, with a larger network's opinions beside the ratings, and of prose nobody rated
    Stage(
        1,
        8e-5,
        {"goemotions": 0.6, "emobank": 2, "vader": 0.8, "offensive": 0.5, "customers": 3, "acts": 0.1, "prose": 1},
        {**LOSS, "emotions": 1.0, "offensive": 2.0},
        kept=0.3,
    ),
)
"""What `--taught` runs, after `python -m analyzer.training.teacher`."""


class Fit:
    """One training run; `run` it, then `averaged` is the network to ship."""

    def __init__(self, network: Network, tokenizer: Tokenizer, corpora: Corpora, seed: int) -> None:
        self.network = network
        self.averaged = copy.deepcopy(network)
        self._tokenizer = tokenizer
        self._corpora = corpora
        self._agents = [example.text for example in corpora.train.get("acts", ()) if example.domain == "agent"]
        self._chance = random.Random(seed)
        self._steps = 0
        torch.manual_seed(seed)

    def run(self, stages: Sequence[Stage], checkpoint: Path, tell: Callable[[str], None]) -> None:
        """Go through the stages, from the last checkpoint if there is one; a checkpoint an epoch."""
        done = self._resume(checkpoint)
        for number, (stage, epoch) in enumerate((s, e) for s in stages for e in range(s.epochs)):
            if number < done:
                continue
            if epoch == 0 or number == done:
                optimizer = self._optimizer(stage.rate)
                before = copy.deepcopy(self.averaged)
            begun, loss = time.monotonic(), self._epoch(stage, epoch, optimizer)
            if epoch == stage.epochs - 1:
                _mix(self.averaged, before, stage.kept)
            tell(f"epoch {number + 1}: loss {loss:.4f}, {time.monotonic() - begun:.0f} s")
            self._save(checkpoint, number + 1)

    def _epoch(self, stage: Stage, epoch: int, optimizer: torch.optim.Optimizer) -> float:
        examples = self._drawn(stage.copies)
        texts = [self._seen(example) for example in examples]
        batches = self._batches(texts)
        total, lost = stage.epochs * len(batches), 0.0
        self.network.train()
        for step, batch in enumerate(batches, start=epoch * len(batches)):
            pace = min(1.0, (step + 1) / WARM_UP) * max(0.0, 1 - step / total)
            for group in optimizer.param_groups:
                group["lr"] = stage.rate * pace * group["head_pace"]
            lost += self._step([examples[i] for i in batch], [texts[i] for i in batch], optimizer, stage.losses)
        return lost / len(batches)

    def _step(
        self,
        examples: Sequence[Example],
        texts: Sequence[Encoded],
        optimizer: torch.optim.Optimizer,
        losses: Mapping[str, float],
    ) -> float:
        with torch.autocast("cpu", torch.bfloat16):
            outputs = self.network(*batch_of(texts))
        loss = loss_of(outputs, examples, losses)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        optimizer.step()
        self._steps += 1
        self._average(min(LONGEST_MEMORY, self._steps / (self._steps + 10)))
        return float(loss.detach())

    @torch.no_grad()
    def _average(self, memory: float) -> None:
        for kept, new in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
            if new.requires_grad:
                kept.lerp_(new, 1 - memory)

    def _drawn(self, copies: Mapping[str, float]) -> list[Example]:
        """The examples of one epoch."""
        drawn: list[Example] = []
        for corpus, times in copies.items():
            examples = self._corpora.train.get(corpus, ())
            drawn += list(examples) * int(times)
            drawn += self._chance.sample(list(examples), round(len(examples) * (times - int(times))))
        return drawn

    def _seen(self, example: Example) -> Encoded:
        """An example as this epoch sees it: slots filled, speech roughened, context sometimes hidden."""
        text = roughened(filled(example.text, self._chance), self._chance)
        if self._chance.random() < GARBLED:
            text = garbled(text, GARBLED_WORDS, self._chance) or text
        return encoded(self._tokenizer, text, filled(self._before(example), self._chance))

    def _before(self, example: Example) -> str:
        """What the agent said before it: its own, nothing, or what was said to another customer."""
        if example.before:
            return example.before if self._chance.random() < KEEP_BEFORE else ""
        is_answer = len(example.text.split()) >= NEEDS_NONE and self._chance.random() < ANSWERS
        return self._chance.choice(self._agents) if is_answer and self._agents else ""

    def _batches(self, texts: Sequence[Encoded]) -> list[list[int]]:
        """Places in `texts`, those of one batch together."""
        return of_like_length([len(ids) for ids, *_ in texts], BATCH, 50, self._chance)

    def _optimizer(self, rate: float) -> torch.optim.Optimizer:
        old = [value for value in self.network.encoder.parameters() if value.requires_grad]
        new = [value for name, value in self.network.named_parameters() if not name.startswith("encoder.")]
        groups = [
            {"params": old, "weight_decay": 0.01, "head_pace": 1.0},
            {"params": new, "weight_decay": 0.0, "head_pace": HEAD_PACE},
        ]
        return torch.optim.AdamW(groups, lr=rate, fused=True)

    def _resume(self, checkpoint: Path) -> int:
        if not checkpoint.exists():
            return 0
        kept = torch.load(checkpoint, weights_only=False)
        self.network.load_state_dict(kept["network"])
        self.averaged.load_state_dict(kept["averaged"])
        self._steps = int(kept["steps"])
        self._chance.setstate(kept["chance"])
        torch.set_rng_state(kept["torch"])
        return int(kept["epochs"])

    def _save(self, checkpoint: Path, epochs: int) -> None:
        kept = {
            "epochs": epochs,
            "steps": self._steps,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "chance": self._chance.getstate(),
            "torch": torch.get_rng_state(),
        }
        partial = checkpoint.with_suffix(".part")
        torch.save(kept, partial)
        partial.replace(checkpoint)


def of_like_length(lengths: Sequence[int], size: int, pooled: int, chance: random.Random) -> list[list[int]]:
    """Random batches of `size` texts of like length, so that little is padded, out of pools of `pooled` batches."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), size * pooled):
        pool = sorted(order[start : start + size * pooled], key=lengths.__getitem__)
        batches += [pool[i : i + size] for i in range(0, len(pool), size)]
    chance.shuffle(batches)
    return batches


@torch.no_grad()
def _mix(network: Network, other: Network, share: float) -> None:
    """Move the weights of a network toward those of another."""
    for mine, theirs in zip(network.parameters(), other.parameters(), strict=True):
        mine.lerp_(theirs, share)


def loss_of(
    outputs: Mapping[str, torch.Tensor], examples: Sequence[Example], losses: Mapping[str, float]
) -> torch.Tensor:
    """What a batch costs: each head learns from the examples that label it, and from no others."""
    loss = _opinion_loss(outputs["feelings"], examples)
    for head, output in outputs.items():
        labelled = [i for i, example in enumerate(examples) if head in example.targets]  # "kind" is in none: see below
        if not labelled:
            continue
        target = torch.tensor([examples[i].targets[head] for i in labelled])
        if head == "feelings":
            kind = outputs["kind"][labelled].float()
            loss = loss + _feeling_loss(output[labelled].float(), kind, target, [examples[i] for i in labelled])
        else:
            entropy = functional.binary_cross_entropy_with_logits(
                output[labelled].float(), target.clamp(min=0), reduction="none"
            )
            loss = loss + losses[head] * (entropy * (target > UNKNOWN / 2)).sum()
    return loss / len(examples)


def _opinion_loss(output: torch.Tensor, examples: Sequence[Example]) -> torch.Tensor:
    """Squared error of each scale by itself, where the teacher has an opinion of the text."""
    known = [i for i, example in enumerate(examples) if "scales" in example.targets]
    if not known:
        return torch.zeros(())
    target = torch.tensor([examples[i].targets["scales"] for i in known])
    squared = (output[known][:, list(OPINED_OUTPUTS)].float() - target) ** 2
    return (torch.tensor(OPINION_LOSS) * squared).sum()


def _feeling_loss(
    output: torch.Tensor, kind: torch.Tensor, target: torch.Tensor, examples: Sequence[Example]
) -> torch.Tensor:
    """Squared error of the mixture of scales, and how surprising the kind of text is."""
    truth = torch.tensor([KINDS.index(example.corpus) for example in examples])
    weight = torch.tensor([FEELING_LOSS[example.corpus] for example in examples]) * (target > UNKNOWN / 2)
    scales = torch.stack([output[:, 0::2], output[:, 1::2][:, RATED]], dim=2)
    blend = (scales * kind.softmax(1).unsqueeze(2)).sum(1)
    squared = (weight * (blend - target) ** 2).sum()
    return squared + KIND_LOSS * functional.cross_entropy(kind, truth, reduction="sum")
