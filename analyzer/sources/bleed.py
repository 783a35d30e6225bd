"""Whether the two sides of a call are really two: the same voice in both channels makes both useless.

Second by second, the two channels are correlated over short lags (Pearson's r, so that a faint copy counts like a
loud one).  Two microphones on two lines share nothing: r stays near 0.  Where one side leaks into the other, r is
high whenever one of them speaks alone; where a mono recording was saved as stereo, r is 1 throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import soxr

from analyzer.audio import Samples, Speaker

RATE = 8_000  # Hz: the band in which voices lie is enough


@dataclass(frozen=True, slots=True)
class BleedSettings:
    """When two channels count as carrying one voice."""

    window_s: float = 1.0  # a few words
    lag_s: float = 0.04  # the echo of a headset or a hybrid is back within 30 ms
    quiet: float = 0.001  # rms, -60 dBFS: below it is line noise, and a leak that faint is heard by nobody
    alike: float = 0.6  # r; two sides of a clean call reached 0.2, a leak of -30 dB has 0.9
    same: float = 0.9  # r in nine of ten seconds: a copy, even with noise added or through another codec
    spread_db: float = 6.0  # of one channel above the other: a copy keeps its distance, two voices do not
    lopsided_db: float = 6.0  # one side above the other: where both speak at once, a leak does not show
    enough: float = 0.25  # of the lopsided seconds
    least_windows: int = 5  # fewer say nothing


class Bleed:
    """Listens to both channels of a call as they pass."""

    def __init__(self, rates: dict[Speaker, int], settings: BleedSettings = BleedSettings()) -> None:
        self._settings = settings
        self._window = round(settings.window_s * RATE)
        self._streams = {
            speaker: None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, "float32", "LQ")
            for speaker, rate in rates.items()
        }
        self._waiting: dict[Speaker, Samples] = {speaker: np.zeros(0, dtype=np.float32) for speaker in rates}
        self._likeness: list[float] = []  # r of each second in which both channels have sound
        self._above_db: list[float] = []  # and how far the first is above the second

    def hear(self, speaker: Speaker, samples: Samples) -> None:
        """The next samples of one channel."""
        stream = self._streams[speaker]
        samples = samples if stream is None else stream.resample_chunk(samples)
        self._waiting[speaker] = np.concatenate((self._waiting[speaker], samples))
        while min(len(samples) for samples in self._waiting.values()) >= self._window:
            first, second = (waiting[: self._window] for waiting in self._waiting.values())
            self._compare(first, second)
            self._waiting = {speaker: waiting[self._window :] for speaker, waiting in self._waiting.items()}

    def _compare(self, first: Samples, second: Samples) -> None:
        levels = _rms(first), _rms(second)
        if min(levels) > self._settings.quiet:
            self._likeness.append(likeness(first, second, round(self._settings.lag_s * RATE)))
            self._above_db.append(20 * math.log10(levels[0] / levels[1]))

    def verdict(self) -> str:
        """What a person should know, or ""."""
        if len(self._likeness) < self._settings.least_windows:
            return ""
        found, above_db = np.array(self._likeness), np.array(self._above_db)
        low_db, high_db = np.quantile(above_db, (0.1, 0.9))
        if np.quantile(found, 0.1) >= self._settings.same and high_db - low_db <= self._settings.spread_db:
            return (
                "both channels are the same recording, so nobody can be told apart; "
                "mix it to one channel, or find the recording with two"
            )
        alone = found[np.abs(above_db) >= self._settings.lopsided_db]
        share = float(np.mean((alone if len(alone) >= self._settings.least_windows else found) >= self._settings.alike))
        if share >= self._settings.enough:
            return (
                f"the same voice is in both channels ({share:.0%} of the time when one side speaks alone); "
                "words may be given to the wrong side: look for a leak in the recording"
            )
        return ""


def likeness(first: Samples, second: Samples, lags: int) -> float:
    """The largest |Pearson's r| of two equally long stretches over all shifts up to `lags` samples, 0..1."""
    first, second = _whitened(first), _whitened(second)
    scale = float(np.linalg.norm(first) * np.linalg.norm(second))
    if scale == 0:
        return 0.0
    size = 1 << (len(first) + lags).bit_length()
    cross = np.fft.irfft(np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size)), size)
    near = np.concatenate((cross[: lags + 1], cross[-lags:]))
    return min(float(np.max(np.abs(near))) / scale, 1.0)


def _whitened(samples: Samples) -> Samples:
    """Without the mean and with the highs raised, so that hum on both lines is not taken for a voice."""
    return np.diff(samples - samples.mean())


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))
