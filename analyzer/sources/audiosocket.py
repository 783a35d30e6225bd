"""Asterisk's AudioSocket over TCP: packets of `kind:u8 | length:u16 big-endian | payload`, cut anywhere.

    00 hangup    01 UUID (16 bytes, first)    03 DTMF    10..18 audio, 16-bit little-endian mono    FF error

Rules:
* one connection is one leg, heard one way; `pairing` says by the UUID which call it belongs to and who it is;
* kind 10 is 8 kHz.  The documentation has 11 as 12 kHz, Asterisk's own header once had it as 16: a setting says
  which, and a first packet that is no whole number of 10 ms at that rate, but is at the other, settles it;
* the call opens with the first audio: the rate is not known before;
* a length that no such packet has ends the connection at once, so nobody can make us keep 64 KB for nothing;
* nothing is ever sent: Asterisk takes anything but audio for an error, and audio would be heard by the caller.

[Asterisk documentation, Configuration/Channel-Drivers/AudioSocket; res_audiosocket.c]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from analyzer.audio import HIGHEST_RATE, AudioChunk, Speaker
from analyzer.errors import WireBroken, WireError
from analyzer.sources.wire import Closed, Opened, Tap, WireEvent, decoded

NAME = "AudioSocket"
PORT = 9092
HANGUP, IDENTITY, SILENCE, DIGIT, ERROR = 0x00, 0x01, 0x02, 0x03, 0xFF
RATES = {
    0x10: 8_000, 0x11: 12_000, 0x12: 16_000, 0x13: 24_000, 0x14: 32_000, 0x15: 44_100, 0x16: 48_000,
    0x17: 96_000, 0x18: 192_000,
}  # fmt: skip
LENGTHS = {
    HANGUP: (0, 0),
    IDENTITY: (16, 16),
    SILENCE: (0, 16),
    DIGIT: (0, 16),
    ERROR: (0, 16),
}  # bytes, at least and most
LONGEST_S = 1.0  # of audio in one packet; Asterisk sends 20 ms, and never more than .3 s
HEADER = 3  # bytes
CALLER_HUNG_UP = b"\x01"  # the one error that is none


@dataclass(frozen=True, slots=True)
class AudioSocketSettings:
    """How UUIDs name calls and sides, and the rate that Asterisk's versions do not agree on."""

    sides: Mapping[str, Speaker] = field(default_factory=lambda: {"0001": "customer", "0002": "agent"})
    alone: Speaker = "unknown"  # who speaks on a connection whose UUID names no side
    rate_of_11: int = 12_000  # Hz


class Leg(NamedTuple):
    """Whose side of which call a connection is; `awaits` are the call's other sides."""

    call_id: str
    speaker: Speaker
    awaits: tuple[Speaker, ...]


def pairing(uuid: UUID, settings: AudioSocketSettings = AudioSocketSettings()) -> Leg:
    """Two UUIDs that differ only in their last digits, each with an ending in `sides`, are two sides of one call."""
    name = str(uuid)
    for ending, speaker in settings.sides.items():
        if name.endswith(ending):
            others = tuple(other for other in settings.sides.values() if other != speaker)
            return Leg(name.removesuffix(ending), speaker, others)
    return Leg(name, settings.alone, ())


def rate_of_11(size: int, stated: int) -> int:
    """The rate in Hz of a first packet of kind 11 with `size` bytes: as stated, unless only the other one fits."""
    other = 16_000 if stated == 12_000 else 12_000
    is_whole = {rate: size % (rate // 50) == 0 for rate in (stated, other)}  # 10 ms are rate / 50 bytes
    return other if is_whole[other] and not is_whole[stated] else stated


class Packet(NamedTuple):
    """One packet of the stream."""

    kind: int
    payload: bytes


class AudioSocketWire(Tap):
    """One connection."""

    def __init__(self, settings: AudioSocketSettings = AudioSocketSettings()) -> None:
        self._settings = settings
        self._buffer = bytearray()
        self._leg: Leg | None = None
        self._kind = 0  # of the audio, and its rate: known from the first packet on
        self._rate = 0
        self._position = 0
        self._closed = False

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """Any piece of the stream.  What breaks it behind good packets ends the call after them."""
        if self._closed:
            return []
        if isinstance(frame, str):
            raise WireError(f"{NAME}: text where all is bytes")
        self._buffer += frame
        events: list[WireEvent] = []
        try:
            for packet in self._packets():
                events += self._understood(packet)
        except WireBroken as broken:
            self._buffer.clear()
            if not events:
                raise
            events += self._end(str(broken), normal=False)
        return events

    def lost(self, orderly: bool = False) -> list[WireEvent]:
        """The connection is gone.  Closing it between two packets is how a call ends."""
        if self._closed:
            return []
        if orderly and not self._buffer:
            return self._end("hangup", normal=True)
        return self._end("the connection broke", normal=False)

    def _packets(self) -> Iterator[Packet]:
        """The packets that are complete."""
        while len(self._buffer) >= HEADER and not self._closed:
            kind, size = self._buffer[0], int.from_bytes(self._buffer[1:HEADER], "big")
            check_size(kind, size)
            if len(self._buffer) < HEADER + size:
                return
            payload = bytes(self._buffer[HEADER : HEADER + size])
            del self._buffer[: HEADER + size]
            yield Packet(kind, payload)

    def _understood(self, packet: Packet) -> list[WireEvent]:
        if packet.kind == IDENTITY:
            return self._identify(packet.payload)
        if self._leg is None:
            raise WireBroken(f"{NAME}: the connection does not begin with a UUID")
        if packet.kind in RATES:
            return self._hear(self._leg, packet)
        if packet.kind == HANGUP:
            return self._end("hangup", normal=True)
        if packet.kind == ERROR:
            return self._end("Asterisk reports an error", normal=packet.payload == CALLER_HUNG_UP)
        return []

    def _identify(self, payload: bytes) -> list[WireEvent]:
        if self._leg is not None:
            raise WireBroken(f"{NAME}: a second UUID on one connection")
        self._leg = pairing(UUID(bytes=payload), self._settings)
        return []

    def _hear(self, leg: Leg, packet: Packet) -> list[WireEvent]:
        begins = not self._kind
        if begins:
            self._kind, self._rate = packet.kind, self._rate_of(packet)
        if packet.kind != self._kind:
            raise WireBroken(f"{NAME}: audio at another rate than before")
        chunk = AudioChunk(decoded(packet.payload, "L16"), self._position, self._rate, leg.speaker)
        self._position = chunk.end_sample
        opened = Opened(leg.call_id, {leg.speaker: self._rate}, "pcm_s16le", awaits=leg.awaits)
        return [opened, chunk] if begins else [chunk]

    def _rate_of(self, packet: Packet) -> int:
        if packet.kind == 0x11:
            return rate_of_11(len(packet.payload), self._settings.rate_of_11)
        if RATES[packet.kind] > HIGHEST_RATE:
            raise WireBroken(f"{NAME}: audio at {RATES[packet.kind]} Hz; use slin16 or slin48 in the dialplan")
        return RATES[packet.kind]

    def _end(self, reason: str, normal: bool) -> list[WireEvent]:
        self._closed = True
        self._buffer.clear()
        return [Closed(reason, normal)]


def check_size(kind: int, size: int) -> None:
    """`WireBroken` for a kind that is not known or a length that it cannot have: there is no finding back."""
    if kind in RATES:
        least, most = 0, round(LONGEST_S * 2 * max(RATES[kind], 16_000))  # kind 11 may be 16 kHz
    elif kind in LENGTHS:
        least, most = LENGTHS[kind]
    else:
        raise WireBroken(f"{NAME}: not a packet of this protocol")
    if not least <= size <= most or (kind in RATES and size % 2):
        raise WireBroken(f"{NAME}: a packet of kind {kind:02x} with {size} bytes")
