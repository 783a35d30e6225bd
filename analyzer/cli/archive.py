"""`analyzer score` for archives: many recordings, shared out to workers, with progress, and picked up after a kill."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from analyzer.batch.archive import Archive
from analyzer.batch.files import size
from analyzer.batch.given_up import FILE as NOT_SCORED
from analyzer.batch.given_up import write_given_up
from analyzer.batch.ledger import Entry
from analyzer.batch.names import compiled
from analyzer.batch.plan import Plan, Task, plan
from analyzer.batch.run import Step, ToDo, look_through, work_off
from analyzer.batch.work import Scorer, Wish
from analyzer.batch.workers import Crew, Processes
from analyzer.cli.loading import identities, load_engines
from analyzer.cli.logs import say
from analyzer.cli.score import make_folder
from analyzer.cores import cores
from analyzer.interrupt import Stopped
from analyzer.playbook import Playbook
from analyzer.record import read

SUMMARY, TABLES = "summary.html", "tables"  # in the folder of results
SAID_EVERY_S = 60.0  # progress, where there is no terminal to draw it on


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of an archive."""

    paths: tuple[str, ...]
    manifest: Path | None = None
    names: str | None = None
    workers: int | None = None
    resume: bool = False
    ears: str = "vosk"
    engine: str = "local"


def score_archive(asked: Asked, folder: Path, wish: Wish, playbook: Playbook, as_json: bool) -> int:
    """Score what is not scored yet; 1 if any call could not be."""
    planned = plan(asked.paths, asked.manifest, compiled(asked.names) if asked.names else None)
    if planned.unnamed:
        count = f"{len(planned.unnamed)} of {len(planned.tasks)}"
        say(f"{count} file names do not fit {asked.names}, the first of them {planned.unnamed[0]}")
    tally = Tally(folder, as_json)
    with closing(Archive(folder, playbook, identities(asked.ears), wish)) as archive:
        try:
            _work(archive, planned, asked, wish, playbook, tally)
        except KeyboardInterrupt as stop:
            kept = "what is scored so far is kept; the same command with --resume goes on from here"
            raise Stopped(kept) from stop
        listed = write_given_up(folder, archive.ledger.last)
    overview(folder)
    tally.tell()
    if listed and not as_json:
        click.echo(f"{listed} given up in all, with the reasons in {folder / NOT_SCORED}")
    return 1 if tally.is_short else 0


def overview(folder: Path) -> None:
    """The tables and the page of the whole archive, where a record is newer than they are.

    The page is written last: where it is up to date, so are the tables, whatever kill ended the run before.
    """
    from analyzer.archive.folder import paths
    from analyzer.archive.summary import write_summary
    from analyzer.archive.tables import write_tables

    page, tables = folder / SUMMARY, folder / TABLES
    newest_ns = max((path.stat().st_mtime_ns for path in paths(folder)), default=0)
    if not newest_ns or (tables.exists() and page.exists() and page.stat().st_mtime_ns >= newest_ns):
        return
    make_folder(tables)
    write_tables(folder, tables)
    write_summary(folder, page)


def _work(archive: Archive, planned: Plan, asked: Asked, wish: Wish, playbook: Playbook, tally: Tally) -> None:
    for step in look_through(archive, planned, asked.resume):
        if isinstance(step, ToDo):
            to_do = step
        else:
            tally.take(step)
    tally.stand(to_do, archive.ledger.last)
    make = partial(make_scorer, asked.ears, playbook, wish)
    with _progress(to_do.score) as shown:
        for step in work_off(archive, to_do.score, partial(_hired, make, asked)):
            tally.take(step)
            shown.take(step)


def _hired(make: partial[Scorer], asked: Asked, tasks: int) -> Crew:
    if asked.engine == "ray":
        from analyzer.batch.cluster import Actors

        return Actors(make, asked.workers)
    return Processes(make, min(asked.workers or cores(), tasks))


def make_scorer(ears: str, playbook: Playbook, wish: Wish) -> Scorer:
    """Warm engines, in whatever process they are needed."""
    return Scorer(load_engines(ears=ears), playbook, wish)


@dataclass(slots=True)
class Tally:
    """What has come of the calls, told as it happens and counted at the end."""

    folder: Path
    as_json: bool
    counts: Counter[str] = field(default_factory=Counter)
    hours: float = 0.0  # of calls, of those that were scored now
    began_s: float = field(default_factory=time.monotonic)

    @property
    def is_short(self) -> bool:
        """Whether a call has no record, or one of a part of it."""
        return any(self.counts[state] for state in ("failed", "quarantined", "given up", IN_PART))

    def stand(self, to_do: ToDo, last: Mapping[str, Entry]) -> None:
        """Count what needs no work; `last` has the last entry of each call."""
        self.counts["there already"] += len(to_do.there)
        self.counts["given up"] += len(to_do.given_up)
        for task in to_do.there:
            if missing := last[task.call_id].reason:
                say(f"{task.name}: {missing}")
                self.counts[IN_PART] += 1
            self._show(task)

    def take(self, step: Step) -> None:
        """Tell and count one step."""
        for note in step.notes:
            say(f"{step.task.name}: {note}")
        if step.entry is None:
            return
        if step.entry.state == "done":
            self.hours += step.entry.duration_s / 3600 if step.entry.how == "scored" else 0.0
            self.counts[HOW[step.entry.how]] += 1
            self.counts[IN_PART] += bool(step.entry.reason)
            self._show(step.task)
        else:
            self.counts[step.entry.state] += 1
            say(
                step.entry.reason
                + {"retried": "; it is tried again", "quarantined": "; it is quarantined"}.get(step.entry.state, "")
            )

    def _show(self, task: Task) -> None:
        if not self.as_json:
            return
        path = self.folder / f"{task.call_id}.jsonl"
        record, page = read(path), path.with_suffix(".html")
        shown = {
            "call_id": record.call_id,
            "record": str(path),
            "report": str(page) if page.is_file() else None,
            "duration_s": record.duration_s,
            "turns": len(record.turns),
            "levels": record.levels,
            "prompts": record.prompts,
            "summary": record.summary,
        }
        click.echo(json.dumps(shown, ensure_ascii=False))

    def tell(self) -> None:
        """The last lines."""
        if self.as_json:
            return
        took_s = time.monotonic() - self.began_s
        said = ", ".join(f"{count} {what}" for what, count in self.counts.items() if count)
        rate = f", {self.hours * 3600 / took_s:.1f} times as fast as they were spoken" if self.hours else ""
        click.echo(f"{said or 'nothing to do'}; {spell(took_s)}{rate}")
        if (self.folder / SUMMARY).exists():
            whole = f"the whole in {self.folder / SUMMARY}"
            click.echo(f"records and reports in {self.folder}, {whole}, {_told_tables(self.folder)}")


def _told_tables(folder: Path) -> str:
    from analyzer.archive.tables import has_parquet

    more = "" if has_parquet() else "; for Parquet: pip install 'call-analyzer[archive]'"
    return f"tables in {folder / TABLES}{more}"


IN_PART = "of them only in part"
HOW = {"scored": "scored", "coached": "coached again", "found": "found as they were"}


@dataclass(slots=True)
class Shown:
    """How far the run is, in bytes of recordings, for the rate and the time that is left."""

    bar: Progress
    tasks: int
    total: int
    done: int = 0
    ended: int = 0
    heard_s: dict[str, float] = field(default_factory=dict)  # of each call, also of those that are not done
    began_s: float = field(default_factory=time.monotonic)
    said_s: float = field(default_factory=time.monotonic)

    def take(self, step: Step) -> None:
        """Draw, or now and then say, how far it is."""
        if step.entry is None:
            self.heard_s[step.task.call_id] = max(step.heard_s, self.heard_s.get(step.task.call_id, 0.0))
        elif step.entry.state == "retried":
            return
        else:
            self.heard_s[step.task.call_id] = step.entry.duration_s
            self.done += size(step.task.files)
            self.ended += 1
        for bar in self.bar.task_ids:
            self.bar.update(bar, completed=self.done, text=self.line)
        if self.bar.disable and time.monotonic() - self.said_s > SAID_EVERY_S:
            self.said_s = time.monotonic()
            say(self.line)

    @property
    def line(self) -> str:
        """For people; a rate and a time left as soon as a call is done."""
        heard_s, took_s = sum(self.heard_s.values()), time.monotonic() - self.began_s
        parts = [f"{self.ended} of {self.tasks} calls", *([f"{spell(heard_s)} heard"] if heard_s else [])]
        if self.done:
            left_s = took_s * (self.total - self.done) / self.done
            parts += [f"{self.ended / took_s * 3600:.0f} an hour", f"{spell(left_s)} left"]
        return ", ".join(parts)


@contextmanager
def _progress(tasks: tuple[Task, ...]) -> Iterator[Shown]:
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.fields[text]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        shown = Shown(bar, len(tasks), sum(size(task.files) for task in tasks))
        if tasks:
            bar.add_task("", total=shown.total, text=f"{len(tasks)} calls")
        yield shown


def spell(seconds: float) -> str:
    """A stretch of time for people: 7 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
