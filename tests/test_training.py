"""What the model learns from, and what its outputs are made to mean.  Fitting itself needs torch (extra `train`)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analyzer import models
from analyzer.affect import ACTS, CUES, DISTRESS, EMOTIONS
from analyzer.errors import AnalyzerError
from analyzer.measures import grouped, macro_f1
from analyzer.spoken import spoken
from analyzer.training import calibrate, corpora, manifest, slim
from analyzer.training.corpora import DEV_SHARE, PHRASES, SLOTS, UNKNOWN, filled, is_held_back, load, roughened
from analyzer.training.recognizer_errors import aligned, counted, garbled, word_errors

PUBLIC: dict[str, list[dict[str, Any]]] = {
    "goemotions-train": [{"text": "Thanks, mate!", "emotions": ["gratitude"]}],
    "goemotions-dev": [{"text": "Why 2 of them?", "emotions": ["curiosity", "confusion"]}],
    "emobank-train": [{"text": "It rained.", "valence_1_5": 3.0, "arousal_1_5": 3.0}],
    "emobank-dev": [{"text": "It shone!", "valence_1_5": 4.2, "arousal_1_5": 4.2}],
    "vader-train": [
        {"text": "GREAT day", "valence_4": 3.0, "domain": "tweets"},
        {"text": "!!!", "valence_4": 0.1, "domain": "tweets"},
    ],
    "offensive-train": [{"text": "what a bird", "label": "neither"}, {"text": "you pig", "label": "offensive"}],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of public corpora, a row or two each."""
    for name, rows in PUBLIC.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def everything(data: Path) -> dict[str, list[corpora.Example]]:
    """All examples of a corpus, held back or not."""
    found = load(data)
    return {name: [*found.train.get(name, ()), *found.dev.get(name, ())] for name in {*found.train, *found.dev}}


def test_texts_are_made_to_look_recognized(data: Path) -> None:
    """The model never sees a capital, a digit or a comma."""
    examples = everything(data)
    assert {e.text for e in examples["goemotions"]} == {"thanks mate", "why two of them"}
    assert {e.text for e in examples["vader"]} == {"great day"}  # and a text without words teaches nothing


def test_a_corpus_teaches_only_what_it_knows(data: Path) -> None:
    """Emotions from one, feeling from another; VADER knows no intensity."""
    examples = everything(data)
    assert set(examples["goemotions"][0].targets) == {"emotions"}
    assert examples["vader"][0].targets["feelings"] == (0.75, UNKNOWN)
    assert examples["emobank"][0].targets["feelings"] == pytest.approx((0.0, 0.4))


def test_a_decent_tweet_teaches_that_no_rude_cue_holds(data: Path) -> None:
    """An offensive one does not say whether a person or a thing is meant."""
    targets = {e.text: dict(zip(CUES, e.targets["cues"], strict=True)) for e in everything(data)["offensive"]}
    assert targets["what a bird"]["abuse"] == targets["what a bird"]["profanity-at-thing"] == 0.0
    assert targets["what a bird"]["churn"] == UNKNOWN
    assert set(targets["you pig"].values()) == {UNKNOWN}


def test_the_split_of_our_phrases_never_moves() -> None:
    """It hangs on the text alone, and holds back about one in ten."""
    texts = [f"phrase number {n}" for n in range(2_000)]
    share = sum(map(is_held_back, texts)) / len(texts)
    assert share == pytest.approx(1 / DEV_SHARE, abs=0.02)
    assert is_held_back("phrase number 7") == is_held_back("phrase number 7")


@pytest.mark.parametrize("path", sorted(PHRASES.glob("customer-*.jsonl")), ids=lambda path: path.stem)
def test_phrases_use_the_words_of_the_taxonomy(path: Path) -> None:
    """Known cues, known feelings, values in range, slots that can be filled, and spoken text throughout."""
    for row in corpora.rows(path):
        assert set(row["cues"]) <= set(CUES), row
        assert set(row["distress"]) <= set(DISTRESS), row
        assert -1 <= row["sentiment"] <= 1, row
        assert 0 <= row["intensity"] <= 1, row
        text = filled(row["text"], random.Random(0))
        assert spoken(text) == text, row


def test_the_hand_written_test_turns_are_never_trained_on() -> None:
    """But for answers of a word or two, which everybody gives."""
    sets = sorted((models.shipped("models/affect") / "dev").glob("*.jsonl"))
    held = {row["text"] for path in sets for row in corpora.rows(path)}
    taught = {row["text"] for path in PHRASES.glob("*.jsonl") for row in corpora.rows(path)}
    assert len(held) > 500
    assert not {text for text in held & taught if len(text.split()) > 2}


def test_every_slot_can_be_filled() -> None:
    """And the same chance fills it the same way."""
    text = " ".join("{" + slot + "}" for slot in SLOTS)
    assert "{" not in filled(text, random.Random(1))
    assert filled(text, random.Random(1)) == filled(text, random.Random(1))


def test_roughened_speech_stays_recognizable() -> None:
    """A word more, a word less, or the end cut off; very short texts are left alone."""
    text, chance = "i have been waiting for a week now", random.Random(3)
    versions = {roughened(text, chance) for _ in range(200)}
    assert len(versions) > 10
    assert all(3 <= len(version.split()) <= 11 for version in versions)
    assert roughened("no way", chance) == "no way"


def test_opinions_stand_beside_ratings_and_never_in_their_place(data: Path, tmp_path: Path) -> None:
    """A rated text keeps its rating, unrated prose has nothing but opinions, held-back texts get none."""
    path = tmp_path / "taught"
    said = {"it rained": [-0.1, 0.2, 0.0], "it shone": [0.5, 0.4, 0.3], "the sea was calm": [0.2, -0.3, 0.1]}
    path.write_text("".join(json.dumps({"text": text, "scales": scales}) + "\n" for text, scales in said.items()))
    found = corpora.taught(load(data), path)
    [rated], [prose], [held_back] = found.train["emobank"], found.train["prose"], found.dev["emobank"]
    assert rated.targets["feelings"] == pytest.approx((0.0, 0.4))
    assert rated.targets["scales"] == (-0.1, 0.2, 0.0)
    assert (prose.text, set(prose.targets)) == ("the sea was calm", {"scales"})
    assert set(held_back.targets) == {"feelings"}


def test_examples_are_read_out_of_glosses(tmp_path: Path) -> None:
    """Each between its own quotes, as a recognizer would print it; a folder without any is an error."""
    with pytest.raises(AnalyzerError, match="WordNet"):
        corpora.sentences(tmp_path)
    glosses = '1 | of water; "a Calm sea"; "2 calm days"\n2 | said of a "quiet\n3 | loud; "a noisy street"\n'
    (tmp_path / "data.adj").write_text(glosses)
    assert corpora.sentences(tmp_path) == ["a calm sea", "a noisy street", "two calm days"]


def test_a_damaged_corpus_is_one_line(data: Path) -> None:
    """With the name of the file."""
    (data / "emobank-dev.jsonl").write_text("{")
    with pytest.raises(AnalyzerError, match="emobank-dev"):
        load(data)


def test_the_lock_covers_all_that_is_learnt_from(data: Path) -> None:
    """A changed byte changes the lock."""
    before = corpora.hashes(data)
    assert set(before) == {f"{name}.jsonl" for name in PUBLIC} | {path.name for path in PHRASES.glob("*.jsonl")}
    (data / "vader-train.jsonl").write_text("{}\n")
    assert {name for name, value in corpora.hashes(data).items() if value != before[name]} == {"vader-train.jsonl"}


def test_the_threshold_parts_what_can_be_parted() -> None:
    """The middle of the gap between false and true."""
    logits, truth = np.array([-3.0, -2.5, -2.0, 1.0, 1.2, 1.5]), np.array([0, 0, 0, 1, 1, 1.0])
    assert -2.0 < calibrate.best_threshold(logits, truth) < 1.0


def test_a_rare_label_borrows_the_common_threshold() -> None:
    """Three examples are no reason for a threshold of one's own."""
    chance = np.random.default_rng(0)
    truth = np.zeros((400, 2))
    truth[:200, 0] = 1
    truth[:3, 1] = 1
    logits = chance.normal(0, 0.3, truth.shape) + 2 * truth - 1
    common = calibrate.best_threshold(logits.ravel(), truth.ravel())
    assert calibrate.shifts(logits, truth)[1] == pytest.approx(common)


def test_a_head_that_was_never_taught_stays_silent() -> None:
    """Its best guesses are still guesses."""
    chance = np.random.default_rng(1)
    truth = chance.random((300, 50)) < 0.02
    guesses = chance.normal(size=truth.shape)
    assert not calibrate.worth_hearing(guesses > calibrate.shifts(guesses, truth.astype(float)), truth)
    assert calibrate.worth_hearing(truth | (chance.random(truth.shape) < 0.01), truth)


def test_the_scale_is_matched_to_the_spread_of_the_truth() -> None:
    """A fury must not look like a grumble."""
    truth = np.array([-1.0, -0.5, 0.0, 0.5])
    slope, offset = calibrate.matched(truth * 0.4 + 0.1, truth)
    assert slope * (truth * 0.4 + 0.1) + offset == pytest.approx(truth, abs=0.001)


def test_confidence_is_how_often_the_side_was_told_rightly() -> None:
    """Judgements far from neutral that are right, and near it that are a toss-up."""
    sentiment = np.concatenate([np.full(200, -0.8), np.full(200, 0.2)])
    truth = np.concatenate([np.full(200, -0.7), np.tile([0.3, 0.0], 100)])
    at, shares = calibrate.trust(sentiment, truth)
    told = dict(zip(at, shares, strict=True))
    assert told[-0.8] == pytest.approx(1.0, abs=0.01)
    assert told[0.2] == pytest.approx(0.5, abs=0.01)
    assert told[1.0] == pytest.approx(0.75, abs=0.01), "where nothing was judged, the usual share"


def test_thresholds_of_emotions_serve_labels_and_groups() -> None:
    """Never worse for both together than each label's own best."""
    chance = np.random.default_rng(0)
    truth = (chance.random((400, len(EMOTIONS))) < 0.1).astype(float)
    logits = truth * 1.5 + chance.normal(size=truth.shape)
    own = calibrate.shifts(logits, truth)
    found = calibrate.settled(logits, truth, own)

    def score(thresholds: npt.NDArray[np.float64]) -> float:
        said, held = logits > thresholds, truth > 0
        return macro_f1(said, held) + macro_f1(grouped(said), grouped(held))

    assert score(found) > score(own)


def test_words_are_paired_with_what_was_heard() -> None:
    """Changed, lost, and run together."""
    assert list(aligned("i want a refund", "i want refund")) == [
        ("i", "i"),
        ("want", "want"),
        ("a", ""),
        ("refund", "refund"),
    ]
    assert ("refund", "fund") in list(aligned("i want a refund", "i want a fund"))
    assert ("broadband", "broad band") in list(aligned("my broadband", "my broad band"))


def test_word_errors_count_changes_losses_and_additions() -> None:
    """Over the words that were said."""
    assert word_errors("one two three four", "one two three four") == 0
    assert word_errors("one two three four", "one too four five") == pytest.approx(0.75)
    assert word_errors("", "something") == 1


def test_the_table_remembers_how_often() -> None:
    """And keeps what any word turned into, for the words it never met."""
    table = counted([("the bill", "the hill"), ("the bill", "the hill"), ("a bill", "a pill")])
    assert table["bill"] == [("hill", 2), ("pill", 1)]
    assert table["*"] == [("hill", 2), ("pill", 1)]


def test_text_is_garbled_at_the_rate_asked_for() -> None:
    """In the ways of the table, the same way for the same chance."""
    table = {"bill": [("hill", 1)], "*": [("", 1)]}
    assert garbled("the bill", 0.0, random.Random(0), table) == "the bill"
    assert garbled("bill bill bill", 1.0, random.Random(0), table) == "hill hill hill"
    text = "bill " * 1_000
    assert garbled(text, 0.2, random.Random(0), table).count("hill") == pytest.approx(200, abs=40)
    assert garbled(text, 0.2, random.Random(5), table) == garbled(text, 0.2, random.Random(5), table)


def test_the_shipped_confusions_are_heard_ones() -> None:
    """Lower-case words with counts, common words among them."""
    garbling = garbled("i have been waiting for the delivery since monday and nobody has called", 0.5, random.Random(2))
    assert garbling
    assert spoken(garbling) == garbling


def test_only_pieces_that_can_be_said_are_kept() -> None:
    """The marks first, then the most often said."""
    numbers = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "é": 4, "7": 5, "hello": 6, "##s": 7, "'": 8}
    assert slim.ordered(numbers, {7: 3, 6: 1}) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##s", "hello", "'"]


def test_the_manifest_lists_the_shipped_model() -> None:
    """Hash for hash: a model that was swapped without it would be refused."""
    shipped = models.shipped("models/affect")
    assert manifest.entry(shipped).strip() in (shipped.parent / "manifest.toml").read_text()


def test_updating_the_manifest_replaces_the_old_entry(tmp_path: Path) -> None:
    """Twice is as good as once, and other entries stay."""
    text = (models.shipped("models/affect").parent / "manifest.toml").read_text()
    (tmp_path / "manifest.toml").write_text(text)
    for _ in range(2):
        manifest.update(tmp_path / "manifest.toml", models.shipped("models/affect"))
    assert (tmp_path / "manifest.toml").read_text() == text


def backbone_and_tokenizer() -> tuple[Path, Any]:
    """The weights that a training starts from, and what cuts its texts."""
    from tokenizers import Tokenizer

    from analyzer.training.network import BACKBONE

    backbone = models.ensure(BACKBONE, print)
    tokenizer = Tokenizer.from_file(str(backbone / f"{BACKBONE}-tokenizer.json"))
    tokenizer.no_padding()
    return backbone / f"{BACKBONE}.onnx", tokenizer


def test_what_the_agent_said_to_others_teaches_that_an_answer_is_no_cue(data: Path) -> None:
    """A turn that means the same by itself is shown behind any agent's; a short one, or an answer, never is."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from analyzer.training.fit import ANSWERS, Fit
    from analyzer.training.network import Network

    backbone, tokenizer = backbone_and_tokenizer()
    found = load(data)
    fit = Fit(Network(backbone), tokenizer, found, 0)
    agents = {example.text for example in found.train["acts"] if example.domain == "agent"}
    assert len(agents) > 50

    def shown(text: str, before: str = "") -> list[str]:
        return [fit._before(corpora.Example("customers", text, {}, before)) for _ in range(400)]

    whole = shown("i ordered a sofa in june")
    assert set(whole) - {""} <= agents
    assert abs(sum(map(bool, whole)) / 400 - ANSWERS) < 0.1
    assert set(shown("one minute")) == {""}
    assert set(shown("sure you will", "we will call you back")) == {"", "we will call you back"}


def test_a_run_goes_on_from_its_checkpoint(data: Path, tmp_path: Path) -> None:
    """A training that was stopped after the first epoch ends with the same weights as one that was not."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from analyzer.training.fit import Fit, Stage
    from analyzer.training.network import Network

    backbone, tokenizer = backbone_and_tokenizer()
    found = load(data)
    small = corpora.Corpora({name: list(rows)[:8] for name, rows in found.train.items()}, found.dev)
    stage = Stage(2, 1e-4, {"goemotions": 1, "customers": 1})

    def run(checkpoint: Path, stop: bool) -> dict[str, Any]:
        torch.manual_seed(0)
        fit = Fit(Network(backbone), tokenizer, small, 0)
        said: list[str] = []

        def tell(line: str) -> None:
            said.append(line)
            if stop and len(said) == 2:
                raise KeyboardInterrupt

        fit.run([stage], checkpoint, tell)
        return {name: value.clone() for name, value in fit.averaged.state_dict().items()}

    whole = run(tmp_path / "whole.pt", stop=False)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts.pt", stop=True)
    parts = run(tmp_path / "parts.pt", stop=False)
    assert all(torch.allclose(whole[name], parts[name], atol=1e-3) for name in whole)


def test_training_goes_on_from_what_was_shipped() -> None:
    """The float network answers as the shipped one does, but for its rounding."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from analyzer.engines.onnx_affect import Outputs
    from analyzer.engines.torch_affect import dequantized
    from analyzer.training.network import Network, batch_of, encoded, resumed

    folder = models.shipped("models/affect")
    backbone, tokenizer = backbone_and_tokenizer()
    network = Network(backbone).eval()
    resumed(network, dequantized(folder / "model.onnx"))
    texts = ["this is the third time i am calling", "thank you so much", "fine"]
    with torch.no_grad():
        ours = network(*batch_of([encoded(tokenizer, text) for text in texts]))
    shipped = Outputs(folder).of(texts, [""] * 3)
    for head in ("feelings", "kind", "cues"):
        assert np.abs(ours[head].numpy() - shipped[head]).max() < 0.6, head


def test_rude_customers_teach_what_is_rude_in_a_call(data: Path) -> None:
    """Abuse and swearing at a thing are; anger in clean words is not."""
    rude = {e.text: e.targets["offensive"] for e in everything(data)["customers"]}
    assert rude["is there a grown up i could speak to because you clearly haven't the brains"] == (1.0,)
    assert rude["i'd just like to check my balance please"] == (0.0,)


def test_all_heads_have_names() -> None:
    """The network's outputs are as wide as the lists they are read by."""
    assert corpora.HEADS["emotions"] == len(EMOTIONS)
    assert corpora.HEADS["acts"] == len(ACTS)
