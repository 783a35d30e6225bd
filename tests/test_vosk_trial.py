"""A speech model of the user's own that is damaged: one line before the first call, whatever Vosk makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analyzer.engines.vosk_trial import hear_something, try_out
from analyzer.errors import ModelError
from analyzer.models import find, identity, tried
from analyzer.models.manifest import default_speech


def cut_short(model: Path, folder: Path, name: str, share: float = 0.5) -> Path:
    """A model of which one file ends too early; the others are links."""
    shutil.copytree(model, folder, copy_function=os.symlink)
    data = (model / name).read_bytes()
    (folder / name).unlink()
    (folder / name).write_bytes(data[: int(len(data) * share)])
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "graph/HCLr.fst",  # a recognizer cannot be made
        "graph/disambig_tid.int",  # ends the process without a word
        "ivector/splice.conf",  # aborts it with one
        "am/final.mdl",  # an error from Vosk itself
    ],
)
def test_a_file_cut_short_is_one_line(
    name: str, vosk_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder is named, and nothing else reaches the terminal."""
    folder = cut_short(vosk_model, tmp_path / "mine", name)
    with pytest.raises(ModelError) as told:
        try_out(folder)
    assert str(folder) in str(told.value)
    assert "\n" not in str(told.value)
    assert capfd.readouterr() == ("", "")


def test_a_file_of_noise_is_one_line(vosk_model: Path, tmp_path: Path) -> None:
    """What Vosk then writes to the terminal need not even be text."""
    folder = cut_short(vosk_model, tmp_path / "mine", "am/final.mdl")
    (folder / "am/final.mdl").write_bytes(np.random.default_rng(0).bytes(100_000))
    with pytest.raises(ModelError, match=r"damaged|cannot read"):
        try_out(folder)


def test_a_whole_model_is_heard(vosk_model: Path) -> None:
    """It hears words."""
    hear_something(vosk_model)


def test_a_model_of_ones_own_is_tried_once_and_again_when_it_changes(
    vosk_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen to work is not tried again until a file of it changes; one with known hashes never is."""
    mine = tmp_path / "mine"
    shutil.copytree(vosk_model, mine, copy_function=os.symlink)
    monkeypatch.setenv("VOSK_MODEL_PATH", str(mine))
    monkeypatch.setenv("ANALYZER_CACHE", str(tmp_path / "cache"))
    trials: list[Path] = []
    for _ in range(2):
        assert tried(default_speech(), trials.append) == mine
    assert trials == [mine]
    (mine / "conf" / "model.conf").unlink()
    (mine / "conf" / "model.conf").write_text("--min-active=200\n")
    before = identity(default_speech())
    tried(default_speech(), trials.append)
    assert trials == [mine, mine]
    assert identity(default_speech()) == before
    monkeypatch.setenv("VOSK_MODEL_PATH", str(vosk_model))
    if vosk_model.name == default_speech():
        tried(default_speech(), trials.append)
        assert len(trials) == 2
        assert find(default_speech()) == vosk_model


def told(*arguments: str, model: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """What the real command says about a model of the user's own."""
    environment = {**os.environ, "VOSK_MODEL_PATH": str(model), "ANALYZER_CACHE": str(cache)}
    command = [sys.executable, "-m", "analyzer", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["graph/HCLr.fst", "graph/disambig_tid.int", "am/final.mdl"])
def test_nobody_vouches_for_a_damaged_model_of_ones_own(name: str, vosk_model: Path, tmp_path: Path) -> None:
    """Its files are all there, and nothing is known to compare them with: `doctor` and `verify` let it hear."""
    mine = cut_short(vosk_model, tmp_path / "mine", name)
    verdict = told("models", "verify", model=mine, cache=tmp_path / "cache")
    [line] = [line for line in verdict.stdout.splitlines() if not line.endswith(": ok")]
    assert (verdict.returncode, verdict.stderr) == (1, "")
    assert str(mine) in line
    assert "is damaged" in line
    checked = told("doctor", "--json", model=mine, cache=tmp_path / "cache")
    [finding] = [row for row in json.loads(checked.stdout)["findings"] if row["what"] == "speech model"]
    assert (checked.returncode, checked.stderr, finding["state"]) == (1, "", "fails")
    assert finding["detail"] in line


def test_a_model_of_ones_own_that_hears_is_vouched_for(vosk_model: Path, tmp_path: Path) -> None:
    """By both, and again once it has been tried; until it is damaged after all."""
    mine, cache = tmp_path / "mine", tmp_path / "cache"
    shutil.copytree(vosk_model, mine, copy_function=os.symlink)
    assert told("doctor", model=mine, cache=cache).returncode == 0
    assert told("models", "verify", default_speech(), model=mine, cache=cache).stdout == f"{default_speech()}: ok\n"
    (mine / "ivector" / "splice.conf").unlink()
    (mine / "ivector" / "splice.conf").write_text("--left")
    assert told("models", "verify", default_speech(), model=mine, cache=cache).returncode == 1
    assert told("doctor", model=mine, cache=cache).returncode == 1


def test_the_record_names_the_model_that_heard(vosk_model: Path, tmp_path: Path) -> None:
    """A model of the user's own stands in the record with its own name, and a damaged one ends in one line."""
    shutil.copytree(vosk_model, tmp_path / "our-own-words", copy_function=os.symlink)
    script = "from analyzer.cli.loading import load_engines; print(load_engines().identities['speech'].name)"
    environment = {**os.environ, "VOSK_MODEL_PATH": str(tmp_path / "our-own-words"), "ANALYZER_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "our-own-words"
