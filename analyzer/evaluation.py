"""How well the words are judged: `python -m analyzer.evaluation FILE...` prints every table of the model card.

Each FILE is JSON lines; what a row carries says which table it belongs to:

    emotions                            GoEmotions: macro F1 of the 28 labels, and of four groups
    valence_1_5, arousal_1_5            EmoBank: Pearson r of sentiment and of intensity
    valence_4, domain                   VADER: Pearson r of sentiment, by domain
    label (hate, offensive, neither)    offensive tweets: AUC of the likelier of the two rude cues
    checked, cues                       turns that analysts confirmed or put right (`analyzer audit labels`): cues
    sentiment, intensity, cues          customers: r of both, micro F1 of cues and distress, each cue, reliability

A file whose rows were spoken and heard again (`analyzer.training.recognizer_errors`) also has `word_errors`; it
gets one line of figures for each band of them.  The columns: the text as it is written, the text as a recognizer
would print it, and the same with one word in ten, and one in five, misheard.  Nothing is fitted here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from analyzer import models
from analyzer.affect import CUES, DISTRESS, EMOTIONS, Reading, TurnReader, side
from analyzer.errors import AnalyzerError
from analyzer.measures import Bools, auc, f1, grouped, indicator, macro_f1, pearson
from analyzer.spoken import spoken
from analyzer.training.corpora import is_held_back
from analyzer.training.recognizer_errors import garbled

SEED = 0
BATCH = 256
RUDE = ("abuse", "profanity-at-thing")
BANDS = (0.0, 0.05, 0.15, 0.3, 0.5, 10.0)  # of word errors
BINS = np.linspace(0, 1, 6)
VARIANTS: Mapping[str, Callable[[str, random.Random], str]] = {
    "as written": lambda text, _: text,
    "as recognized": lambda text, _: spoken(text),
    "10% misheard": lambda text, chance: garbled(spoken(text), 0.1, chance),
    "20% misheard": lambda text, chance: garbled(spoken(text), 0.2, chance),
}

Row = Mapping[str, Any]
Figures = dict[str, float]


def _goemotions(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    said = indicator([reading.labels for reading in readings], EMOTIONS)
    truth = indicator([row["emotions"] for row in rows], EMOTIONS)
    return {"28 labels, macro F1": macro_f1(said, truth), "4 groups, macro F1": macro_f1(grouped(said), grouped(truth))}


def _emobank(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    return {
        "sentiment and valence, r": pearson([r.sentiment for r in readings], [row["valence_1_5"] for row in rows]),
        "intensity and arousal, r": pearson([r.intensity for r in readings], [row["arousal_1_5"] for row in rows]),
    }


def _vader(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    found = {}
    for domain in sorted({row["domain"] for row in rows}):
        of_it = [i for i, row in enumerate(rows) if row["domain"] == domain]
        found[f"{domain}, r"] = pearson([readings[i].sentiment for i in of_it], [rows[i]["valence_4"] for i in of_it])
    return found


def _offensive(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    rude = [max(reading.cues[cue] for cue in RUDE) for reading in readings]
    return {"rude or not, AUC": auc(rude, [row["label"] != "neither" for row in rows])}


def _customers(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    return {
        "sentiment, r": pearson([r.sentiment for r in readings], [row["sentiment"] for row in rows]),
        "intensity, r": pearson([r.intensity for r in readings], [row["intensity"] for row in rows]),
        **_checked(rows, readings),
        "distress, micro F1": f1(
            held([r.distress for r in readings], DISTRESS),
            indicator([row.get("distress", ()) for row in rows], DISTRESS),
        ),
    }


def _checked(rows: Sequence[Row], readings: Sequence[Reading]) -> Figures:
    truth = indicator([row["cues"] for row in rows], CUES)
    return {"cues, micro F1": f1(held([r.cues for r in readings], CUES), truth)}


def held(probabilities: Sequence[Mapping[str, float]], space: Sequence[str]) -> Bools:
    """(rows, space): what is more likely than not."""
    return np.array([[row[name] >= 0.5 for name in space] for row in probabilities], dtype=bool)


KINDS: tuple[tuple[str, str, Callable[[Sequence[Row], Sequence[Reading]], Figures]], ...] = (
    # a column that no other kind has, the kind's name, its figures
    ("emotions", "GoEmotions", _goemotions),
    ("valence_1_5", "EmoBank", _emobank),
    ("valence_4", "VADER ground truth", _vader),
    ("label", "Offensive tweets", _offensive),
    ("checked", "Turns checked by analysts", _checked),
    ("cues", "Customers", _customers),
)


def read_rows(path: Path) -> list[Row]:
    """The rows of a file; one line of error where it is not JSON lines with texts."""
    try:
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError) as error:
        raise AnalyzerError(f"{path} is not JSON lines: {error}") from error
    if not rows or not all(isinstance(row, dict) and isinstance(row.get("text"), str) for row in rows):
        raise AnalyzerError(f'{path} needs at least one line, each an object with a "text"')
    return rows


def kind_of(rows: Sequence[Row], path: Path) -> tuple[str, Callable[[Sequence[Row], Sequence[Reading]], Figures]]:
    """The kind of labels that the first row carries."""
    for column, name, figures in KINDS:
        if column in rows[0]:
            return name, figures
    raise AnalyzerError(f"{path} has none of the labels that can be scored; see python -m analyzer.evaluation --help")


def read_all(reader: TurnReader, rows: Sequence[Row], variant: Callable[[str, random.Random], str]) -> list[Reading]:
    """The reading of every row, its text made into the variant first."""
    chance = random.Random(SEED)
    texts = [variant(row["text"], chance) for row in rows]
    before = [row.get("before", "") for row in rows]
    found: list[Reading] = []
    for start in range(0, len(texts), BATCH):
        turns = reader.read_customer(texts[start : start + BATCH], before[start : start + BATCH])
        found += [turn.affect for turn in turns]
    return found


def tables(reader: TurnReader, path: Path, held_back: bool = False) -> Iterator[str]:
    """Every table of one file, in Markdown; `held_back` leaves out the rows that were trained on."""
    rows = [row for row in read_rows(path) if not held_back or is_held_back(row["text"])]
    if not rows:
        raise AnalyzerError(f"{path} has no row that was held back")
    name, figures = kind_of(rows, path)
    yield f"### {name} ({path.name}, {len(rows):,} rows)"
    if "word_errors" in rows[0]:
        yield _by_word_errors(rows, read_all(reader, rows, VARIANTS["as written"]), figures)
        return
    readings = {variant: read_all(reader, rows, change) for variant, change in VARIANTS.items()}
    columns = {variant: figures(rows, found) for variant, found in readings.items()}
    yield markdown(
        ["", *columns], [[row, *(f"{c[row]:.3f}" for c in columns.values())] for row in next(iter(columns.values()))]
    )
    if "cues" in rows[0]:
        yield _each_cue(rows, readings["as recognized"])
    if name == "Customers":
        yield reliability(
            [
                (r.cues[c], c in row["cues"])
                for row, r in zip(rows, readings["as recognized"], strict=True)
                for c in CUES
            ],
            "cue probability",
        )
        yield reliability(trusted(rows, readings["as recognized"]), "confidence")
    if name == "GoEmotions":
        yield _each_emotion(rows, readings["as recognized"])


def _by_word_errors(
    rows: Sequence[Row], readings: Sequence[Reading], figures: Callable[[Sequence[Row], Sequence[Reading]], Figures]
) -> str:
    lines = []
    for low, high in pairwise(BANDS):
        band = [i for i, row in enumerate(rows) if low <= row["word_errors"] < high]
        if band:
            found = figures([rows[i] for i in band], [readings[i] for i in band])
            wrong = float(np.mean([rows[i]["word_errors"] for i in band]))
            lines.append([f"{wrong:.0%}", f"{len(band)}", *(f"{value:.3f}" for value in found.values())])
    return markdown(["mean word error rate", "turns", *found], lines)


def _each_cue(rows: Sequence[Row], readings: Sequence[Reading]) -> str:
    said, truth = held([r.cues for r in readings], CUES), indicator([row["cues"] for row in rows], CUES)
    return _each(CUES, said, truth)


def _each_emotion(rows: Sequence[Row], readings: Sequence[Reading]) -> str:
    said = indicator([r.labels for r in readings], EMOTIONS)
    return _each(EMOTIONS, said, indicator([row["emotions"] for row in rows], EMOTIONS))


def _each(names: Sequence[str], said: Bools, truth: Bools) -> str:
    lines = []
    for i, name in enumerate(names):
        hits = (said[:, i] & truth[:, i]).sum()
        precision, recall = hits / max(1, said[:, i].sum()), hits / max(1, truth[:, i].sum())
        figures = (precision, recall, f1(said[:, i], truth[:, i]))
        lines.append([name, str(truth[:, i].sum()), *(f"{value:.2f}" for value in figures)])
    return markdown(["", "rows", "precision", "recall", "F1"], lines)


def trusted(rows: Sequence[Row], readings: Sequence[Reading]) -> list[tuple[float, bool]]:
    """Confidence, and whether good, bad or neither was told rightly."""
    return [(r.confidence, side(r.sentiment) == side(row["sentiment"])) for row, r in zip(rows, readings, strict=True)]


def reliability(pairs: Sequence[tuple[float, bool]], name: str) -> str:
    """How often things held that were given a probability in each fifth of the scale."""
    lines = []
    for low, high in pairwise(BINS):
        inside = [(p, held) for p, held in pairs if low <= p < high or (high == 1 and p == 1)]
        if inside:
            mean, share = np.mean([p for p, _ in inside]), np.mean([held for _, held in inside])
            lines.append([f"{low:.1f} to {high:.1f}", str(len(inside)), f"{mean:.2f}", f"{share:.2f}"])
    return markdown([name, "cases", "mean", "held"], lines)


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *lines])


@click.command(help=(__doc__ or "").split("\n\n")[0])
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--held-back", is_flag=True, help="Score only the tenth of the rows that training held back.")
@click.option("--model", type=click.Path(path_type=Path), default=None, help="Folder of another text model.")
def main(files: tuple[Path, ...], held_back: bool, model: Path | None) -> None:
    """Print the tables of every file."""
    from analyzer.engines.onnx_affect import OnnxAffect

    try:
        reader = OnnxAffect(model or models.shipped("models/affect"))
        for path in files:
            for table in tables(reader, path, held_back):
                click.echo(table + "\n")
    except AnalyzerError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
