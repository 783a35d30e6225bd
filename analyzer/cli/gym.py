"""`analyzer gym`: practise a call in the terminal."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from analyzer.cli.loading import load_playbook, turn_reader
from analyzer.coach import USED_BY
from analyzer.dialogue import Turn
from analyzer.errors import AudioError, RecordError
from analyzer.escalation import EscalationState
from analyzer.events import Event
from analyzer.gym import Dialogue, read_gym
from analyzer.models import shipped
from analyzer.playbook import Prompt, PromptOutcome
from analyzer.practice import Practice
from analyzer.record import line_of, rounded
from analyzer.sources.playback import Voice


@click.command()
@click.argument("name", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the calls that can be practised.")
@click.option("--playbook", type=click.Path(path_type=Path), help="A playbook of your own.")
@click.option("--hear", is_flag=True, help="Hear the caller, where the call has a voice (see --list).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def gym(name: str | None, as_list: bool, playbook: Path | None, hear: bool, as_json: bool) -> int:
    """Practise a call: read or hear the caller, type your answer, see what the coach says and whether you used it.

    NAME is a call of --list, or a part of its name; without it, one by chance.  An empty line says what
    the script's agent would have said.

    \b
    Examples:
      analyzer gym --list
      analyzer gym tuesday-friday
      analyzer gym --hear spoken-sofa
      printf 'what happened\\n' | analyzer gym wits-end
    """
    dialogues = read_gym(shipped("samples/gym"))
    if as_list:
        _list(dialogues, as_json)
        return 0
    chosen = _chosen([dialogue for dialogue in dialogues if dialogue.voice or not hear], name)
    practice = Practice(chosen, turn_reader(), load_playbook(playbook))
    Session(practice, as_json, Voice(chosen.voice) if hear and chosen.voice else None).run()
    return 0


def _list(dialogues: Iterable[Dialogue], as_json: bool) -> None:
    for dialogue in dialogues:
        has_voice = dialogue.voice is not None
        row = {"name": dialogue.name, "rows": list(dialogue.rows), "about": dialogue.about, "voice": has_voice}
        heard = " (with a voice)" if has_voice else ""
        click.echo(json.dumps(row) if as_json else f"{dialogue.name:24} {dialogue.about}{heard}")


def _chosen(dialogues: list[Dialogue], name: str | None) -> Dialogue:
    """The call of that name, or the first whose name holds it; by chance one in which there is something to say."""
    if name is None:
        return random.choice([dialogue for dialogue in dialogues if dialogue.expect])
    for dialogue in sorted(dialogues, key=lambda dialogue: dialogue.name != name):
        if name in dialogue.name:
            return dialogue
    raise RecordError(f"no call {name} in the gym; see: analyzer gym --list")


class Session:
    """One practice, on a terminal or in a pipe."""

    def __init__(self, practice: Practice, as_json: bool, voice: Voice | None = None) -> None:
        self._practice = practice
        self._voice = voice
        self._as_json = as_json
        self._open: Prompt | None = None  # shown, and not yet answered
        self._prompts: list[Prompt] = []
        self._used: set[int] = set()
        self._is_over = False  # nobody answers any more

    def run(self) -> None:
        """The call from its first turn to its last, and what is to be said of it."""
        dialogue, has_begun = self._practice.dialogue, False
        self._say(f"{dialogue.name}: {dialogue.about}")
        for turn, pause_s in self._practice.script():
            is_caller = turn["role"] == "customer"
            if is_caller and self._voice is not None:
                self._hear(self._voice, turn)
            if is_caller or not has_begun:
                self._tell(self._practice.scripted(turn, pause_s), is_yours=False)
            else:
                self._answer(str(turn["text"]))
            has_begun = has_begun or is_caller
        if self._open is not None:
            self._answer("")
        self._tell(self._practice.finish(), is_yours=False)
        self._sum_up()

    def _hear(self, voice: Voice, turn: Mapping[str, Any]) -> None:
        """Play a turn of the caller; where that cannot be, the rest is read."""
        try:
            voice.play(float(turn["start"]), float(turn["end"]))
        except AudioError as silent:
            self._voice = None
            click.echo(f"the caller can only be read: {silent}", err=True)

    def _answer(self, scripted: str) -> None:
        """Ask for an answer; the script's where none is given, and nothing where there is none either."""
        if not self._as_json and not self._is_over:
            click.echo("you:      ", nl=False)
        line = "" if self._is_over else sys.stdin.readline()
        self._is_over = self._is_over or not line
        text = " ".join(line.split()) or ("" if self._is_over else scripted)
        if not line.strip() or not sys.stdin.isatty():
            self._say(text if line.strip() else f"(as in the script) {text}" if text else "")
        if text:
            self._open = None
            self._tell(self._practice.answer(text), is_yours=True)

    def _tell(self, events: Iterable[Event], is_yours: bool) -> None:
        for event in events:
            if isinstance(event, Prompt):
                self._open = event
                self._prompts.append(event)
            if isinstance(event, PromptOutcome) and event.used:
                self._used.add(event.prompt)
            if self._as_json:
                self._print(event)
            elif line := self._line(event, is_yours):
                click.echo(line)

    def _print(self, event: Event) -> None:
        line = line_of(event)
        if line is not None and line["type"] in ("turn", "level", "prompt", "outcome"):
            click.echo(json.dumps(rounded(line), ensure_ascii=False))

    def _line(self, event: Event, is_yours: bool) -> str:
        if isinstance(event, Turn):
            who = {"customer": "caller:   ", "agent": "agent:    "}[event.speaker]
            return "" if is_yours else f"{who}{event.text}"
        if isinstance(event, EscalationState):
            return f"          (the call is {event.level})"
        if isinstance(event, Prompt):
            return click.style(f"  coach:  {event.move}: {event.line}", bold=True) + f"  ({event.cause})"
        if isinstance(event, PromptOutcome) and event.used:
            return f"          you used it: {self._prompts[event.prompt].line}"
        return ""

    def _sum_up(self) -> None:
        well = self._practice.done_well()
        unused = [
            prompt.line
            for number, prompt in enumerate(self._prompts)
            if number not in self._used and USED_BY[prompt.tactic]
        ]
        if self._as_json:
            answer: dict[str, Any] = {
                "type": "practice",
                "name": self._practice.dialogue.name,
                "prompts": len(self._prompts),
                "used": len(self._used),
                "done_well": well,
            }
            click.echo(json.dumps(answer))
            return
        click.echo("\nDone well:" if well else "\nThat was the call.")
        click.echo("".join(f"  {line}\n" for line in well), nl=False)
        click.echo(f"Prompts: {len(self._prompts)}, used: {len(self._used)}.")
        for line in unused:
            click.echo(f"  not used: {line}")

    def _say(self, line: str) -> None:
        if not self._as_json:
            click.echo(line)
