"""The audio of a report: whatever rates the two sides have, a browser can play it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from analyzer.audio import AudioChunk, Samples, Speaker
from analyzer.report.mp3 import LONGEST_LAG_S, RATES, Track, encode, together


def hum(rate: int, seconds: float, hertz: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def in_turn(sides: dict[Speaker, tuple[int, Samples]]) -> Iterator[AudioChunk]:
    """A second of each side after the other, until all have ended."""
    for second in range(60):
        for speaker, (rate, samples) in sides.items():
            if len(part := samples[second * rate : (second + 1) * rate]):
                yield AudioChunk(part, second * rate, rate, speaker)


def loudest_hertz(samples: Samples, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


@pytest.mark.parametrize(
    ("first", "second", "page"),
    [(11_000, 48_000, 48_000), (8_000, 8_000, 8_000), (8_000, 11_000, 11_025), (46_000, 9_000, 48_000)],
)
def test_any_pair_of_rates_is_played(first: int, second: int, page: int) -> None:
    """Each side keeps its pitch and its length, on its own channel."""
    file = io.BytesIO()
    sides: dict[Speaker, tuple[int, Samples]] = {
        "agent": (first, hum(first, 3.5, 440.0)),
        "customer": (second, hum(second, 3.5, 1_000.0)),
    }
    encode(in_turn(sides), {speaker: rate for speaker, (rate, _) in sides.items()}, file)
    file.seek(0)
    frames, rate = soundfile.read(file, dtype="float32")
    assert rate == page
    assert page in RATES
    assert len(frames) / rate == pytest.approx(3.5, abs=0.2)  # MP3 has whole frames, and a delay
    assert loudest_hertz(frames[:, 0], rate) == pytest.approx(440.0, abs=3)
    assert loudest_hertz(frames[:, 1], rate) == pytest.approx(1_000.0, abs=3)


def test_a_side_that_ends_early_is_silence_and_holds_nothing_up() -> None:
    """An hour of one side beside a minute of the other never waits in memory."""
    long, short = Track(8_000, 8_000), Track(8_000, 8_000)
    short.add(np.ones(8_000, np.float32))
    written = 0
    for _ in range(30):
        long.add(np.ones(8_000, np.float32))
        written += len(together([long, short], round(LONGEST_LAG_S * 8_000)))
        assert len(long) <= LONGEST_LAG_S * 8_000
    rest = together([long, short], 0)
    assert (written + len(rest), float(rest[:, 1].max())) == (30 * 8_000, 0.0)


def test_numbers_that_are_none_are_silence() -> None:
    """A damaged float file still makes a page."""
    file = io.BytesIO()
    encode(iter([AudioChunk(np.full(8_000, np.nan, np.float32), 0, 8_000, "unknown")]), {"unknown": 8_000}, file)
    file.seek(0)
    assert np.abs(soundfile.read(file)[0]).max() < 1e-3
