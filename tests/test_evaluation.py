"""The figures of the model card: each checked on a case that can be worked out by hand, then on the shipped model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from analyzer import evaluation, models
from analyzer.affect import CUES, DISTRESS, EMOTIONS, Acts, Reading, TurnReading
from analyzer.errors import AnalyzerError
from analyzer.evaluation import reliability, tables
from analyzer.measures import GROUPS, auc, f1, grouped, indicator, macro_f1, pearson

DEV = models.shipped("models/affect") / "dev" / "customer.jsonl"


class Believer:
    """A reader that finds in a text what the text itself says, as JSON with the braces and quotes left off."""

    def __init__(self, found: dict[str, dict[str, Any]]) -> None:
        self.found = found

    def read_customer(self, texts: Any, before: Any) -> list[TurnReading]:
        return [TurnReading(self._reading(self.found.get(text, {})), {}) for text in texts]

    def read_agent(self, texts: Any, before: Any) -> list[Acts]:
        raise AssertionError("the evaluation reads customers only")

    def _reading(self, found: dict[str, Any]) -> Reading:
        return Reading(
            sentiment=found.get("sentiment", 0.0),
            intensity=found.get("intensity", 0.0),
            confidence=0.9,
            emotions=dict.fromkeys(EMOTIONS, 0.0),
            labels=tuple(found.get("labels", ())),
            distress=dict.fromkeys(DISTRESS, 0.0),
            cues={cue: found.get("cues", {}).get(cue, 0.0) for cue in CUES},
        )


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_r_is_one_for_a_line_and_undefined_for_a_constant() -> None:
    """Pearson."""
    assert pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert pearson([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert math.isnan(pearson([1, 1, 1], [1, 2, 3]))


def test_auc_counts_pairs_and_halves_ties() -> None:
    """Three of four pairs in order, one tied."""
    assert auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert math.isnan(auc([0.1, 0.2], [True, True]))


def test_f1_by_hand() -> None:
    """Two hits, one false alarm, one miss."""
    said, truth = np.array([[True, True, True, False]]), np.array([[True, True, False, True]])
    assert f1(said, truth) == pytest.approx(2 / 3)
    assert macro_f1(said, truth) == pytest.approx(0.5)


def test_every_emotion_is_in_one_group() -> None:
    """28 labels, four groups."""
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(EMOTIONS)
    found = grouped(indicator([["anger", "joy"], ["neutral"]], EMOTIONS))
    assert found.tolist() == [[True, True, False, False], [False, False, False, True]]


def test_reliability_shows_what_a_probability_was_worth() -> None:
    """Of two things held to be 90% likely, one was so."""
    assert "| 0.8 to 1.0 | 2 | 0.90 | 0.50 |" in reliability([(0.9, True), (0.9, False)], "p")


def test_each_kind_of_rows_gets_its_table(tmp_path: Path) -> None:
    """Told apart by their labels."""
    kinds: dict[str, list[dict[str, Any]]] = {
        "GoEmotions": [{"text": "a", "emotions": ["joy"]}],
        "EmoBank": [
            {"text": "a", "valence_1_5": 1, "arousal_1_5": 2},
            {"text": "b", "valence_1_5": 2, "arousal_1_5": 3},
        ],
        "VADER": [{"text": "a", "valence_4": 1, "domain": "tweets"}, {"text": "b", "valence_4": 2, "domain": "tweets"}],
        "Offensive": [{"text": "a", "label": "hate"}, {"text": "b", "label": "neither"}],
    }
    reader = Believer({"b": {"sentiment": 0.5, "intensity": 0.5}})
    for name, rows in kinds.items():
        printed = "\n".join(tables(reader, written(tmp_path / "rows.jsonl", rows)))
        assert printed.startswith(f"### {name}")
    assert "| 1.000 |" in printed or "0.500" in printed


def test_figures_are_right_on_a_case_that_can_be_checked(tmp_path: Path) -> None:
    """One cue heard, one missed, one made up: F1 is a half; sentiment is in perfect order."""
    rows = [
        {"text": "one", "sentiment": -0.5, "intensity": 0.2, "cues": ["churn"]},
        {"text": "two", "sentiment": 0.5, "intensity": 0.4, "cues": ["relief"]},
    ]
    heard = {
        "one": {"sentiment": -0.9, "intensity": 0.3, "cues": {"churn": 0.8, "vent": 0.6}},
        "two": {"sentiment": 0.1, "intensity": 0.1, "cues": {"relief": 0.4}},
    }
    printed = "\n".join(tables(Believer(heard), written(tmp_path / "rows.jsonl", rows)))
    assert "| sentiment, r | 1.000 | 1.000 |" in printed
    assert "| intensity, r | -1.000 | -1.000 |" in printed
    assert "| cues, micro F1 | 0.500 | 0.500 |" in printed


def test_heard_rows_are_scored_by_their_word_errors(tmp_path: Path) -> None:
    """A line of figures for each band."""
    rows = [
        {"text": text, "sentiment": value, "intensity": value, "cues": [], "word_errors": errors}
        for errors in (0.0, 0.2)
        for text, value in (("one", 0.1), ("two", 0.9))
    ]
    reader = Believer({"one": {"sentiment": 0.0}, "two": {"sentiment": 0.4}})
    printed = "\n".join(tables(reader, written(tmp_path / "heard.jsonl", rows)))
    assert "| 0% | 2 | 1.000 |" in printed
    assert "| 20% | 2 | 1.000 |" in printed


def test_only_held_back_rows_are_scored_if_asked(tmp_path: Path) -> None:
    """What was trained on proves nothing."""
    rows = [{"text": f"row {n}", "label": ("hate", "neither")[n % 2]} for n in range(200)]
    path = written(tmp_path / "rows.jsonl", rows)
    count = next(iter(tables(Believer({}), path, held_back=True)))
    assert 5 < int(count.split(", ")[1].split()[0]) < 50


@pytest.mark.parametrize("text", ["", "{", "[1]\n", '{"words": 1}\n', '{"text": "a"}\n'])
def test_files_that_cannot_be_scored_are_refused(tmp_path: Path, text: str) -> None:
    """In one line that names the file."""
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(AnalyzerError, match=r"rows\.jsonl"):
        list(tables(Believer({}), path))


def test_the_shipped_model_keeps_its_word_on_the_hand_written_turns() -> None:
    """Turns that nobody trained on; the figures are those of the model card."""
    result = CliRunner().invoke(evaluation.main, [str(DEV)])
    assert result.exit_code == 0, result.output
    line = {row.split(" | ")[0].strip("| "): row.split(" | ")[2] for row in result.output.splitlines() if "|" in row}
    assert float(line["sentiment, r"]) >= 0.85
    assert float(line["intensity, r"]) >= 0.75
    assert float(line["cues, micro F1"]) >= 0.80


def test_the_model_card_agrees_to_the_last_digit() -> None:
    """Its tables of the turns that come with it are this script's output."""
    others = [str(DEV.with_name(f"customer-{who}.jsonl")) for who in ("blind", "third", "fourth")]
    result = CliRunner().invoke(evaluation.main, [str(DEV), *others])
    card = (models.shipped("models/affect") / "README.md").read_text()
    for row in result.output.splitlines():
        assert row in card, f"the model card lacks: {row}"
