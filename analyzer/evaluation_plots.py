"""The pictures of the model card: `python -m analyzer.evaluation_plots FILE... --to docs/pictures`.

From the same files as `python -m analyzer.evaluation`; which pictures come depends on the labels that a file has:

    customers     affect-reliability.png: how often things held that were given a probability, and how far the
                  confidence can be believed; affect-word-errors.png: every score against the share of words misheard
    GoEmotions    affect-confusion.png: which of the four groups of emotions is taken for which
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from analyzer import models
from analyzer.affect import CUES, EMOTIONS, Reading, TurnReader
from analyzer.errors import AnalyzerError
from analyzer.evaluation import Row, kind_of, read_all, read_rows, trusted
from analyzer.measures import GROUPS, grouped, indicator
from analyzer.spoken import spoken
from analyzer.training.recognizer_errors import garbled, word_errors

RATES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)  # of words misheard
EDGES = np.linspace(0, 1, 11)
FEWEST = 5  # cases, for a point of the reliability plot
SIZE = (5.2, 4.0)  # inches
DPI = 110


def bins(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Mean probability, share that held, and cases, of each tenth of the scale with enough of them."""
    found = []
    for low, high in pairwise(EDGES):
        inside = [(p, held) for p, held in pairs if low <= p < high or (high == 1 and p == 1)]
        if len(inside) >= FEWEST:
            share = float(np.mean([held for _, held in inside]))
            found.append((float(np.mean([p for p, _ in inside])), share, len(inside)))
    return found


def confusion(rows: Sequence[Row], readings: Sequence[Reading]) -> npt.NDArray[np.float64]:
    """(groups, groups): of the rows that are of one group only, the share read as each; the likeliest label counts."""
    groups = list(GROUPS)
    truth = grouped(indicator([row["emotions"] for row in rows], EMOTIONS))
    found = np.zeros((len(groups), len(groups)))
    for row, reading in zip(truth, readings, strict=True):
        if row.sum() == 1:
            likeliest = max(EMOTIONS, key=lambda name: reading.emotions[name])
            read_as = next(i for i, group in enumerate(groups) if likeliest in GROUPS[group])
            found[int(row.argmax()), read_as] += 1
    share: npt.NDArray[np.float64] = found / np.maximum(1, found.sum(axis=1, keepdims=True))
    return share


def against_errors(reader: TurnReader, rows: Sequence[Row], path: Path) -> dict[str, list[tuple[float, float]]]:
    """For each score: (measured word errors, score) at each of `RATES`."""
    _, figures = kind_of(rows, path)
    curves: dict[str, list[tuple[float, float]]] = {}
    for rate in RATES:
        heard: list[str] = []

        def misheard(text: str, chance: random.Random, rate: float = rate, heard: list[str] = heard) -> str:
            heard.append(garbled(spoken(text), rate, chance))
            return heard[-1]

        readings = read_all(reader, rows, misheard)
        wrong = float(np.mean([word_errors(spoken(row["text"]), text) for row, text in zip(rows, heard, strict=True)]))
        for name, value in figures(rows, readings).items():
            curves.setdefault(name, []).append((wrong, value))
    return curves


def draw(reader: TurnReader, path: Path, folder: Path) -> list[Path]:
    """Every picture that the labels of one file allow."""
    rows = read_rows(path)
    name, _ = kind_of(rows, path)
    if name == "Customers":
        return [_reliability(reader, rows, folder), _word_errors(reader, rows, path, folder)]
    if name == "GoEmotions":
        return [_confusion(reader, rows, folder)]
    raise AnalyzerError(f"{path} has labels of which there is no picture; give customers or GoEmotions")


def _reliability(reader: TurnReader, rows: Sequence[Row], folder: Path) -> Path:
    readings = read_all(reader, rows, lambda text, _: spoken(text))
    cues = [(r.cues[cue], cue in row["cues"]) for row, r in zip(rows, readings, strict=True) for cue in CUES]
    figure, axes = _canvas("Said with a probability, and held", "probability or confidence", "share that held")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for label, pairs, marker in (("cues", cues, "o"), ("sentiment within 0.25", trusted(rows, readings), "s")):
        points = bins(pairs)
        axes.plot([x for x, _, _ in points], [y for _, y, _ in points], marker=marker, label=label)
    axes.legend(frameon=False)
    return _saved(figure, folder / "affect-reliability.png")


def _word_errors(reader: TurnReader, rows: Sequence[Row], path: Path, folder: Path) -> Path:
    figure, axes = _canvas("Scores against words misheard", "word error rate", "score")
    for (name, points), marker in zip(against_errors(reader, rows, path).items(), "osd^", strict=False):
        axes.plot([x for x, _ in points], [y for _, y in points], marker=marker, label=name)
    axes.set_ylim(0, 1)
    axes.legend(frameon=False)
    return _saved(figure, folder / "affect-word-errors.png")


def _confusion(reader: TurnReader, rows: Sequence[Row], folder: Path) -> Path:
    share = confusion(rows, read_all(reader, rows, lambda text, _: spoken(text)))
    figure, axes = _canvas("Groups of emotions: what is read as what", "read as", "labelled")
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(GROUPS)), list(GROUPS))
    axes.set_yticks(range(len(GROUPS)), list(GROUPS))
    for (row, column), value in np.ndenumerate(share):
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.5 else "black")
    return _saved(figure, folder / "affect-confusion.png")


def _canvas(title: str, across: str, up: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


@click.command(help=(__doc__ or "").split("\n\n")[0])
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path("docs/pictures"), show_default=True)
@click.option("--model", type=click.Path(path_type=Path), default=None, help="Folder of another text model.")
def main(files: tuple[Path, ...], folder: Path, model: Path | None) -> None:
    """Draw the pictures of every file."""
    from analyzer.engines.onnx_affect import OnnxAffect

    try:
        reader = OnnxAffect(model or models.shipped("models/affect"))
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            for picture in draw(reader, path, folder):
                click.echo(picture)
    except AnalyzerError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
