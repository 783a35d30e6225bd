"""The sound of a call: its recording where there is one, in a form that browsers play, and its outline."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import soundfile

from analyzer.audio import AudioChunk
from analyzer.digest import sha256
from analyzer.errors import AudioError
from analyzer.record import Record, replacing
from analyzer.report.envelope import Envelope
from analyzer.report.mp3 import encode
from analyzer.sources.file import joined, open_call, open_pair

PLAYED = {"PCM_16", "PCM_24", "PCM_U8", "FLOAT", "ULAW", "ALAW", "VORBIS", "OPUS", "MPEG_LAYER_III"}  # by every browser
PLAYED_IN = {".wav", ".flac", ".ogg", ".opus", ".mp3"}
EMBEDDED = b'src="data:audio/mpeg;base64,'  # as the report has it
LOOKED_S = 60.0  # for so long a folder of recordings is not looked through again
TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg"}


def recording(record: Record, path: Path, folders: Sequence[Path], cache: Path) -> Path | None:
    """A file with the call's sound that a browser plays, or None.

    It is the recording itself (or those of both sides), known by its hash, in the folder of the record at `path` or
    below one of `folders`; else the sound inside the report beside the record.  What had to be converted is kept in
    `cache`.
    """
    audio = record.header.get("audio", {})
    names = [record.header["source"], *filter(None, [audio.get("customer")])]
    for files in _candidates(names, [path.parent, *folders]):
        if joined([_hash_of(path) for path in files]) == audio.get("sha256"):
            return files[0] if len(files) == 1 and _is_played(files[0]) else _converted(files, cache)
    return _embedded(path.with_suffix(".html"), cache)


def _hash_of(path: Path) -> str:
    """Of a recording, worked out once as long as it does not change: a browser asks for many parts of it."""
    stamp = path.stat()
    return _hash(path, stamp.st_size, stamp.st_mtime_ns)


@lru_cache(maxsize=4096)
def _hash(path: Path, size: int, changed_ns: int) -> str:  # noqa: ARG001 - they say that it is still the same file
    return sha256(path)


def _candidates(names: Sequence[object], folders: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Files of these names, one of each: bare names, since a record can't point out of the folders."""
    return product(*(list(_named(Path(str(name)).name, folders)) for name in names))


def _named(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if (folder / name).is_file():
            yield folder / name
    for folder in folders[1:]:
        yield from _names(folder, int(time.monotonic() / LOOKED_S)).get(name, ())


@lru_cache(maxsize=16)
def _names(folder: Path, turn: int) -> Mapping[str, list[Path]]:  # noqa: ARG001 - a new number looks anew
    """Every file below a folder, by its name."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[path.name].append(path)
    return dict(found)


def _is_played(path: Path) -> bool:
    try:
        return path.suffix.lower() in PLAYED_IN and soundfile.info(path).subtype in PLAYED
    except soundfile.LibsndfileError:
        return False


def _kept(files: Sequence[Path], cache: Path, suffix: str) -> Path:
    stamps = [(path.resolve(), path.stat()) for path in files]
    text = "\n".join(f"{path} {stamp.st_size} {stamp.st_mtime_ns}" for path, stamp in stamps)
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}{suffix}"


def _converted(files: Sequence[Path], cache: Path) -> Path:
    """The same as MP3, agent on the left."""
    kept = _kept(files, cache, ".mp3")
    if not kept.exists():
        audio = open_pair(*files) if len(files) == 2 else open_call(files[0])
        with replacing(kept) as file:
            encode(audio.chunks(), audio.rates, file)
    return kept


def _embedded(page: Path, cache: Path) -> Path | None:
    if not page.is_file():
        return None
    kept = _kept([page], cache, ".mp3")
    if not kept.exists():
        _, found, rest = page.read_bytes().partition(EMBEDDED)
        if not found:
            return None
        with replacing(kept) as file:
            file.write(base64.b64decode(rest[: rest.index(b'"')]))
    return kept


def drawn(sound: Path, record: Record, cache: Path) -> list[dict[str, Any]] | None:
    """The outline for the chart, if it was drawn before."""
    kept = _kept([sound], cache, ".json")
    return _turned(json.loads(kept.read_text()), record) if kept.exists() else None


def waves(sound: Path, record: Record, cache: Path) -> list[dict[str, Any]]:
    """The outline for the chart, drawn once and kept; empty where the sound can't be read."""
    kept = _kept([sound], cache, ".json")
    if not kept.exists():
        envelope = Envelope()
        try:
            for chunk in _chunks(sound):
                envelope.add(chunk)
        except AudioError:
            return []
        with replacing(kept) as file:
            file.write(json.dumps(envelope.waves(record.duration_s)).encode())
    return drawn(sound, record, cache) or []


def _turned(found: list[dict[str, Any]], record: Record) -> list[dict[str, Any]]:
    """With the sides named by who speaks when: a recording may have the agent on its second channel."""
    sides = {wave["speaker"]: wave["peaks"] for wave in found}
    if set(sides) != {"agent", "customer"}:
        return found
    if _told_apart(sides["agent"], record) >= _told_apart(sides["customer"], record):
        return found
    other = {"agent": "customer", "customer": "agent"}
    return [{"speaker": wave["speaker"], "peaks": sides[other[wave["speaker"]]], "turned": True} for wave in found]


def _told_apart(peaks: Sequence[float], record: Record) -> float:
    """How much louder one channel is in the agent's turns than in the customer's."""
    means = {"agent": 0.0, "customer": 0.0}
    for speaker in means:
        of_them = [turn for turn in record.turns if turn["speaker"] == speaker]
        at = [(_at(turn["start_s"], peaks, record), _at(turn["end_s"], peaks, record)) for turn in of_them]
        heard = [peak for start, end in at for peak in peaks[start : end + 1]]
        means[speaker] = sum(heard) / len(heard) if heard else 0.0
    return means["agent"] - means["customer"]


def _at(at_s: float, peaks: Sequence[float], record: Record) -> int:
    return min(len(peaks) - 1, int(at_s / max(record.duration_s, 1e-3) * len(peaks)))


def _chunks(sound: Path) -> Iterator[AudioChunk]:
    return open_call(sound).chunks()
