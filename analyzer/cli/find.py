"""`analyzer find`: moments of an archive, not just calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress

from analyzer.cli.logs import say
from analyzer.errors import OutputError
from analyzer.record import clock

if TYPE_CHECKING:
    import sqlite3

    from analyzer.archive.index import Refreshed
    from analyzer.archive.saved import Saved
    from analyzer.archive.search import Answer, Found


@click.command()
@click.argument("folder", metavar="OUT", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("question", nargs=-1)
@click.option("--agent", help="Only calls of this agent.")
@click.option("--queue", help="Only calls of this queue.")
@click.option("--since", metavar="DATE", help="Only calls from this day on, as in 2026-03-01.")
@click.option("--until", metavar="DATE", help="Only calls up to this day.")
@click.option("--call", help="Only this call.")
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Moments to show; 0 for all.")
@click.option("--questions", type=click.Path(path_type=Path), help="A file of questions of your own.")
@click.option("--saved", "list_saved", is_flag=True, help="List the questions that have a name.")
@click.option("--names", "list_names", is_flag=True, help="List the names that a question may use.")
@click.option("--index", "index_file", type=click.Path(path_type=Path), help="The index; a file in OUT if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a moment.")
def find(
    folder: Path,
    question: tuple[str, ...],
    agent: str | None,
    queue: str | None,
    since: str | None,
    until: str | None,
    call: str | None,
    limit: int,
    questions: Path | None,
    list_saved: bool,
    list_names: bool,
    index_file: Path | None,
    as_json: bool,
) -> int:
    """Find moments in scored calls: what was said, what the call became, what was shown, promised and missed.

    The first moment of a question is what is found; `and` and `and no` ask for others around it.  @NAME asks a saved
    question.  docs/archive.md explains the language.

    \b
    Examples:
      analyzer find out heated and no open-question within 30 s
      analyzer find out 'customer says "third time" and no agent does recap within 1 min'
      analyzer find out recovered and mirror used before
      analyzer find out @called-back --since 2026-03-01
    """
    from analyzer.archive.asked import vocabulary
    from analyzer.archive.index import FILE, is_empty, opened, tags_in
    from analyzer.archive.question import ask
    from analyzer.archive.saved import check, saved
    from analyzer.archive.search import search

    named = saved(questions)
    if list_saved:
        return _list_saved(named)
    asked = {"agent": agent, "queue": queue, "since": since, "until": until, "call": call}
    only = {name: value for name, value in asked.items() if value is not None}
    with opened(index_file or folder / FILE) as index:
        refused = _refreshed(index, folder).refused
        if is_empty(index):
            raise OutputError(f"{folder} has no call records in it; score calls into it first")
        known = vocabulary(tags_in(index))
        if list_names:
            return _list_names(known)
        if questions is not None:
            check(named, known)
        answer = search(index, ask(_text(question, named), known), only, limit or None)
    for line in refused:
        say(line)
    _tell(answer, folder, as_json)
    return 1 if refused else 0


def _refreshed(index: sqlite3.Connection, folder: Path) -> Refreshed:
    """The index brought up to the folder, with a bar where somebody is waiting for it."""
    from analyzer.archive.index import refresh

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading new records", total=None)
        return refresh(index, folder, lambda done, of: progress.update(task, completed=done, total=of))


def _text(question: tuple[str, ...], named: Mapping[str, Saved]) -> str:
    """The question as one text; the shell has taken the quotes from words with a space in them."""
    from analyzer.archive.saved import spelt_out

    if not question:
        raise click.UsageError("give a question, as in: analyzer find out heated and no open-question within 30 s")
    text = question[0] if len(question) == 1 else " ".join(f'"{word}"' if " " in word else word for word in question)
    return spelt_out(text, named)


def _list_saved(named: Mapping[str, Saved]) -> int:
    for question in named.values():
        also = f", or {question.also}" if question.also else ""
        click.echo(f"@{question.name}{also}\n    {question.means}\n    {question.text}")
    return 0


def _list_names(known: Mapping[str, list[str]]) -> int:
    sorts: dict[str, list[str]] = {}
    for name, tags in known.items():
        for tag in tags:
            sorts.setdefault(tag.split(":")[0] if ":" in tag else "state", []).append(name)
    for sort, names in sorts.items():
        click.echo(f"{sort}: {', '.join(sorted(names))}")
    return 0


def _tell(answer: Answer, folder: Path, as_json: bool) -> None:
    if as_json:
        for found in answer.found:
            click.echo(json.dumps(asdict(found) | {"link": link(folder, found)}, ensure_ascii=False))
        return
    for found in answer.found:
        for line in _lines(folder, found):
            click.echo(line)
    shown = f", the first {len(answer.found)} shown" if len(answer.found) < answer.moments else ""
    click.echo(f"{_counted(answer.moments, 'moment')} in {_counted(answer.calls, 'call')} of {answer.asked:,}{shown}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _lines(folder: Path, found: Found) -> Iterator[str]:
    from analyzer.archive.search import what

    whose = " · ".join(_clean(part) for part in (found.started_at, found.agent, found.queue) if part)
    yield f"{_clean(found.call_id)}  {clock(found.at_s)}  {_clean(what(found))}" + (f"  ({whose})" if whose else "")
    if found.text:
        yield f"    {_quoted(found.kind, found.speaker, found.text)}"
    for also in found.also:
        yield f"    {clock(also.at_s)}  {_quoted(also.kind, also.speaker, also.text)}"
    yield f"    {_clean(link(folder, found))}"


def _quoted(kind: str, speaker: str | None, text: str) -> str:
    said = f"“{_clean(text)}”" if kind in ("turn", "level", "promise") else _clean(text)
    return f"{speaker or kind}: {said}"


def _clean(text: str) -> str:
    """What a terminal may be given: no control characters of somebody's transcript."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def link(folder: Path, found: Found) -> str:
    """The page of the call at that moment, or the record where there is no page."""
    record = folder / found.record
    page = record.with_suffix(".html")
    return f"{page}#t={found.at_s:g}" if page.exists() else str(record)
