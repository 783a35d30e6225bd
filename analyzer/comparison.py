"""What a change of the playbook would have done: archived records coached again under the old and the new one.

Nothing is transcribed or judged again: the readings are those of the record, so a thousand calls take a
minute, and what differs is the playbook's doing alone.

A prompt is the same in both when its card and its time are.  One whose card comes within `NEAR_S` of where
it was has moved; every other has appeared or vanished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from analyzer.affect import Affect
from analyzer.dialogue import Turn
from analyzer.errors import RecordError
from analyzer.playbook import Playbook, Prompt
from analyzer.record import Record
from analyzer.speech import Utterance
from analyzer.transcript import coach_turns
from analyzer.voice import Voice

NEAR_S = 30.0  # the same matter, told earlier or later
SAME_S = 0.001
Kind = Literal["appears", "vanishes", "moves", "says"]


@dataclass(frozen=True, slots=True)
class Change:
    """One prompt that the two playbooks do not share."""

    call_id: str
    kind: Kind  # `says`: the same card at the same time, in other words
    at_s: float  # under the new playbook; of one that vanishes, under the old
    was_at_s: float | None
    tactic: str
    card: str
    line: str


@dataclass(slots=True)
class Comparison:
    """Two playbooks over many calls."""

    calls: int = 0
    hours: float = 0.0
    old: Counter[str] = field(default_factory=Counter)  # card -> prompts
    new: Counter[str] = field(default_factory=Counter)

    def per_hour(self, counts: Counter[str]) -> float:
        """Prompts per hour of call."""
        return counts.total() / self.hours if self.hours else 0.0

    def add(self, record: Record, old: Playbook, new: Playbook) -> list[Change]:
        """Coach one record under both; what differs, in order of time."""
        before, after = prompts_of(record, old), prompts_of(record, new)
        self.calls += 1
        self.hours += record.duration_s / 3600
        self.old.update(prompt.card for prompt in before)
        self.new.update(prompt.card for prompt in after)
        return changes(record.call_id, before, after)


def changes(call_id: str, before: Sequence[Prompt], after: Sequence[Prompt]) -> list[Change]:
    """What differs between the prompts of one call."""
    found, left = list[Change](), list(before)
    unmatched = []
    for prompt in after:
        same = next((o for o in left if o.card == prompt.card and abs(o.at_s - prompt.at_s) < SAME_S), None)
        if same is None:
            unmatched.append(prompt)
            continue
        left.remove(same)
        if same.line != prompt.line:
            found.append(_change(call_id, "says", prompt, same.at_s))
    for prompt in unmatched:
        near = [other for other in left if other.card == prompt.card and abs(other.at_s - prompt.at_s) <= NEAR_S]
        if near:
            was = min(near, key=lambda other: abs(other.at_s - prompt.at_s))
            left.remove(was)
            found.append(_change(call_id, "moves", prompt, was.at_s))
        else:
            found.append(_change(call_id, "appears", prompt, None))
    found += [_change(call_id, "vanishes", prompt, prompt.at_s) for prompt in left]
    return sorted(found, key=lambda change: change.at_s)


def _change(call_id: str, kind: Kind, prompt: Prompt, was_at_s: float | None) -> Change:
    return Change(call_id, kind, prompt.at_s, was_at_s, prompt.tactic, prompt.card, prompt.line)


def prompts_of(record: Record, playbook: Playbook) -> list[Prompt]:
    """What a playbook tells the agent in an archived call.  Raises `RecordError` for a record that is not whole."""
    call = {"turns": record.turns, "sounds": record.sounds, "duration_s": record.duration_s}
    events = coach_turns(call, ArchivedJudge(record.turns, record.call_id), playbook)
    return [event for event in events if isinstance(event, Prompt)]


def _affect(line: dict[str, Any]) -> Affect | None:
    """The customer's feeling in a turn of a record; what later versions say besides is left aside."""
    if not line.get("affect"):
        return None
    known = {one.name: line["affect"][one.name] for one in fields(Affect) if one.name != "cues"}
    return Affect(**known, cues=tuple(line["cues"]))


class ArchivedJudge:
    """Makes each turn what its line in the record says that it was."""

    def __init__(self, lines: Iterable[dict[str, Any]], call_id: str) -> None:
        self._lines = {(line["speaker"], line["start_s"], line["end_s"]): line for line in lines}
        self._call_id = call_id
        self._count = 0

    def turn_with_voice(
        self, utterance: Utterance, voice: Voice | None, onset_s: float | None, known_s: float | None
    ) -> Turn:
        """The next turn of the call."""
        line = self._lines.get((utterance.speaker, utterance.start_s, utterance.end_s))
        if line is None:
            raise RecordError(f"the words of a turn of {self._call_id} do not have the times of the turn")
        self._count += 1
        try:
            affect = _affect(line)
            return Turn(self._count - 1, utterance, affect, voice, line.get("acts", {}), onset_s, known_s)
        except (KeyError, TypeError) as error:
            raise RecordError(f"a turn of {self._call_id} lacks part of its reading: {error}") from error
