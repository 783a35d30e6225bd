"""The pictures of the model card show what was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analyzer.affect import EMOTIONS
from analyzer.engines.onnx_affect import OnnxAffect
from analyzer.evaluation import read_rows
from analyzer.evaluation_plots import against_errors, bins, confusion, main
from analyzer.measures import GROUPS
from analyzer.models import shipped
from analyzer.testing import reading

CUSTOMERS = shipped("models/affect") / "dev" / "customer.jsonl"


def test_bins_hold_what_fell_into_them() -> None:
    """Few cases make no point; a probability of one belongs to the last."""
    pairs = [(0.05, False)] * 8 + [(0.95, True)] * 5 + [(1.0, False)] * 5 + [(0.5, True)] * 2
    low, high = bins(pairs)
    assert (low[1:], high[1:]) == ((0.0, 8), (0.5, 10))
    assert low[0] == pytest.approx(0.05)
    assert high[0] == pytest.approx(0.975)


def test_confusion_counts_rows_of_one_group_by_their_likeliest_label() -> None:
    """Each line sums to one; a row of two groups is left out."""

    def felt(name: str) -> object:
        base = reading()
        return type(base)(
            **{**{f: getattr(base, f) for f in base.__slots__}, "emotions": {e: float(e == name) for e in EMOTIONS}}
        )

    rows = [{"emotions": ["joy"]}, {"emotions": ["love"]}, {"emotions": ["anger", "joy"]}, {"emotions": ["fear"]}]
    share = confusion(rows, [felt("joy"), felt("anger"), felt("joy"), felt("sadness")])  # type: ignore[list-item]
    order = list(GROUPS)
    assert share[order.index("positive"), order.index("positive")] == 0.5
    assert share[order.index("positive"), order.index("negative")] == 0.5
    assert share[order.index("negative"), order.index("negative")] == 1.0
    assert share[order.index("neutral")].sum() == 0


def test_scores_fall_as_more_words_are_misheard() -> None:
    """With the shipped model on the hand-written turns: far fewer right at one word in two than at none."""
    curves = against_errors(OnnxAffect(shipped("models/affect")), read_rows(CUSTOMERS), CUSTOMERS)
    for name, points in curves.items():
        wrong = [x for x, _ in points]
        assert wrong[0] == 0.0
        assert np.all(np.diff(wrong) > 0)
        assert points[-1][1] < points[0][1] - 0.1, name


def test_pictures_are_drawn_and_a_file_without_any_is_told(tmp_path: Path) -> None:
    """By the command, into the folder."""
    pytest.importorskip("matplotlib")
    done = CliRunner().invoke(main, [str(CUSTOMERS), "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    for name in ("affect-reliability.png", "affect-word-errors.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    other = tmp_path / "tweets.jsonl"
    other.write_text('{"text": "hello", "label": "neither"}\n')
    assert "no picture" in CliRunner().invoke(main, [str(other), "--to", str(tmp_path)]).output
