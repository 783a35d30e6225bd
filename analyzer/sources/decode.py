"""One recording, opened: what its header says, and its samples in blocks of a second.

libsndfile reads WAV, FLAC, OGG and MP3; what it does not know goes to FFmpeg, if PyAV is installed.

Rules:
* whatever the bytes are, the only exception is `AudioError`, one line that names the file and a way out;
* a recording that breaks off is read as far as it goes, with a note; one of which nothing can be read is refused;
* a WAV whose header contradicts itself is refused; of one with sound behind what its header counts, only what is
  counted is read, with a note if the rest is half a second or more;
* samples that are no numbers are refused, samples far beyond full scale are clipped, with a note;
* nothing but one block is ever in memory.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from analyzer.audio import HIGHEST_RATE, LOWEST_RATE
from analyzer.errors import AudioError
from analyzer.sources.ogg import breaks_off
from analyzer.sources.riff import STREAMED, Wav, counted, read_wav

Frames = npt.NDArray[np.float32]  # (n, channels) float32, -1..1

STDERR = 2  # the system's number of it
HUSH = threading.Lock()
MOST_CHANNELS = 2  # one a speaker
LOUD = 1.5  # of full scale: floats a little above 1 come from mixing, far above from a wrong scale
UNKNOWN_FRAMES = 1 << 62  # what libsndfile says of a stream whose length nobody wrote
SHORT_S = 0.5  # what may be missing before a note says so: MP3 and OGG lengths are estimates
BY_FFMPEG = {".m4a", ".mp4", ".amr", ".awb", ".3gp", ".aac", ".wma", ".asf", ".webm", ".mka", ".mkv", ".opus"}
MAGIC = {
    # bytes: their offset; what only FFmpeg reads, whatever the file is called
    b"#!AMR": 0,
    b"ftyp": 4,
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": 0,  # ASF: WMA
    b"\x1a\x45\xdf\xa3": 0,  # Matroska, WebM
}
KNOWN = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", *MAGIC)  # beginnings of files that ought to be readable
DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,asf,amr,amrnb,amrwb,aac,ogg,matroska,webm,mp3,wav,flac,caf,aiff"  # no playlists
AGAIN = "copy or export it again for the rest"
MENDING = "convert it, for example: ffmpeg -i {name} -ac 2 -ar 16000 converted.wav"

Note = Callable[[str], None]


class Damaged(Exception):
    """A decoder can go no further; what it gave before is good."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that can be read: what its header says of it."""

    path: Path
    rate: int  # Hz
    channels: int
    duration_s: float | None  # None where only reading it to the end would tell
    codec: str
    blocks_of: Callable[[Recording], Iterator[Frames]]  # up to its end, or to `Damaged`
    beyond_s: float = 0.0  # of sound behind what the header counts; it is not read
    is_cut: bool = False  # whether its last page goes on behind its end

    def blocks(self, note: Note) -> Iterator[Frames]:
        """Its audio, a second at a time; `note` hears what a person should know of it."""
        read_s, is_damaged = 0.0, False
        try:
            for block in self.blocks_of(self):
                if not len(block):
                    continue
                yield _clean(block, self.path, read_s, note)
                read_s += len(block) / self.rate
        except Damaged:
            is_damaged = True
        if not read_s:
            raise AudioError(f"{show(self.path)} holds no audio that can be read; export it again")
        if missing := self._missing(read_s, is_damaged):
            note(f"{missing}; {AGAIN}")

    def _missing(self, read_s: float, is_damaged: bool) -> str:
        """What there was besides the `read_s` seconds that could be read; empty if that is all."""
        of = "" if self.duration_s is None else f" of {self.duration_s:.1f} s"
        if is_damaged:
            return f"is damaged after {read_s:.1f} s{of}"
        if self.duration_s is not None and read_s < self.duration_s - SHORT_S:
            return f"breaks off after {read_s:.1f} s{of}"
        if self.is_cut:
            return f"breaks off after {read_s:.1f} s"
        if self.beyond_s >= SHORT_S:
            return f"has {self.beyond_s:.1f} s more behind the {read_s:.1f} s that its header counts"
        return ""


def open_recording(path: Path) -> Recording:
    """Read the header; whatever is wrong with the file is an `AudioError`."""
    head = _head(path)
    wav, is_cut = _checked_wav(path), breaks_off(path)
    wants_ffmpeg = path.suffix.lower() in BY_FFMPEG or any(head[at:].startswith(magic) for magic, at in MAGIC.items())
    recording = _by_libsndfile(path)
    if recording is None and wants_ffmpeg:
        recording = _by_ffmpeg(path)
    if recording is None:
        raise AudioError(f"{show(path)} {_what_it_is(head, wav)}; {_mending(path)}")
    if not LOWEST_RATE <= recording.rate <= HIGHEST_RATE:
        raise AudioError(
            f"{show(path)} has a sample rate of {recording.rate} Hz, and only {LOWEST_RATE} to {HIGHEST_RATE} Hz "
            f"can be right for a call; {_mending(path)}"
        )
    if not 1 <= recording.channels <= MOST_CHANNELS:
        raise AudioError(
            f"{show(path)} has {recording.channels} channels; pick the agent's and the customer's, for example: "
            f"ffmpeg -i {path.name} -af 'pan=stereo|c0=c0|c1=c1' converted.wav"
        )
    return replace(recording, beyond_s=wav.beyond_s if wav else 0.0, is_cut=is_cut)


def show(path: Path) -> str:
    """A file's name as it can be printed, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")


def _mending(path: Path) -> str:
    return MENDING.format(name=show(Path(path.name)))


def _head(path: Path) -> bytes:
    """The first bytes of a file that is one and has some."""
    try:
        if path.is_dir():
            raise AudioError(f"{show(path)} is a folder; give a recording")
        if path.exists() and not path.is_file():
            raise AudioError(f"{show(path)} is not a file; give a recording")
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such file"
        raise AudioError(f"cannot read {show(path)}: {reason.lower()}; check the path") from error
    if not head:
        raise AudioError(f"{show(path)} is empty; copy or export it again")
    return head


def _checked_wav(path: Path) -> Wav | None:
    """The header of a WAV, if it is one; a header that cannot be true is refused."""
    try:
        wav = read_wav(path)
    except OSError as error:
        raise AudioError(f"cannot read {show(path)}: {error.strerror}; copy or export it again") from error
    if wav and wav.contradiction:
        raise AudioError(
            f"{show(path)} has a header that contradicts itself ({wav.contradiction}); export it again, "
            f"or {_mending(path)} (and listen to what that gives)"
        )
    return wav


def _what_it_is(head: bytes, wav: Wav | None) -> str:
    """Why nobody can read a file."""
    if wav and wav.beyond:
        return "has something behind its samples, perhaps a second recording"
    return "is damaged at its beginning" if head.startswith(KNOWN) else "is not audio in a format that is known"


def _clean(block: Frames, path: Path, at_s: float, note: Note) -> Frames:
    peak = float(np.max(np.abs(block)))  # NaN if there is one
    if not np.isfinite(peak):
        raise AudioError(f"{show(path)} has samples that are no numbers, near {at_s:.0f} s; {_mending(path)}")
    if peak > LOUD:
        note("is louder than full scale; it was clipped")
    return np.clip(block, -1.0, 1.0) if peak > 1.0 else block


# libsndfile


class Forward(soundfile.SoundFile):  # type: ignore[misc]
    """Read from its beginning to its end: in a FLAC whose encoder did not write its length nothing can be sought."""

    def seekable(self) -> bool:
        """Never."""
        return False


@contextmanager
def _hushed() -> Iterator[None]:
    """Without what libmpg123 writes to the terminal about a damaged MP3: the caller tells it in one line.

    One at a time: the terminal is the whole program's, and a second thread would take nowhere for it.
    """
    with HUSH:
        try:
            terminal = os.dup(STDERR)
        except OSError:  # closed: nothing can be written there
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, STDERR)
            yield
        finally:
            os.dup2(terminal, STDERR)
            os.close(terminal)
            os.close(nowhere)


def _by_libsndfile(path: Path) -> Recording | None:
    """The recording, or None if this is no format of libsndfile's."""
    try:
        with counted(path) as source, _hushed(), soundfile.SoundFile(source) as file:
            is_known = file.samplerate > 0 and file.frames < UNKNOWN_FRAMES
            duration_s = _promised(file) / file.samplerate if is_known else None
            codec = f"{file.format} {file.subtype}"
            return Recording(path, file.samplerate, file.channels, duration_s, codec, _sndfile_blocks)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, KeyError, OSError):
        return None  # TypeError: a .raw file has no header to tell its rate


def _promised(file: Any) -> int:
    """How many frames the header speaks of: libsndfile itself counts only what is there."""
    lie = re.search(r"^data\s*: (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if not lie or int(lie[1]) >= STREAMED or int(lie[2]) == 0:
        return int(file.frames)
    return int(file.frames * int(lie[1]) / int(lie[2]))


def _sndfile_blocks(recording: Recording) -> Iterator[Frames]:
    try:
        with ExitStack() as stack:
            source = stack.enter_context(counted(recording.path))
            with _hushed():
                opened = (Forward if recording.duration_s is None else soundfile.SoundFile)(source)
            file = stack.enter_context(opened)
            if (file.samplerate, file.channels) != (recording.rate, recording.channels):
                raise AudioError(f"{show(recording.path)} changed while it was read; run again")
            while len(block := _read(file, recording.rate)):
                yield block
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError) as error:
        raise Damaged from error


def _read(file: Any, count: int) -> Frames:
    with _hushed():
        block: Frames = file.read(count, dtype="float32", always_2d=True)
        return block


# FFmpeg


def _by_ffmpeg(path: Path) -> Recording | None:
    """The recording, or None if FFmpeg cannot read it either."""
    av = _pyav(path)
    try:
        with path.open("rb") as file, av.open(file, options={"format_whitelist": DEMUXERS}) as container:
            if not container.streams.audio:
                return None
            stream = container.streams.audio[0]
            duration_s = container.duration / av.time_base if container.duration else None
            codec = f"{container.format.name.split(',')[0]} {stream.codec_context.name}"
            return Recording(
                path, stream.rate or 0, stream.codec_context.layout.nb_channels, duration_s, codec, _ffmpeg_blocks
            )
    except (av.error.FFmpegError, ValueError, OSError, RuntimeError, AttributeError):
        return None


def _pyav(path: Path) -> Any:
    try:
        import av
    except ImportError as error:
        raise AudioError(
            f"{show(path)} is in a format that needs one more package; run: pip install 'call-analyzer[formats]'"
        ) from error
    return av


def _ffmpeg_blocks(recording: Recording) -> Iterator[Frames]:
    av = _pyav(recording.path)
    waiting: list[Frames] = []
    try:
        with recording.path.open("rb") as file, av.open(file, options={"format_whitelist": DEMUXERS}) as container:
            layout = "mono" if recording.channels == 1 else "stereo"
            to_floats = av.AudioResampler(format="flt", layout=layout, rate=recording.rate)
            for frame in container.decode(audio=0):
                waiting += [part.to_ndarray().reshape(-1, recording.channels) for part in to_floats.resample(frame)]
                if sum(map(len, waiting)) >= recording.rate:
                    yield np.concatenate(waiting)
                    waiting = []
            waiting += [part.to_ndarray().reshape(-1, recording.channels) for part in to_floats.resample(None)]
    except (av.error.FFmpegError, ValueError, OSError, RuntimeError) as error:
        if waiting:
            yield np.concatenate(waiting)
        raise Damaged from error
    if waiting:
        yield np.concatenate(waiting)
