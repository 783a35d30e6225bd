"""A sound device whose callback the test calls itself, as PortAudio would."""

from __future__ import annotations

import ctypes.util
from typing import Any

import numpy as np
import pytest

from analyzer.audio import Samples
from analyzer.errors import AudioError
from analyzer.sources.device import Callback, Stream, portaudio

RATE = 48_000
BLOCK = RATE // 50


def overflowed(is_it: bool = True) -> Any:
    """What PortAudio's binding tells the callback beside each block: whether samples were dropped before it."""
    if ctypes.util.find_library("portaudio") is None:
        pytest.skip("no PortAudio here")
    flags = portaudio().CallbackFlags()
    flags.input_overflow = is_it
    return flags


class Opened:
    """One device; `is_there` says whether it is plugged in."""

    def __init__(self) -> None:
        self.callback: Callback | None = None
        self.opened = 0
        self.closed = 0
        self.is_there = True

    def __call__(self, device: str, channels: int, callback: Callback) -> tuple[Stream, int]:
        if not self.is_there:
            raise AudioError(f"cannot listen to the device {device!r}")
        self.callback, self.opened = callback, self.opened + 1
        return self, RATE

    def start(self) -> None:
        """Nothing yet: the test plays."""

    def close(self) -> None:
        self.closed += 1
        self.callback = None

    def play(self, samples: Samples, status: Any = None) -> None:
        """Blocks of 20 ms: our speaker on channel 1, something else on channel 0."""
        assert self.callback is not None
        for start in range(0, len(samples), BLOCK):
            block = np.stack([np.full(BLOCK, 0.5, np.float32), samples[start : start + BLOCK]], axis=1)
            self.callback(block, BLOCK, None, status)
