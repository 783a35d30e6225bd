"""When somebody speaks: from the speech probability of one window after another to the edges of turns.

The gate is made to lose no words rather than to save work: it opens easily, reaches back before the
onset, and stays open through the pauses inside a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.speech import VAD_SAMPLES

FLOOR_RISE = 1.01  # a window: 2.7 dB a second, slower than any pause for breath, faster than a line changes
LOWEST_FLOOR = 0.0001  # -80 dBFS, the idle noise of a coded line
HIGHEST_FLOOR = 0.005  # -46 dBFS: a line as loud as this is never taken for empty

Edge = Literal["shut", "opens", "open", "closes"]

WINDOW_S = VAD_SAMPLES / ENGINE_RATE  # 32 ms


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How easily the gate opens, and how long it stays open."""

    opens_at: float = 0.2  # below the detector's own advice of .5: quiet and distant talkers count
    holds_at: float = 0.1  # hysteresis: the weak end of a word does not close it
    pre_roll_s: float = 0.384  # before the onset: unvoiced beginnings, and context for the recognizer
    hangover_s: float = 0.512  # of quiet before it closes; the recognizer needs the last .4 s to finish a word
    long_s: float = 12.0  # from here on a shorter and shorter pause is enough ...
    longest_s: float = 24.0  # ... and here none is needed: one turn never outgrows the channel's memory


class Hush:
    """The level of the line when nobody speaks: a window no louder than that is not worth a detector's time."""

    def __init__(self, ratio: float) -> None:
        """A window counts as empty below `ratio` times the floor; 0 asks about every one of them."""
        self._ratio = ratio
        self._floor = LOWEST_FLOOR

    def is_empty(self, window: Samples) -> bool:
        """Whether (n,) float32 samples are no louder than the line was in the last pause."""
        level = float(np.sqrt(np.dot(window, window) / len(window)))
        self._floor = min(max(level, LOWEST_FLOOR), self._floor * FLOOR_RISE, HIGHEST_FLOOR)
        return level < self._ratio * self._floor


class SpeechGate:
    """Hears one probability after another, a window of `VAD_SAMPLES` each."""

    def __init__(self, settings: GateSettings = GateSettings()) -> None:
        self._settings = settings
        self._open_s = 0.0  # how long it has been open; 0 is shut
        self._quiet_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether somebody is in the middle of a turn."""
        return self._open_s > 0

    @property
    def quiet_s(self) -> float:
        """How long nothing was said, in the middle of a turn."""
        return self._quiet_s

    def hear(self, probability: float) -> Edge:
        """What one more window means."""
        if not self.is_open:
            return self._opened() if probability >= self._settings.opens_at else "shut"
        self._open_s += WINDOW_S
        self._quiet_s = 0.0 if probability >= self._settings.holds_at else self._quiet_s + WINDOW_S
        if self._quiet_s + WINDOW_S / 2 < enough_quiet_s(self._open_s, self._settings):
            return "open"
        self._open_s = 0.0
        return "closes"

    def _opened(self) -> Edge:
        self._open_s, self._quiet_s = WINDOW_S, 0.0
        return "opens"


def enough_quiet_s(open_s: float, settings: GateSettings) -> float:
    """How much quiet ends a turn that has lasted `open_s`: a whole pause at first, any gap later, then none."""
    if open_s >= settings.longest_s:
        return 0.0
    spent = (open_s - settings.long_s) / (settings.longest_s - settings.long_s)
    return max(settings.hangover_s * min(1.0 - spent, 1.0), WINDOW_S)
