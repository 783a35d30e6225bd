"""Four tables of a folder of records, for a spreadsheet (CSV) and for everything else (Parquet)."""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analyzer.archive.folder import each
from analyzer.archive.rows import COLUMNS, Kind, Row, rows_of
from analyzer.errors import OutputError
from analyzer.record import replacing

BATCH = 5_000  # rows: a few megabytes at a time, and still large groups for whoever reads them
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a spreadsheet takes words for a formula (OWASP, CSV Injection)."""

Take = Callable[[list[Row]], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a folder."""

    rows: Mapping[str, int]  # by table
    files: tuple[Path, ...]
    refused: tuple[str, ...]  # a line for each file that is no record


def has_parquet() -> bool:
    """Whether the library that writes Parquet is here."""
    return importlib.util.find_spec("pyarrow") is not None


def write_tables(folder: Path, out: Path, parquet: bool | None = None) -> Written:
    """Write the tables of the records below `folder` into `out`: all of them, or none.

    `parquet` None means: where the library is here.  Raises `OutputError` for what can't be written.
    """
    formats = {"csv": _csv} | ({"parquet": _parquet} if (has_parquet() if parquet is None else parquet) else {})
    counts = dict.fromkeys(COLUMNS, 0)
    refused: list[str] = []
    files = [out / f"{table}.{suffix}" for table in COLUMNS for suffix in formats]
    with ExitStack() as open_files:
        sinks = {
            table: [
                open_files.enter_context(write(out / f"{table}.{suffix}", COLUMNS[table]))
                for suffix, write in formats.items()
            ]
            for table in COLUMNS
        }
        for rows in each(folder, rows_of, refused):
            for table, found in rows.items():
                counts[table] += len(found)
                for sink in sinks[table]:
                    sink(found)
        if not counts["calls"]:
            raise OutputError(f"{folder} has no call records in it; score calls into it first")
    return Written(counts, tuple(files), tuple(refused))


@contextmanager
def _csv(path: Path, columns: Mapping[str, Kind]) -> Iterator[Take]:
    with replacing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(columns)

        def take(rows: list[Row]) -> None:
            writer.writerows([cell(value) for value in row.values()] for row in rows)

        yield take
        text.detach()


def cell(value: object) -> object:
    """A value as a spreadsheet may have it: words that it would take for a formula get an apostrophe before them."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.lstrip(" ").startswith(DANGEROUS):
        return f"'{value}"
    return value


@contextmanager
def _parquet(path: Path, columns: Mapping[str, Kind]) -> Iterator[Take]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise OutputError("Parquet needs its extra; run: pip install 'call-analyzer[archive]'") from error
    types = {"text": pyarrow.string(), "number": pyarrow.float64(), "count": pyarrow.int64(), "flag": pyarrow.bool_()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    waiting: list[Row] = []
    with replacing(path) as file, pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:

        def write() -> None:
            writer.write_table(pyarrow.Table.from_pylist(waiting, schema=schema))
            waiting.clear()

        def take(rows: list[Row]) -> None:
            waiting.extend(rows)
            if len(waiting) >= BATCH:
                write()

        yield take
        write()
