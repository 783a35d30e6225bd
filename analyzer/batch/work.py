"""What a worker does with one call: hears it to its end, and hands back what is to be written.

A worker writes nothing where results go.  So it can die at any moment, and whatever it was doing is simply not there.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from analyzer.affect import TurnReader
from analyzer.audio import AudioChunk, Speaker
from analyzer.batch.files import at_hand
from analyzer.batch.names import About
from analyzer.batch.plan import Task
from analyzer.batch.readings import Kept, NotingReader
from analyzer.call import Call, run
from analyzer.coach import Coach
from analyzer.errors import RecordError
from analyzer.playbook import Playbook
from analyzer.record import Identity, Line, Record, RecordWriter, header, parse, read
from analyzer.report.envelope import Envelope
from analyzer.report.html import write_report
from analyzer.sources.file import CallAudio, open_call, open_pair
from analyzer.speech import SpeechEngine, VoiceActivity

Heard: TypeAlias = Callable[[float], None]  # told how far into the call the worker is, seconds


class Engines(Protocol):
    """All that is loaded once and serves every call of a worker."""

    @property
    def speech(self) -> SpeechEngine: ...
    @property
    def activity(self) -> Callable[[], VoiceActivity]: ...
    @property
    def reader(self) -> TurnReader: ...
    @property
    def identities(self) -> Mapping[str, Identity]: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """How to read the recordings, and what to write for each call besides its record."""

    agent_channel: int = 0
    mono_speaker: Speaker = "unknown"
    report: bool = True
    embed_audio: bool = True


@dataclass(frozen=True, slots=True)
class Scored:
    """All that came of one call."""

    record: bytes
    readings: Kept
    page: bytes | None
    notes: tuple[str, ...]  # what a person should know of the recording
    missing: str  # what of the recording could not be read; empty if nothing
    audio_sha256: str
    duration_s: float
    took_s: float  # of processor time


class Scorer:
    """Warm engines and a playbook, waiting for calls."""

    def __init__(self, engines: Engines, playbook: Playbook, wish: Wish) -> None:
        self._engines = engines
        self._playbook = playbook
        self._wish = wish

    def __call__(self, task: Task, heard: Heard) -> Scored:
        """Score one call.  Raises `AudioError` for a recording that cannot be read."""
        begun_s = time.process_time()
        reader, envelope, file = NotingReader(self._engines.reader), Envelope(), io.BytesIO()
        with at_hand(task.files) as paths:
            audio = replace(opened(paths, self._wish), call_id=task.call_id)
            watched = _watched(audio, envelope if self._wish.report else None, heard)
            write_record(audio, watched, self._engines, reader, self._playbook, file, task.about)
            data = file.getvalue()
            record = parse(data.decode().splitlines(keepends=True), task.name)
            chunks = audio.chunks() if self._wish.embed_audio else None
            waves = envelope.waves(record.duration_s)
            return Scored(
                record=data,
                readings=reader.kept,
                page=_page(lambda path: write_report(record, path, waves, chunks)) if self._wish.report else None,
                notes=tuple(audio.notes),
                missing=audio.missing,
                audio_sha256=audio.sha256,
                duration_s=record.duration_s,
                took_s=time.process_time() - begun_s,
            )


def opened(paths: list[Path], wish: Wish) -> CallAudio:
    """One recording, or the agent's and the customer's."""
    if len(paths) == 2:
        return open_pair(*paths)
    return open_call(paths[0], agent_channel=wish.agent_channel, mono_speaker=wish.mono_speaker)


def write_record(
    audio: CallAudio,
    chunks: Iterable[AudioChunk],
    engines: Engines,
    reader: TurnReader,
    playbook: Playbook,
    file: IO[bytes],
    about: About = About(),
) -> None:
    """Hear a whole call and write its record: the same bytes, whoever asks for it."""
    first = header(audio.call_id, audio.path.name, sound_of(audio), audio.rates, engines.identities, playbook.identity)
    call = Call(audio.rates, engines.speech, engines.activity, reader, Coach(playbook))
    run(chunks, call, RecordWriter(file, named(first, about)))


def better_record(path: Path, new: Record) -> Record | None:
    """The record in `path`, if `new`, of a recording that breaks off, must not take its place.

    That is one with more of the call; or with as much of it, from another file (whose other side may be whole).
    """
    try:
        there = read(path)
    except RecordError:
        return None
    is_same = there.header.get("audio") == new.header["audio"]
    return there if there.duration_s > new.duration_s or (there.duration_s == new.duration_s and not is_same) else None


def stays(there: Record, path: Path) -> str:
    """How a person is told that `better_record` is left alone."""
    return f"the record of {there.duration_s:.1f} s in {path} stays as it is"


def sound_of(audio: CallAudio) -> dict[str, str]:
    """By what the sound of a call is found again."""
    both = {} if audio.customer_path is None else {"customer": audio.customer_path.name}
    return {"sha256": audio.sha256, "codec": audio.codec, **both}


def named(first: Line, about: About) -> Line:
    """The first line of a record, with what else is known of the call."""
    known = {name: getattr(about, name) for name in ("agent", "queue", "started_at") if getattr(about, name)}
    return first | known


def renamed(first: Line, about: About) -> Line:
    """The same with what is known now, and nothing of what was known before."""
    heard = {name: value for name, value in first.items() if name not in ("agent", "queue")}
    return named(heard | {"started_at": None}, about)


def _watched(audio: CallAudio, envelope: Envelope | None, heard: Heard) -> Iterator[AudioChunk]:
    for chunk in audio.chunks():
        if envelope is not None:
            envelope.add(chunk)
        heard(chunk.end_sample / chunk.rate)
        yield chunk


def _page(write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="analyzer-") as folder:
        path = Path(folder) / "call.html"
        write(path)
        return path.read_bytes()
