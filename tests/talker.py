"""A voice made of harmonics, for tests that must know what they hear."""

from __future__ import annotations

import numpy as np

from analyzer.audio import ENGINE_RATE, Samples


def talk(
    seconds: float = 2.0,
    *,
    pitch_hz: float = 120.0,
    level_db: float = -20.0,
    tilt_db: float = -9.0,
    glide: float = 0.5,
    syllables_per_s: float = 4.0,
    seed: int = 0,
    rate: int = ENGINE_RATE,
) -> Samples:
    """(seconds * rate,) float32: syllables of changing vowels.

    The power of the harmonics falls by `-tilt_db` an octave, and the pitch swings by `glide` semitones around
    `pitch_hz` in each syllable.  `seed` chooses the vowels and small differences between takes.
    """
    chance = np.random.default_rng(seed)
    at_s = np.arange(round(seconds * rate)) / rate
    beat = at_s * syllables_per_s
    pitch = pitch_hz * 2 ** ((chance.normal(0, 0.5) + glide * np.sin(2 * np.pi * beat)) / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    first, second = (
        np.interp(beat, range(99), chance.uniform(low, high, 99)) for low, high in ((350, 700), (900, 1900))
    )
    sound = np.zeros(len(at_s))
    for number in range(1, int(min(4000, rate / 2 - 100) / pitch_hz)):
        hz = number * pitch
        formants = np.exp(-(((hz - first) / 150) ** 2)) + np.exp(-(((hz - second) / 250) ** 2)) + 0.1
        sound += formants * (hz / 100) ** (tilt_db / 6.02) * np.sin(number * phase)
    sound *= np.maximum(np.sin(np.pi * beat) ** 2, 0.003)
    sound *= 10 ** ((level_db + chance.normal(0, 1)) / 20) / np.sqrt(np.mean(sound**2))
    return np.asarray(sound + chance.normal(0, 1e-4, len(sound)), dtype=np.float32)


def shout(seconds: float = 2.0, seed: int = 0, rate: int = ENGINE_RATE) -> Samples:
    """The same voice raised: louder, higher, brighter, livelier."""
    return talk(seconds, pitch_hz=180.0, level_db=-12.0, tilt_db=-4.0, glide=1.5, seed=seed, rate=rate)
