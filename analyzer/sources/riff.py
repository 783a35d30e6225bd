"""What the header of a WAV says, and whether all of it can be true: libsndfile believes one field of two and goes on.

Rules:
* fields of the format that contradict each other are a contradiction: whichever is believed, it may come out as noise;
* so is a count of bytes that is no whole number of frames;
* a count that nobody wrote (0, or near the largest there is) contradicts nothing: its recorder wrote to a pipe, or was
  stopped half-way, and all that is there is read;
* behind the samples come further chunks, or there is sound that the header does not count;
* a file in which one cannot get from chunk to chunk, and a coding that is not one width a sample, are left to
  libsndfile.

A file is `RIFF`, a size, `WAVE`, and chunks: four letters, a size of four bytes, and as many bytes, filled up to an
even number. In `RF64` the size of the samples is in the chunk `ds64`; in `RIFX` all numbers are big-endian.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

STREAMED = 0x7FFF0000  # bytes; sizes from here on come from recorders that cannot go back: sox, arecord, FFmpeg
MOST_CHUNKS = 1_000  # an editor writes about ten
ORDERS = {b"RIFF": "<", b"RF64": "<", b"RIFX": ">"}
EXTENSIBLE = 0xFFFE  # its real tag comes later in the chunk
PCM, FLOAT, ALAW, MULAW = 1, 3, 6, 7
COMPANDED = (ALAW, MULAW)  # a byte a sample, whatever the field for it says
PLAIN = (PCM, FLOAT, *COMPANDED)
SOUND = (b"RIFF", b"RF64", b"RIFX", b"fmt ", b"data")  # behind the samples: a second recording, put after the first


@dataclass(frozen=True, slots=True)
class Wav:
    """The header of a WAV."""

    tag: int
    channels: int
    rate: int  # Hz
    byte_rate: int  # bytes a second
    frame: int  # bytes of all channels at one time
    bits: int  # of a sample
    begin: int  # where the samples begin, in bytes from the beginning of the file
    size: int  # bytes of samples
    beyond: int  # bytes behind them that are no further chunk

    @property
    def contradiction(self) -> str:
        """What cannot be true, in a few words; empty where all of it can."""
        if self.tag not in PLAIN:
            return ""
        width = 1 if self.tag in COMPANDED else (self.bits + 7) // 8
        if self.frame != self.channels * width:
            return f"frames of {self.frame} bytes for {self.channels} x {8 * width} bits"
        if self.byte_rate != self.rate * self.frame:
            return f"{self.byte_rate} bytes a second for {self.rate} frames of {self.frame} bytes"
        if self.is_counted and self.frame and self.size % self.frame:
            return f"{self.size} bytes of samples in frames of {self.frame}"
        return ""

    @property
    def is_counted(self) -> bool:
        """Whether somebody wrote how many bytes of samples there are."""
        return 0 < self.size < STREAMED

    @property
    def is_unfinished(self) -> bool:
        """Whether it counts no samples, and has some."""
        return self.size == 0 and self.beyond > 0

    @property
    def beyond_s(self) -> float:
        """How much sound there is behind what is counted, in seconds."""
        return self.beyond / self.byte_rate if self.is_counted and self.byte_rate else 0.0


class _Uncounted(io.FileIO):
    """A WAV that counts no samples, read as one that says "as many as there are"."""

    def __init__(self, path: Path, begin: int) -> None:
        super().__init__(path)
        self._size_at = range(begin - 4, begin)

    def readinto(self, buffer: Any) -> int:
        """As any file does, but for four bytes."""
        begin = self.tell()
        count = super().readinto(buffer) or 0
        for at in self._size_at:
            if begin <= at < begin + count:
                memoryview(buffer).cast("B")[at - begin] = 0xFF
        return count


@contextmanager
def counted(path: Path) -> Iterator[Path | io.FileIO]:
    """What to give to libsndfile, which takes a size of 0 at its word: the file itself, or one that is mended."""
    wav = read_wav(path)
    if wav is None or not wav.is_unfinished:
        yield path
        return
    with _Uncounted(path, wav.begin) as file:
        yield file


def read_wav(path: Path) -> Wav | None:
    """The header of a WAV, or None for what is none, or cannot be followed.  Raises `OSError`."""
    with path.open("rb") as file:
        kind, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
        if wave != b"WAVE" or kind not in ORDERS:
            return None
        return _read(file, ORDERS[kind], path.stat().st_size)


def _read(file: IO[bytes], order: str, length: int) -> Wav | None:
    at, fields, long_size = 12, b"", None
    for _ in range(MOST_CHUNKS):
        name, size = _chunk(file, at, order)
        if name == b"fmt ":
            fields = file.read(min(size, 40))
        elif name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16).ljust(16, b"\0"))[0]
        elif name == b"data":
            size = size if long_size is None else long_size
            if len(fields) < 16:
                return None
            return _wav(fields, order, at + 8, size, _beyond(file, order, at + 8 + size, length))
        at += 8 + size + size % 2
        if at >= length:
            return None
    return None


def _wav(fields: bytes, order: str, begin: int, size: int, beyond: int) -> Wav:
    tag, channels, rate, byte_rate, frame, bits = struct.unpack_from(f"{order}HHIIHH", fields)
    if tag == EXTENSIBLE and len(fields) >= 26:
        (tag,) = struct.unpack_from(f"{order}H", fields, 24)
    return Wav(tag, channels, rate, byte_rate, frame, bits, begin, size, beyond)


def _chunk(file: IO[bytes], at: int, order: str) -> tuple[bytes, int]:
    """The name and the size of the chunk that begins at `at`; no name at the end of the file."""
    file.seek(at)
    name, size = struct.unpack(f"{order}4sI", file.read(8).ljust(8, b"\0"))
    return name, size


def _beyond(file: IO[bytes], order: str, end: int, length: int) -> int:
    """How many bytes behind the samples, which end at `end`, belong to nothing."""
    if any(_is_chained(file, order, begin, length) for begin in (end + end % 2, end)):  # not everybody fills up
        return 0
    return length - end


def _is_chained(file: IO[bytes], order: str, at: int, length: int) -> bool:
    """Whether there is nothing from `at` on but chunks to the end of the file, and none of sound."""
    for _ in range(MOST_CHUNKS):
        if at + 8 > length:  # what is too short for a chunk is filling
            return True
        name, size = _chunk(file, at, order)
        if name in SOUND or not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        at += 8 + size + size % 2
        if at > length + 1:
            return False
    return False
