"""The recordings that were given up, and why, as a list for people that can be tried again as it is.

It is a manifest: whoever mends the files, or the machine, scores just these by `--manifest OUT/not-scored.csv`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from analyzer.batch.files import place
from analyzer.batch.ledger import GIVEN_UP, Entry
from analyzer.record import replacing

FILE = "not-scored.csv"
COLUMNS = ("call_id", "state", "reason", "path", "agent_path", "customer_path")


def write_given_up(folder: Path, last: Mapping[str, Entry]) -> int:
    """Write what is given up now into `folder`, by the last entry of each call; no file where there is none."""
    rows = [_row(entry) for entry in given_up(last.values())]
    if not rows:
        (folder / FILE).unlink(missing_ok=True)
        return 0
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    with replacing(folder / FILE) as file:
        file.write(text.getvalue().encode())
    return len(rows)


def given_up(last: Iterable[Entry]) -> list[Entry]:
    """Of the last entries of all calls, those that were given up, but for files that came in under another name."""
    every = list(last)
    done = {place(entry.file) for entry in every if entry.state == "done"}
    missing = (entry for entry in every if entry.state in GIVEN_UP and place(entry.file) not in done)
    return sorted(missing, key=lambda entry: place(entry.file))


def _row(entry: Entry) -> dict[str, str]:
    files = [place(file) for file in (entry.file, entry.other) if file]
    names = ("agent_path", "customer_path") if len(files) == 2 else ("path",)
    call_id = "" if entry.call.startswith("?") else entry.call  # a file that was refused before it had a name
    told = {"call_id": call_id, "state": entry.state, "reason": " ".join(entry.reason.split())}
    return told | dict(zip(names, files, strict=True))
