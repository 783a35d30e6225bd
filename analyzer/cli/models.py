"""`analyzer models`: list, fetch, add and verify."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from analyzer import models
from analyzer.errors import AnalyzerError, ModelMissing

STYLES = {"ready": "green", "missing": "dim", "damaged": "red"}
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group()
def models_group() -> None:
    """List, fetch, add and verify models.

    \b
    Examples:
      analyzer models list
      analyzer models pull
      analyzer models add vosk-model-small-en-us-0.15.zip

    \b
    Environment:
      VOSK_MODEL_PATH    a folder of speech models, or one model, to use instead
      ANALYZER_CACHE     where models are kept, instead of the user's cache
      ANALYZER_MANIFEST  a manifest of your own, say with a server of your own in it
    """


@models_group.command("list")
@as_json_option
def list_models(as_json: bool) -> int:
    """List the models there are, and which of them are on this machine.

    \b
    Example:
      analyzer models list --json
    """
    rows = [_row(model) for model in models.manifest().values()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        _print_table(rows)
    return 0


@models_group.command()
@click.argument("name", required=False)
@as_json_option
def pull(name: str | None, as_json: bool) -> int:
    """Fetch a model: the default speech model, or the one of that NAME.

    A transfer that breaks off goes on where it stopped when you ask again.

    \b
    Examples:
      analyzer models pull
      analyzer models pull vosk-model-en-us-0.22-lgraph
    """
    name = name or models.default_speech()
    with transfer_bar(name) as progress:
        path = models.pull(name, progress, _say)
    _done(name, path, as_json)
    return 0


@models_group.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="Which model it is, if the file's name does not say.")
@as_json_option
def add(path: Path, name: str | None, as_json: bool) -> int:
    """Install a speech model from a zip, an aar or a folder, on a machine without a network.

    \b
    Examples:
      analyzer models add vosk-model-small-en-us-0.15.zip
      analyzer models add /media/usb/model --name vosk-model-en-us-0.22
    """
    name = name or _named(path)
    _done(name, models.add(name, path, _say), as_json)
    if models.taken_on_trust(name):
        _say(f"nothing is known to compare {name} with; its files are taken on trust, and watched from now on")
    return 0


@models_group.command()
@click.argument("names", nargs=-1)
@as_json_option
def verify(names: tuple[str, ...], as_json: bool) -> int:
    """Read every byte of the models again: those named, or all that are on this machine.

    A speech model that there is nothing to compare with has to hear a few words.

    \b
    Example:
      analyzer models verify
    """
    rows = [_verified(name) for name in names or _installed()]
    for row in rows:
        click.echo(json.dumps(row) if as_json else f"{row['name']}: {row['problem'] or 'ok'}")
    if not as_json and not rows:
        click.echo("no models on this machine; run: analyzer models pull")
    return 1 if any(row["problem"] for row in rows) else 0


@contextmanager
def transfer_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """What a transfer tells its progress to: a bar on stderr, drawn when the first bytes come."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(name, total=None)

    def show(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total or None)

    try:
        yield show
    finally:
        bar.stop()


def state_of(name: str, find: Callable[[str], Path] = models.find) -> tuple[str, str]:
    """ready, missing or damaged; and what is wrong, for the latter two.  `find` says how closely to look."""
    try:
        find(name)
    except ModelMissing as missing:
        return "missing", str(missing)
    except AnalyzerError as damaged:
        return "damaged", str(damaged)
    return "ready", ""


def found_to_work(name: str, *, again: bool = False) -> Path:
    """The folder of a model; a speech model that nothing vouches for has been tried out, or is now (or `again`)."""
    if models.lookup(name).kind != "speech":
        return models.find(name)
    from analyzer.engines.vosk_trial import try_out

    return models.tried(name, try_out, again=again)


def _row(model: models.Model) -> dict[str, Any]:
    state, problem = state_of(model.name)
    path = models.installed_path(model.name) if state == "ready" else None
    return {
        "name": model.name,
        "kind": model.kind,
        "language": model.language,
        "licence": model.licence,
        "megabytes": model.megabytes,
        "state": state,
        "problem": problem,
        "path": str(path) if path else None,
        "on_trust": state == "ready" and models.taken_on_trust(model.name),
        "comes_from": [source.url for source in model.sources] or "the program itself",
        "about": model.about,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "kind", "language", "licence", "size", "state"):
        table.add_column(heading, no_wrap=heading == "model", justify="right" if heading == "size" else "left")
    for row in rows:
        state = f"[{STYLES[row['state']]}]{row['state']}[/]" + (", taken on trust" if row["on_trust"] else "")
        table.add_row(row["name"], row["kind"], row["language"], row["licence"], f"{row['megabytes']} MB", state)
    Console(highlight=False).print(table)
    for problem in dict.fromkeys(row["problem"] for row in rows if row["state"] == "damaged"):
        _say(problem)


def _named(path: Path) -> str:
    """The model that a file is called after: by its own name, or by that of a source's archive."""
    for model in models.manifest().values():
        archives = {source.url.rsplit("/", 1)[-1] for source in model.sources}
        if path.name in {model.name, *archives}:
            return model.name
    return models.default_speech()


def _installed() -> list[str]:
    return [name for name in models.manifest() if models.installed_path(name)]


def _verified(name: str) -> dict[str, str]:
    try:
        models.verify(name)
        path = found_to_work(name, again=True)
    except AnalyzerError as error:
        return {"name": name, "path": "", "problem": str(error)}
    return {"name": name, "path": str(path), "problem": ""}


def _done(name: str, path: Path, as_json: bool) -> None:
    row = {"name": name, "path": str(path), "sha256": models.identity(name)}
    click.echo(json.dumps(row) if as_json else f"{name} is ready in {path}")


def _say(message: str) -> None:
    click.echo(f"analyzer: {message}", err=True)
