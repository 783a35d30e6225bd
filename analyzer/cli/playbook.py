"""`analyzer playbook`: check a playbook of your own, run its examples, and compare it with another."""

from __future__ import annotations

import json
from pathlib import Path

import click

from analyzer.errors import PlaybookError
from analyzer.examples import examples_in
from analyzer.facts import FACTS
from analyzer.playbook import DEFAULT, meaning, problems, read_playbook


@click.group()
def playbook_group() -> None:
    """Check a playbook, run the examples of its cards, compare two, and see what cards may ask for.

    \b
    Examples:
      analyzer playbook check my-playbook.yaml
      analyzer playbook test my-playbook.yaml
      analyzer playbook diff old.yaml new.yaml out/*.jsonl
      analyzer playbook facts
    """


@playbook_group.command()
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def check(file: Path, as_json: bool) -> int:
    """Look for mistakes in a playbook; each is told with its line number.

    \b
    Example:
      analyzer playbook check my-playbook.yaml
    """
    try:
        found = list(problems(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"cannot read the playbook {file}: {error}") from error
    if as_json:
        click.echo(json.dumps([{"file": str(file), "line": line, "problem": problem} for line, problem in found]))
    for line, problem in () if as_json else found:
        click.echo(f"{file}:{line}: {problem}")
    if not found and not as_json:
        click.echo(f"{file}: no mistakes")
    return 1 if found else 0


@playbook_group.command("test")
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def run_examples(file: Path, as_json: bool) -> int:
    """Run the examples of every card; each that fails is told with its line number.

    \b
    Example:
      analyzer playbook test my-playbook.yaml
    """
    from analyzer.cli.loading import turn_reader
    from analyzer.rehearsal import failures

    book = read_playbook(file)
    examples = examples_in(file.read_text("utf-8"))
    failed = [
        {"file": str(file), "line": each.example.line, "card": each.example.card, "problem": each.told}
        for each in failures(examples, book, turn_reader())
    ]
    bare = sorted({card.name for card in book.cards} - {example.card for example in examples})
    if as_json:
        click.echo(json.dumps({"examples": len(examples), "failed": failed, "cards_without_examples": bare}))
        return 1 if failed else 0
    for row in failed:
        click.echo(f"{row['file']}:{row['line']}: {row['card']}: {row['problem']}")
    without = f"; without examples: {', '.join(bare)}" if bare else ""
    click.echo(f"{file}: {len(examples) - len(failed)} of {len(examples)} examples are as they should be{without}")
    return 1 if failed else 0


@playbook_group.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def facts(as_json: bool) -> int:
    """List what a card may ask for in `when` and `not_when`.

    \b
    Example:
      analyzer playbook facts
    """
    known = {name: meaning(name) for name in sorted(FACTS)}
    if as_json:
        click.echo(json.dumps(known, indent=1))
    else:
        click.echo("\n".join(f"{name:32} {text}" for name, text in known.items()))
    return 0
