"""What all protocols of live call audio share: one connection as a decoder without I/O, frames in, events out.

    whoever has the socket  -- frame -->  Wire.receive  -- Opened, AudioChunk, ..., Closed -->  the call
                            <-- Reply --               <-- Wire.tell(event) -----------------  the call's events

Rules:
* audio is placed by the sender's own timestamps, or by counting samples; never by when it arrived;
* `Opened` comes once and before any audio, `Closed` once and last; after it nothing is heard;
* audio of one speaker never goes backwards; what is missing is a jump forward, which the call tells as lost audio;
* a frame that breaks the protocol is a `WireError`: it is left out and the wire can be used on, unless the error is
  a `WireBroken`; no error quotes the frame, since that may be what somebody said;
* a wire belongs to one thread, and holds no more than a few frames.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from analyzer.audio import HIGHEST_RATE, LOWEST_RATE, AudioChunk, Samples, Speaker, from_alaw, from_mulaw, from_pcm16
from analyzer.errors import WireError
from analyzer.events import Event


@dataclass(frozen=True, slots=True)
class Opened:
    """The call begins: its name as the other side has it, and who speaks at which rate in Hz."""

    call_id: str
    rates: Mapping[Speaker, int]
    codec: str
    agent_name: str = ""
    awaits: tuple[Speaker, ...] = ()  # speakers whom another connection brings, under the same `call_id`
    token: str = ""  # what the other side showed in place of a password, where the protocol has room for one


@dataclass(frozen=True, slots=True)
class Reply:
    """To be sent back at once, in this order; text as text, bytes as bytes."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Paused:
    """The other side holds its audio back on purpose."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The audio goes on; what was held back is a jump forward."""


@dataclass(frozen=True, slots=True)
class Closed:
    """No more audio will come."""

    reason: str  # a few words, never those of a caller
    normal: bool


WireEvent: TypeAlias = Opened | AudioChunk | Reply | Paused | Resumed | Closed


class Wire(Protocol):
    """One connection."""

    @property
    def dropped(self) -> int:
        """Packets of audio that came twice or too late."""
        ...

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """What a frame brings: text, or bytes, or for TCP any piece of the stream.  Garbage is a `WireError`."""
        ...

    def lost(self, orderly: bool = False) -> list[WireEvent]:
        """The connection is gone: what was still waiting, and `Closed`; nothing if it was closed before.

        `orderly` says that the other side closed it (TCP's FIN, a websocket's 1000): for some the ordinary end.
        """
        ...

    def tell(self, event: Event) -> list[str | bytes]:
        """What the other side is to be sent about an event of its own call."""
        ...

    def finished(self) -> list[str | bytes]:
        """What it is to be sent when the call has told its last event, after a `Closed`."""
        ...

    def refused(self, why: str) -> list[str | bytes]:
        """How the protocol says that a call cannot be taken, or not go on, before the connection is closed."""
        ...


class Tap:
    """What a wire does whose other side wants to hear nothing at all."""

    @property
    def dropped(self) -> int:
        """None: what comes over one TCP connection comes once and in order."""
        return 0

    def tell(self, event: Event) -> list[str | bytes]:  # noqa: ARG002 - a tap only listens
        """Nothing."""
        return []

    def finished(self) -> list[str | bytes]:
        """Nothing."""
        return []

    def refused(self, why: str) -> list[str | bytes]:  # noqa: ARG002
        """Nothing: the connection is closed, and that is all there is to say."""
        return []


DECODERS = {"PCMU": from_mulaw, "PCMA": from_alaw, "L16": from_pcm16}  # L16: little-endian, as all of ours have it
BYTES = {"PCMU": 1, "PCMA": 1, "L16": 2}  # a sample


def decoded(data: bytes, codec: str) -> Samples:
    """(n,) float32 of a codec in `DECODERS`; half a sample at the end is a `WireError`."""
    if len(data) % BYTES[codec]:
        raise WireError(f"{len(data)} bytes are no whole number of {codec} samples")
    return DECODERS[codec](data)


def message(frame: str, protocol: str, longest: int = 65_536) -> dict[str, Any]:
    """A JSON object of at most `longest` characters; anything else is a `WireError`."""
    if len(frame) > longest:
        raise WireError(f"{protocol}: a message of {len(frame)} characters; at most {longest} are read")
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        raise WireError(f"{protocol}: a text message that is not JSON") from None  # the cause would quote it
    if not isinstance(found, dict):
        raise WireError(f"{protocol}: a message that is not a JSON object")
    return found


def part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object in `body` under a name; an empty one where there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def text_of(body: Mapping[str, Any], *names: str) -> str:
    """The first text in `body` under one of the names; empty where there is none."""
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_LARGEST = 10**15


def whole(value: object) -> int | None:
    """A whole number, which several protocols send as text; None for anything else."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _LARGEST else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST else None


def rate_of(value: object, protocol: str) -> int:
    """A sample rate in Hz that the program can hear; anything else is a `WireError`."""
    rate = whole(value)
    if rate is None or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise WireError(f"{protocol}: a sample rate that is no whole number from {LOWEST_RATE} to {HIGHEST_RATE} Hz")
    return rate


LONGEST_NAME = 80


def shown_name(given: str) -> str:
    """The name of a person or a call as a stranger gave it, fit to be shown: one line, printable, not long."""
    return "".join(letter for letter in given[:LONGEST_NAME] if letter.isprintable()).strip()
