"""`analyzer voice`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from click.testing import CliRunner, Result

from analyzer.cli.voice import voice
from analyzer.errors import AudioError
from analyzer.voice import arousal_scores

from talker import shout, talk

RATE = 8_000


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, Path]:
    """Three calm clips for the baseline, a shout, and a click too short to judge."""
    sounds = {f"calm{n}": talk(3.0, seed=n, rate=RATE) for n in range(3)}
    sounds |= {"shout": shout(3.0, rate=RATE), "click": talk(0.1, rate=RATE)}
    for name, samples in sounds.items():
        sf.write(tmp_path / f"{name}.wav", samples, RATE, subtype="FLOAT")
    return {name: tmp_path / f"{name}.wav" for name in sounds}


def run(clips: dict[str, Path], *asked: str | Path) -> Result:
    usual = [part for name in ("calm0", "calm1", "calm2") for part in ("--baseline", str(clips[name]))]
    return CliRunner().invoke(voice, [*usual, *map(str, asked)], catch_exceptions=False)


def test_a_json_line_a_clip(clips: dict[str, Path]) -> None:
    result = run(clips, clips["shout"], clips["click"], "--json")
    shouted, clicked = map(json.loads, result.stdout.splitlines())
    assert shouted["clip"] == str(clips["shout"])
    assert shouted["arousal"] > 0.8
    assert shouted["loudness_z"] > 1
    assert set(clicked) == {"clip", "loudness_z", "pitch_z", "rate_z", "arousal"}
    assert clicked["arousal"] is None


def test_it_says_what_the_function_says(clips: dict[str, Path]) -> None:
    told = json.loads(run(clips, clips["shout"], "--json").stdout)["arousal"]
    sounds = {name: sf.read(path, dtype="float32")[0] for name, path in clips.items()}
    [score] = arousal_scores([sounds[f"calm{n}"] for n in range(3)], [sounds["shout"]], RATE)
    assert told == pytest.approx(score, abs=1e-4)


def test_a_line_to_read(clips: dict[str, Path]) -> None:
    lines = run(clips, clips["shout"], clips["click"]).stdout.splitlines()
    assert "arousal 0.8" in lines[0] or "arousal 0.9" in lines[0]
    assert lines[1].endswith("cannot tell")


def test_a_baseline_is_needed(clips: dict[str, Path]) -> None:
    result = CliRunner().invoke(voice, [str(clips["shout"])])
    assert result.exit_code == 2
    assert "--baseline" in result.output


def test_a_missing_clip_is_named(clips: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.wav"):
        run(clips, tmp_path / "gone.wav")


def test_samples_that_are_no_numbers_are_named(clips: dict[str, Path], tmp_path: Path) -> None:
    sf.write(tmp_path / "broken.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"broken\.wav has samples that are no numbers"):
        run(clips, tmp_path / "broken.wav")


def test_what_is_not_audio_is_named(clips: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("not a sound")
    with pytest.raises(AudioError, match=r"notes\.wav") as caught:
        run(clips, tmp_path / "notes.wav")
    assert "\n" not in str(caught.value)
