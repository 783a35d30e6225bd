"""`analyzer bench`: what scoring costs on this machine, against bare Vosk in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from analyzer.bench import PAIRS, cost_of_ears, read_sides
from analyzer.cli.loading import load_engines, load_playbook, speech_model, voice_activity_model
from analyzer.models import shipped


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
@click.option("--capacity", is_flag=True, help="Also find how many calls this machine carries, against a plain server.")
def live(recordings: tuple[Path, ...], calls: int, minutes: float, capacity: bool) -> int:
    """Delays of live calls, played in real time: word to partial text, moment to prompt."""
    import asyncio

    from analyzer.bench_live import measure, measure_plain, most_calls, worked_off
    from analyzer.cli.live import makers

    chosen = list(recordings) or sorted(shipped("samples/calls").glob("*.flac"))
    made = makers(load_engines(2 * calls), load_playbook(None))
    click.echo(asyncio.run(measure(made, chosen, calls, minutes * 60)).line)
    if capacity:
        click.echo("a plain server:")
        plain = most_calls(lambda count: measure_plain(speech_model(), chosen, count, CAPACITY_S), click.echo)
        click.echo("this program:")
        ours = most_calls(lambda count: worked_off(made, chosen, count, CAPACITY_S), click.echo)
        click.echo(f"carried within 0.6 s: {ours} calls against {plain}")
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
    chosen = list(calls) or sorted(shipped("samples/calls").glob("*.flac"))
    speech, activity = speech_model(), voice_activity_model()
    for call in chosen:
        cost = cost_of_ears(read_sides(call), speech, activity, pairs)
        _tell(asdict(cost), cost.line, as_json)
    _judging(chosen[0], as_json)
    _coaching(as_json)
    _start_up(as_json)
    _whole_score(chosen[0], as_json)
    return 0


def _tell(values: dict[str, Any], line: str, as_json: bool) -> None:
    click.echo(json.dumps(values) if as_json else line)


def _judging(call: Path, as_json: bool) -> None:
    """The share of processor time that judging and coaching take of scoring one call."""
    from analyzer.call import Call, TurnJudge, run
    from analyzer.coach import Coach
    from analyzer.sources.file import open_call

    engines, book = load_engines(), load_playbook(None)
    spent = {"judge": 0.0, "coach": 0.0}
    coach = Coach(book)
    judge_turn, hear = TurnJudge.turn, coach.hear

    def timed(name: str, work: Any) -> Any:
        def measured(*arguments: Any) -> Any:
            begun_s = time.process_time()
            try:
                return work(*arguments)
            finally:
                spent[name] += time.process_time() - begun_s

        return measured

    audio = open_call(call)
    scored = Call(audio.rates, engines.speech, engines.activity, engines.reader, coach)
    setattr(scored._judge, "turn", timed("judge", judge_turn.__get__(scored._judge)))  # noqa: B010
    setattr(coach, "hear", timed("coach", hear))  # noqa: B010
    begun_s = time.process_time()
    run(audio.chunks(), scored)
    total_s = time.process_time() - begun_s
    share = (spent["judge"] + spent["coach"]) / total_s
    line = f"judging and coaching {call.stem}: {share:.0%} of {total_s:.1f} s (target at most 15%)"
    _tell({"call": call.stem, "judging_share": share, "total_s": total_s}, line, as_json)


def _coaching(as_json: bool) -> None:
    """What a turn costs behind the text model, at the beginning of a long call and at its end."""
    from analyzer.bench_turns import cost_of_turns
    from analyzer.record import read

    records = [read(path) for path in sorted(shipped("samples/calls").glob("*.jsonl"))]
    cost = cost_of_turns(records, load_playbook(None))
    _tell(asdict(cost), cost.line, as_json)


def _start_up(as_json: bool) -> None:
    """Seconds until `analyzer --help` has answered, the best of five."""
    best_s = min(_seconds([sys.executable, "-m", "analyzer", "--help"]) for _ in range(5))
    _tell({"help_s": best_s}, f"analyzer --help: {best_s:.2f} s (target under 0.3 s)", as_json)


def _seconds(command: list[str]) -> float:
    begun_s = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun_s


def _whole_score(call: Path, as_json: bool) -> None:
    """Wall time and peak memory of the whole verb on one call, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PEAK, "score", str(call), "-o", folder]
        begun_s = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        wall_s = time.perf_counter() - begun_s
    peak_mb = int(done.stderr.strip().rsplit("\n", 1)[-1]) / 1024
    line = f"analyzer score {call.name}: {wall_s:.1f} s, peak memory {peak_mb:.0f} MB (target under 600 MB)"
    _tell({"call": call.stem, "score_s": wall_s, "peak_mb": peak_mb}, line, as_json)


CAPACITY_S = 30.0  # for each number of calls tried
PEAK = """
import resource, sys
from analyzer.__main__ import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
