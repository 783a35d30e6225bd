"""The moments of a folder of records in an SQLite file beside them, so that a question takes no reading of records.

The index is a cache: it can be thrown away at any time.  A record is read again when its size or its time of change is
another one and its bytes have another hash; what is not in the folder any more leaves the index.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from analyzer.archive.folder import make_of, parse_if_record, paths, plain
from analyzer.archive.moments import Moment, moments_of
from analyzer.errors import OutputError, RecordError
from analyzer.record import Record

FILE = ".moments.sqlite"
SCHEMA = 2  # of the tables below: an index of another one is made anew
AT_ONCE = 250  # records a transaction: a kill loses no more
WAIT_S = 60  # for somebody else who is filling the same index

TABLES = """
CREATE TABLE calls (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    changed_ns INTEGER NOT NULL, call_id TEXT NOT NULL, agent TEXT, queue TEXT, started_at TEXT,
    duration_s REAL NOT NULL
);
CREATE TABLE moments (
    id INTEGER PRIMARY KEY, call INTEGER NOT NULL, kind TEXT NOT NULL, at_s REAL NOT NULL, end_s REAL NOT NULL,
    lasts_s REAL NOT NULL, speaker TEXT, level TEXT NOT NULL, sentiment REAL, intensity REAL, due TEXT,
    text TEXT NOT NULL, more TEXT NOT NULL
);
CREATE INDEX moments_of_call ON moments (call, at_s);
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE tags (tag INTEGER NOT NULL, moment INTEGER NOT NULL, PRIMARY KEY (tag, moment)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(text, content='moments', content_rowid='id', tokenize='unicode61');
"""

Told = Callable[[int, int], None]  # how many records of how many are in


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a look at the folder changed."""

    new: int
    gone: int
    refused: tuple[str, ...]  # a line for each file that is no record


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The index in a file, made if it is not there; only its owner may read it.

    A file that is damaged, or of another version, is replaced.  Raises `OutputError` where there can't be one.
    """
    try:
        try:
            index = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            index = _open(path)
        with closing(index):
            yield index
    except (sqlite3.DatabaseError, OSError) as error:
        raise OutputError(f"cannot use the index {path}: {error}; delete it, or give another with --index") from error


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds people's words
    index = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    try:
        index.execute("PRAGMA journal_mode=WAL")
        index.execute("PRAGMA synchronous=NORMAL")
        index.execute("BEGIN IMMEDIATE")
        [version] = index.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA:
            _make_anew(index)
        index.execute("COMMIT")
    except sqlite3.Error:
        index.close()
        raise
    return index


def _make_anew(index: sqlite3.Connection) -> None:
    for name in ("words", "tags", "names", "moments", "calls"):
        index.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in TABLES.split(";\n"):
        index.execute(statement)
    index.execute(f"PRAGMA user_version={SCHEMA}")


def refresh(index: sqlite3.Connection, folder: Path, told: Told = lambda *_: None) -> Refreshed:
    """Bring the index up to the records of a folder."""
    known = {row[0]: row[1:] for row in index.execute("SELECT path, size, changed_ns FROM calls")}
    found = {path.relative_to(folder).as_posix(): path for path in paths(folder)}
    refused: list[str] = []
    gone = sorted(known.keys() - found.keys())
    changed = [name for name, path in found.items() if known.get(name) != _stamp(path)]
    new = 0
    for start in range(0, max(len(changed), 1), AT_ONCE):
        with _writing(index) as writer:
            for name in gone if start == 0 else ():
                writer.lose(name)
            for name in changed[start : start + AT_ONCE]:
                try:
                    new += writer.take(name, found[name], folder)
                except RecordError as error:
                    refused.append(str(error))
                    writer.lose(name)
        told(min(start + AT_ONCE, len(changed)), len(changed))
    return Refreshed(new, len(gone), tuple(refused))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0  # it is gone since; reading it will say so
    return found.st_size, found.st_mtime_ns


@contextmanager
def _writing(index: sqlite3.Connection) -> Iterator[_Writer]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield _Writer(index)
        index.execute("COMMIT")
    except BaseException:
        index.execute("ROLLBACK")
        raise


class _Writer:
    """Writes records within one transaction."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index
        self._names = dict(index.execute("SELECT name, id FROM names").fetchall())
        [last] = index.execute("SELECT coalesce(max(id), 0) FROM moments").fetchone()
        self._ids = count(last + 1)

    def take(self, name: str, path: Path, folder: Path) -> bool:
        """Put a record in; False where it is there already, or is something else."""
        size, changed_ns = _stamp(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RecordError(f"cannot read the record {path}: {error.strerror or error}") from error
        digest = hashlib.sha256(data).hexdigest()
        if digest in (known for _, known in self._known(name)):
            self._index.execute("UPDATE calls SET size=?, changed_ns=? WHERE path=?", (size, changed_ns, name))
            return False
        record = parse_if_record(data, path)
        found = make_of(path, record, lambda _, record: moments_of(record), folder) if record else []
        self.lose(name)
        if record:
            self._put(record, found, (name, digest, size, changed_ns))
        return record is not None

    def forget(self, calls: Iterable[int]) -> None:
        """Take calls out."""
        for call in calls:
            said = self._index.execute("SELECT id, text FROM moments WHERE call=? AND kind='turn'", (call,)).fetchall()
            self._index.executemany("INSERT INTO words(words, rowid, text) VALUES('delete', ?, ?)", said)
            [bounds] = self._index.execute("SELECT min(id), max(id) FROM moments WHERE call=?", (call,))
            ranges = [(tag, *bounds) for tag in self._names.values()]  # the moments of a call were put in in one go
            self._index.executemany("DELETE FROM tags WHERE tag=? AND moment BETWEEN ? AND ?", ranges)
            self._index.execute("DELETE FROM moments WHERE call=?", (call,))
            self._index.execute("DELETE FROM calls WHERE id=?", (call,))

    def lose(self, name: str) -> None:
        """Take out what was known of a file."""
        self.forget(call for (call, _) in self._known(name))

    def _known(self, name: str) -> list[tuple[int, str]]:
        """The call of a file and its hash; asked here, since somebody else may have put it in by now."""
        return self._index.execute("SELECT id, sha256 FROM calls WHERE path=?", (name,)).fetchall()

    def _put(self, record: Record, moments: list[Moment], place: tuple[str, str, int, int]) -> None:
        header = record.header
        about = [None if header.get(name) is None else plain(header[name]) for name in ("agent", "queue", "started_at")]
        values = (*place, plain(record.call_id), *about, record.duration_s)
        call = self._index.execute(
            "INSERT INTO calls (path, sha256, size, changed_ns, call_id, agent, queue, started_at, duration_s) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        numbered = [(next(self._ids), moment) for moment in moments]
        rows = [(number, call, *_values(moment)) for number, moment in numbered]
        self._index.executemany(f"INSERT INTO moments VALUES ({', '.join('?' * 13)})", rows)
        said = [(number, moment.text) for number, moment in numbered if moment.kind == "turn"]
        self._index.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", said)
        tagged = {(self._tag(tag), number) for number, moment in numbered for tag in moment.tags}
        self._index.executemany("INSERT INTO tags VALUES (?, ?)", sorted(tagged))

    def _tag(self, name: str) -> int:
        if name not in self._names:
            row = self._index.execute("INSERT INTO names (name) VALUES (?)", (name,)).lastrowid
            self._names[name] = row
        return int(self._names[name])


def _values(moment: Moment) -> tuple[object, ...]:
    times = (moment.kind, float(moment.at_s), float(moment.end_s), moment.lasts_s)
    felt = (None if value is None else float(value) for value in (moment.sentiment, moment.intensity))
    more = plain(json.dumps(moment.more, ensure_ascii=False))
    return (*times, moment.speaker, moment.level, *felt, moment.more.get("due"), moment.text, more)


def is_empty(index: sqlite3.Connection) -> bool:
    """Whether there is no call in it."""
    return index.execute("SELECT 1 FROM calls LIMIT 1").fetchone() is None


def tags_in(index: sqlite3.Connection) -> list[str]:
    """Every tag that the archive holds: a playbook of one's own has tactics of its own."""
    return [name for (name,) in index.execute("SELECT name FROM names ORDER BY name")]
