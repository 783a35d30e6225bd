"""Audio as it travels through the program: mono float32 in -1..1, addressed by sample number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analyzer.errors import AudioError

Samples = npt.NDArray[np.float32]  # (n,) float32, -1..1
Speaker = Literal["agent", "customer", "unknown"]

SPEAKERS: tuple[Speaker, ...] = ("agent", "customer", "unknown")
LOWEST_RATE = 8_000  # telephone
HIGHEST_RATE = 48_000  # studio; Vosk hangs or aborts on rates that are not sane, so the edge refuses them
ENGINE_RATE = 16_000  # what the recognizer, the speech gate and the voice features all work at


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """Some consecutive samples of one speaker.

    `first_sample` counts from the start of the call at `rate`; chunks of one speaker come in
    order, and a jump forward says that audio was lost in between.
    """

    samples: Samples
    first_sample: int
    rate: int
    speaker: Speaker

    @property
    def end_sample(self) -> int:
        """The number of the sample after the last one."""
        return self.first_sample + len(self.samples)


@dataclass(frozen=True, slots=True)
class AudioLost:
    """A stretch of one speaker's call time that was never heard."""

    speaker: Speaker
    start_s: float
    duration_s: float
    why: str


def checked_rate(rate: int) -> int:
    """`rate` itself if it is a whole number of Hz from 8 to 48 kHz; else `AudioError`."""
    if not isinstance(rate, int) or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(f"sample rate {rate} is not between {LOWEST_RATE} and {HIGHEST_RATE} Hz")
    return rate


def from_pcm16(data: bytes) -> Samples:
    """Signed 16-bit little-endian PCM to float32 in -1..1.  An odd last byte is an `AudioError`."""
    if len(data) % 2:
        raise AudioError("16-bit audio with an odd number of bytes")
    samples: Samples = np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)
    return samples


def _mulaw_table() -> Samples:
    """The 256 values of ITU-T G.711 mu-law, as float32 in -1..1."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    signed = np.where(code & 0x80, -magnitude, magnitude)
    return np.multiply(signed, 1 / 32768, dtype=np.float32)


def _alaw_table() -> Samples:
    """The 256 values of ITU-T G.711 A-law, as float32 in -1..1."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    signed = np.where(code & 0x80, magnitude, -magnitude)
    return np.multiply(signed, 1 / 32768, dtype=np.float32)


_MULAW = _mulaw_table()
_ALAW = _alaw_table()


def from_mulaw(data: bytes) -> Samples:
    """G.711 mu-law bytes to float32 in -1..1."""
    return _MULAW[np.frombuffer(data, dtype=np.uint8)]


def from_alaw(data: bytes) -> Samples:
    """G.711 A-law bytes to float32 in -1..1."""
    return _ALAW[np.frombuffer(data, dtype=np.uint8)]


def split_channels(interleaved: Samples, channels: int) -> list[Samples]:
    """Interleaved frames, (n * channels,), as one (n,) array a channel."""
    if channels < 1 or len(interleaved) % channels:
        raise AudioError(f"{len(interleaved)} samples do not divide into {channels} channels")
    frames = interleaved.reshape(-1, channels)
    return [np.ascontiguousarray(frames[:, channel]) for channel in range(channels)]
