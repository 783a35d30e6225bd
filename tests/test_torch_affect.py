"""Two engines, one model: torch gives the answers of onnxruntime.  Skipped where the extra `train` is not installed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analyzer import models
from analyzer.affect import ACTS
from analyzer.engines.onnx_affect import OnnxAffect
from analyzer.engines.pieces import Pieces

pytest.importorskip("torch")
pytest.importorskip("onnx")

from analyzer.engines.torch_affect import TOLERANCE, TorchAffect

SHIPPED = models.shipped("models/affect")
ROWS = [json.loads(line) for line in (SHIPPED / "dev" / "customer.jsonl").read_text().splitlines()]
TEXTS, BEFORE = [row["text"] for row in ROWS], [row.get("before", "") for row in ROWS]


def test_both_engines_give_the_same_answers() -> None:
    """Apart from the rounding inside the 8-bit one."""
    here = [turn.affect for turn in OnnxAffect(SHIPPED).read_customer(TEXTS, BEFORE)]
    there = [turn.affect for turn in TorchAffect(SHIPPED).read_customer(TEXTS, BEFORE)]
    for name in ("sentiment", "intensity"):
        apart = np.abs([getattr(a, name) - getattr(b, name) for a, b in zip(here, there, strict=True)])
        assert apart.max() <= TOLERANCE, name
        assert apart.mean() <= TOLERANCE / 5, name
    cues = [
        [a.cues[cue] >= 0.5 for cue in a.cues] == [b.cues[cue] >= 0.5 for cue in a.cues]
        for a, b in zip(here, there, strict=True)
    ]
    assert np.mean(cues) >= 0.95


def test_the_reference_knows_no_emotion_of_an_agent_either() -> None:
    """Acts, and nothing else."""
    (acts,) = TorchAffect(SHIPPED).read_agent(["i am furious"], [""])
    assert set(acts) == set(ACTS)


def test_pieces_are_those_of_the_library(tmp_path: Path) -> None:
    """Our twenty lines cut every hand-written turn as the tokenizer of the backbone does."""
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("transformers")
    from analyzer.models import ensure
    from analyzer.training.network import BACKBONE

    backbone = ensure(BACKBONE, print) / f"{BACKBONE}-tokenizer.json"
    library = tokenizers.Tokenizer.from_file(str(backbone))
    library.no_padding()
    library.no_truncation()
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "tokenizer.json").write_bytes(backbone.read_bytes())
    ours = Pieces(tmp_path / "ours")
    odd = ["supercalifragilistic antidisestablishmentarianism", "o'clock y'all'd've", "a" * 150, "zzyzx qwrtp"]
    for text in [*TEXTS, *odd]:
        assert ours.of(text) == library.encode(text, add_special_tokens=False).ids, text
