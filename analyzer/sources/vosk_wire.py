"""The protocol of vosk-server: a drop-in for its clients, who get the sentiment as an extra.

The client may send `{"config": {...}}` first (no reply), then 16-bit little-endian mono PCM, and gets exactly one
JSON reply for each chunk: `{"partial": ...}`, or a result when an utterance ended in it.  `{"eof": 1}` is answered
by the last result, `{"reset": 1}` by a result after which the session goes on.  A model that a client names is
ignored: it would name a file on this machine.  Of our own, `config` may hold `call_id`, `role` and `agent_name`.
"""

from __future__ import annotations

import json
from typing import Any

from analyzer.audio import AudioChunk, Speaker, checked_rate, from_pcm16
from analyzer.dialogue import Turn
from analyzer.errors import AudioError, WireError
from analyzer.events import Event
from analyzer.sources.wire import Closed, Opened, Reply, WireEvent
from analyzer.speech import Partial

DEFAULT_RATE = 8000  # of the server that this stands in for
LARGEST_CHUNK_S = 10.0
ROLES: dict[str, Speaker] = {"agent": "agent", "customer": "customer"}


class VoskWire:
    """One client.  After `receive` of a chunk, and `tell` of the events it brought, `answered` is the reply."""

    def __init__(self, call_id: str, rate: int = DEFAULT_RATE) -> None:
        """`call_id` names the call unless the client does; `rate` in Hz holds until it says another."""
        self._call_id = call_id
        self._rate = rate
        self._speaker: Speaker = "unknown"
        self._agent_name = ""
        self._is_open = False
        self._samples = 0
        self._partial = ""
        self._finished: list[Turn] = []
        self.is_over = False

    @property
    def is_open(self) -> bool:
        """Whether audio has come."""
        return self._is_open

    def receive(self, frame: str | bytes) -> list[WireEvent]:
        """A message of the client; garbage is a `WireError`."""
        if self.is_over:
            raise WireError("a message after the end of the stream")
        return self._control(frame) if isinstance(frame, str) else self._audio(frame)

    def lost(self) -> list[WireEvent]:
        """The client went away without saying that it was done."""
        return [] if self.is_over else [Closed("the connection broke", normal=False)]

    def tell(self, event: Event) -> list[str | bytes]:
        """Nothing is ever sent unasked; what the next reply must say is remembered."""
        self.remember(event)
        return []

    def remember(self, event: Event) -> None:
        """An event of the call, for the next reply."""
        if isinstance(event, Partial):
            self._partial = event.text
        elif isinstance(event, Turn):
            self._finished.append(event)
            self._partial = ""

    def answered(self) -> str:
        """The one reply to the last chunk: a result if an utterance ended in it, else the text so far."""
        if not self._finished:
            return json.dumps({"partial": self._partial}, ensure_ascii=False)
        turns, self._finished = self._finished, []
        return result_of(turns)

    def last_answer(self) -> str:
        """The result of all that was not told yet: what `eof` and `reset` are answered by."""
        turns, self._finished = self._finished, []
        return result_of(turns)

    def _control(self, frame: str) -> list[WireEvent]:
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            raise WireError("a text message that is not JSON") from None
        if not isinstance(message, dict):
            raise WireError("a message that is not an object")
        if "config" in message:
            self._configure(message["config"])
            return []
        if message.get("eof"):
            self.is_over = True
            return [Closed("end of stream", normal=True)]
        if message.get("reset"):
            return [Reply(self.last_answer())]
        raise WireError("a message that is none of config, eof and reset")

    def _configure(self, config: Any) -> None:
        """Take what we know of it; before the first audio only, as the original has it."""
        if not isinstance(config, dict):
            raise WireError("a config that is not an object")
        if self._is_open:
            return
        try:
            self._rate = checked_rate(round(float(config.get("sample_rate", self._rate))))
        except (TypeError, ValueError, OverflowError, AudioError):
            raise WireError("a sample_rate that is not between 8000 and 48000") from None
        self._call_id = str(config.get("call_id") or self._call_id)[:120]
        self._speaker = ROLES.get(str(config.get("role")), "unknown")
        self._agent_name = str(config.get("agent_name") or "")[:80]

    def _audio(self, frame: bytes) -> list[WireEvent]:
        if len(frame) > LARGEST_CHUNK_S * self._rate * 2:
            raise WireError(f"a chunk of more than {LARGEST_CHUNK_S:.0f} s")
        opened: list[WireEvent] = []
        if not self._is_open:
            self._is_open = True
            opened = [Opened(self._call_id, {self._speaker: self._rate}, "pcm_s16le", self._agent_name)]
        samples = from_pcm16(frame[: len(frame) // 2 * 2])
        chunk = AudioChunk(samples, self._samples, self._rate, self._speaker)
        self._samples = chunk.end_sample
        return [*opened, chunk]


def result_of(turns: list[Turn]) -> str:
    """A result as vosk-server writes it, with `sentiment` and `intensity` of a customer's turn beside it."""
    words = [word for turn in turns for word in turn.utterance.words]
    found: dict[str, Any] = {
        "result": [
            {"conf": word.confidence, "end": word.end_s, "start": word.start_s, "word": word.word} for word in words
        ],
        "text": " ".join(word.word for word in words),
    }
    if not words:
        del found["result"]  # as the original does
    if turns and (affect := turns[-1].affect) is not None:
        found["sentiment"], found["intensity"] = round(affect.sentiment, 3), round(affect.intensity, 3)
    return json.dumps(found, ensure_ascii=False)
