"""The bench counts errors as everybody does, and reads the calls it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bench import SIDES, cost_of_ears, plain_words, read_reference, read_sides, word_errors
from analyzer.engines.vosk_engine import warm_up_audio
from analyzer.errors import AudioError

VAD = Path(__file__).parents[1] / "models" / "vad" / "silero_vad_16k.onnx"
SENTENCE = "agent: okay i would like to talk about the bill please\ncustomer:\n"
WORDS = st.lists(st.sampled_from(["my", "bill", "is", "wrong"]), max_size=8).map(" ".join)


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """A sentence by the agent, to a customer who is silent."""
    voice = np.pad(warm_up_audio(3.0), (8_000, 16_000))
    soundfile.write(tmp_path / "call.wav", np.stack([voice, voice * 0], axis=1), 16_000)
    (tmp_path / "call.txt").write_text(SENTENCE)
    return tmp_path / "call.wav"


@pytest.mark.parametrize(
    ("heard", "rate"),
    [
        ("my bill is wrong", 0.0),
        ("my bill was wrong", 0.25),
        ("my bill wrong", 0.25),
        ("oh my bill is is wrong", 0.5),
        ("", 1.0),
    ],
)
def test_errors_are_counted_by_word(heard: str, rate: float) -> None:
    """A wrong, a missing and an extra word count one each."""
    assert word_errors("My bill is wrong.", heard) == rate


@given(WORDS, WORDS)
def test_errors_have_their_bounds(said: str, heard: str) -> None:
    """None for the same words, never more than all of both."""
    assert word_errors(said, said) == 0.0
    most = max(len(said.split()), len(heard.split()))
    assert 0 <= word_errors(said, heard) * max(len(said.split()), 1) <= most


def test_words_are_compared_as_spoken() -> None:
    """Case and punctuation are not heard; an apostrophe is part of its word."""
    assert plain_words("Don’t you DARE, please!") == ["don't", "you", "dare", "please"]


def test_a_reference_has_two_sides() -> None:
    """Turns of one side are joined; other lines are left out."""
    text = "agent: hello\n# note\nCustomer: my bill\ncustomer: is wrong: again\n"
    assert read_reference(text) == ("hello", "my bill is wrong: again")


def test_a_call_is_read_with_its_reference(call: Path) -> None:
    """Both channels, the rate, and the text beside it."""
    sides = read_sides(call)
    assert (sides.rate, len(sides.channels)) == (16_000, len(SIDES))
    assert not sides.channels[1].any()
    assert sides.reference == ("okay i would like to talk about the bill please", "")


def test_a_mono_file_is_refused(tmp_path: Path) -> None:
    """The bench compares two sides."""
    soundfile.write(tmp_path / "mono.wav", np.zeros(800), 8_000)
    with pytest.raises(AudioError, match="two-channel"):
        read_sides(tmp_path / "mono.wav")


def test_both_hear_the_sentence(call: Path, vosk_model: Path) -> None:
    """Ours and bare: the same ten words, and a cost for each."""
    cost = cost_of_ears(read_sides(call), vosk_model, VAD, pairs=1)
    assert (cost.ours_words, cost.bare_words) == (10, 10)
    assert (cost.ours_errors, cost.bare_errors) == (0.0, 0.0)
    assert 0 < cost.ratio < cost.ratio_with_start


def test_what_cannot_be_measured_is_named(tmp_path: Path) -> None:
    """A missing file, or one that is no audio: the name in one line."""
    (tmp_path / "text.wav").write_text("not audio")
    for name in ("none.wav", "text.wav"):
        with pytest.raises(AudioError, match=name):
            read_sides(tmp_path / name)
