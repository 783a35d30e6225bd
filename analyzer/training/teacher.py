"""A larger network tells the small one how raters of prose and of posts would judge texts that nobody rated.

    python -m analyzer.training.teacher --data FOLDER --backbone all-mpnet-base-v2 --wordnet /usr/share/wordnet

fits `all-mpnet-base-v2` to EmoBank and to VADER's ground truth, says how well it does on their development splits,
and writes `taught.jsonl`: its opinions of EmoBank's texts, of some of VADER's and of GoEmotions', and of the example
sentences in WordNet's glosses, which nobody rated.  `python -m analyzer.training --taught` learns from them beside the
true ratings.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import nn

from analyzer.errors import AnalyzerError
from analyzer.measures import pearson
from analyzer.training.corpora import OPINIONS_FILE, Corpora, Example, load, roughened, sentences
from analyzer.training.fit import of_like_length

EDITORIALS = "nytEditorialSnippets"  # of VADER's domains, the one that is prose
OPINIONS = ("valence", "arousal", "vader")
"""EmoBank's valence and arousal, and VADER's sentiment, on the scales of `corpora.load`."""
RATED = {"emobank": (12.0, 20.0, 0.0), "vader": (0.0, 0.0, 6.0)}  # loss of each: about one over the spread squared
FROZEN = 6  # of 12 layers, and the embeddings: little is lost, and half of the time is saved
LONGEST = 64  # word pieces
BATCH, EPOCHS, RATE, HEAD_PACE, WARM_UP = 32, 2, 5e-5, 10.0, 60
VADER_SHARE = 0.2  # of its texts in each epoch: EmoBank is what is read least well
POSTS, COMMENTS = 6_000, 12_000  # texts of VADER besides the editorials, and of GoEmotions, that it has a say on
LENGTHS = (5, 25)  # words of a sentence of WordNet
PAD = 1

Floats = npt.NDArray[np.float32]


class Teacher(nn.Module):
    """`forward` gives the opinions, (batch, len(OPINIONS)) float32."""

    def __init__(self, backbone: Path) -> None:
        """Load the backbone from a folder with its configuration and weights; the head starts at random."""
        from transformers import MPNetModel

        super().__init__()
        self.encoder: Any = MPNetModel.from_pretrained(backbone, add_pooling_layer=False)
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN]):
            for value in part.parameters():
                value.requires_grad_(False)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(OPINIONS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Mean-pooled pieces (batch, length), then the head."""
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).float()
        pooled = (hidden.float() * weight).sum(1) / weight.sum(1)
        opinions: torch.Tensor = self.head(self.dropout(pooled))
        return opinions


class Lesson:
    """A teacher and its tokenizer."""

    def __init__(self, backbone: Path) -> None:
        """Load both from a folder as sentence-transformers lays it out."""
        if not (backbone / "tokenizer.json").is_file():
            raise AnalyzerError(f"{backbone} has no tokenizer.json; --backbone is the folder of all-mpnet-base-v2")
        self.network = Teacher(backbone)
        self._tokenizer = Tokenizer.from_file(str(backbone / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def fit(self, corpora: Corpora, seed: int) -> Iterator[str]:
        """Fit to EmoBank and VADER; yields a line to show now and then."""
        chance = random.Random(seed)
        batches = [batch for _ in range(EPOCHS) for batch in self._batches(corpora, chance)]
        learning = [value for value in self.network.encoder.parameters() if value.requires_grad]
        groups = [
            {"params": learning, "pace": 1.0},
            {"params": [*self.network.head.parameters()], "pace": HEAD_PACE},
        ]
        optimizer = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01, fused=True)
        begun, lost = time.monotonic(), 0.0
        self.network.train()
        for step, batch in enumerate(batches, start=1):
            pace = min(1.0, step / WARM_UP) * (1 - (step - 1) / len(batches))
            for group in optimizer.param_groups:
                group["lr"] = RATE * pace * group["pace"]
            lost += self._step(batch, optimizer)
            if step % 50 == 0:
                yield f"{step} of {len(batches)}: loss {lost / 50:.3f}, {time.monotonic() - begun:.0f} s"
                lost = 0.0

    def _step(self, batch: Sequence[Example], optimizer: torch.optim.Optimizer) -> float:
        target, weight = aims(batch)
        said = self.network(*self._padded([example.text for example in batch]))
        loss = (torch.from_numpy(weight) * (said - torch.from_numpy(target)) ** 2).sum() / len(batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach())

    def _batches(self, corpora: Corpora, chance: random.Random) -> list[list[Example]]:
        """One epoch, roughened, texts of like length together."""
        vader = corpora.train["vader"]
        drawn = [*corpora.train["emobank"], *chance.sample(list(vader), round(VADER_SHARE * len(vader)))]
        drawn = [replace(e, text=roughened(e.text, chance)) for e in drawn]
        batches = of_like_length([len(example.text) for example in drawn], BATCH, 40, chance)
        return [[drawn[i] for i in batch] for batch in batches]

    @torch.no_grad()
    def opinions(self, texts: Sequence[str]) -> Floats:
        """What the teacher thinks of texts as a recognizer writes them: (texts, len(OPINIONS))."""
        self.network.eval()
        found = np.zeros((len(texts), len(OPINIONS)), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), 4 * BATCH):
            some = order[start : start + 4 * BATCH]
            found[some] = self.network(*self._padded([texts[i] for i in some])).numpy()
        return found

    def _padded(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        pieces = [self._tokenizer.encode(text).ids for text in texts]
        longest = max(map(len, pieces))
        return (
            torch.tensor([[*ids, *[PAD] * (longest - len(ids))] for ids in pieces]),
            torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in pieces]),
        )


def aims(batch: Sequence[Example]) -> tuple[Floats, Floats]:
    """Targets and their weights, each (batch, len(OPINIONS)); what a corpus does not rate weighs nothing."""
    target = np.zeros((len(batch), len(OPINIONS)), np.float32)
    for row, example in zip(target, batch, strict=True):
        valence, arousal = example.targets["feelings"]
        row[:] = (valence, arousal, valence)
    return target, np.array([RATED[example.corpus] for example in batch], np.float32)


def quality(lesson: Lesson, corpora: Corpora) -> Iterator[str]:
    """How well the teacher reads the development splits, a line each."""
    said = lesson.opinions([example.text for example in corpora.dev["emobank"]])
    truth = np.array([example.targets["feelings"] for example in corpora.dev["emobank"]])
    yield f"EmoBank: valence r {_r(said[:, 0], truth[:, 0]):.3f}, arousal r {_r(said[:, 1], truth[:, 1]):.3f}"
    said = lesson.opinions([example.text for example in corpora.dev["vader"]])
    for domain in sorted({example.domain for example in corpora.dev["vader"]}):
        of_it = [i for i, example in enumerate(corpora.dev["vader"]) if example.domain == domain]
        truth = np.array([corpora.dev["vader"][i].targets["feelings"][0] for i in of_it])
        yield f"VADER, {domain}: r {_r(said[of_it, 2], truth):.3f}"


def _r(said: npt.NDArray[Any], truth: npt.NDArray[Any]) -> float:
    return pearson(said.tolist(), truth.tolist())


def worth_an_opinion(corpora: Corpora, wordnet: Path, chance: random.Random) -> list[str]:
    """All prose that was rated, prose that was not, and some of what people post."""
    prose = [example.text for example in corpora.train["emobank"]]
    prose += [example.text for example in corpora.train["vader"] if example.domain == EDITORIALS]
    prose += [text for text in sentences(wordnet) if LENGTHS[0] <= len(text.split()) <= LENGTHS[1]]
    posts = [example.text for example in corpora.train["vader"] if example.domain != EDITORIALS]
    comments = [example.text for example in corpora.train["goemotions"]]
    posts, comments = (
        chance.sample(texts, min(most, len(texts))) for texts, most in ((posts, POSTS), (comments, COMMENTS))
    )
    return list(dict.fromkeys([*prose, *posts, *comments]))


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of the corpora.")
@click.option("--backbone", type=click.Path(path_type=Path, exists=True), required=True, help="all-mpnet-base-v2.")
@click.option("--wordnet", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of WordNet 3.")
@click.option("--work", type=click.Path(path_type=Path), default=Path("build/training"), show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=2, show_default=True, help="CPU cores to use.")
def main(data: Path, backbone: Path, wordnet: Path, work: Path, seed: int, threads: int) -> None:
    """Fit the teacher and write down its opinions."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    work.mkdir(parents=True, exist_ok=True)
    corpora, lesson, kept = load(data), Lesson(backbone), work / "teacher.pt"
    if kept.exists():
        lesson.network.load_state_dict(torch.load(kept))
    else:
        for line in lesson.fit(corpora, seed):
            click.echo(line)
        torch.save(lesson.network.state_dict(), kept)
    for line in quality(lesson, corpora):
        click.echo(line)
    texts = worth_an_opinion(corpora, wordnet, random.Random(seed))
    scales = lesson.opinions(texts)
    with (work / OPINIONS_FILE).open("w", encoding="utf-8") as file:
        for text, opinion in zip(texts, scales, strict=True):
            file.write(json.dumps({"text": text, "scales": np.round(opinion, 4).tolist()}) + "\n")
    click.echo(f"{len(texts):,} opinions in {work / OPINIONS_FILE}")


if __name__ == "__main__":
    main()
