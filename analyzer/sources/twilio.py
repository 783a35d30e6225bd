"""Twilio Media Streams, and Telnyx' and Talkdesk's, which differ in spelling: JSON text, audio in base64.

    connected   start {callSid, tracks, mediaFormat, customParameters}   media {track, timestamp, payload}   stop

Rules:
* numbers may come as text, keys as `streamSid` or `stream_id`; messages that are unknown are left alone;
* a packet's place is its `timestamp` (ms since the stream began), put in order over a few packets (`reorder`);
* which track is whom is a setting: inbound is what comes into Twilio, so on a call that the centre made the
  customer is outbound.  The parameter `inbound` (agent or customer) says it call by call;
* there is no room for a password in the address: the parameter `token` is handed on in `Opened`;
* further parameters: `agent`, the agent's name, and `call_id`, where the call's own id is not wanted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analyzer.audio import AudioChunk, Speaker
from analyzer.errors import WireBroken, WireError
from analyzer.sources.reorder import Reorder
from analyzer.sources.wire import (
    Closed,
    Opened,
    Tap,
    WireEvent,
    decoded,
    message,
    part,
    rate_of,
    shown_name,
    text_of,
    whole,
)

NAME = "media stream"
TRACKS = ("inbound", "outbound")
CODECS = {"audio/x-mulaw": "PCMU", "audio/x-alaw": "PCMA", "PCMU": "PCMU", "PCMA": "PCMA"}
OTHER: dict[Speaker, Speaker] = {"agent": "customer", "customer": "agent"}


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Whose streams are taken, and who is on which track."""

    inbound: Speaker = "customer"  # they call the centre
    account: str = ""  # the accountSid that must be named; empty takes any


class TwilioWire(Tap):
    """One stream."""

    def __init__(self, settings: TwilioSettings = TwilioSettings()) -> None:
        self._settings = settings
        self._tracks: dict[str, Reorder] = {}  # from the start on
        self._stream = ""
        self._codec = "PCMU"
        self._closed = False

    @property
    def dropped(self) -> int:
        """Packets that came twice or too late."""
        return sum(track.dropped for track in self._tracks.values())

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """A text message; binary ones are not of this protocol."""
        if self._closed:
            return []
        if isinstance(frame, bytes):
            raise WireError(f"{NAME}: a binary frame where all is text")
        said = message(frame, NAME)
        kind = text_of(said, "event")
        if not kind:
            raise WireError(f"{NAME}: a message without an event")
        if kind == "start":
            return self._start(said)
        if kind == "media":
            return self._media(said)
        return self._end(Closed("stop", normal=True)) if kind == "stop" else []

    def lost(self, orderly: bool = False) -> list[WireEvent]:  # noqa: ARG002 - it ends by a message
        """The socket broke before the stop."""
        return [] if self._closed else self._end(Closed("the connection broke", normal=False))

    def _start(self, said: Mapping[str, Any]) -> list[WireEvent]:
        if self._tracks:
            raise WireError(f"{NAME}: a second start")
        start = part(said, "start")
        if self._settings.account and text_of(start, "accountSid", "user_id") != self._settings.account:
            raise WireBroken(f"{NAME}: a stream of another account than the one in the settings")
        sound = part(start, "mediaFormat") or part(start, "media_format")
        rate = self._format(sound)
        wanted = part(start, "customParameters") or part(start, "custom_parameters")
        names = tracks_of(start)
        speakers = speakers_of(self._settings.inbound, text_of(wanted, "inbound"))
        self._stream = stream_of(said)
        self._tracks = {name: Reorder(speakers[name], rate) for name in names}
        return [
            Opened(
                call_id=call_id_of(start, wanted, self._stream),
                rates={speakers[name]: rate for name in names},
                codec=self._codec,
                agent_name=shown_name(text_of(wanted, "agent")),
                token=text_of(wanted, "token"),
            )
        ]

    def _format(self, sound: Mapping[str, Any]) -> int:
        """Note the codec; the rate in Hz.  What cannot be heard breaks the stream: nothing will come of it."""
        encoding = text_of(sound, "encoding") or "audio/x-mulaw"
        if encoding not in CODECS or whole(sound.get("channels", 1)) != 1:
            raise WireBroken(f"{NAME}: audio that is not mu-law or A-law of one channel; set PCMU on the other side")
        self._codec = CODECS[encoding]
        return rate_of(sound.get("sampleRate", sound.get("sample_rate", 8_000)), NAME)

    def _media(self, said: Mapping[str, Any]) -> list[WireEvent]:
        """One packet.  A track that the start did not name is left alone."""
        if not self._tracks:
            raise WireError(f"{NAME}: audio before the start")
        if stream_of(said) not in ("", self._stream):
            raise WireError(f"{NAME}: audio of another stream")
        media = part(said, "media")
        track = self._tracks.get(text_of(media, "track") or "inbound")
        at_ms = whole(media.get("timestamp"))
        if at_ms is None:
            raise WireError(f"{NAME}: audio without a timestamp")
        samples = decoded(unpacked(text_of(media, "payload")), self._codec)
        if track is None or not len(samples):
            return []
        place = at_ms * track.rate // 1000
        if not track.is_possible(place):
            raise WireError(f"{NAME}: a timestamp that is out of this call")
        return list[WireEvent](track.take(place, samples))

    def _end(self, closed: Closed) -> list[WireEvent]:
        self._closed = True
        rest: list[AudioChunk] = [chunk for track in self._tracks.values() for chunk in track.flush()]
        return [*rest, closed]


def stream_of(said: Mapping[str, Any]) -> str:
    """Which stream a message belongs to."""
    return text_of(said, "streamSid", "stream_id")


def call_id_of(start: Mapping[str, Any], wanted: Mapping[str, Any], stream: str) -> str:
    """What the call is called: as its parameter says, else by its own id, else by the stream's."""
    own = text_of(start, "callSid", "call_session_id", "call_control_id")
    return shown_name(text_of(wanted, "call_id")) or shown_name(own) or shown_name(stream) or "stream"


def tracks_of(start: Mapping[str, Any]) -> tuple[str, ...]:
    """The tracks that will come; both where none is named, as Telnyx has it."""
    named = start.get("tracks")
    known = tuple(name for name in TRACKS if name in named) if isinstance(named, list) else ()
    return known or TRACKS


def speakers_of(inbound: Speaker, said: str) -> dict[str, Speaker]:
    """Who is on which track: by the setting, or by what the call itself says of its inbound track."""
    speaker = next((known for known in OTHER if known == said), inbound)
    return {"inbound": speaker, "outbound": OTHER[speaker]}


def unpacked(payload: str) -> bytes:
    """The bytes in base64; anything else is a `WireError`."""
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise WireError(f"{NAME}: audio that is not base64") from None


def signature_error(signature: str, url: str, auth_token: str) -> str | None:
    """What is wrong with the `x-twilio-signature` of a socket's address, as the other side has it; None if nothing.

    Twilio signs the address alone: HMAC-SHA1 with the account's auth token, in base64.
    """
    expected = base64.b64encode(hmac.new(auth_token.encode(), url.encode(), hashlib.sha1).digest())
    same = hmac.compare_digest(signature.encode(errors="surrogatepass"), expected)
    return None if same else "the x-twilio-signature does not fit this address and auth token"
