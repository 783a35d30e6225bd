"""Short ways to write a call down in a test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from analyzer.affect import Reading, join
from analyzer.coach import Coach
from analyzer.dialogue import Turn
from analyzer.escalation import EscalationState
from analyzer.events import Event
from analyzer.playbook import Prompt, default_playbook
from analyzer.speech import Utterance, Word, spread_words
from analyzer.testing import reading

CALM = reading(0.0, 0.2)
TENSE = reading(-0.6, 0.5)
FURIOUS = reading(-0.95, 0.95)
GLAD = reading(0.8, 0.4, ["gratitude"])
WORDS_A_SECOND = 2.7
Line: TypeAlias = tuple[str, str] | tuple[str, str, Reading] | tuple[str, str, Reading, float]


def turns(*lines: Line) -> list[Turn]:
    """(speaker, text[, reading[, pause before in seconds]]) as turns half a second apart."""
    made: list[Turn] = []
    at_s = 0.5
    for index, line in enumerate(lines):
        speaker, text = line[0], line[1]
        felt = line[2] if len(line) > 2 else CALM
        start_s = at_s + (line[3] if len(line) > 3 else 0.5)
        at_s = start_s + max(0.4, len(text.split()) / WORDS_A_SECOND)
        utterance = Utterance(speaker, spread_words(text, start_s, at_s))  # type: ignore[arg-type]
        affect = join(felt, None, utterance) if speaker == "customer" else None
        made.append(Turn(index, utterance, affect, None, {}))
    return made


def coached(call: Iterable[Turn], end_s: float | None = None) -> list[Event]:
    """All events of a call under the shipped playbook."""
    coach, events, last_s = Coach(default_playbook()), list[Event](), 0.0
    for turn in call:
        events += coach.speaking(turn.speaker, turn.start_s)
        events += coach.hear(turn)
        last_s = turn.end_s
    return events + coach.finish(last_s if end_s is None else end_s)


def tactics(events: Iterable[Event]) -> list[str]:
    return [event.tactic for event in events if isinstance(event, Prompt)]


def levels(events: Iterable[Event]) -> list[str]:
    return [event.level for event in events if isinstance(event, EscalationState)]


def garbled(turn: Turn) -> Turn:
    """The same turn as a recognizer that was hardly sure of a word."""
    words = tuple(Word(word.word, word.start_s, word.end_s, 0.2) for word in turn.utterance.words)
    utterance = Utterance(turn.speaker, words)
    return Turn(turn.index, utterance, join(FURIOUS, None, utterance), None, {})
