"""What is known of a call besides its sound: from the name of its file, or from a small JSON file beside it.

A pattern is a piece of a path with named fields, `{date}_{queue}_{agent}_{call_id}` or `{queue}/{agent}/{call_id}`;
it is held against the end of the path without its suffix, as many folders deep as it has slashes.  `{_}` is what
nobody needs.  A field takes as little as it can, the last one what is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from analyzer.batch.files import is_file
from analyzer.errors import AudioError, RecordError

DATE = r"\d{4}-?\d{2}-?\d{2}(?:[T_ .-]?\d{2}[-:.h]?\d{2}(?:[-:.m]?\d{2})?)?"  # a day, perhaps with a time of day
FIELDS = {"date": DATE, "queue": "[^/]+?", "agent": "[^/]+?", "call_id": "[^/]+?", "_": "[^/]*?"}
DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # how many there are: what they say
LONGEST = 200  # letters of a name


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a call besides its sound; empty where it is not."""

    call_id: str = ""
    agent: str = ""
    queue: str = ""
    started_at: str = ""  # ISO: a day, or a day and a time

    def over(self, other: About) -> About:
        """What is said here, and where nothing is, what the other says."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name)}
        return replace(other, **given)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern ready for use."""

    text: str
    regex: re.Pattern[str]

    @property
    def folders(self) -> int:
        """How many of them it looks at."""
        return self.text.count("/")


def compiled(text: str) -> NamePattern:
    """The pattern in a text.  Raises `RecordError` for a field that is not known, or is there twice."""
    found = ""
    for position, piece in enumerate(re.split(r"\{(\w*)\}", text)):
        if position % 2 == 0:
            found += re.escape(piece)
        elif piece not in FIELDS:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise RecordError(f"the pattern {text} has the unknown field {{{piece}}}; there are {known}")
        else:
            found += f"(?:{FIELDS['_']})" if piece == "_" else f"(?P<{piece}>{FIELDS[piece]})"
    try:
        return NamePattern(text, re.compile(found))
    except re.error as error:
        raise RecordError(f"the pattern {text} names a field twice") from error


def by_name(pattern: NamePattern, file: str) -> About | None:
    """What the name of a file says; None where it does not fit the pattern."""
    parts = re.sub(r"\.[^./]*$", "", file.replace("\\", "/")).split("/")
    match = pattern.regex.fullmatch("/".join(parts[-pattern.folders - 1 :]))
    if match is None:
        return None
    said = match.groupdict()
    started_at = moment(said["date"]) if "date" in said else ""
    return None if started_at is None else About(**_texts(said), started_at=started_at)


def by_mapping(given: Mapping[str, Any], place: str) -> About:
    """What a sidecar, or the row of a manifest, says: `call_id`, `agent`, `queue`, and `date` or `started_at`."""
    said = given.get("date") or given.get("started_at") or ""
    started_at = moment(str(said)) if said else ""
    if started_at is None:
        raise RecordError(f"{place}: {str(said)[:40]} is no date; write 2026-11-23 or 2026-11-23T20:15:00")
    return About(**_texts(given), started_at=started_at)


def beside(path: Path) -> About:
    """What the sidecar of a recording says (`call.json` beside `call.wav`); nothing where there is none."""
    sidecar = path.with_suffix(".json")
    if not is_file(sidecar):
        return About()
    try:
        given = json.loads(sidecar.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AudioError(f"the sidecar {sidecar} cannot be read as JSON; mend it or take it away") from error
    return by_mapping(given, str(sidecar)) if isinstance(given, dict) else About()


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    """The names among the fields; what is no text or number is left out."""
    found = {name: given.get(name) for name in ("call_id", "agent", "queue")}
    return {name: str(value).strip()[:LONGEST] for name, value in found.items() if isinstance(value, (str, int))}


def moment(text: str) -> str | None:
    """A date as people and recorders write it, in ISO; None for what is none.  A time zone is kept."""
    try:
        if "T" in text and len(text) > len("2026-11-23T20"):
            return datetime.fromisoformat(text.replace("Z", "+00:00")).isoformat()
    except ValueError:
        pass  # perhaps written without its colons
    digits = re.sub(r"\D", "", text)
    try:
        found = datetime.strptime(digits, DIGITS[len(digits)])
    except (KeyError, ValueError):
        return None
    return found.date().isoformat() if len(digits) == len("20261123") else found.isoformat()
