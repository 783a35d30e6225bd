"""`analyzer evaluation`: how well the words are judged, on turns that people labelled, as those of the audit."""

from __future__ import annotations

import json
from pathlib import Path

import click

from analyzer.cli.loading import turn_reader


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a file instead of tables.")
def evaluation(files: tuple[Path, ...], as_json: bool) -> int:
    """Measure how well words are judged, on turns whose right answers are known.

    Each FILE is JSON lines: the turns that analysts confirmed or put right (`analyzer audit labels OUT`), or one of
    the public sets that `python -m analyzer.evaluation --help` names.

    \b
    Example:
      analyzer audit labels out > labels.jsonl
      analyzer evaluation labels.jsonl
    """
    from analyzer.evaluation import VARIANTS, kind_of, read_all, read_rows, tables

    reader = turn_reader()
    for path in files:
        if not as_json:
            for table in tables(reader, path):
                click.echo(table + "\n")
            continue
        rows = read_rows(path)
        kind, figures = kind_of(rows, path)
        found = {name: figures(rows, read_all(reader, rows, change)) for name, change in VARIANTS.items()}
        click.echo(json.dumps({"file": str(path), "kind": kind, "rows": len(rows), "figures": found}))
    return 0
