"""Asterisk's chan_websocket: text says what comes, binary is the audio, as it is on the line and mono.

    MEDIA_START connection_id:X channel:Y format:ulaw optimal_frame_size:160 ptime:20       plain text
    {"event": "MEDIA_START", "connection_id": ..., "format": ..., "channel_variables": {}}  with the option f(json)

Rules:
* one connection is one leg.  Which call and whose side it is comes with the socket's address, by the option
  `v(call=...,side=...)`, or in the channel variables ANALYZER_CALL and ANALYZER_SIDE; `agent`, ANALYZER_AGENT, is
  the agent's name.  With a call and a side, the other side is awaited from another connection;
* samples are counted: Asterisk sends no timestamps;
* messages that are unknown are left alone, since every release brings some; nothing is ever sent;
* closing the socket is how a call ends.

[Asterisk documentation, Configuration/Channel-Drivers/WebSocket]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from analyzer.audio import AudioChunk, Speaker
from analyzer.errors import WireBroken, WireError
from analyzer.sources.wire import Closed, Opened, Tap, WireEvent, decoded, message, part, shown_name, text_of

NAME = "chan_websocket"
LARGEST_FRAME = 65_500  # bytes, Asterisk's own limit
OTHER: dict[Speaker, Speaker] = {"agent": "customer", "customer": "agent"}


class Format(NamedTuple):
    """A codec in `wire.DECODERS`, and its rate in Hz."""

    codec: str
    rate: int


FORMATS = {
    "ulaw": Format("PCMU", 8_000),
    "alaw": Format("PCMA", 8_000),
    "slin": Format("L16", 8_000),  # 16-bit in the byte order of Asterisk's machine, which is ours: little-endian
    "slin12": Format("L16", 12_000),
    "slin16": Format("L16", 16_000),
    "slin24": Format("L16", 24_000),
    "slin32": Format("L16", 32_000),
    "slin44": Format("L16", 44_100),
    "slin48": Format("L16", 48_000),
}


@dataclass(frozen=True, slots=True)
class ChanWebsocketSettings:
    """What the socket's address said, and who speaks where nothing says it."""

    query: Mapping[str, str] = field(default_factory=dict)
    alone: Speaker = "unknown"


class ChanWebsocketWire(Tap):
    """One connection."""

    def __init__(self, settings: ChanWebsocketSettings = ChanWebsocketSettings()) -> None:
        self._settings = settings
        self._format: Format | None = None
        self._speaker: Speaker = "unknown"
        self._position = 0
        self._closed = False

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """Text or binary, as the websocket had it."""
        if self._closed:
            return []
        if len(frame) > LARGEST_FRAME:
            raise WireError(f"{NAME}: a frame of {len(frame)} bytes; Asterisk's have at most {LARGEST_FRAME}")
        if isinstance(frame, bytes):
            return self._audio(frame)
        said = fields_of(frame)
        return self._start(said) if text_of(said, "event") == "MEDIA_START" else []

    def lost(self, orderly: bool = False) -> list[WireEvent]:
        """The socket is gone; closing it in good order is how a call ends."""
        if self._closed:
            return []
        self._closed = True
        return [Closed("hangup" if orderly else "the connection broke", normal=orderly)]

    def _start(self, said: Mapping[str, Any]) -> list[WireEvent]:
        if self._format is not None:
            raise WireError(f"{NAME}: a second MEDIA_START")
        found = FORMATS.get(text_of(said, "format"))
        if found is None:
            raise WireBroken(f"{NAME}: a format not heard here; say c(ulaw), c(alaw) or c(slin16) in the dialplan")
        self._format = found
        opened = opening(said, found, self._settings)
        [self._speaker] = opened.rates
        return [opened]

    def _audio(self, frame: bytes) -> list[WireEvent]:
        if self._format is None:
            raise WireError(f"{NAME}: audio before MEDIA_START")
        samples = decoded(frame, self._format.codec)
        chunk = AudioChunk(samples, self._position, self._format.rate, self._speaker)
        self._position = chunk.end_sample
        return [chunk]


def fields_of(frame: str) -> dict[str, Any]:
    """A text message in either form as a JSON object; the plain form's first word is its event."""
    if frame.lstrip().startswith("{"):
        return message(frame, NAME)
    words = frame.split()
    if not words:
        raise WireError(f"{NAME}: an empty message")
    pairs = (word.split(":", 1) for word in words[1:] if ":" in word)
    return {"event": words[0], **{name: value for name, value in pairs if name != "event"}}


def opening(said: Mapping[str, Any], found: Format, settings: ChanWebsocketSettings) -> Opened:
    """How the call begins: by the address, else by the channel's variables, else as a call by itself."""
    variables = part(said, "channel_variables")

    def named(name: str) -> str:
        return settings.query.get(name, "") or text_of(variables, f"ANALYZER_{name.upper()}")

    call_id, side = shown_name(named("call")), named("side")
    speaker = next((known for known in OTHER if known == side), settings.alone)
    awaits = (OTHER[speaker],) if call_id and side == speaker else ()
    call_id = call_id or shown_name(text_of(said, "connection_id")) or "channel"
    return Opened(call_id, {speaker: found.rate}, found.codec, shown_name(named("agent")), awaits, named("token"))
