"""What a live call leaves behind: its record, line by line as it runs, and its audio if that was asked for.

A record is written in its own name from the first line on, so a killed program leaves a record that ends
early and is still a record.  A disk that fills up must not take the agent's prompts away: writing stops,
the trouble is told once, and the call goes on.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from analyzer.audio import AudioChunk, Speaker
from analyzer.errors import OutputError
from analyzer.events import Event
from analyzer.record import Line, RecordWriter

LOG = logging.getLogger(__name__)


def free_path(folder: Path, call_id: str, suffix: str = ".jsonl") -> Path:
    """A path for the call's record that no other call has: a second call of one name is `NAME-2`."""
    names = [call_id, *(f"{call_id}-{number}" for number in range(2, 10_000))]
    for name in names:
        if not (path := folder / f"{name}{suffix}").exists():
            return path
    raise OutputError(f"{folder} holds ten thousand records named {call_id}; choose another folder with -o")


def _opened(path: Path) -> IO[bytes]:
    """A new file that only its owner can read: people's words are in it."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600), "wb")


class Recording:
    """A sink: writes the record while the call runs."""

    def __init__(self, path: Path, first: Line) -> None:
        """Begin the record at `path`; a folder that cannot be written is an `OutputError`."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] | None = _opened(path)
            self._write = RecordWriter(self._file, first)
        except OSError as error:
            raise OutputError(f"cannot write the record {path}: {error.strerror}; choose another with -o") from error

    def __call__(self, event: Event) -> None:
        """Write one event, unless writing has stopped."""
        if self._file is None:
            return
        try:
            self._write(event)
        except OSError as error:
            told = {"event": "record ended", "call_id": self.path.stem, "error": error.strerror}
            LOG.warning("the record %s ends here: %s; the call goes on", self.path, error.strerror, extra=told)
            self.close()

    def close(self) -> None:
        """Nothing more will be written."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # the disk was full, and its buffer cannot be emptied: told already
                file.close()


class KeptAudio:
    """The audio of each speaker as `CALL.SPEAKER.flac`, gaps as silence."""

    MOST_SILENCE_S = 60  # at a time, so that a long gap takes no memory

    def __init__(self, record: Path) -> None:
        self._record = record
        self._files: dict[Speaker, Any] = {}
        self._written: dict[Speaker, int] = {}
        self._stopped = False

    def hear(self, chunk: AudioChunk) -> None:
        """Keep a chunk, from the call's own thread or whoever feeds it: always the same one."""
        if self._stopped:
            return
        try:
            self._keep(chunk)
        except (OSError, RuntimeError) as error:  # soundfile's own error is a RuntimeError
            self._stopped = True
            name = self._record.stem
            told = {"event": "audio ended", "call_id": name, "error": type(error).__name__}
            LOG.warning("the audio of %s is kept no longer: %s; the call goes on", name, error, extra=told)

    def _keep(self, chunk: AudioChunk) -> None:
        file = self._files.get(chunk.speaker) or self._opened(chunk)
        written = self._written[chunk.speaker]
        while written < chunk.first_sample:
            silence = min(chunk.first_sample - written, self.MOST_SILENCE_S * chunk.rate)
            file.write(np.zeros(silence, dtype=np.float32))
            written += silence
        file.write(chunk.samples[max(written - chunk.first_sample, 0) :])
        self._written[chunk.speaker] = max(written, chunk.end_sample)

    def _opened(self, chunk: AudioChunk) -> Any:
        import soundfile

        path = self._record.with_suffix(f".{chunk.speaker}.flac")
        path.touch(mode=0o600)
        path.chmod(0o600)
        file = soundfile.SoundFile(path, "w", chunk.rate, 1, "PCM_16", format="FLAC")
        self._files[chunk.speaker], self._written[chunk.speaker] = file, 0
        return file

    def close(self) -> None:
        """The files are whole."""
        for file in self._files.values():
            with suppress(OSError, RuntimeError):  # the disk was full: told already
                file.close()
        self._files = {}
