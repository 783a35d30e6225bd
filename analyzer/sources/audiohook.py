"""Genesys AudioHook, version 2: JSON text and binary audio over one websocket.  Genesys is the client.

    open -> opened    audio ...    ping -> pong    paused, resumed, discarded, update    close -> closed
    a connection probe (null conversation): open -> opened, close -> closed, and nothing is kept

Rules:
* `opened` is the first thing back, before any model is touched: Genesys waits five seconds;
* external is the customer, internal the agent; stereo is interleaved in the order of the `channels`;
* samples are counted; `resumed` and `discarded` move the count over what was held back, so it is a gap;
* a message out of sequence, of another session or over 64 KiB breaks the session, as it does for Genesys;
* `closed` waits for the call's last words (`finished`);
* nothing of the call is sent back unless the settings say so: transcripts as `transcript` entities, prompts as
  `agentassist`.

[AudioHook protocol specification and reference implementation, protocol/message.ts, server/serversessionimpl.ts]
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from analyzer.audio import AudioChunk, Speaker, split_channels
from analyzer.dialogue import Turn
from analyzer.errors import WireBroken, WireError
from analyzer.events import Event
from analyzer.playbook import Prompt
from analyzer.sources.audiohook_events import CHANNELS, suggestion, transcript
from analyzer.sources.wire import (
    BYTES,
    Closed,
    Opened,
    Paused,
    Reply,
    Resumed,
    WireEvent,
    decoded,
    message,
    part,
    rate_of,
    shown_name,
    text_of,
    whole,
)
from analyzer.speech import Partial

NAME = "AudioHook"
LARGEST_TEXT = 65_535  # characters
NOBODY = "00000000-0000-0000-0000-000000000000"
SPEAKERS: dict[str, Speaker] = {"external": "customer", "internal": "agent"}
LONGEST_JUMP_S = 3_600.0
LONGEST_AUDIO_S = 10.0  # in one frame; Genesys sends .1 to .2 s
_DURATION = re.compile(r"PT([0-9]{0,9}\.)?[0-9]{1,9}S")


@dataclass(frozen=True, slots=True)
class AudioHookSettings:
    """Whom a session must belong to, and what it is told."""

    organization: str | None = None  # what the header said; the open message must say the same
    tells: frozenset[str] = field(default_factory=frozenset)  # of "transcript" and "agentassist"


class Media(NamedTuple):
    """The audio that was agreed on."""

    codec: str
    rate: int  # Hz
    channels: tuple[str, ...]  # in the order of the samples

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        return tuple(SPEAKERS[channel] for channel in self.channels)

    @property
    def offer(self) -> dict[str, Any]:
        """As Genesys writes it."""
        return {"type": "audio", "format": self.codec, "channels": list(self.channels), "rate": self.rate}


class AudioHookWire:
    """One session."""

    dropped = 0  # TCP loses nothing

    def __init__(self, settings: AudioHookSettings = AudioHookSettings()) -> None:
        self._settings = settings
        self._session: str | None = None
        self._sent = 0  # the number of our last message, and of theirs
        self._received = 0
        self._media: Media | None = None  # from the open on; None for a probe and a session without audio
        self._is_open = False
        self._is_paused = False
        self._closed = False
        self._is_asked_to_close = False
        self._position = 0  # samples of each channel
        self._told = {"agent": 0, "customer": 0}  # utterances
        self._messages: dict[str, Callable[[dict[str, Any]], list[WireEvent]]] = {
            "open": self._open,
            "ping": lambda _: [self._reply("pong", {})],
            "paused": self._paused,
            "resumed": self._resumed,
            "discarded": self._discarded,
            "close": self._close,
        }

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """Text or binary, as the websocket had it."""
        if self._closed:
            return []
        if isinstance(frame, bytes):
            return self._audio(frame)
        said = self._checked(frame)
        handle = self._messages.get(text_of(said, "type"))
        return handle(part(said, "parameters")) if handle else []

    def lost(self, orderly: bool = False) -> list[WireEvent]:  # noqa: ARG002 - it ends by a message
        """The socket is gone without a close: Genesys cannot take the session up again."""
        if self._closed:
            return []
        self._closed = True
        return [Closed("the connection broke", normal=False)]

    def finished(self) -> list[str | bytes]:
        """The answer to close; nothing where there was none to answer."""
        return [self._message("closed", {})] if self._is_asked_to_close else []

    def refused(self, why: str) -> list[str | bytes]:
        """A disconnect: Genesys answers with a close."""
        return [self._message("disconnect", {"reason": "error", "info": why})]

    def tell(self, event: Event) -> list[str | bytes]:
        """What the settings let out of the call, as an event message."""
        if self._media is None or self._closed:
            return []
        entity = self._entity(event)
        return [self._message("event", {"entities": [entity]})] if entity else []

    def _checked(self, frame: str) -> dict[str, Any]:
        """A text message in its turn, noted; whatever is not breaks the session."""
        try:
            said = message(frame, NAME, LARGEST_TEXT)
        except WireError as error:
            raise WireBroken(str(error)) from None
        checks = (
            (said.get("version") == "2", "a message of another version than 2"),
            (whole(said.get("seq")) == self._received + 1, "a message out of sequence"),
            (0 <= (whole(said.get("serverseq")) or 0) <= self._sent, "a message that answers one never sent"),
            (bool(text_of(said, "id")), "a message without a session"),
            (self._session in (None, text_of(said, "id")), "a message of another session"),
        )
        trouble = next((trouble for holds, trouble in checks if not holds), None)
        if trouble:
            raise WireBroken(f"{NAME}: {trouble}")
        self._received += 1
        self._session = text_of(said, "id")
        return said

    def _open(self, given: Mapping[str, Any]) -> list[WireEvent]:
        if self._is_open:
            raise WireError(f"{NAME}: a second open")
        if self._settings.organization not in (None, text_of(given, "organizationId")):
            self._closed = True
            return [self._reply("disconnect", {"reason": "unauthorized"}), Closed("another organization", normal=False)]
        media = chosen(given.get("media"))
        self._is_open = True
        opened = self._reply("opened", {"media": [media.offer] if media else [], "startPaused": False})
        call_id = text_of(given, "conversationId")
        is_probe = NOBODY in (call_id, text_of(part(given, "participant"), "id"))
        if media is None or is_probe:
            return [opened]
        self._media = media
        agent = shown_name(text_of(part(given, "customConfig"), "agent"))
        name = shown_name(call_id) or "conversation"
        return [opened, Opened(name, dict.fromkeys(media.speakers, media.rate), media.codec, agent)]

    def _audio(self, frame: bytes) -> list[WireEvent]:
        """One frame of all channels.  That of a probe is left alone."""
        if not self._is_open or self._is_paused:
            raise WireError(f"{NAME}: audio while the session is not open or paused")
        media = self._media
        if media is None:
            return []
        width = BYTES[media.codec] * len(media.speakers)
        if len(frame) % width or len(frame) > LONGEST_AUDIO_S * media.rate * width:
            raise WireError(f"{NAME}: {len(frame)} bytes of audio, which no frame of this session has")
        channels = split_channels(decoded(frame, media.codec), len(media.speakers))
        begin, self._position = self._position, self._position + len(frame) // width
        return [
            AudioChunk(samples, begin, media.rate, speaker)
            for samples, speaker in zip(channels, media.speakers, strict=True)
        ]

    def _paused(self, _: Mapping[str, Any]) -> list[WireEvent]:
        begins, self._is_paused = self._is_open and not self._is_paused, self._is_open
        return [Paused()] if begins else []

    def _resumed(self, given: Mapping[str, Any]) -> list[WireEvent]:
        was_paused, self._is_paused = self._is_paused, False
        self._discarded(given)
        return [Resumed()] if was_paused else []

    def _discarded(self, given: Mapping[str, Any]) -> list[WireEvent]:
        """Audio from `start` on, `discarded` long, will never come: what comes next has its place behind it."""
        start_s, length_s = duration(given.get("start")), duration(given.get("discarded"))
        if start_s is None or length_s is None:
            raise WireError(f"{NAME}: a discard without its times")
        if self._media is None:
            return []
        place = round((start_s + length_s) * self._media.rate)
        if place > self._position + LONGEST_JUMP_S * self._media.rate:
            raise WireError(f"{NAME}: a discard that leads out of this call")
        self._position = max(self._position, place)
        return []

    def _close(self, given: Mapping[str, Any]) -> list[WireEvent]:
        self._closed = self._is_asked_to_close = True
        is_error = text_of(given, "reason") == "error"
        return [Closed("Genesys reports an error" if is_error else "close", normal=not is_error)]

    def _entity(self, event: Event) -> dict[str, Any] | None:
        if isinstance(event, Prompt) and "agentassist" in self._settings.tells:
            return suggestion(event, self._id("prompt", event.at_s))
        if isinstance(event, (Partial, Turn)) and "transcript" in self._settings.tells and event.speaker in CHANNELS:
            number = self._told[event.speaker]
            self._told[event.speaker] += isinstance(event, Turn)
            return transcript(event, self._id(event.speaker, number))
        return None

    def _id(self, *parts: object) -> str:
        """A UUID that is the same for the unfinished and the finished text of one utterance."""
        return str(uuid5(NAMESPACE_URL, "/".join(str(one) for one in (self._session, *parts))))

    def _reply(self, kind: str, parameters: Mapping[str, Any]) -> Reply:
        return Reply(self._message(kind, parameters))

    def _message(self, kind: str, parameters: Mapping[str, Any]) -> str:
        """The next message of ours, numbered."""
        self._sent += 1
        envelope = {"version": "2", "type": kind, "seq": self._sent, "clientseq": self._received}
        return json.dumps({**envelope, "id": self._session or NOBODY, "parameters": parameters}, ensure_ascii=False)


def chosen(offered: object) -> Media | None:
    """The offer with the most channels, the first of those; None if nothing is offered.

    Offers none of which can be heard are a `WireBroken`.
    """
    if not isinstance(offered, list):
        raise WireBroken(f"{NAME}: an open without media")
    usable = [media for one in offered if (media := media_of(one))]
    if offered and not usable:
        raise WireBroken(f"{NAME}: no offer of PCMU or L16 audio of one or two channels")
    return max(usable, key=lambda media: len(media.channels), default=None)


def media_of(offer: object) -> Media | None:
    """One offer; None if it cannot be heard."""
    if not isinstance(offer, dict) or offer.get("type") != "audio" or offer.get("format") not in ("PCMU", "L16"):
        return None
    channels = offer.get("channels")
    if channels not in (["external"], ["internal"], ["external", "internal"], ["internal", "external"]):
        return None
    try:
        rate = rate_of(offer.get("rate"), NAME)
    except WireError:
        return None
    return Media(offer["format"], rate, tuple(channels))


def duration(value: object) -> float | None:
    """Seconds of an ISO duration as AudioHook writes it, `PT1.2S`; None for anything else."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        return None
    return float(value[2:-1])
