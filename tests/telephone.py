"""The other side of a telephone line, for tests: encoders that share nothing with the program's decoders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from analyzer.testing import speech_like

RATE = 8_000
LENGTH_S = 6.0
AGENT = speech_like([(0.5, 2.0)], LENGTH_S, RATE)
CUSTOMER = speech_like([(3.0, 5.0)], LENGTH_S, RATE)


def pcm(samples: Any) -> bytes:
    """16-bit little-endian."""
    return bytes(np.rint(np.asarray(samples) * 32767).astype("<i2").tobytes())


def mulaw(samples: Any) -> bytes:
    """G.711 mu-law, by its definition: sign, segment, step, all bits turned over."""
    linear = np.rint(np.asarray(samples) * 32767).astype(np.int64)
    sign = np.where(linear < 0, 0x80, 0)
    biased = np.minimum(np.abs(linear), 32_635) + 132
    segment = np.floor(np.log2(biased)).astype(np.int64) - 7
    step = (biased >> (segment + 3)) & 0x0F
    return bytes((~(sign | (segment << 4) | step) & 0xFF).astype(np.uint8).tobytes())


def frames(data: bytes, size: int) -> Iterator[bytes]:
    """Consecutive pieces of `size` bytes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
