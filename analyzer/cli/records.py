"""`analyzer tables`, `summary` and `export`: what is made of records, for people and for other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from analyzer.cli.loading import say
from analyzer.cli.score import make_folder

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
