"""A small language for questions about moments: "heated and no open-question within 30 s".

    question  =  moment { "and" [ "no" ] moment [ "within" number unit ] [ "before" | "after" ] }
    moment    =  thing { thing }                          all of them hold of the same moment
    thing     =  [ "not" ] ( name | kind name | "says" words | "while" level | measure compare number [ unit ]
                             | "due" compare date | "(" moment { "or" moment } ")" )
    kind      =  "does" | "cue" | "tactic" | "move" | "level"      where a name means two things
    measure   =  "intensity" | "sentiment" | "lasting"             lasting is in seconds
    unit      =  "s" | "min"

The first moment is what is found.  `and` asks for another one in the same call: after it, before it, within a time of
it or, if nothing is said, anywhere.  `within` alone means after.  Times count from the end of what is found to the
beginning of what follows, and from its beginning back to the end of what went before.

Mistakes are told with line and column, and with the word that was probably meant.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.archive.asked import (
    Clause,
    Described,
    Either,
    Measure,
    Not,
    Question,
    Says,
    Tag,
    Thing,
    While,
    vocabulary,
)
from analyzer.errors import QuestionError

MEASURES = ("intensity", "sentiment", "lasting", "due")
QUALIFIERS = ("does", "cue", "tactic", "move", "level")
UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0}
KEYWORDS = frozenset(("and", "no", "not", "or", "within", "before", "after", "says", "while", *MEASURES))
DEEPEST = 20  # brackets within brackets: nobody means more
LONGEST = 2_000  # letters of a question


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question, and where it stands."""

    kind: str  # name, number, date, words, sign or end
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<words>"[^"]*"|“[^”]*”|'[^']*')|(?P<date>\d{4}-\d\d-\d\d)"""
    r"""|(?P<number>-?\d+(\.\d+)?)"""
    r"""|(?P<name>[a-z][a-z]*(-[a-z]+)*)|(?P<sign><=|>=|[()<>])""",
    re.IGNORECASE,
)


def tokens(text: str) -> Iterator[Token]:
    """The words of a question."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            quote = text[at] in "\"'“"
            why = "this quote has no end" if quote else f"{text[at]!r} means nothing here"
            raise mistake(text, at, why)
        if match.lastgroup and match.lastgroup != "space":
            found = match.group()
            kind = next(kind for kind in ("words", "date", "number", "name", "sign") if match.group(kind) is not None)
            yield Token(kind, found[1:-1] if kind == "words" else found.lower(), at)
        at = match.end()
    yield Token("end", "", len(text))


def mistake(text: str, at: int, why: str) -> QuestionError:
    """An error that says where."""
    before = text[:at]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    return QuestionError(f"line {line}, column {column} of the question: {why}")


def ask(text: str, known: Mapping[str, list[str]] | None = None) -> Question:
    """The question that a text asks.  Raises `QuestionError` with line and column."""
    if len(text) > LONGEST:
        raise mistake(text, LONGEST, f"a question has at most {LONGEST} letters")
    return _Reading(text, vocabulary() if known is None else known).question()


class _Reading:
    """Reads a question from left to right, one word ahead."""

    def __init__(self, text: str, known: Mapping[str, list[str]]) -> None:
        self._text, self._known = text, known
        self._tokens = list(tokens(text))
        self._next = 0
        self._depth = 0

    def question(self) -> Question:
        moment = self._moment()
        clauses = []
        while self._takes("and"):
            clauses.append(self._clause())
        if self._token.kind != "end":
            raise self._mistake("`or` stands in brackets: (heated or abusive)" if self._is("or") else self._puzzle())
        return Question(moment, tuple(clauses))

    def _clause(self) -> Clause:
        is_absent = self._takes("no")
        moment = self._moment()
        within_s = self._duration() if self._takes("within") else None
        side = next((word for word in ("before", "after") if self._takes(word)), None)
        return Clause(moment, is_absent, within_s, side or ("after" if within_s is not None else None))

    def _moment(self) -> Described:
        things = []
        while self._begins_thing():
            things.append(self._thing())
        if not things:
            raise self._mistake(self._puzzle())
        return tuple(things)

    def _begins_thing(self) -> bool:
        ends = ("and", "or", "within", "before", "after", "no", ")", "<", ">", "<=", ">=")
        return self._token.kind in ("name", "sign") and self._token.text not in ends

    def _thing(self) -> Thing:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._mistake("too many brackets within brackets")
        thing = self._one_thing()
        self._depth -= 1
        return thing

    def _one_thing(self) -> Thing:
        if self._takes("not"):
            if not self._begins_thing():
                raise self._mistake(self._puzzle())
            return Not(self._thing())
        if self._takes("says"):
            return Says(self._words())
        if self._takes("while"):
            return While(self._one_of("level").removeprefix("level:"))
        if self._takes("("):
            return self._either()
        if self._token.text in MEASURES:
            return self._measure()
        if self._token.text in QUALIFIERS and self._following.kind == "name" and self._can_qualify():
            return Tag(self._one_of(self._advance().text))
        return Tag(self._one_of(None))

    def _can_qualify(self) -> bool:
        """Whether the next name is one of that sort: in `level recovered` both are things of their own."""
        named = f"{self._token.text}:{self._following.text}" in self._known.get(self._following.text, [])
        return named or self._token.text not in self._known

    def _either(self) -> Either:
        moments = [self._moment()]
        while self._takes("or"):
            moments.append(self._moment())
        if not self._takes(")"):
            raise self._mistake("a bracket is not closed; in brackets stand moments with `or` between them")
        return Either(tuple(moments))

    def _words(self) -> str:
        if self._token.kind not in ("words", "name", "number"):
            raise self._mistake('after `says` come words in quotes: says "third time"')
        if not re.search(r"\w", self._token.text):
            raise self._mistake("there are no words between these quotes")
        return self._advance().text

    def _measure(self) -> Measure:
        name = self._advance().text
        if self._token.text not in ("<", ">", "<=", ">="):
            raise self._mistake(f"after `{name}` comes one of < > <= >= and a {'date' if name == 'due' else 'number'}")
        compare = self._advance().text
        if name == "lasting":
            return Measure(name, compare, self._duration())
        if name == "due":
            return Measure(name, compare, self._date())
        return Measure(name, compare, self._number())

    def _duration(self) -> float:
        value = self._number()
        if self._token.text not in UNITS:
            raise self._mistake("a time needs its unit: 30 s, or 2 min")
        return value * UNITS[self._advance().text]

    def _date(self) -> str:
        if self._token.kind != "date":
            raise self._mistake("a date is expected here, as in 2026-03-05")
        return self._advance().text

    def _number(self) -> float:
        if self._token.kind != "number":
            raise self._mistake("a number is expected here")
        return float(self._advance().text)

    def _one_of(self, sort: str | None) -> str:
        """The tag of the name that stands here, of one sort if it is given."""
        name = self._token.text
        found = [tag for tag in self._known.get(name, []) if sort is None or tag.startswith(f"{sort}:")]
        if f"kind:{name}" in found:
            found = [f"kind:{name}"]  # a promise is the promise itself; the turn that makes one `does promise`
        if not found:
            raise self._mistake(self._puzzle(sort))
        if len(found) > 1:
            ways = " or ".join(f"`{tag.replace(':', ' ')}`" for tag in found)
            raise self._mistake(f"{name} means two things; write {ways}")
        self._advance()
        return found[0]

    def _puzzle(self, sort: str | None = None) -> str:
        """What to say of a word that does not belong here."""
        if self._token.kind == "end":
            return "the question ends too early"
        if self._token.kind == "words":
            return 'words stand after `says`: says "third time"'
        name = self._token.text
        if name in KEYWORDS:
            return f"`{name}` can't stand here; after what is found comes `and`, and after that a time"
        offered = [known for known, tags in self._known.items() if sort is None or _has_sort(tags, sort)]
        near = difflib.get_close_matches(name, [*offered, *(sorted(KEYWORDS) if sort is None else ())], 2, 0.6)
        meant = f"; did you mean {' or '.join(near)}?" if near else "; `analyzer find --names` lists what can be asked"
        return f"{name!r} means nothing here{meant}"

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    @property
    def _following(self) -> Token:
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    def _advance(self) -> Token:
        token = self._token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _is(self, text: str) -> bool:
        return self._token.text == text and self._token.kind in ("name", "sign")

    def _takes(self, text: str) -> bool:
        if self._is(text):
            self._advance()
            return True
        return False

    def _mistake(self, why: str) -> QuestionError:
        return mistake(self._text, self._token.at, why)


def _has_sort(tags: Iterable[str], sort: str) -> bool:
    return any(tag.startswith(f"{sort}:") for tag in tags)
