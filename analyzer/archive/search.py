"""Moments that answer a question, from the index.  The audit's page may call `search` as the command line does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzer.archive.asked import Clause, Described, Either, Measure, Not, Question, Says, Tag, Thing, While

FILTERS = {
    "agent": "c.agent = ?",
    "queue": "c.queue = ?",
    "since": "c.started_at >= ?",
    "until": "c.started_at < ? || '~'",  # the whole of that day: what follows it in a time sorts before a tilde
    "call": "c.call_id = ?",
    "but": "c.call_id NOT IN (SELECT value FROM json_each(?))",  # a JSON list
}
SHOWN = "m.id, c.path, c.call_id, c.agent, c.queue, c.started_at, m.kind, m.at_s, m.end_s, m.speaker, m.level, m.text"
COLUMNS = {"intensity": "intensity", "sentiment": "sentiment", "lasting": "lasts_s", "due": "due"}


@dataclass(frozen=True, slots=True)
class Also:
    """Another moment that the question asked for, the one nearest to what was found."""

    kind: str
    at_s: float
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A moment that answers."""

    record: str  # the path of its record in the folder
    call_id: str
    agent: str | None
    queue: str | None
    started_at: str | None
    kind: str
    at_s: float
    end_s: float
    speaker: str | None
    level: str
    text: str
    more: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Some of the moments that answer, and how many there are in all."""

    found: tuple[Found, ...]
    moments: int
    calls: int  # in which they are
    asked: int  # calls that were looked at


def what(found: Found) -> str:
    """What was found, for people: the level it became, the advice, the promise with its day."""
    more = found.more
    told = {
        "level": f"now {found.level}",
        "prompt": f"prompt {more.get('move')}: {more.get('tactic')}" + {True: ", used"}.get(bool(more.get("used")), ""),
        "promise": f"promised by the {found.speaker}, {more.get('when') or 'no time'}"
        + (f", due {more['due']}" if more.get("due") else ""),
    }
    return told.get(found.kind, found.kind if found.kind != "turn" else f"while {found.level}")


def search(
    index: sqlite3.Connection,
    question: Question,
    only: Mapping[str, str] = {},
    limit: int | None = 50,
    offset: int = 0,
) -> Answer:
    """The moments that answer a question, by date, call and time; `only` narrows the calls by the `FILTERS`."""
    makes = _Sql(index)
    where, values = makes.question(question, only)
    base = f"FROM moments m JOIN calls c ON c.id = m.call WHERE {where}"
    [(moments, calls)] = index.execute(f"SELECT count(*), count(DISTINCT m.call) {base}", values)
    chosen = f"SELECT {SHOWN}, m.more {base} ORDER BY c.started_at, c.call_id, m.at_s, m.id LIMIT ? OFFSET ?"
    rows = index.execute(chosen, (*values, -1 if limit is None else limit, offset)).fetchall()
    found = tuple(_found([*row[1:-1], json.loads(row[-1]), tuple(makes.also(question, row[0]))]) for row in rows)
    wanted, narrowed = makes.filters(only)
    [asked] = index.execute(f"SELECT count(*) FROM calls c WHERE {wanted}", narrowed).fetchone()
    return Answer(found, moments, calls, asked)


def _found(values: Sequence[Any]) -> Found:
    return Found(*values)


class _Sql:
    """Writes the conditions of a question; every word of it goes in as a value, never as SQL."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index
        self._tags = dict(index.execute("SELECT name, id FROM names").fetchall())

    def question(self, question: Question, only: Mapping[str, str]) -> tuple[str, list[object]]:
        parts = [self.filters(only), self._moment("m", question.moment)]
        parts += [self._clause(clause) for clause in question.clauses]
        return _all_of(parts)

    def filters(self, only: Mapping[str, str]) -> tuple[str, list[object]]:
        return _all_of([(FILTERS[name], [value]) for name, value in only.items()])

    def also(self, question: Question, number: int) -> Iterator[Also]:
        """Of each moment that must be there, the nearest to the one that was found."""
        for clause in question.clauses:
            if not clause.is_absent:
                where, values = self._around(clause)
                row = self._index.execute(
                    "SELECT b.kind, b.at_s, b.speaker, b.text FROM moments m JOIN moments b ON b.call = m.call "
                    f"WHERE m.id = ? AND {where} ORDER BY abs(b.at_s - m.at_s) LIMIT 1",
                    (number, *values),
                ).fetchone()
                yield Also(*row)

    def _clause(self, clause: Clause) -> tuple[str, list[object]]:
        where, values = self._around(clause)
        wanted = "NOT EXISTS" if clause.is_absent else "EXISTS"
        return f"{wanted} (SELECT 1 FROM moments b WHERE b.call = m.call AND {where})", values

    def _around(self, clause: Clause) -> tuple[str, list[object]]:
        """That `b` is such a moment, and where it must be beside `m`."""
        parts: list[tuple[str, list[object]]] = [("b.id <> m.id", [])]
        if clause.side == "after":
            parts.append(("b.at_s >= m.at_s", []))
        if clause.side == "before":
            parts.append(("b.at_s <= m.at_s", []))
        if clause.within_s is not None:
            near = "b.at_s <= m.end_s + ?" if clause.side == "after" else "b.end_s >= m.at_s - ?"
            parts.append((near, [clause.within_s]))
        return _all_of([*parts, self._moment("b", clause.moment)])

    def _moment(self, name: str, moment: Described) -> tuple[str, list[object]]:
        return _all_of([self._thing(name, thing) for thing in moment])

    def _thing(self, name: str, thing: Thing) -> tuple[str, list[object]]:
        if isinstance(thing, Not):
            where, values = self._thing(name, thing.thing)
            return f"NOT coalesce({where}, 0)", values
        if isinstance(thing, Either):
            parts = [self._moment(name, moment) for moment in thing.moments]
            return f"({' OR '.join(where for where, _ in parts)})", [value for _, values in parts for value in values]
        if isinstance(thing, Says):
            return f"{name}.id IN (SELECT rowid FROM words WHERE words MATCH ?)", [_phrase(thing.words)]
        if isinstance(thing, While):
            return f"{name}.level = ?", [thing.level]
        if isinstance(thing, Measure):
            return f"{name}.{COLUMNS[thing.name]} {thing.compare} ?", [thing.value]
        return self._tag(name, thing)

    def _tag(self, name: str, tag: Tag) -> tuple[str, list[object]]:
        if tag.name.startswith("kind:"):
            return f"{name}.kind = ?", [tag.name.removeprefix("kind:")]
        number = self._tags.get(tag.name, 0)
        if name == "m":  # what is found starts from the tag; what is around it from the call
            return "m.id IN (SELECT moment FROM tags WHERE tag = ?)", [number]
        return f"EXISTS (SELECT 1 FROM tags t WHERE t.tag = ? AND t.moment = {name}.id)", [number]


def _all_of(parts: Sequence[tuple[str, list[object]]]) -> tuple[str, list[object]]:
    return " AND ".join(where for where, _ in parts) or "1", [value for _, values in parts for value in values]


def _phrase(words: str) -> str:
    """A phrase of FTS5 (https://www.sqlite.org/fts5.html, 3.2): quoted, so that nothing in it is an operator."""
    is_beginning = words.rstrip().endswith("*")
    return '"' + words.rstrip("* ").replace('"', " ").replace("\0", " ") + '"' + (" *" if is_beginning else "")
