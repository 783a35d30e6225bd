"""`analyzer score` and `analyzer demo`: from a recording to a timeline, a record and a report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from glob import has_magic
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from analyzer.audio import AudioChunk, Speaker
from analyzer.batch.files import is_address, is_folder
from analyzer.batch.names import About, beside
from analyzer.batch.plan import recordings_below
from analyzer.batch.work import Wish, better_record, opened, stays, write_record
from analyzer.cli.loading import EARS, Engines, load_engines, load_playbook
from analyzer.cli.logs import say
from analyzer.errors import AnalyzerError, AudioError, OutputError
from analyzer.models import shipped
from analyzer.playbook import Playbook
from analyzer.record import Record, read, replacing, safe_name
from analyzer.report.envelope import Envelope
from analyzer.report.html import write_report
from analyzer.report.timeline import print_timeline
from analyzer.sources.file import CallAudio


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write for each call, and how to read its file."""

    folder: Path
    report: bool = True
    embed_audio: bool = True
    agent_channel: int = 0
    mono_speaker: Speaker = "unknown"
    ears: str = "vosk"

    @property
    def wish(self) -> Wish:
        return Wish(self.agent_channel, self.mono_speaker, self.report, self.embed_audio)


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="out",
    show_default=True,
    help="Folder for records and reports.",
)


@click.command()
@click.argument("paths", nargs=-1)
@output_option
@click.option("--agent", type=click.Path(path_type=Path), help="The agent's side of a call that is two mono files.")
@click.option("--customer", type=click.Path(path_type=Path), help="The customer's side of it.")
@click.option(
    "--agent-channel",
    type=click.IntRange(0, 1),
    default=0,
    show_default=True,
    help="Which of two channels is the agent.",
)
@click.option(
    "--mono-speaker",
    type=click.Choice(["unknown", "agent", "customer"]),
    default="unknown",
    show_default=True,
    help="Who speaks in a mono file, if only one does.",
)
@click.option(
    "--speech",
    "ears",
    type=click.Choice(list(EARS)),
    default="vosk",
    show_default=True,
    help="Who hears the words; Whisper needs the extra `whisper`.",
)
@click.option("--playbook", type=click.Path(path_type=Path), help="A playbook of your own.")
@click.option("--report/--no-report", default=True, help="Write the HTML page.", show_default=True)
@click.option(
    "--embed-audio/--no-embed-audio",
    default=True,
    help="Put the audio into the page, to click and hear.",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a call instead of the timeline.")
@click.option("--workers", type=click.IntRange(1), help="Worker processes for many calls; one a core if not given.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where workers run: this machine, or the Ray cluster of RAY_ADDRESS (extra `ray`).",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was ended; what failed before is left alone.")
@click.option(
    "--manifest", type=click.Path(path_type=Path), help="CSV or JSON lines: path, call_id, agent, queue, date."
)
@click.option("--names", metavar="PATTERN", help="What file names say, such as {date}_{queue}_{agent}_{call_id}.")
def score(
    paths: tuple[str, ...],
    output: Path,
    agent: Path | None,
    customer: Path | None,
    agent_channel: int,
    mono_speaker: Speaker,
    ears: str,
    playbook: Path | None,
    report: bool,
    embed_audio: bool,
    as_json: bool,
    workers: int | None,
    engine: str,
    resume: bool,
    manifest: Path | None,
    names: str | None,
) -> int:
    """Score recorded calls: transcribe, judge and coach them.

    Each PATH is a recording (two channels: agent and customer), a folder of recordings, a glob in quotes, or an
    address that fsspec opens.  For each call, OUTPUT gets a record (CALL.jsonl) and a page to read and hear it
    (CALL.html).  Folders and whatever else is many go to worker processes; a call that is scored already is left
    as it is, and one that only needs another playbook is coached again from its record.  A small JSON file beside a
    recording (call.json beside call.wav) tells its agent, queue and date.

    \b
    Examples:
      analyzer score call.wav
      analyzer score --agent agent.wav --customer customer.wav -o scored
      analyzer score recordings/ -o scored --workers 4 --no-report
      analyzer score recordings/ -o scored --workers 4 --no-report --resume
      analyzer score --manifest calls.csv -o scored
      analyzer score 'archive/**/*.wav' --names '{queue}/{date}_{agent}_{call_id}' -o scored
    """
    wanted = Wanted(output, report, embed_audio, agent_channel, mono_speaker, ears)
    if _are_many(paths) or workers or resume or manifest or names or engine == "ray":
        if agent or customer:
            raise click.UsageError("--agent and --customer are one call; put many pairs into a manifest")
        if not paths and not manifest:
            raise click.UsageError("give a folder of recordings, or --manifest")
        from analyzer.cli.archive import Asked, score_archive

        asked = Asked(paths, manifest, names, workers, resume, ears, engine)
        return score_archive(asked, output, wanted.wish, load_playbook(playbook), as_json)
    calls: list[Path | tuple[Path, Path]] = [*_pair(agent, customer), *map(Path, paths)]
    if not calls:
        raise click.UsageError("give a recording, a folder of recordings, or --agent and --customer")
    return score_all(calls, wanted, load_playbook(playbook), as_json)


@click.command()
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a call instead of the timelines.")
def demo(output: Path, as_json: bool) -> int:
    """Score the sample calls that come with the program.

    \b
    Example:
      analyzer demo
    """
    return score_all([shipped("samples/calls")], Wanted(output), load_playbook(None), as_json)


def _are_many(paths: tuple[str, ...]) -> bool:
    """Whether one of them stands for any number of recordings."""
    return any(is_address(path) or is_folder(path) or (has_magic(path) and not Path(path).exists()) for path in paths)


def _pair(agent: Path | None, customer: Path | None) -> list[tuple[Path, Path]]:
    if (agent is None) != (customer is None):
        raise click.UsageError("--agent and --customer go together")
    return [(agent, customer)] if agent is not None and customer is not None else []


def score_all(calls: list[Path | tuple[Path, Path]], wanted: Wanted, playbook: Playbook, as_json: bool) -> int:
    """Score every call; one that cannot be read is told in a line, and the others go on."""
    console = Console(highlight=False)
    engines: Engines | None = None
    failures = 0
    seen: dict[str, Path] = {}
    for asked in calls:
        for source in _expanded(asked):
            try:
                about = beside(source[0] if isinstance(source, tuple) else source)
                audio = _open(source, wanted)
                audio = replace(audio, call_id=safe_name(about.call_id or audio.call_id))
                _refuse_twins(audio, seen)
                engines = engines or load_engines(ears=wanted.ears)
                record = score_call(audio, engines, playbook, wanted, about)
            except AnalyzerError as error:
                failures += 1
                say(str(error))
                continue
            failures += not audio.is_whole
            _show(record, wanted, console, as_json)
    return 1 if failures else 0


def _expanded(asked: Path | tuple[Path, Path]) -> Iterator[Path | tuple[Path, Path]]:
    """A folder becomes the recordings below it; everything else stays what it is."""
    if isinstance(asked, tuple) or not is_folder(asked):
        yield asked
        return
    recordings = recordings_below(asked)
    if not recordings:
        raise AudioError(f"{asked} is a folder with no recordings in it; give a recording")
    yield from recordings


def _open(source: Path | tuple[Path, Path], wanted: Wanted) -> CallAudio:
    return opened(list(source) if isinstance(source, tuple) else [source], wanted.wish)


def _refuse_twins(audio: CallAudio, seen: dict[str, Path]) -> None:
    """Two recordings of one name would write one record."""
    if audio.call_id in seen:
        raise AudioError(f"{audio.path} would overwrite the record of {seen[audio.call_id]}; rename one of them")
    seen[audio.call_id] = audio.path


def score_call(
    audio: CallAudio, engines: Engines, playbook: Playbook, wanted: Wanted, about: About = About()
) -> Record:
    """Hear one recording to its end; its record and its page are written when all of it went well.

    One that breaks off is an `AudioError` where it would take the place of a better record.
    """
    path = wanted.folder / f"{audio.call_id}.jsonl"
    make_folder(wanted.folder)
    envelope = Envelope()
    with replacing(path) as file:
        write_record(audio, _watched(audio, envelope), engines, engines.reader, playbook, file, about)
        if audio.missing and (there := better_record(path, read(Path(file.name)))):
            raise AudioError(f"{audio.path}: {audio.missing}; {stays(there, path)}")
    for note in audio.notes:
        say(f"{audio.path}: {note}")
    record = read(path)
    if wanted.report:
        chunks = audio.chunks() if wanted.embed_audio else None
        write_report(record, path.with_suffix(".html"), envelope.waves(record.duration_s), chunks)
    return record


def make_folder(folder: Path) -> None:
    """The folder for results; `OutputError` where there can't be one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror}; choose another with -o") from error


def _watched(audio: CallAudio, envelope: Envelope) -> Iterator[AudioChunk]:
    """The chunks of a call, drawn for the page and shown as progress while they pass."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(audio.call_id, total=audio.duration_s)
        for chunk in audio.chunks():
            envelope.add(chunk)
            progress.update(task, completed=chunk.end_sample / chunk.rate)
            yield chunk


def _show(record: Record, wanted: Wanted, console: Console, as_json: bool) -> None:
    path = wanted.folder / f"{record.call_id}.jsonl"
    report = path.with_suffix(".html") if wanted.report else None
    if not as_json:
        print_timeline(record, console)
        console.print(f"record {path}" + (f", report {report}" if report else ""), style="dim", soft_wrap=True)
        console.print()
        return
    shown = {
        "call_id": record.call_id,
        "record": str(path),
        "report": str(report) if report else None,
        "duration_s": record.duration_s,
        "turns": len(record.turns),
        "levels": record.levels,
        "prompts": record.prompts,
        "summary": record.summary,
    }
    click.echo(json.dumps(shown, ensure_ascii=False))
