"""The record of a call: one JSON object a line, the contract that report, audit, replay and golden tests read.

The lines and their fields are listed in `docs/record.md`.  Numbers are rounded when they are written
(times to milliseconds, values to four places), so that the same call gives the same bytes.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from analyzer.affect import Affect
from analyzer.audio import AudioLost, Speaker
from analyzer.dialogue import Turn
from analyzer.errors import OutputError, RecordError
from analyzer.escalation import ORDER, EscalationState
from analyzer.events import Event
from analyzer.hold import Hold
from analyzer.playbook import Prompt, PromptOutcome
from analyzer.sounds import Sound
from analyzer.summary import Summary

SCHEMA = 1
KEPT_ACT = 0.05  # acts less likely than this only make the record long
LONGEST_NAME = 120  # characters: with what is added to it, short of the 255 bytes of a file name
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """A model by its name, and by the hash of what it really is."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """One call as it was written down."""

    header: Line
    turns: list[Line] = field(default_factory=list)
    levels: list[Line] = field(default_factory=list)
    prompts: list[Line] = field(default_factory=list)
    outcomes: list[Line] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)
    sounds: list[Line] = field(default_factory=list)
    holds: list[Line] = field(default_factory=list)
    summary: Line | None = None

    @property
    def call_id(self) -> str:
        return str(self.header["call_id"])

    @property
    def duration_s(self) -> float:
        """The length of the call; of an unfinished record, up to the last turn."""
        if self.summary and "duration_s" in self.summary:
            return float(self.summary["duration_s"])
        return max((float(turn["end_s"]) for turn in self.turns), default=0.0)

    @property
    def ended_abnormally(self) -> bool:
        """Whether the call broke off: its summary says so, or the program was killed before there was one."""
        return self.summary is None or bool(self.summary.get("ended_abnormally"))

    @property
    def worst_level(self) -> str:
        return max((level["level"] for level in self.levels), key=ORDER.index, default="calm")

    @property
    def last_level(self) -> str:
        return str(self.levels[-1]["level"]) if self.levels else "calm"

    def level_at(self, at_s: float) -> str:
        """The state of the call at a moment."""
        before = [level["level"] for level in self.levels if level["at_s"] <= at_s]
        return str(before[-1]) if before else "calm"

    def spans(self) -> list[Line]:
        """`{"from_s", "to_s", "level"}` for each stretch in which the call was not calm."""
        ends = [*(level["at_s"] for level in self.levels[1:]), self.duration_s]
        return [
            {"from_s": level["at_s"], "to_s": end_s, "level": level["level"]}
            for level, end_s in zip(self.levels, ends, strict=False)  # without levels, one end is left over
            if level["level"] != "calm"
        ]

    def tension(self) -> list[list[float]]:
        """The pressure of the call as `[at_s, 0..1]` points, from the summary where it was kept."""
        kept = (self.summary or {}).get("tension")
        return kept or [[level["at_s"], level["pressure"]] for level in self.levels]


def safe_name(name: str) -> str:
    """The name of a call as a file may be called on every system, wherever it came from: no folder, not too long."""
    safe = re.sub(r"[^\w.-]+", "_", name.encode("utf-8", "replace").decode()).strip("._-")
    return safe[:LONGEST_NAME] or "call"


def header(
    call_id: str,
    source: str,
    audio: Mapping[str, str],
    rates: Mapping[Speaker, int],
    models: Mapping[str, Identity],
    policy: Mapping[str, object],
    started_at: str | None = None,
) -> Line:
    """The first line: what was heard, and what heard and judged it.  `started_at` is ISO time if it is known."""
    return {
        "type": "call",
        "schema": SCHEMA,
        "call_id": call_id,
        "source": source,
        "audio": dict(audio),
        "started_at": started_at,
        "channels": [{"speaker": speaker, "rate": rate} for speaker, rate in rates.items()],
        "models": {role: asdict(identity) for role, identity in models.items()},
        "policy": dict(policy),
    }


def line_of(event: Event) -> Line | None:
    """An event as a line of the record; None for what is not kept (partial text)."""
    if isinstance(event, EscalationState):
        return _level_line(event)
    kinds = {
        Prompt: "prompt",
        PromptOutcome: "outcome",
        AudioLost: "lost",
        Sound: "sound",
        Hold: "hold",
        Summary: "summary",
    }
    if isinstance(event, Turn):
        return _turn_line(event)
    kind = kinds.get(type(event))
    return {"type": kind, **asdict(event)} if kind else None


def _level_line(state: EscalationState) -> Line:
    return {
        "type": "level",
        "at_s": state.since_s,
        "level": state.level,
        "pressure": state.pressure,
        "target": state.target,
        "evidence": [asdict(item) for item in state.evidence],
    }


def _turn_line(turn: Turn) -> Line:
    return {
        "type": "turn",
        "speaker": turn.speaker,
        "start_s": turn.start_s,
        "end_s": turn.end_s,
        "onset_s": turn.onset_s,
        "known_s": turn.known_s,
        "text": turn.text,
        "words": [asdict(word) for word in turn.utterance.words],
        "affect": _affect(turn.affect),
        "cues": list(turn.cues),
        "does": sorted(turn.does),
        "acts": {act: probability for act, probability in turn.acts.items() if probability >= KEPT_ACT},
        "voice": asdict(turn.voice) if turn.voice else None,
    }


def _affect(affect: Affect | None) -> Line | None:
    if affect is None:
        return None
    line = {**asdict(affect), "sure": affect.sure}
    del line["cues"]  # they stand beside it
    return line


class RecordWriter:
    """A sink: writes each event as it comes, and flushes it, so that a kill costs at most one line."""

    def __init__(self, file: IO[bytes], first: Line) -> None:
        self._file = file
        self._write(first)

    def __call__(self, event: Event) -> None:
        """Write one event."""
        line = line_of(event)
        if line is not None:
            self._write(line)

    def _write(self, line: Line) -> None:
        self._file.write(dump(line).encode())
        self._file.flush()


_LISTS = {
    "turn": "turns",
    "level": "levels",
    "prompt": "prompts",
    "outcome": "outcomes",
    "lost": "lost",
    "sound": "sounds",
    "hold": "holds",
}


def parse(lines: Iterable[str], name: str) -> Record:
    """A record from its lines; `name` is for the error.  A cut-off last line, from a kill, is left out."""
    record: Record | None = None
    summary: Line | None = None
    texts = list(lines)
    for number, text in enumerate(texts, start=1):
        try:
            line = json.loads(text)
            kind = str(line["type"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            if record is not None and number == len(texts) and not text.endswith("\n"):
                break
            raise RecordError(f"{name}, line {number}: not a line of a call record") from error
        if record is None:
            record = Record(_header(line, name))
        elif kind == "summary":
            summary = line
        elif kind in _LISTS:
            getattr(record, _LISTS[kind]).append(line)
    if record is None:
        raise RecordError(f"{name} is empty, so it is not a call record")
    return replace(record, summary=summary)


def _header(line: Line, name: str) -> Line:
    if line.get("type") != "call" or "call_id" not in line:
        raise RecordError(f"{name}: the first line of a call record says type call and its call_id")
    if line.get("schema") != SCHEMA:
        raise RecordError(f"{name} has schema {line.get('schema')}, this program reads schema {SCHEMA}")
    return line


def read(path: Path) -> Record:
    """The record in a file.  Raises `RecordError` when it is not one."""
    try:
        with path.open(encoding="utf-8") as file:
            return parse(file, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"cannot read the record {path}: {error}") from error


def rounded(value: Any, places: int = 4) -> Any:
    """`value` with its floats rounded, times (keys ending in `_s`) to milliseconds."""
    if isinstance(value, float):
        return round(value, places) + 0.0  # + 0.0 turns -0.0 into 0.0
    if isinstance(value, Mapping):
        return {key: rounded(item, 3 if str(key).endswith("_s") else places) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item, places) for item in value]
    return value


def dump(line: Line) -> str:
    """One line of a record, with its newline."""
    return json.dumps(rounded(line), ensure_ascii=False, separators=(",", ":")) + "\n"


def clock(seconds: float) -> str:
    """Call time for people: 02:07, or 1:02:07."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return (f"{hours}:" if hours else "") + f"{minute:02d}:{second:02d}"


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when all went well, and leaves no trace when it did not.

    Raises `OutputError` for what the disk refuses.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise OutputError(_why_not_written(path, error)) from error
    finally:
        partial.unlink(missing_ok=True)


def _why_not_written(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return f"cannot write {path}: no space left; free some, or choose another folder with -o"
    return f"cannot write {path}: {error.strerror or error}; choose another folder with -o"
