"""The sound of a call: its recording where there is one, in a form that browsers play, and its outline."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import soundfile

from analyzer.audio import AudioChunk
from analyzer.digest import sha256
from analyzer.errors import AudioError
from analyzer.record import Record, replacing
from analyzer.report.envelope import Envelope
from analyzer.report.mp3 import encode
from analyzer.sources.file import open_call

PLAYED = {"PCM_16", "PCM_24", "PCM_U8", "FLOAT", "ULAW", "ALAW", "VORBIS", "OPUS", "MPEG_LAYER_III"}  # by every browser
PLAYED_IN = {".wav", ".flac", ".ogg", ".opus", ".mp3"}
EMBEDDED = b'src="data:audio/mpeg;base64,'  # as the report has it
TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg"}


def recording(record: Record, path: Path, folders: Sequence[Path], cache: Path) -> Path | None:
    """A file with the call's sound that a browser plays, or None.

    It is the recording itself, known by its hash, in the folder of the record at `path` or below one of `folders`;
    else the sound inside the report beside the record.  What had to be converted is kept in `cache`.
    """
    name = Path(str(record.header["source"])).name  # a bare name: a record can't point out of the folders
    for candidate in _candidates(name, [path.parent, *folders]):
        if sha256(candidate) == record.header["audio"]["sha256"]:
            return candidate if _is_played(candidate) else _converted(candidate, cache)
    return _embedded(path.with_suffix(".html"), cache)


def _candidates(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if (folder / name).is_file():
            yield folder / name
    for folder in folders[1:]:
        yield from (found for found in sorted(folder.rglob("*")) if found.name == name and found.is_file())


def _is_played(path: Path) -> bool:
    try:
        return path.suffix.lower() in PLAYED_IN and soundfile.info(path).subtype in PLAYED
    except soundfile.LibsndfileError:
        return False


def _kept(path: Path, cache: Path, suffix: str) -> Path:
    stamp = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"{key[:32]}{suffix}"


def _converted(path: Path, cache: Path) -> Path:
    """The same as MP3, agent on the left."""
    kept = _kept(path, cache, ".mp3")
    if not kept.exists():
        audio = open_call(path)
        with replacing(kept) as file:
            encode(audio.chunks(), audio.rates, file)
    return kept


def _embedded(page: Path, cache: Path) -> Path | None:
    if not page.is_file():
        return None
    kept = _kept(page, cache, ".mp3")
    if not kept.exists():
        _, found, rest = page.read_bytes().partition(EMBEDDED)
        if not found:
            return None
        with replacing(kept) as file:
            file.write(base64.b64decode(rest[: rest.index(b'"')]))
    return kept


def waves(sound: Path, duration_s: float, cache: Path) -> list[dict[str, Any]]:
    """The outline for the chart, drawn once and kept; empty where the sound can't be read."""
    kept = _kept(sound, cache, ".json")
    if not kept.exists():
        envelope = Envelope()
        try:
            for chunk in _chunks(sound):
                envelope.add(chunk)
        except AudioError:
            return []
        with replacing(kept) as file:
            file.write(json.dumps(envelope.waves(duration_s)).encode())
    found: list[dict[str, Any]] = json.loads(kept.read_text())
    return found


def _chunks(sound: Path) -> Iterator[AudioChunk]:
    return open_call(sound).chunks()
