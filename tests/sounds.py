"""What a telephone line carries when nobody speaks: (n,) float32 at 8 kHz, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from analyzer.audio import Samples

RATE = 8_000
Wave = npt.NDArray[np.float64]
DTMF_HZ = {
    digit: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123", "456", "789", "*0#"), strict=True)
    for high, digit in zip((1209, 1336, 1477), row, strict=True)
}
CHORDS = ((0, 4, 7), (-3, 0, 4), (5, 9, 12), (7, 11, 14))  # C, A minor, F, G: in semitones from middle C


def _times(seconds: float) -> Wave:
    return np.arange(round(seconds * RATE)) / RATE


def _on_the_line(sound: Wave, seed: int, noise: float = 0.0004) -> Samples:
    """With the hiss of a line under it, at the sixteen bits of a recording."""
    hiss = np.random.default_rng(seed).normal(0, noise, len(sound))
    return (np.round(np.clip(sound + hiss, -1, 1) * 32767) / 32768).astype(np.float32)


def silence(seconds: float, seed: int = 0) -> Samples:
    """An idle line."""
    return _on_the_line(np.zeros(round(seconds * RATE)), seed, 0.0003)


def line_noise(seconds: float, seed: int = 0) -> Samples:
    """A bad line: hiss at -40 dBFS, mains hum, and crackle."""
    chance, at_s = np.random.default_rng(seed), _times(seconds)
    hum = 0.004 * np.sin(2 * np.pi * 60 * at_s) + 0.002 * np.sin(2 * np.pi * 180 * at_s)
    crackle = np.where(chance.random(len(at_s)) < 2 / RATE, chance.normal(0, 0.15, len(at_s)), 0.0)
    return _on_the_line(hum + crackle, seed + 1, 0.01)


def ringback(seconds: float, seed: int = 0) -> Samples:
    """The North American tone that the other telephone rings: 440 and 480 Hz, two seconds of six."""
    at_s = _times(seconds)
    tone = 0.08 * (np.sin(2 * np.pi * 440 * at_s) + np.sin(2 * np.pi * 480 * at_s))
    return _on_the_line(np.where(at_s % 6.0 < 2.0, tone, 0.0), seed)


def dtmf(seconds: float, seed: int = 0) -> Samples:
    """Keys pressed: a tenth of a second each, two or three a second, with pauses."""
    chance, at_s = np.random.default_rng(seed), _times(seconds)
    sound, next_s = np.zeros(len(at_s)), 0.3
    while next_s < seconds:
        low, high = DTMF_HZ[chance.choice(list(DTMF_HZ))]
        pressed = (at_s >= next_s) & (at_s < next_s + 0.1)
        sound[pressed] += 0.1 * (np.sin(2 * np.pi * low * at_s) + np.sin(2 * np.pi * high * at_s))[pressed]
        next_s += 0.3 + (chance.exponential(1.5) if chance.random() < 0.2 else 0.1)
    return _on_the_line(sound, seed)


def hold_music(seconds: float, seed: int = 0) -> Samples:
    """A soft tune over chords: each note is struck and fades, two a second, with a bass and a drum."""
    chance, at_s = np.random.default_rng(seed), _times(seconds)
    sound, beat_s = np.zeros(len(at_s)), 0.5
    for beat in range(int(seconds / beat_s) + 1):
        chord = CHORDS[beat // 8 % len(CHORDS)]
        for semitone, loud, length_s in (
            *((note, 0.025, 1.2) for note in chord),
            (int(chance.choice(chord)) + 12, 0.06, 0.6),
            (chord[0] - 12, 0.05, 0.5),
        ):
            _strike(sound, beat * beat_s, 261.6 * 2 ** (semitone / 12), loud, length_s)
        _drum(sound, beat * beat_s, chance)
    return _on_the_line(sound, seed)


def _strike(sound: Wave, start_s: float, hz: float, loud: float, length_s: float) -> None:
    """One note with its overtones, from a quick start to its slow end."""
    start = round(start_s * RATE)
    at_s = _times(length_s)[: max(len(sound) - start, 0)]
    note = sum(np.sin(2 * np.pi * hz * part * at_s) / part**1.5 for part in range(1, int(3600 / hz) + 1))
    sound[start : start + len(at_s)] += loud * note * np.minimum(at_s / 0.01, 1.0) * np.exp(-3.0 * at_s / length_s)


def _drum(sound: Wave, start_s: float, chance: np.random.Generator) -> None:
    start = round(start_s * RATE)
    at_s = _times(0.08)[: max(len(sound) - start, 0)]
    sound[start : start + len(at_s)] += 0.03 * chance.normal(0, 1, len(at_s)) * np.exp(-at_s / 0.02)


SOUNDS: dict[str, Callable[[float, int], Samples]] = {
    "silence": silence,
    "hold music": hold_music,
    "ringback": ringback,
    "keys": dtmf,
    "line noise": line_noise,
}
