"""The protocol of vosk-server's websocket (websocket/asr_server.py), so that its clients work unchanged.

    {"config" : {"sample_rate" : 8000, "words" : true, ...}}     no reply; counts only before the first audio
    binary, 16-bit little-endian PCM, mono                       one reply: a result if an utterance ended, else
                                                                 {"partial" : "..."}
    {"reset" : 1}                                                the result so far; the session goes on
    {"eof" : 1}                                                  the last result; the connection is closed

Beyond vosk-server: any JSON spacing; a result of a customer also has `sentiment`, `intensity` and `cues`; the
config may have `role` (agent, customer or unknown; `channel` is another word for it), `call_id` and `agent_name`.
Whoever is not the customer is transcribed and not judged.  `model`, `phrase_list` and a speaker model are left
alone: the server has one model, and it is not the client's to choose.

How one reply a chunk is kept although events come when they like: `receive` notes for every `AudioChunk` whether a
reply is due; whoever feeds the call `tell`s what came of it and then asks `answered`, once for each chunk, in order,
even if the call had no room for it.  After `Closed` with `normal`, `answered` once more, when the call has finished.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from analyzer.audio import SPEAKERS, AudioChunk, Samples, Speaker, from_pcm16
from analyzer.dialogue import Turn
from analyzer.errors import WireError
from analyzer.events import Event
from analyzer.record import rounded
from analyzer.sources.wire import (
    Closed,
    Opened,
    Reply,
    WireEvent,
    message,
    rate_of,
    shown_name,
    text_of,
    whole,
)
from analyzer.speech import Partial

PORT = 2700  # vosk-server's
DEFAULT_RATE = 8_000  # Hz, asr_server.py's VOSK_SAMPLE_RATE
PIECE_S = 1.0  # a longer chunk is heard in pieces, so that one that is a whole recording fits the call's inbox too
RESET_S = 2.0  # of silence ends any utterance: the gate waits half a second, the call .6 s more

Due = Literal["nothing", "chunk", "reset", "eof"]


@dataclass(frozen=True, slots=True)
class Config:
    """What the client asked for before its first audio."""

    call_id: str
    rate: int = DEFAULT_RATE
    words: bool = True
    alternatives: int = 0
    role: Speaker = "unknown"
    agent_name: str = ""

    @property
    def opened(self) -> Opened:
        """How the call begins."""
        return Opened(self.call_id, {self.role: self.rate}, "pcm_s16le", self.agent_name)


class VoskWire:
    """One client of vosk-server."""

    def __init__(self, name: str, role: Speaker = "unknown") -> None:
        """`name` is the call's and `role` the speaker where the client gives none."""
        self.dropped = 0
        self.is_over = False  # whether the client said that it was done, or is gone
        self._config = Config(name, role=role)
        self._opened = False
        self._position = 0  # samples so far, the silence of resets included
        self._half = b""  # of a sample that was cut in two
        self._dues: deque[Due] = deque()
        self._partial: Partial | None = None
        self._turns: list[Turn] = []
        self._silence_s = 0.0  # that we put in; the client's times know nothing of it

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """Text or binary, as the websocket had it."""
        if self.is_over:
            return []
        return self._text(frame) if isinstance(frame, str) else self._audio(frame)

    def lost(self, orderly: bool = False) -> list[WireEvent]:  # noqa: ARG002 - it ends by a message
        """The client went without saying eof, as many do."""
        if self.is_over:
            return []
        self.is_over = True
        return [Closed("the connection broke", normal=False)]

    def tell(self, event: Event) -> list[str | bytes]:
        """Nothing is sent unasked: replies wait for `answered`."""
        self.remember(event)
        return []

    def remember(self, event: Event) -> None:
        """An event of the call, for the next reply."""
        if isinstance(event, Partial) and event.speaker == self._config.role:
            self._partial = event
        elif isinstance(event, Turn) and event.speaker == self._config.role:
            self._turns.append(event)
            if self._partial and self._partial.start_s < event.end_s:
                self._partial = None

    def answered(self) -> list[str]:
        """The reply that is due for the oldest chunk, reset or eof: one, or none for a piece of a longer chunk."""
        due = self._dues.popleft() if self._dues else "nothing"
        if due == "nothing":
            return []
        if due == "chunk" and not self._turns:
            return [written({"partial": self._partial.text if self._partial else ""})]
        reply = written(result(self._turns, self._config, self._silence_s))
        self._turns = []
        if due != "chunk":
            self._partial = None
        if due == "reset":
            self._silence_s += RESET_S
        return [reply]

    def finished(self) -> list[str | bytes]:
        """The last result."""
        return [*self.answered()]

    def refused(self, why: str) -> list[str | bytes]:
        """In words; vosk-server has none for it."""
        return [json.dumps({"error": why})]

    def _text(self, frame: str) -> list[WireEvent]:
        said = message(frame, "vosk-server")
        if "config" in said:
            if not isinstance(said["config"], dict):
                raise WireError("vosk-server: a config that is not an object")
            if not self._opened:  # later it is left alone, as vosk-server does
                self._config = configured(self._config, said["config"])
            return []
        if "eof" in said:
            return self._eof()
        if "reset" in said:
            return self._reset()
        raise WireError("vosk-server: a text message that is no config, eof or reset")

    def _audio(self, data: bytes) -> list[WireEvent]:
        """A chunk of any length, in pieces; the last one is answered."""
        data = self._half + data
        whole_bytes = len(data) & ~1
        self._half = data[whole_bytes:]
        samples, size = from_pcm16(data[:whole_bytes]), round(PIECE_S * self._config.rate)
        cuts = range(0, max(len(samples), 1), size)
        self._dues.extend("nothing" for _ in cuts[1:])
        self._dues.append("chunk")
        return [*self._begun(), *(self._placed(samples[cut : cut + size]) for cut in cuts)]

    def _reset(self) -> list[WireEvent]:
        if not self._opened:
            return [Reply(written(NOTHING))]
        self._dues.append("reset")
        return [self._placed(np.zeros(round(RESET_S * self._config.rate), dtype=np.float32))]

    def _eof(self) -> list[WireEvent]:
        self.is_over = True
        if not self._opened:
            return [Reply(written(NOTHING)), Closed("eof", normal=True)]
        self._dues.append("eof")
        return [Closed("eof", normal=True)]

    def _begun(self) -> list[WireEvent]:
        begins, self._opened = not self._opened, True
        return [self._config.opened] if begins else []

    def _placed(self, samples: Samples) -> AudioChunk:
        chunk = AudioChunk(samples, self._position, self._config.rate, self._config.role)
        self._position = chunk.end_sample
        return chunk


def configured(config: Config, given: Mapping[str, Any]) -> Config:
    """The configuration with what is well-formed in `given`; a rate that cannot be heard is a `WireError`."""
    rate = rate_of(given["sample_rate"], "vosk-server") if "sample_rate" in given else config.rate
    said = text_of(given, "role", "channel")
    role = next((speaker for speaker in SPEAKERS if speaker == said), config.role)
    return replace(
        config,
        call_id=shown_name(text_of(given, "call_id")) or config.call_id,
        rate=rate,
        words=bool(given.get("words", config.words)),
        alternatives=max(whole(given.get("max_alternatives", config.alternatives)) or 0, 0),
        role=role,
        agent_name=shown_name(text_of(given, "agent_name")) or config.agent_name,
    )


NOTHING: dict[str, Any] = {"text": ""}


def result(turns: Sequence[Turn], config: Config, shift_s: float) -> dict[str, Any]:
    """The result of some turns as Vosk writes it, what the customer felt added; times less `shift_s`."""
    words = [
        {"conf": word.confidence, "end": word.end_s - shift_s, "start": word.start_s - shift_s, "word": word.word}
        for turn in turns
        for word in turn.utterance.words
    ]
    text = " ".join(turn.text for turn in turns)
    if config.alternatives:
        times = [{name: word[name] for name in ("end", "start", "word")} for word in words]
        one = {"confidence": 1.0, **({"result": times} if words and config.words else {}), "text": text}
        return {"alternatives": [one], **felt(turns)}
    return {**({"result": words} if words and config.words else {}), "text": text, **felt(turns)}


def felt(turns: Sequence[Turn]) -> dict[str, Any]:
    """What the most intense of the turns says of the customer; nothing for an agent."""
    read = [turn for turn in turns if turn.affect]
    if not read:
        return {}
    strongest = max(read, key=lambda turn: turn.intensity)
    cues = list(dict.fromkeys(cue for turn in read for cue in turn.cues))
    return {"sentiment": strongest.sentiment, "intensity": strongest.intensity, "cues": cues}


def written(reply: Mapping[str, Any]) -> str:
    """JSON with Vosk's own spacing, for clients that look for text in it; numbers to six places as Vosk has them."""
    return json.dumps(rounded(reply, 6), ensure_ascii=False, indent=2, separators=(",", " : "))
