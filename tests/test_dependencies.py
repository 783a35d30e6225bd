"""Every library that the program asks for has a row with its reason, and no row is left over."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
BUILD = "to build"


def asked_for() -> Iterator[tuple[str, str]]:
    """The extra (none for the default install) and the name of each library that `pyproject.toml` names."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = {"": data["project"]["dependencies"], BUILD: data["build-system"]["requires"]}
    for extra, requirements in (groups | data["project"]["optional-dependencies"]).items():
        yield from ((extra, re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements)


def rows() -> Iterator[list[str]]:
    """The cells of each row of a table, without the headings."""
    for line in (ROOT / "docs" / "dependencies.md").read_text("utf-8").splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("| ").split(" | ")]


def explained() -> Iterator[tuple[str, str]]:
    """The same, as the page has it: names are in backticks; in the second table a column says which extras."""
    for library, _, extras, *_ in rows():
        for name in re.findall("`([^`]+)`", library):
            if extras == BUILD or not extras.startswith("`"):
                yield (BUILD if extras == BUILD else ""), name
                continue
            yield from ((extra, name) for extra in re.findall("`([^`]+)`", extras))


def test_every_dependency_has_its_row() -> None:
    """In the part of the page that it belongs to."""
    assert sorted(explained()) == sorted(asked_for())


def test_every_row_has_a_licence_and_a_reason() -> None:
    """Four cells, none empty."""
    assert [row for row in rows() if len(row) != 4 or not all(row)] == []
