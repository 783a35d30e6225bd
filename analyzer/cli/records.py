"""`analyzer tables`, `summary` and `export`: what is made of records, for people and for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from analyzer.cli.logs import say
from analyzer.cli.score import make_folder
from analyzer.errors import OutputError, RecordError
from analyzer.record import Record, replacing

folder_argument = click.argument("folder", metavar="OUT", type=click.Path(path_type=Path, exists=True, file_okay=False))
json_option = click.option("--json", "as_json", is_flag=True, help="Say in JSON what was written.")


@click.command()
@folder_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables; OUT/tables if not given.")
@click.option("--parquet/--no-parquet", default=None, help="Write Parquet too; by default where pyarrow is installed.")
@json_option
def tables(folder: Path, output: Path | None, parquet: bool | None, as_json: bool) -> int:
    """Make tables of scored calls: calls, turns, levels and prompts, as CSV and Parquet.

    OUT is what `analyzer score -o OUT` wrote.  Parquet needs the extra `archive`.

    \b
    Example:
      analyzer tables out -o tables
    """
    from analyzer.archive.tables import write_tables

    output = output or folder / "tables"
    make_folder(output)
    written = write_tables(folder, output, parquet)
    _complain(written.refused)
    if as_json:
        click.echo(json.dumps({"rows": written.rows, "files": [str(file) for file in written.files]}))
        return 1 if written.refused else 0
    for table, count in written.rows.items():
        click.echo(f"{count:>9,} {table}")
    click.echo(f"in {output}: {', '.join(file.name for file in written.files)}")
    return 1 if written.refused else 0


def _complain(refused: tuple[str, ...]) -> None:
    for line in refused:
        say(line)


FORMATS = {"contact-lens": ".json", "vtt": ".vtt", "jsonl": ".moments.ndjson"}  # how their files end


@click.command()
@click.argument("records", nargs=-1, required=True, metavar="RECORD...", type=click.Path(path_type=Path, exists=True))
@click.option("--to", "wanted", required=True, type=click.Choice(list(FORMATS)), help="The format to write.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the files; stdout if not given.")
def export(records: tuple[Path, ...], wanted: str, output: Path | None) -> int:
    """Write scored calls in the formats of other programs.

    Each RECORD is a CALL.jsonl or a folder of them.  `contact-lens` is the JSON of Amazon Connect's Contact Lens, `vtt`
    captions with the prompts, `jsonl` one flat JSON object a moment.

    \b
    Examples:
      analyzer export out/CALL.jsonl --to vtt > CALL.vtt
      analyzer export out --to contact-lens -o for-others
    """
    from analyzer.archive.folder import make_of, read_if_record

    write, failures = _writer(wanted), 0
    seen: set[Path] = set()
    for folder, path in _asked(records):
        try:
            record = read_if_record(path)
            if record is None and path not in records:
                continue
            if record is None:
                raise RecordError(f"{path} is no call record; give a CALL.jsonl that analyzer score wrote")
            text = make_of(path, record, lambda _, record: write(record), folder)
        except RecordError as error:
            failures += 1
            say(str(error))
            continue
        if output is None:
            _refuse_second(wanted, seen)
            seen.add(path)
            click.echo(text, nl=False)
        else:
            _put(output / path.relative_to(folder).with_suffix(FORMATS[wanted]), text)
    return 1 if failures else 0


def _asked(records: tuple[Path, ...]) -> Iterator[tuple[Path, Path]]:
    """Each record with the folder that it was found under."""
    from analyzer.archive.folder import paths

    for asked in records:
        found = paths(asked) if asked.is_dir() else [asked]
        if not found:
            raise OutputError(f"{asked} has no call records in it; score calls into it first")
        yield from ((asked if asked.is_dir() else asked.parent, path) for path in found)


def _writer(wanted: str) -> Callable[[Record], str]:
    from analyzer.archive.contact_lens import contact_lens
    from analyzer.archive.moments import json_lines
    from analyzer.archive.webvtt import webvtt

    writers: dict[str, Callable[[Record], str]] = {
        "contact-lens": lambda record: json.dumps(contact_lens(record), ensure_ascii=False, allow_nan=False) + "\n",
        "vtt": webvtt,
        "jsonl": json_lines,
    }
    return writers[wanted]


def _refuse_second(wanted: str, seen: set[Path]) -> None:
    """Lines of JSON may follow each other; captions of two calls in one file are those of neither."""
    if seen and wanted == "vtt":
        raise OutputError("captions are a file a call; give a folder with -o")


def _put(path: Path, text: str) -> None:
    make_folder(path.parent)
    with replacing(path) as file:
        file.write(text.encode())
    click.echo(str(path))


@click.command()
@folder_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The page; OUT/summary.html if not given.")
@json_option
def summary(folder: Path, output: Path | None, as_json: bool) -> int:
    """Make one page of plots of scored calls: escalations, recoveries, which advice was followed by what.

    The page stands by itself and asks nobody for anything.

    \b
    Example:
      analyzer summary out
    """
    from analyzer.archive.summary import write_summary

    page = output or folder / "summary.html"
    make_folder(page.parent)
    figures, refused = write_summary(folder, page)
    _complain(tuple(refused))
    told = {"page": str(page), "calls": figures.calls, "escalated": figures.escalated.hits}
    escalated = f"{figures.calls:,} calls, {figures.escalated.hits:,} escalated"
    click.echo(json.dumps(told) if as_json else f"{escalated}; page {page}")
    return 1 if refused else 0
