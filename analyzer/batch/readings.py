"""How each turn of a call was read, to the last digit: what a record rounds, and coaching again needs whole.

A playbook changes what is said to the agent, and nothing of what was heard.  So a call is coached again from the turns
of its record (their times and voices are judged as exactly as the record keeps them) and from these readings, without
its audio and without a model; what comes of it is the record that hearing it again would give, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from analyzer.affect import Acts, Reading, TurnReader, TurnReading
from analyzer.errors import RecordError
from analyzer.playbook import Playbook
from analyzer.record import Record, dump, line_of
from analyzer.transcript import coach_transcript

Kept: TypeAlias = list[dict[str, Any]]  # a reading a turn, in the order in which they were read


class NotingReader:
    """Reads with another reader, and keeps what it read."""

    def __init__(self, reader: TurnReader) -> None:
        self._reader = reader
        self._noted: list[bytes] = []  # packed: a call may last for hours, and so they take an eighth of the room

    @property
    def kept(self) -> Kept:
        """What was read so far."""
        return [json.loads(zlib.decompress(reading)) for reading in self._noted]

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """As the other reader reads them."""
        found = self._reader.read_customer(texts, before)
        for text, other, reading in zip(texts, before, found, strict=True):
            self._note(text, other, affect=asdict(reading.affect), acts=dict(reading.acts))
        return found

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """As the other reader reads them: acts, and nothing else."""
        found = self._reader.read_agent(texts, before)
        for text, other, acts in zip(texts, before, found, strict=True):
            self._note(text, other, acts=dict(acts))
        return found

    def _note(self, text: str, before: str, **reading: Any) -> None:
        reading["of"] = _mark(text, before)
        self._noted.append(zlib.compress(json.dumps(reading).encode(), level=1))


class RecallingReader:
    """Reads each turn as it was read before.  Raises `RecordError` for any other."""

    def __init__(self, kept: Kept) -> None:
        self._left = iter(kept)

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """The next readings of customers."""
        return [_reading(self._next(text, other)) for text, other in zip(texts, before, strict=True)]

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """The next acts of agents."""
        return [self._next(text, other)["acts"] for text, other in zip(texts, before, strict=True)]

    def _next(self, text: str, before: str) -> Mapping[str, Any]:
        kept = next(self._left, {})
        if kept.get("of") != _mark(text, before):
            raise RecordError("the kept readings are those of another call")
        return kept


def _mark(text: str, before: str) -> str:
    """Enough to know a turn again, and no words of anybody."""
    return hashlib.sha256(f"{text}\n{before}".encode()).hexdigest()[:8]


def _reading(kept: Mapping[str, Any]) -> TurnReading:
    try:
        affect = Reading(**{**kept["affect"], "labels": tuple(kept["affect"]["labels"])})
    except (KeyError, TypeError) as error:
        raise RecordError("the kept readings lack what a customer's turn has") from error
    return TurnReading(affect, kept["acts"])


def coached_again(record: Record, kept: Kept, playbook: Playbook) -> bytes:
    """The record under another playbook.

    Raises `RecordError` where that cannot be told without hearing the call again: the readings are not those of the
    record, or audio was lost (a record does not say what the coach knew by then).
    """
    if record.lost:
        raise RecordError(f"the record of {record.call_id} has lost audio")
    call = {"turns": record.turns, "sounds": record.sounds, "duration_s": record.duration_s}
    first = record.header | {"policy": dict(playbook.identity)}
    return "".join(_lines(first, call, kept, playbook)).encode()


def _lines(first: dict[str, Any], call: Mapping[str, Any], kept: Kept, playbook: Playbook) -> Iterator[str]:
    yield dump(first)
    for event in coach_transcript(call, RecallingReader(kept), playbook):
        if line := line_of(event):
            yield dump(line)
