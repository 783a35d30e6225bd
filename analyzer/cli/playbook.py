"""`analyzer playbook`: check a playbook of your own, run its examples, and compare it with another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.errors import PlaybookError, RecordError
from analyzer.examples import examples_in
from analyzer.facts import FACTS
from analyzer.lint import problems
from analyzer.playbook import DEFAULT, meaning, read_playbook
from analyzer.record import clock, read, rounded

if TYPE_CHECKING:
    from analyzer.comparison import Change, Comparison


@click.group()
def playbook_group() -> None:
    """Check a playbook, run the examples of its cards, compare two, and see what cards may ask for.

    \b
    Examples:
      analyzer playbook check my-playbook.yaml
      analyzer playbook test my-playbook.yaml
      analyzer playbook diff old.yaml new.yaml out/*.jsonl
      analyzer playbook facts
      analyzer playbook show > my-playbook.yaml
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
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.argument("records", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def diff(old: Path, new: Path, records: tuple[Path, ...], as_json: bool) -> int:
    """Show what the playbook NEW would tell in archived calls that OLD does not, and the other way round.

    RECORDS are files that `analyzer score` wrote, or folders of them; `default` names the playbook that
    comes with the program.

    \b
    Example:
      analyzer playbook diff default my-playbook.yaml out/
    """
    from analyzer.comparison import Comparison

    books = [read_playbook(DEFAULT if str(path) == "default" else path) for path in (old, new)]
    comparison, failed, shown = Comparison(), 0, False
    for path in _records(records):
        try:
            found = comparison.add(read(path), *books)
        except RecordError as error:
            failed += 1
            click.echo(f"analyzer: {error}", err=True)
            continue
        for change in found:
            shown = shown or as_json or _heading()
            click.echo(json.dumps(rounded(asdict(change))) if as_json else _row(change))
    _sum_up(comparison, as_json)
    return 1 if failed else 0


def _records(paths: Iterable[Path]) -> list[Path]:
    found = [each for path in paths for each in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]
    if not found:
        raise RecordError("no records there; analyzer score writes them as NAME.jsonl")
    return found


def _heading() -> bool:
    click.echo(f"{'call':24} {'change':9} {'at':>8} {'was at':>8}  prompt")
    return True


def _row(change: Change) -> str:
    was = clock(change.was_at_s) if change.kind == "moves" and change.was_at_s is not None else ""
    return f"{change.call_id:24} {change.kind:9} {clock(change.at_s):>8} {was:>8}  {change.card}: {change.line}"


def _sum_up(comparison: Comparison, as_json: bool) -> None:
    """Prompts per hour of call under both, as a whole and by card."""
    cards = sorted(comparison.old | comparison.new)
    old, new = comparison.per_hour(comparison.old), comparison.per_hour(comparison.new)
    if as_json:
        by_card = {card: {"old": comparison.old[card], "new": comparison.new[card]} for card in cards}
        totals = {"calls": comparison.calls, "hours": comparison.hours, "old_per_hour": old, "new_per_hour": new}
        click.echo(json.dumps(rounded({**totals, "cards": by_card})))
        return
    click.echo(f"\n{'card':24} {'old':>6} {'new':>6}")
    for card in cards:
        mark = "" if comparison.old[card] == comparison.new[card] else "  *"
        click.echo(f"{card:24} {comparison.old[card]:6} {comparison.new[card]:6}{mark}")
    click.echo(f"{comparison.calls} calls, {comparison.hours:.2f} hours: {old:.1f} prompts an hour, and now {new:.1f}")


@playbook_group.command()
def show() -> int:
    """Print the playbook that comes with the program, to begin your own from.

    \b
    Example:
      analyzer playbook show > my-playbook.yaml
    """
    click.echo(DEFAULT.read_text("utf-8"), nl=False)
    return 0


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
