"""Sound devices: a callback that only copies into a ring, and a reader that takes it out in call time.

Rules:
* the callback copies and returns: no lock, no log, no array of its own; what it cannot help it counts;
* a device's samples are counted from the start of the call; samples that PortAudio dropped are not made up for,
  but a device that was gone comes back at the sample that the clock says, so the gap is seen as lost audio;
* devices are found again by name, since numbers change when one is unplugged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from analyzer.audio import AudioChunk, Speaker, checked_rate
from analyzer.errors import AudioError
from analyzer.ring import RingBuffer

RING_S = 10.0  # how long the reader may be away
BLOCK_S = 0.02  # what the callback is given at a time
GONE_S = 1.0  # without a sample, and a device counts as gone
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Input:
    """One speaker's input: a device by name or number, and which of its channels (from 0)."""

    speaker: Speaker
    device: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A device as the system lists it."""

    number: int
    name: str
    channels: int
    rate: int
    is_default: bool


class Stream(Protocol):
    """What is open on a device; it calls back from `start` on."""

    def start(self) -> None:
        """Begin to listen; `AudioError` says in a line why that cannot be."""
        ...

    def close(self) -> None:
        """Stop, and let the device go."""
        ...


Callback = Callable[[Any, int, Any, Any], None]
Opener = Callable[[str, int, Callback], tuple[Stream, int]]  # device, channels, callback -> stream and its rate


class Microphone:
    """One input, read as chunks.  The callback runs in PortAudio's thread, everything else in one other."""

    def __init__(
        self, source: Input, opener: Opener | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open the device; `AudioError` says in a line why it cannot be used."""
        self.source = source
        self.overflows = 0  # times that PortAudio had to drop samples
        self.is_gone = False
        self._clock = clock
        self._opener = opener or open_stream
        self._stream: Stream
        self._stream, rate = self._opener(source.device, source.channel + 1, self._hear)
        self.rate = checked_rate(rate)
        self._ring = RingBuffer(round(RING_S * rate))
        self._began = clock()
        self._taken = 0  # of the ring
        self._shift = 0  # between the ring's numbers and the call's
        self._news_at = self._began
        self._tried_at = self._began
        self._stream.start()  # last: it calls back at once

    def read(self) -> list[AudioChunk]:
        """What has come since the last time; a device that is gone is looked for again."""
        first, samples = self._ring.read(self._taken, self._ring.end - self._taken)
        self._taken = first + len(samples)
        now = self._clock()
        if len(samples):
            self._news_at, self.is_gone = now, False
            return [AudioChunk(samples, first + self._shift, self.rate, self.source.speaker)]
        if now - self._news_at > GONE_S and now - self._tried_at > RETRY_S:
            self._try_again(now)
        return []

    def close(self) -> None:
        """Let the device go."""
        self._stream.close()

    def _hear(self, data: Any, count: int, times: Any, status: Any) -> None:  # noqa: ARG002 - PortAudio's signature
        """Copy (count, channels) float32 samples of our channel into the ring."""
        if status:
            self.overflows += 1
        self._ring.write(self._ring.end, data[:, self.source.channel])

    def _try_again(self, now: float) -> None:
        self.is_gone, self._tried_at = True, now
        self._stream.close()
        try:
            self._stream, rate = self._opener(self.source.device, self.source.channel + 1, self._hear)
            if rate != self.rate:
                self._stream.close()
                return
            self._shift = max(self._shift, round((now - self._began) * rate) - self._taken)
            self._stream.start()
        except AudioError:
            return  # not back yet


class DeviceStream:
    """A stream of PortAudio."""

    def __init__(self, device: str, channels: int, callback: Callback) -> None:
        """Open a device at its own rate."""
        self._device = device
        sounddevice = portaudio()
        try:
            known = sounddevice.query_devices(_key(device), "input")
            self.rate: int = round(known["default_samplerate"])
            self._stream = sounddevice.InputStream(
                samplerate=self.rate,
                blocksize=round(BLOCK_S * self.rate),
                device=known["index"],
                channels=channels,
                dtype="float32",
                callback=callback,
            )
        except (ValueError, sounddevice.PortAudioError) as error:
            raise self._cannot_listen(error) from error

    def start(self) -> None:
        """Begin to listen."""
        try:
            self._stream.start()
        except portaudio().PortAudioError as error:
            raise self._cannot_listen(error) from error

    def close(self) -> None:
        """Stop, and let the device go."""
        self._stream.close()

    def _cannot_listen(self, error: Exception) -> AudioError:
        return AudioError(f"cannot listen to the device {self._device!r}: {error}; see: analyzer live --list-devices")


def open_stream(device: str, channels: int, callback: Callback) -> tuple[Stream, int]:
    """Open a device at its own rate; it is heard from `start` on."""
    stream = DeviceStream(device, channels, callback)
    return stream, stream.rate


def devices() -> list[Found]:
    """The inputs of this machine."""
    sounddevice = portaudio()
    default = sounddevice.default.device[0]
    return [
        Found(one["index"], one["name"], one["max_input_channels"], round(one["default_samplerate"]), number == default)
        for number, one in enumerate(sounddevice.query_devices())
        if one["max_input_channels"] > 0
    ]


def _key(device: str) -> str | int | None:
    """What PortAudio calls it: a number, part of a name, or nothing for the default."""
    if device in ("", "default"):
        return None
    return int(device) if device.isdecimal() else device


def portaudio() -> Any:
    """The library `sounddevice`; an `AudioError` with the way out where PortAudio itself is missing."""
    try:
        import sounddevice
    except OSError as error:  # the library is there, PortAudio is not
        raise AudioError("no PortAudio on this machine; install it (Debian: apt install libportaudio2)") from error
    return sounddevice
