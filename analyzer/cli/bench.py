"""`analyzer bench`: what scoring costs on this machine, against bare Vosk in the same run."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.bench import PAIRS, cost_of_ears, read_sides
from analyzer.bench_score import cost_of_command, cost_of_judging, cost_of_score, cost_of_start
from analyzer.bench_text import cost_of_text
from analyzer.cli.loading import identities, load_engines, load_playbook, speech_model, voice_activity_model
from analyzer.errors import OutputError
from analyzer.models import shipped

if TYPE_CHECKING:
    from analyzer.live.desk import Makers

STEP_S = 60.0  # for each number of calls tried
FIRST_CALLS = 12
REPEATS = 3


class Benches(click.Group):
    """`analyzer bench CALL...` is `analyzer bench calls CALL...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = ["calls", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Benches)
def bench() -> None:
    """Measure speed and memory on this machine; without a name: the cost of scoring calls.

    \b
    Examples:
      analyzer bench call.wav
      analyzer bench live --calls 8 --minutes 10
    """


@bench.command("live")
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path))
@click.option("--calls", default=1, show_default=True, help="Calls at once.")
@click.option("--minutes", default=2.0, show_default=True, help="For how long.")
@click.option("--capacity", "with_capacity", is_flag=True, help="Then also what `analyzer bench capacity` does.")
def live(recordings: tuple[Path, ...], calls: int, minutes: float, with_capacity: bool) -> int:
    """Delays of live calls, played in real time: word to partial text, moment to prompt; and the start."""
    import asyncio

    from analyzer.bench_live import measure
    from analyzer.bench_ready import ready

    if with_capacity:
        need_psutil()
    chosen = list(recordings) or sample_calls()
    speech_model()  # a fetch is no part of a start
    click.echo(ready().line)
    made = live_makers()
    click.echo(asyncio.run(measure(made, chosen, calls, minutes * 60)).line)
    if with_capacity:
        _tell_capacity(chosen, STEP_S, FIRST_CALLS, REPEATS)
    return 0


@bench.command("capacity")
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path))
@click.option("--seconds", default=STEP_S, show_default=True, help="For how long each number of calls is tried.")
@click.option("--first", default=FIRST_CALLS, show_default=True, help="Calls at the first try.")
@click.option("--repeats", default=REPEATS, show_default=True, help="Searches on each side; the median counts.")
def capacity(recordings: tuple[Path, ...], seconds: float, first: int, repeats: int) -> int:
    """How many live calls this machine carries, against a plain recognition server (needs psutil)."""
    _tell_capacity(list(recordings) or sample_calls(), seconds, first, repeats)
    return 0


@bench.command("memory")
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path))
@click.option("--hours", default=2.0, show_default=True, help="Length of the long call.")
@click.option("--calls", default=8, show_default=True, help="Calls at once.")
@click.option("--minutes", default=5.0, show_default=True, help="Length of each of them.")
def memory(recordings: tuple[Path, ...], hours: float, calls: int, minutes: float) -> int:
    """Memory of one live call for hours, and of each further one; faster than real time (needs psutil)."""
    import asyncio

    need_psutil()
    import psutil

    from analyzer.bench_memory import measure

    chosen = list(recordings) or sample_calls()
    made = live_makers()
    process = psutil.Process()
    found = asyncio.run(
        measure(made, chosen, hours * 3600, minutes * 60, calls, lambda: float(process.memory_info().rss))
    )
    click.echo(found.line)
    return 0


def _tell_capacity(recordings: list[Path], seconds: float, first: int, repeats: int) -> None:
    from analyzer.bench_capacity import capacity

    need_psutil()
    click.echo(capacity(recordings, speech_model(), seconds, click.echo, first, repeats).line)


def sample_calls() -> list[Path]:
    """The recordings that come with the program, for a bench that is given none."""
    return sorted(shipped("samples/calls").glob("*.flac"))


def live_makers() -> Makers:
    """Calls as `analyzer serve` makes them."""
    from analyzer.cli.live import READY_EARS, makers, spare_ears
    from analyzer.live.desk import DeskSettings

    spare = spare_ears(DeskSettings().most_calls)
    return makers(load_engines(READY_EARS, spare=spare, pace="live"), load_playbook(None))


def need_psutil() -> None:
    """Say what is missing before a bench that needs it begins."""
    if importlib.util.find_spec("psutil") is None:
        raise OutputError("this bench needs psutil; run: pip install psutil")


@bench.command("archive")
@click.option("--calls", default=10_000, show_default=True, help="Calls to make for it.")
def archive(calls: int) -> int:
    """Tables, the index and questions over an archive of many calls, made of the sample records."""
    import tempfile

    from analyzer.bench_archive import costs, make_archive

    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        make_archive(records, calls)
        for cost in costs(records, Path(folder) / "made"):
            click.echo(cost.line)
    return 0


@bench.command("audit")
@click.option("--calls", default=10_000, show_default=True, help="Calls to make for it.")
def audit(calls: int) -> int:
    """The audit's list and pages over many calls, made of the sample records and asked for over HTTP."""
    import tempfile

    from analyzer.bench_archive import make_archive
    from analyzer.bench_audit import costs

    with tempfile.TemporaryDirectory() as folder:
        make_archive(Path(folder), calls)
        for line in costs(Path(folder)):
            click.echo(line)
    return 0


@bench.command("batch")
@click.option("--calls", default=20, show_default=True, help="Calls of the archive.")
@click.option("--ray/--no-ray", "with_ray", default=False, help="Also compare with Ray (extra `ray`).")
def batch(calls: int, with_ray: bool) -> int:
    """An archive run: two workers against one, a second run, a new playbook, Ray (needs psutil)."""
    import tempfile

    from analyzer.bench_batch import costs

    need_psutil()
    speech_model()
    with tempfile.TemporaryDirectory() as folder:
        for line in costs(sample_calls(), Path(folder), calls, with_ray, identities()):
            click.echo(line)
    return 0


@bench.command("growth")
@click.option("--calls", default=500, show_default=True, help="Calls of the archive.")
@click.option("--hours", default=3.0, show_default=True, help="Length of the long call.")
def growth(calls: int, hours: float) -> int:
    """What an archive run holds in memory: many calls against 20, and a long call against one of 3 minutes."""
    import tempfile

    from analyzer.bench_growth import costs

    speech_model()
    with tempfile.TemporaryDirectory() as folder:
        for line in costs(sample_calls(), Path(folder), calls, hours):
            click.echo(line)
    return 0


@bench.command("whisper")
@click.argument("calls", nargs=-1, type=click.Path(path_type=Path))
def whisper(calls: tuple[Path, ...]) -> int:
    """Our ears beside faster-whisper (extra `whisper`): processor time a call hour, and word errors."""
    from analyzer.bench_whisper import compare

    chosen = list(calls) or sample_calls()
    for ears in compare([read_sides(call) for call in chosen], speech_model(), voice_activity_model()):
        click.echo(ears.line)
    return 0


@bench.command("calls")
@click.argument("calls", nargs=-1, type=click.Path(path_type=Path))
@click.option("--pairs", default=PAIRS, show_default=True, help="How often each side is measured.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def of_calls(calls: tuple[Path, ...], pairs: int, as_json: bool) -> int:
    """Measure speed and memory: the ears against bare Vosk, judging and coaching, start-up.

    Every ratio has both of its sides measured in this run.  CALLS are two-channel recordings; the
    sample calls if none is given.  A text beside a call (CALL.txt) tells the word errors.

    \b
    Example:
      analyzer bench call.wav
    """
    chosen = list(calls) or sample_calls()
    speech, activity = speech_model(), voice_activity_model()
    for call in chosen:
        cost = cost_of_ears(read_sides(call), speech, activity, pairs)
        _tell(asdict(cost), cost.line, as_json)
    engines = load_engines()
    judging = cost_of_judging(
        read_sides(chosen[0]), engines.speech, engines.activity, engines.reader, load_playbook(None)
    )
    _tell({**asdict(judging), "share": judging.share}, judging.line, as_json)
    _coaching(as_json)
    text = cost_of_text()
    _tell(asdict(text), text.line, as_json)
    start, whole, command = cost_of_start(), cost_of_score(chosen[0]), cost_of_command(chosen, speech)
    _tell(asdict(start), start.line, as_json)
    _tell(asdict(whole), whole.line, as_json)
    _tell({**asdict(command), "ratio": command.ratio}, command.line, as_json)
    return 0


def _tell(values: dict[str, Any], line: str, as_json: bool) -> None:
    click.echo(json.dumps(values) if as_json else line)


def _coaching(as_json: bool) -> None:
    """What a turn costs behind the text model, at the beginning of a long call and at its end."""
    from analyzer.bench_turns import cost_of_turns
    from analyzer.record import read

    records = [read(path) for path in sorted(shipped("samples/calls").glob("*.jsonl"))]
    cost = cost_of_turns(records, load_playbook(None))
    _tell(asdict(cost), cost.line, as_json)
