"""The text model that ships: what it reads, what it refuses, and what it can never say about an agent."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from analyzer import models
from analyzer.affect import ACTS, CUE_HOLDS, CUES, DISTRESS, EMOTIONS, Reading
from analyzer.engines.onnx_affect import NEVER, RUDE, OnnxAffect
from analyzer.engines.pieces import Pieces
from analyzer.errors import ModelError, ModelMissing

SHIPPED = models.shipped("models/affect")


@pytest.fixture(scope="module")
def reader() -> OnnxAffect:
    return OnnxAffect(SHIPPED)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped model in a folder that a test may spoil."""
    for file in SHIPPED.iterdir():
        if file.is_file():
            shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


def read(reader: OnnxAffect, text: str, before: str = "") -> Reading:
    return reader.read_customer([text], [before])[0].affect


def cues(reading: Reading) -> set[str]:
    return {cue for cue, probability in reading.cues.items() if probability >= 0.5}


def test_a_reading_names_everything_it_promises(reader: OnnxAffect) -> None:
    """Every emotion, feeling of distress, cue and act has a probability."""
    turn = reader.read_customer(["where is my parcel"], [""])[0]
    assert set(turn.affect.emotions) == set(EMOTIONS)
    assert set(turn.affect.distress) == set(DISTRESS)
    assert set(turn.affect.cues) == set(CUES)
    assert set(turn.acts) == set(ACTS)


def test_thanks_is_glad_and_an_insult_is_not(reader: OnnxAffect) -> None:
    """The two ends of the scale."""
    glad, angry = read(reader, "thank you so much you have been wonderful"), read(reader, "you are a useless idiot")
    assert glad.sentiment > 0.5
    assert angry.sentiment < -0.5
    assert angry.intensity > 0.5


def test_abuse_is_aimed_at_a_person_profanity_at_a_thing(reader: OnnxAffect) -> None:
    """Swearing at a printer is no abuse of the agent."""
    thing, person = read(reader, "this damn printer has jammed again"), read(reader, "you are a complete idiot")
    assert "profanity-at-thing" in cues(thing)
    assert "abuse" not in cues(thing)
    assert "abuse" in cues(person)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("let me speak to your manager", "supervisor-request"),
        ("i want to cancel my contract and go somewhere else", "churn"),
        ("you will hear from my lawyer", "legal-threat"),
        ("this is the third time i have called about this", "repeat-contact"),
        ("i have been on hold for forty minutes", "hold-complaint"),
        ("thank you so much for your help", "gratitude"),
        ("i don't understand what that means", "confusion"),
        ("i can smell gas in the kitchen", "safety-risk"),
    ],
)
def test_plain_cues_are_heard(reader: OnnxAffect, text: str, cue: str) -> None:
    """What anybody would hear."""
    assert cue in cues(read(reader, text))


@pytest.mark.parametrize(
    "text",
    [
        "my battery is dead which one do i need",
        "can you put a hold on my mail while i am away",
        "i am the manager here so put my name on the account",
        "what time do you close on saturday",
        "the address is forty two mill road",
    ],
)
def test_look_alikes_carry_no_cue(reader: OnnxAffect, text: str) -> None:
    """Dead batteries, mail on hold and managers who call are ordinary business."""
    assert cues(read(reader, text)) == set()


def test_negation_turns_a_sentence(reader: OnnxAffect) -> None:
    """Happy, and not happy."""
    assert (
        read(reader, "i am happy with this").sentiment > 0.2 > -0.2 > read(reader, "i am not happy with this").sentiment
    )


def test_understatement_is_not_praise(reader: OnnxAffect) -> None:
    """A British complaint."""
    assert read(reader, "i'm not best pleased").sentiment < -0.15


def test_polite_anger_is_negative(reader: OnnxAffect) -> None:
    """Courtesy of form does not hide it."""
    assert read(reader, "with respect this is simply not acceptable").sentiment < -0.3


def test_sarcasm_is_not_praise(reader: OnnxAffect) -> None:
    """Thanks for nothing."""
    assert read(reader, "thanks for nothing").sentiment < 0


def test_the_turn_before_changes_the_meaning(reader: OnnxAffect) -> None:
    """A bare word after a refusal is worth less than after a favour."""
    refused = read(reader, "fine", "i'm afraid we cannot refund that")
    favoured = read(reader, "fine", "shall i book you in for tomorrow morning")
    assert refused.sentiment < favoured.sentiment
    assert refused.sentiment < 0.1


def test_case_punctuation_and_digits_change_nothing(reader: OnnxAffect) -> None:
    """Clean text is read as the recognizer would have written it."""
    assert read(reader, "I've waited 45 minutes!!!") == read(reader, "i've waited forty five minutes")


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07\x1b", "😡😡😡", "これは酷い", "...", "'"])
def test_text_without_words_is_neutral_and_not_believed(reader: OnnxAffect, text: str) -> None:
    """Nothing to read is a defined answer: neutral, confidence 0, no cue."""
    reading = read(reader, text)
    assert (reading.sentiment, reading.intensity, reading.confidence, reading.labels) == (0.0, 0.0, 0.0, ())
    assert max(reading.cues.values()) == 0.0


def test_ten_thousand_words_have_an_answer(reader: OnnxAffect) -> None:
    """The beginning and the end of a very long text are read, at a bounded cost."""
    reading = read(reader, "this is terrible and i am furious " * 1_500)
    assert reading.sentiment < -0.4
    assert all(math.isfinite(value) for value in (reading.sentiment, reading.intensity, reading.confidence))


def test_values_stay_in_their_ranges(reader: OnnxAffect) -> None:
    """However strong the words."""
    for text in (
        "i hate you i hate you i hate you you stupid bastard",
        "amazing wonderful brilliant thank you i love it",
    ):
        reading = read(reader, text)
        assert -1 <= reading.sentiment <= 1
        assert all(0 <= value <= 1 for value in (reading.intensity, reading.confidence, *reading.emotions.values()))


def test_a_batch_reads_each_text_as_if_alone(reader: OnnxAffect) -> None:
    """No text leaks into its neighbours."""
    texts = ["thank you", "this is a disgrace and i want a manager right now", "okay"]
    together = reader.read_customer(texts, ["", "", ""])
    assert together == [reader.read_customer([text], [""])[0] for text in texts]
    assert reader.read_customer([], []) == []


@pytest.mark.parametrize("hears_acts", [False, True])
def test_the_agent_has_acts_and_no_emotion(copy: Path, monkeypatch: pytest.MonkeyPatch, hears_acts: bool) -> None:
    """The network is asked for the acts alone, or not at all: an agent's emotion is never computed."""
    calibration = json.loads((copy / "calibration.json").read_text())
    calibration["thresholds"]["acts"] = dict.fromkeys(ACTS, -1.0 if hears_acts else NEVER)
    (copy / "calibration.json").write_text(json.dumps(calibration))
    reader = OnnxAffect(copy)
    asked: list[list[str]] = []
    run = reader._outputs._session.run

    class Watched:
        def run(self, heads: list[str], feeds: object) -> object:
            asked.append(heads)
            return run(heads, feeds)

    monkeypatch.setattr(reader._outputs, "_session", Watched())
    (acts,) = reader.read_agent(["i am so angry and sad that i could cry"], [""])
    assert asked == ([["acts"]] if hears_acts else [])
    assert set(acts) == set(ACTS)
    assert all(probability > 0 for probability in acts.values()) is hears_acts


def test_a_missing_model_says_so(tmp_path: Path) -> None:
    """One line, with the way out."""
    with pytest.raises(ModelMissing, match="reinstall"):
        OnnxAffect(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "model.bin"])
def test_a_truncated_model_is_refused(copy: Path, name: str) -> None:
    """Half a file is an error when it is loaded, not a wrong score later."""
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="reinstall") as caught:
        OnnxAffect(copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 1}', '{"format": 2}', "null"],
    ids=["empty", "cut off", "a list", "nothing in it", "of another version", "null"],
)
def test_a_damaged_calibration_is_refused(copy: Path, text: str) -> None:
    """A network without the meaning of its outputs is no use."""
    (copy / "calibration.json").write_text(text)
    with pytest.raises(ModelError):
        OnnxAffect(copy)


def test_a_calibration_with_a_number_that_is_none_is_refused(copy: Path) -> None:
    """NaN would turn every cue off in silence."""
    values = json.loads((copy / "calibration.json").read_text())
    values["thresholds"]["cues"]["abuse"] = float("nan")
    (copy / "calibration.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match="calibration"):
        OnnxAffect(copy)


def test_a_vocabulary_without_its_marks_is_refused(copy: Path) -> None:
    """Another program's word list."""
    (copy / "vocabulary.txt").write_text("hello\nworld\n")
    with pytest.raises(ModelError, match="vocabulary"):
        OnnxAffect(copy)


def test_a_vocabulary_of_another_model_is_refused(copy: Path) -> None:
    """Right marks, wrong length: every word would be read as another."""
    lines = (copy / "vocabulary.txt").read_text().splitlines()
    (copy / "vocabulary.txt").write_text("\n".join(lines[:-100]) + "\n")
    with pytest.raises(ModelError, match="vocabulary"):
        OnnxAffect(copy)


def test_words_are_cut_into_the_longest_pieces(tmp_path: Path) -> None:
    """From the left, each time the longest that is known; a word that cannot be cut is unknown."""
    (tmp_path / "vocabulary.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pay", "##ment", "##s", "'", "s"])
    )
    assert Pieces(tmp_path).of("payments pay's quay") == [4, 5, 6, 4, 7, 8, 1]
    assert Pieces(tmp_path).of("zzz aaa") == [1, 1]  # behind the last piece, and before the first


def test_a_rude_post_is_suspected_and_ordinary_talk_is_not(reader: OnnxAffect) -> None:
    """Rude words aimed at nobody stay below a cue; what customers say all day stays far below."""
    rude, plain = reader.read_customer(["that bitch is crazy lol", "can you move it to friday"], ["", ""])
    assert 0.15 < max(rude.affect.cues[cue] for cue in RUDE) < CUE_HOLDS
    assert max(plain.affect.cues[cue] for cue in RUDE) < 0.1


def test_the_shipped_model_is_small() -> None:
    """At most 30 MB, with all that belongs to it."""
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*") if file.is_file()) < 30_000_000
