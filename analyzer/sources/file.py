"""Recorded calls: one file with a channel a speaker, two files as one call, or one mono file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import numpy as np

from analyzer.audio import AudioChunk, Samples, Speaker
from analyzer.digest import sha256
from analyzer.errors import AudioError
from analyzer.record import safe_name
from analyzer.sources.bleed import Bleed
from analyzer.sources.decode import AGAIN, Frames, Note, Recording, open_recording, show

SILENT = 0.0003  # peak, -70 dBFS: below the quietest talker, above the idle noise of a coded line
ROLES = {"agent", "a", "left", "rx", "tx", "in", "out", "1", "0"}  # names that say which side, not which call


@dataclass(frozen=True, slots=True)
class Side:
    """One speaker's place in a recording."""

    speaker: Speaker
    recording: Recording
    channel: int


@dataclass(frozen=True, slots=True)
class CallAudio:
    """A recorded call, opened but not yet read."""

    call_id: str
    path: Path  # the agent's, where there are two
    sha256: str  # of the file; where there are two, of both their hashes in hex, the agent's first
    sides: tuple[Side, ...]
    notes: list[str] = field(default_factory=list)  # what a person should know; complete once `chunks` has ended

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        return tuple(side.speaker for side in self.sides)

    @property
    def customer_path(self) -> Path | None:
        """The customer's file, where there are two."""
        return next((side.recording.path for side in self.sides if side.recording.path != self.path), None)

    @property
    def rates(self) -> Mapping[Speaker, int]:
        """The sample rate of each speaker in Hz."""
        return {side.speaker: side.recording.rate for side in self.sides}

    @property
    def duration_s(self) -> float | None:
        """The length of the longest side as the headers have it; None where one does not say."""
        lengths = [side.recording.duration_s for side in self.sides]
        return max((length for length in lengths if length is not None), default=None)

    @property
    def channels(self) -> int:
        return len(self.sides)

    @property
    def codec(self) -> str:
        """The container and the coding, such as "WAV ULAW"."""
        return " + ".join(dict.fromkeys(side.recording.codec for side in self.sides))

    @property
    def missing(self) -> str:
        """What of it could not be read, and the way out; empty if nothing; known once `chunks` has ended."""
        return "; ".join(note for note in self.notes if note.endswith(AGAIN))

    @property
    def is_whole(self) -> bool:
        """Whether none of it was missing; known once `chunks` has ended."""
        return not self.missing

    def chunks(self) -> Iterator[AudioChunk]:
        """The audio, about a second of each speaker in turn.  It can be read again.

        Raises `AudioError` for what the header did not tell.
        """
        bleed = Bleed(dict(self.rates)) if len(self.sides) > 1 else None
        peaks: dict[Speaker, float] = dict.fromkeys(self.speakers, 0.0)
        for chunk in _in_turn(self.sides, self._note):
            peaks[chunk.speaker] = max(peaks[chunk.speaker], float(np.max(np.abs(chunk.samples))))
            if bleed:
                bleed.hear(chunk.speaker, chunk.samples)
            yield chunk
        self._note_silence(peaks)
        if bleed and (verdict := bleed.verdict()):
            self._note(verdict)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _note_silence(self, peaks: Mapping[Speaker, float]) -> None:
        silent = [speaker for speaker, peak in peaks.items() if peak < SILENT]
        if len(silent) == len(peaks):
            raise AudioError(f"{show(self.path)} is silent throughout; export it again, with its sound")
        for speaker in silent:
            self._note(f"the {speaker}'s side is silent throughout; is the channel the right one?")


def open_call(path: Path, agent_channel: int = 0, mono_speaker: Speaker = "unknown") -> CallAudio:
    """A call in one file: two channels, of which `agent_channel` is the agent's, or one, of `mono_speaker`.

    Raises `AudioError` for a file that is not such a recording.
    """
    recording = open_recording(path)
    if recording.channels == 1:
        sides: tuple[Side, ...] = (Side(mono_speaker, recording, 0),)
    elif agent_channel in (0, 1):
        sides = (Side("agent", recording, agent_channel), Side("customer", recording, 1 - agent_channel))
    else:
        raise AudioError(f"{show(path)} has channels 0 and 1; the agent cannot be on {agent_channel}")
    return CallAudio(safe_name(path.stem), path, _sha256(path), sides)


def open_pair(agent: Path, customer: Path) -> CallAudio:
    """A call in two mono files, which may differ in rate and length.

    Raises `AudioError` for files that are not such recordings.
    """
    sides = []
    for speaker, path in (("agent", agent), ("customer", customer)):
        recording = open_recording(path)
        if recording.channels != 1:
            raise AudioError(f"{show(path)} has two channels; give it alone, without --agent and --customer")
        sides.append(Side("agent" if speaker == "agent" else "customer", recording, 0))
    if _same_file(agent, customer):
        raise AudioError(f"{show(agent)} was given for both sides; give each side its own file")
    return CallAudio(safe_name(_common_name(agent, customer)), agent, sha256_of((agent, customer)), tuple(sides))


def sha256_of(paths: Sequence[Path]) -> str:
    """The hash of a recording as `CallAudio` has it: of its file, or of both hashes in hex, the agent's first."""
    return joined([_sha256(path) for path in paths])


def joined(hashes: Sequence[str]) -> str:
    """One hash for all files of a recording, by the hash of each in hex; of one file its own."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _common_name(agent: Path, customer: Path) -> str:
    """call-7-agent and call-7-customer are call-7; agent and customer in a folder are the folder."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(*map(_parts, (agent, customer)), strict=False))
    if common := "".join(part for part, _ in alike).strip("-_. "):
        return common
    return agent.absolute().parent.name if agent.stem.lower() in ROLES else agent.stem


def _parts(path: Path) -> list[str]:
    """A name cut at its separators, which are kept."""
    return re.split(r"([-_. ]+)", path.stem)


def _same_file(agent: Path, customer: Path) -> bool:
    return agent.samefile(customer)


def _sha256(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise AudioError(f"cannot read {show(path)}: {error.strerror}; copy or export it again") from error


def _in_turn(sides: tuple[Side, ...], note: Note) -> Iterator[AudioChunk]:
    """A block of each recording in turn until all have ended."""
    recordings = list(dict.fromkeys(side.recording for side in sides))
    tells = {recording: _named(note, recording) if len(recordings) > 1 else note for recording in recordings}
    readers = {recording: recording.blocks(tell) for recording, tell in tells.items()}
    read = dict.fromkeys(recordings, 0)  # frames so far
    while readers:
        for recording in list(readers):
            block = next(readers[recording], None)
            if block is None:
                del readers[recording]
                continue
            for side in sides:
                if side.recording is recording:
                    samples = _one_channel(block, side.channel)
                    yield AudioChunk(samples, read[recording], recording.rate, side.speaker)
            read[recording] += len(block)


def _named(note: Note, recording: Recording) -> Note:
    """A note that says of which of two files it speaks."""
    return lambda said: note(f"{show(Path(recording.path.name))} {said}")


def _one_channel(block: Frames, channel: int) -> Samples:
    return np.ascontiguousarray(block[:, channel])
