"""Runs the examples that the cards of a playbook carry, through the coach that hears real calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.affect import TurnReader
from analyzer.escalation import EscalationState, Policy
from analyzer.examples import Example
from analyzer.playbook import Playbook, Prompt
from analyzer.transcript import coach_transcript

PRESSURES = {"calm": 0.0, "tense": Policy().tense_at, "heated": Policy().heated_at}


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not come out as its card says."""

    example: Example
    told: str


def failures(examples: Iterable[Example], playbook: Playbook, reader: TurnReader) -> Iterator[Failure]:
    """The examples that fail, each with what happened instead."""
    for example in examples:
        prompts = prompts_of(example, playbook, reader)
        if complaint := _complaint(example, prompts):
            yield Failure(example, complaint)


def prompts_of(example: Example, playbook: Playbook, reader: TurnReader) -> list[Prompt]:
    """What the whole playbook tells the agent in one example."""
    call: dict[str, object] = {"turns": list(example.turns)}
    if example.duration_s > example.last_s:  # it ends with a silence; any other goes on for as long as a card waits
        call["duration_s"] = example.duration_s
    begin = EscalationState(example.level, PRESSURES.get(example.level, Policy().heated_at))  # type: ignore[arg-type]
    return [event for event in coach_transcript(call, reader, playbook, begin) if isinstance(event, Prompt)]


def _complaint(example: Example, prompts: list[Prompt]) -> str:
    own = [prompt.at_s for prompt in prompts if prompt.card == example.card]
    if not example.is_right:
        return f"it was shown at {own[0]:.1f} s, where it is wrong" if own else ""
    if any(at_s >= example.last_s - 0.01 for at_s in own):
        return ""
    shown = ", ".join(f"{prompt.card} at {prompt.at_s:.1f} s" for prompt in prompts)
    return f"it was not shown at the last line, {example.last_s:.1f} s; shown was: {shown or 'nothing'}"
