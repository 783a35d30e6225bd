"""The folder of scored calls: what is in it already, what that was made from, and how more of it is put there.

    OUT/CALL.jsonl, CALL.html      the record and the page of each call
    OUT/.archive/ledger.ndjson     what became of each call
    OUT/.archive/kept/CALL.json.gz what a record was made from, and the readings of its turns

A call need not be scored again when its record is the one that was written (by its hash), made from the same sound, the
same models, the same way of reading the file and the same playbook.  Where size and time of writing of the recording
are those that the ledger has, its sound is taken to be the same without reading it.  Where only the playbook differs,
or what is known of the call (its agent, queue and date), the call is coached again from its record.

What a record was made from is written before the record.  So whatever a kill leaves behind, either they fit each other
or the call is scored again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from filelock import FileLock, Timeout

from analyzer import __version__
from analyzer.batch.files import at_hand, stamp
from analyzer.batch.ledger import Entry, Ledger
from analyzer.batch.plan import Task
from analyzer.batch.readings import Kept, coached_again
from analyzer.batch.work import Scored, Wish, renamed
from analyzer.errors import AudioError, OutputError, RecordError
from analyzer.playbook import Playbook
from analyzer.record import Identity, parse, read, replacing
from analyzer.report.html import renewed
from analyzer.sources.file import sha256_of

HIDDEN = ".archive"
Page: TypeAlias = Literal["", "silent", "sounding"]
Standing: TypeAlias = Literal["there", "found", "coach", "score"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a record was made from."""

    heard: str  # the hash of models and settings, without the sound
    audio: str  # the hash of the sound
    playbook: str
    record: str  # the hash of the record itself
    page: Page
    duration_s: float
    readings: Kept
    about: str  # the hash of what is known of the call besides its sound


class Archive:
    """A folder of scored calls, held by one run at a time."""

    def __init__(self, folder: Path, playbook: Playbook, identities: Mapping[str, Identity], wish: Wish) -> None:
        """Open it, or begin it.  Raises `OutputError` where it cannot be written, or another run holds it."""
        self.folder = folder
        self._kept = folder / HIDDEN / "kept"
        self._playbook, self._identities, self._wish = playbook, identities, wish
        try:
            self._kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the folder {folder}: {error.strerror}; choose another with -o") from error
        self._lock = FileLock(folder / HIDDEN / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise OutputError(f"another run is writing to {folder}; wait for it, or choose another with -o") from error
        self.ledger = Ledger(folder / HIDDEN / "ledger.ndjson")

    def close(self) -> None:
        """Let others have it."""
        self.ledger.close()
        self._lock.release()

    def record_path(self, task: Task) -> Path:
        """Where the record of a call is, or will be."""
        return self.folder / f"{task.call_id}.jsonl"

    def standing(self, task: Task) -> Standing:
        """What is left to do for a call: nothing ("there"; "found", if the ledger does not know), or how much."""
        entry, seen = self.ledger.last.get(task.call_id), stamp(task.files)
        if entry and entry.state == "done" and seen and self._is_as_it_was(task, entry, seen):
            return "there"
        proof = self._proof(task)
        if proof is None or not seen or proof.heard != self._heard(task) or not self._is_whole(task, proof):
            return "score"
        if proof.audio != _sound(task):
            return "score"
        is_told = (proof.playbook, proof.about) == (self._playbook.sha256, _about(task))
        return "found" if is_told else "coach"

    def _is_as_it_was(self, task: Task, entry: Entry, seen: str) -> bool:
        """Whether recording and record look as when the ledger's line was written; neither is read."""
        is_same = (entry.stamp, entry.key) == (seen, self._key(task))
        return is_same and _size(self.record_path(task)) == entry.size and self._has_page(task, entry.page)

    def _is_whole(self, task: Task, proof: Proof) -> bool:
        try:
            data = self.record_path(task).read_bytes()
        except OSError:
            return False
        return _sha256(data) == proof.record and self._has_page(task, proof.page)

    def _has_page(self, task: Task, page: str) -> bool:
        return not self._page or (page == self._page and self.record_path(task).with_suffix(".html").is_file())

    @property
    def _page(self) -> Page:
        """What kind of page is wanted."""
        return "" if not self._wish.report else "sounding" if self._wish.embed_audio else "silent"

    def found(self, task: Task) -> Entry:
        """Tell the ledger of a record that is as it should be."""
        proof = self._proof(task)
        duration_s = proof.duration_s if proof else 0.0
        return self._done(task, "found", stamp(task.files), duration_s, missing=self._missing(task))

    def keep(self, task: Task, scored: Scored, seen: str) -> Entry:
        """Write down what a worker found; `seen` is the stamp of the recording from before it was read."""
        self._write(task, scored.audio_sha256, scored.record, scored.page, scored.readings, scored.duration_s)
        return self._done(task, "scored", seen, scored.duration_s, scored.took_s, scored.missing)

    def coach(self, task: Task) -> Entry | None:
        """Coach a call again from its record; None where it has to be heard again."""
        proof, path, seen = self._proof(task), self.record_path(task), stamp(task.files)
        if proof is None:
            return None
        try:
            record = read(path)
            record = replace(record, header=renamed(record.header, task.about))
            data = coached_again(record, proof.readings, self._playbook)
            page = self._renewed_page(path, data) if self._wish.report else None
        except (RecordError, OSError):
            return None
        self._write(task, proof.audio, data, page, proof.readings, proof.duration_s)
        return self._done(task, "coached", seen, proof.duration_s, missing=self._missing(task))

    def _renewed_page(self, path: Path, data: bytes) -> bytes:
        record = parse(data.decode().splitlines(keepends=True), str(path))
        return renewed(path.with_suffix(".html").read_text("utf-8"), record).encode()

    def _write(
        self, task: Task, audio: str, record: bytes, page: bytes | None, readings: Kept, duration_s: float
    ) -> None:
        """The record comes last: where it is the one that the proof names, all is there."""
        heard, kind = self._heard(task), self._page if page is not None else ""
        playbook = self._playbook.sha256
        proof = Proof(heard, audio, playbook, _sha256(record), kind, duration_s, readings, _about(task))
        text = json.dumps({one.name: getattr(proof, one.name) for one in fields(proof)}, separators=(",", ":"))
        self._replace(self._proof_path(task), gzip.compress(text.encode(), compresslevel=1, mtime=0))
        if page is not None:
            self._replace(self.record_path(task).with_suffix(".html"), page)
        self._replace(self.record_path(task), record)

    def _replace(self, path: Path, data: bytes) -> None:
        with replacing(path) as file:
            file.write(data)

    def _missing(self, task: Task) -> str:
        """What was missing of the same recording when it was heard, as the ledger has it."""
        entry = self.ledger.last.get(task.call_id)
        return entry.reason if entry and entry.state == "done" else ""

    def _done(
        self, task: Task, how: str, seen: str, duration_s: float, took_s: float = 0.0, missing: str = ""
    ) -> Entry:
        entry = Entry(
            task.call_id,
            "done",
            file=task.name,
            reason=missing,
            other=task.other,
            how=how,
            stamp=seen,
            key=self._key(task),
            page=self._page,
            size=_size(self.record_path(task)),
            duration_s=round(duration_s, 3),
            took_s=round(took_s, 3),
        )
        return self.ledger.add(entry)

    def _proof_path(self, task: Task) -> Path:
        return self._kept / f"{task.call_id}.json.gz"

    def _proof(self, task: Task) -> Proof | None:
        try:
            return Proof(**json.loads(gzip.decompress(self._proof_path(task).read_bytes())))
        except (OSError, EOFError, zlib.error, ValueError, TypeError):
            return None

    def _heard(self, task: Task) -> str:
        """The hash of all that a record is made from, but for the sound, the playbook and what is known of the call."""
        models = {role: identity.sha256 for role, identity in sorted(self._identities.items())}
        names = [file.rsplit("/", 1)[-1] for file in task.files]
        reading = [self._wish.agent_channel, self._wish.mono_speaker]
        return _hash([__version__, models, reading, task.call_id, names])

    def _key(self, task: Task) -> str:
        return _hash([self._heard(task), self._playbook.sha256, _about(task)])[:32]


def _hash(parts: Sequence[Any]) -> str:
    return _sha256(json.dumps(parts, sort_keys=True).encode())


def _about(task: Task) -> str:
    return _hash([asdict(replace(task.about, call_id=""))])[:32]  # its name is that of the record


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _sound(task: Task) -> str:
    """The hash of the recording, as its record has it; empty where it cannot be read."""
    try:
        with at_hand(task.files) as paths:
            return sha256_of(paths)
    except AudioError:
        return ""
