"""Questions that have a name: those that come with the program, and a file of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from analyzer.archive.asked import vocabulary
from analyzer.archive.question import ask
from analyzer.errors import QuestionError


@dataclass(frozen=True, slots=True)
class Saved:
    """A question by name, with what it means."""

    name: str
    means: str
    text: str
    also: str = ""  # other words for its name

    @property
    def names(self) -> frozenset[str]:
        """What it may be asked by without an @: its name with spaces, and its other words; one word alone is none."""
        return frozenset(name for name in (self.name.replace("-", " "), self.also) if " " in name)


def saved(file: Path | None = None) -> dict[str, Saved]:
    """The questions of the program, and those of `file`, which may replace them.  Raises `QuestionError`."""
    shipped = resources.files("analyzer.archive").joinpath("questions.yaml").read_text("utf-8")
    return _parsed(shipped, "questions.yaml") | ({} if file is None else _parsed(_read(file), str(file)))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"cannot read the questions in {file}: {error}") from error


def _parsed(text: str, name: str) -> dict[str, Saved]:
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise QuestionError(f"{name}{where}: this is not YAML") from error
    if not isinstance(given, Mapping):
        raise QuestionError(f"{name}: a file of questions is a list of names, each with `ask` and `means`")
    return {str(key): _one(str(key), value, name) for key, value in given.items()}


def _one(key: str, value: Any, name: str) -> Saved:
    if not isinstance(value, Mapping) or not isinstance(value.get("ask"), str):
        raise QuestionError(f"{name}, {key}: a question has an `ask`, and says what it `means`")
    return Saved(key, str(value.get("means", "")), value["ask"], str(value.get("also", "")))


def spelt_out(text: str, named: Mapping[str, Saved]) -> str:
    """A question in the language: a saved one by `@name` or in plain words, any other as it is.

    Raises `QuestionError` for an `@name` that nothing has.
    """
    if text.startswith("@"):
        if text[1:] not in named:
            raise QuestionError(f"there is no saved question {text}; `analyzer find OUT --saved` lists them")
        return named[text[1:]].text
    plain = " ".join(text.lower().split())
    return next((question.text for question in named.values() if plain in question.names), text)


def check(questions: Mapping[str, Saved], known: Mapping[str, list[str]] | None = None) -> None:
    """Raises `QuestionError` for the first question with a mistake in it."""
    known = known or vocabulary()
    for question in questions.values():
        try:
            ask(question.text, known)
        except QuestionError as error:
            raise QuestionError(f"@{question.name}: {error}") from error
