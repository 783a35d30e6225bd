"""`analyzer models` and `analyzer doctor`, as a person and a program use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer import models
from analyzer.cli.doctor import doctor
from analyzer.cli.models import models_group

ROOT = Path(__file__).parents[1]
SMALL = "vosk-model-small-en-us-0.15"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANALYZER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)
    return tmp_path / "cache"


def analyzer(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    command = [sys.executable, "-m", "analyzer", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env, check=False)


def models_verb(*arguments: str) -> Result:
    return CliRunner().invoke(models_group, arguments, standalone_mode=False)


def found_by(result: subprocess.CompletedProcess[str], what: str) -> dict[str, str]:
    """One finding of the doctor."""
    (finding,) = [row for row in json.loads(result.stdout)["findings"] if row["what"] == what]
    return dict(finding)


def test_list_shows_every_model_and_its_state(cache: Path) -> None:
    """An empty cache has what comes with the program and nothing else."""
    rows = {row["name"]: row for row in json.loads(models_verb("list", "--json").output)}
    assert list(rows) == list(models.manifest())
    assert rows[SMALL]["state"] == "missing"
    assert rows["silero-vad"]["state"] == "ready"
    assert SMALL in models_verb("list").output


def test_a_wrong_folder_of_models_is_told_once(cache: Path, tmp_path: Path) -> None:
    """Though it stands in the way of every speech model."""
    told = analyzer("models", "list", VOSK_MODEL_PATH=str(tmp_path / "typo"), ANALYZER_CACHE=str(cache)).stderr
    assert told.count("\n") == 1
    assert str(tmp_path / "typo") in told


def test_pulled_model_is_ready_and_verified(vosk_model: Path) -> None:
    """The real small model, as the rest of the tests use it."""
    (row,) = [row for row in json.loads(models_verb("list", "--json").output) if row["name"] == SMALL]
    assert (row["state"], row["path"], row["on_trust"]) == ("ready", str(vosk_model), False)
    result = models_verb("verify", SMALL, "--json")
    assert json.loads(result.output) == {"name": SMALL, "path": str(vosk_model), "problem": ""}
    assert result.return_value == 0


def test_the_real_model_can_be_added_from_a_folder(vosk_model: Path, cache: Path, tmp_path: Path) -> None:
    """And then passes a full check; its identity is the same as that of the one it was copied from."""
    result = models_verb("add", str(vosk_model), "--json")
    assert json.loads(result.output)["path"] == str(cache / SMALL)
    assert models.verify(SMALL) == cache / SMALL


def test_verify_fails_for_a_damaged_model(vosk_model: Path, cache: Path) -> None:
    """Exit code 1 and the name of the file."""
    models.add(SMALL, vosk_model)
    (cache / SMALL / "graph" / "Gr.fst").write_bytes(b"short")
    result = analyzer("models", "verify", SMALL)
    assert result.returncode == 1
    assert "graph/Gr.fst" in result.stdout
    assert "Traceback" not in result.stderr


def test_verify_without_a_model_of_that_name(cache: Path) -> None:
    """Missing is not ok."""
    assert models_verb("verify", SMALL).return_value == 1


def test_add_says_in_one_line_what_is_wrong(cache: Path, tmp_path: Path) -> None:
    """A file that is not there."""
    result = analyzer("models", "add", str(tmp_path / "nothing.zip"))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "nothing.zip does not exist" in result.stderr


@pytest.mark.parametrize("verb", ["list", "pull", "add", "verify"])
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    """A person copies the example before reading anything else."""
    assert f"analyzer models {verb}" in models_verb(verb, "--help").output


def test_doctor_finds_what_is_here(vosk_model: Path) -> None:
    """Every part of the machine that matters is named, and notes do not make it fail."""
    result = CliRunner().invoke(doctor, ["--json"], standalone_mode=False)
    answer = json.loads(result.output)
    found = {finding["what"]: finding for finding in answer["findings"]}
    assert {"Python", "packages", "speech model", "vad model", "cache", "cores", "PortAudio"} <= set(found)
    assert found["speech model"]["state"] == "ok"
    assert answer["works"] == all(finding["state"] != "fails" for finding in answer["findings"])
    assert result.return_value == (0 if answer["works"] else 1)


def test_doctor_says_what_to_do_about_a_damaged_model(vosk_model: Path, cache: Path) -> None:
    """A broken model is a failure, a missing one only a note: the first call fetches it."""
    assert found_by(analyzer("doctor", "--json"), "speech model")["state"] == "note"
    models.add(SMALL, vosk_model)
    (cache / SMALL / "am" / "final.mdl").write_bytes(b"short")
    result = analyzer("doctor", "--json")
    finding = found_by(result, "speech model")
    assert result.returncode == 1
    assert finding["state"] == "fails"
    assert "analyzer models pull" in finding["detail"]


def test_doctor_without_a_cache_to_write_to(tmp_path: Path) -> None:
    """A file stands where the folder should be: the model could not be fetched, so scoring would not work."""
    (tmp_path / "file").write_text("")
    result = analyzer("doctor", "--json", ANALYZER_CACHE=str(tmp_path / "file"), VOSK_MODEL_PATH="")
    assert result.returncode == 1
    assert "ANALYZER_CACHE" in found_by(result, "cache")["detail"]
