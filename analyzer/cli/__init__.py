"""The verbs of the command line.  Each is a module here, imported only when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from analyzer import __version__
from analyzer.interrupt import Stopped, held_back

VERBS = {
    # verb: (module, attribute, the line that `analyzer --help` shows)
    "demo": ("analyzer.cli.score", "demo", "Score the sample calls that come with the program."),
    "score": ("analyzer.cli.score", "score", "Score recorded calls: a timeline, a record and a report each."),
    "live": ("analyzer.cli.live", "live", "Listen to a call on sound devices, with the overlay."),
    "replay": ("analyzer.cli.live", "replay", "Play a recorded call as if it were live, with the overlay."),
    "serve": ("analyzer.cli.live", "serve", "Take calls over sockets, with overlays and a supervisor's page."),
    "transcript": ("analyzer.cli.transcript", "transcript", "Judge and coach calls that are already text."),
    "affect": ("analyzer.cli.affect", "affect", "Judge single utterances: sentiment, intensity, cues."),
    "voice": ("analyzer.cli.voice", "voice", "Measure a voice against its own baseline."),
    "playbook": ("analyzer.cli.playbook", "playbook_group", "Check, test and compare playbooks."),
    "gym": ("analyzer.cli.gym", "gym", "Practise a call: read the caller, answer, see what the coach says."),
    "care": ("analyzer.cli.care", "care", "A private word for the agent after a hard call."),
    "find": ("analyzer.cli.find", "find", "Find moments in scored calls: words, levels, prompts, what was missed."),
    "tables": ("analyzer.cli.records", "tables", "Make tables of scored calls, as CSV and Parquet."),
    "summary": ("analyzer.cli.records", "summary", "Make one page of plots of scored calls."),
    "export": ("analyzer.cli.records", "export", "Write scored calls as Contact Lens JSON, WebVTT or JSON lines."),
    "audit": ("analyzer.cli.audit", "audit", "Check scored calls in the browser, and leave a trail."),
    "evaluation": ("analyzer.cli.evaluation", "evaluation", "Measure the judge on turns that people labelled."),
    "models": ("analyzer.cli.models", "models_group", "List, fetch, add and verify models."),
    "bench": ("analyzer.cli.bench", "bench", "Measure speed and memory on this machine."),
    "doctor": ("analyzer.cli.doctor", "doctor", "Check that this machine has all it needs."),
}


@contextmanager
def _past_click() -> Iterator[None]:
    """Ctrl-C stays what it is: click would make it an abort, after an empty line."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Stopped from stop


class LazyGroup(click.Group):
    """A group whose verbs cost nothing until one is called: `--help` starts in a blink."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        module, attribute, _ = VERBS[cmd_name]
        with held_back():
            command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is not a command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """As any group does it, but for Ctrl-C."""
        with _past_click():
            return super().invoke(ctx)

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        """As any group does it, but for Ctrl-C."""
        with _past_click():
            return super().make_context(*given, **more)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, _, line) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="analyzer")
def analyzer() -> None:
    """Listen to customer-service calls on this machine, and help the person on the phone.

    \b
    Start with:   analyzer demo
    Then:         analyzer score my-call.wav
    """
