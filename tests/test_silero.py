"""The shipped speech detector: it tells a voice from silence and noise, and each speaker has one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analyzer.audio import Samples
from analyzer.engines.silero import SileroEngine
from analyzer.engines.vosk_engine import warm_up_audio
from analyzer.errors import ModelError, ModelMissing
from analyzer.speech import VAD_SAMPLES, VoiceActivity

MODEL = Path(__file__).parents[1] / "models" / "vad" / "silero_vad_16k.onnx"


@pytest.fixture(scope="module")
def engine() -> SileroEngine:
    return SileroEngine(MODEL)


def probabilities(activity: VoiceActivity, samples: Samples) -> list[float]:
    starts = range(0, len(samples) - VAD_SAMPLES + 1, VAD_SAMPLES)
    return [activity.speech_probability(samples[start : start + VAD_SAMPLES]) for start in starts]


def test_a_voice_is_speech(engine: SileroEngine) -> None:
    """Most of a spoken sentence is heard as speech, loud or soft."""
    voice = warm_up_audio(2.5)
    assert np.mean(np.array(probabilities(engine(), voice)) > 0.3) > 0.7
    assert np.mean(np.array(probabilities(engine(), voice * 0.03)) > 0.3) > 0.6


def test_noise_and_hum_are_not(engine: SileroEngine) -> None:
    """Silence, line noise and mains hum stay below the gate's opening."""
    noise = np.random.default_rng(1).normal(0, 0.01, 32_000).astype(np.float32)
    hum = (0.05 * np.sin(2 * np.pi * 50 * np.arange(32_000) / 16_000)).astype(np.float32)
    for sound in (np.zeros(32_000, np.float32), noise, hum):
        assert np.mean(np.array(probabilities(engine(), sound)) > 0.3) < 0.05


def test_speakers_do_not_hear_each_other(engine: SileroEngine) -> None:
    """Two detectors of one engine keep their own memory, even when they take turns."""
    voice = warm_up_audio(2.0)
    alone = probabilities(engine(), voice)
    one, other, mixed = engine(), engine(), []
    for start in range(0, len(voice) - VAD_SAMPLES + 1, VAD_SAMPLES):
        mixed.append(one.speech_probability(voice[start : start + VAD_SAMPLES]))
        other.speech_probability(np.zeros(VAD_SAMPLES, np.float32))
    assert mixed == alone


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """One line, with the way out."""
    with pytest.raises(ModelMissing, match="reinstall"):
        SileroEngine(tmp_path / "none.onnx")


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    """Half a download, or something else altogether."""
    damaged = tmp_path / "vad.onnx"
    for content in (MODEL.read_bytes()[:10_000], b"", b"not a network"):
        damaged.write_bytes(content)
        with pytest.raises(ModelError, match="reinstall"):
            SileroEngine(damaged)
