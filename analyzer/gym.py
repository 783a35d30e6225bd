"""The gym: short two-sided calls as text, each with what the coach ought to say in it, and what not.

A file in `samples/gym/` has `rows` (of the playbook that the product grew out of) and `dialogues`.  A
dialogue has turns as `analyzer transcript` takes them, and of these expectations at least one:

    expect         [{from_s, to_s, any: [tactics]}]: in each window, one of these tactics
    never          [tactics] that must not come at all
    never_moves    [moves] that must not come at all
    most           how many prompts of any kind, at most
    reached        [levels], of which one is reached;  never_reached: none of them is
    promises       [{who, has_time}]: such a promise stands in the summary
    behaviour      {measure: [least, most]}: so much of it stands in the summary
    outcomes       [outcomes], of which the summary has one;  heads_up: whether a lead is told

A dialogue with `voice` has no turns of its own: they are those of a sample call, whose caller can be heard.

The same files are what a person practises on, and what the coach itself is tested with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analyzer.errors import RecordError
from analyzer.escalation import ORDER, EscalationState
from analyzer.events import Event
from analyzer.lint import MOVES
from analyzer.playbook import Prompt
from analyzer.record import read
from analyzer.summary import Summary

TACTICS = frozenset(tactic for tactics in MOVES.values() for tactic in tactics)
EXPECTATIONS = (
    "expect", "never", "never_moves", "most", "reached", "never_reached", "promises", "behaviour", "outcomes",
    "heads_up",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the call in which one of these tactics is right."""

    from_s: float
    to_s: float
    tactics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One call of the gym, and what is right and wrong to say in it."""

    name: str
    about: str
    rows: tuple[int, ...]
    turns: tuple[Mapping[str, Any], ...]
    expect: tuple[Window, ...] = ()
    never: frozenset[str] = frozenset()
    never_moves: frozenset[str] = frozenset()
    most: int | None = None
    reached: frozenset[str] = frozenset()
    never_reached: frozenset[str] = frozenset()
    promises: tuple[Mapping[str, Any], ...] = ()
    behaviour: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    outcomes: frozenset[str] = frozenset()
    heads_up: bool | None = None
    voice: Path | None = None  # the recording of a sample call

    @property
    def is_positive(self) -> bool:
        """Whether something is to be said in it, or of it."""
        seen = any(least > 0 for least, _ in self.behaviour.values())
        return bool(self.expect or self.reached or self.promises or self.heads_up or seen)

    @property
    def call(self) -> dict[str, Any]:
        """As `analyzer transcript` takes a call."""
        return {"call_id": self.name, "turns": list(self.turns)}


def read_gym(folder: Path) -> list[Dialogue]:
    """The dialogues of every file in a folder, in the order of the files' names."""
    return [dialogue for path in sorted(folder.glob("*.yaml")) for dialogue in read_file(path)]


def read_file(path: Path) -> list[Dialogue]:
    """The dialogues of one file.  A mistake in it is a `RecordError` that names the file and the dialogue."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        rows = tuple(int(row) for row in data["rows"])
        found = [_dialogue(row, rows, path) for row in data["dialogues"]]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecordError(f"cannot read {path}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{path} is not a file of the gym: it has rows and dialogues; {error!r}") from error
    return found


def _dialogue(row: Mapping[str, Any], rows: tuple[int, ...], path: Path) -> Dialogue:
    name = str(row["name"])
    if not set(row) & set(EXPECTATIONS):
        raise RecordError(f"{path}: {name} expects nothing")
    if unknown := set(row) - {"name", "about", "turns", "voice", *EXPECTATIONS}:
        raise RecordError(f"{path}: {name} has the unknown field {sorted(unknown)[0]}")
    voice = path.parent.with_name("calls") / f"{row['voice']}.flac" if "voice" in row else None
    made = Dialogue(
        name,
        str(row.get("about", "")),
        rows,
        tuple(row["turns"]) if voice is None else _turns_of(voice.with_suffix(".jsonl")),
        tuple(Window(float(w["from_s"]), float(w["to_s"]), frozenset(w["any"])) for w in row.get("expect", ())),
        frozenset(row.get("never", ())),
        frozenset(row.get("never_moves", ())),
        row.get("most"),
        frozenset(row.get("reached", ())),
        frozenset(row.get("never_reached", ())),
        tuple(row.get("promises", ())),
        {measure: (float(least), float(most)) for measure, (least, most) in row.get("behaviour", {}).items()},
        frozenset(row.get("outcomes", ())),
        row.get("heads_up"),
        voice,
    )
    named = made.never.union(*(window.tactics for window in made.expect))
    for kind, names, known in (
        ("tactic", named, TACTICS),
        ("move", made.never_moves, MOVES.keys()),
        ("level", made.reached | made.never_reached, set(ORDER)),
    ):
        if strangers := sorted(names - known):
            raise RecordError(f"{path}: {name} names the unknown {kind} {strangers[0]}")
    return made


def _turns_of(record: Path) -> tuple[Mapping[str, Any], ...]:
    """The turns of a record as `analyzer transcript` takes them."""
    names = {"role": "speaker", "start": "start_s", "end": "end_s", "text": "text"}
    return tuple({name: turn[field] for name, field in names.items()} for turn in read(record).turns)


def complaints(dialogue: Dialogue, events: Sequence[Event]) -> list[str]:
    """What was not as expected; nothing when all was well."""
    return [*_missing(dialogue, events), *_wrong(dialogue, events)]


def _missing(dialogue: Dialogue, events: Sequence[Event]) -> Iterator[str]:
    prompts = [event for event in events if isinstance(event, Prompt)]
    for window in dialogue.expect:
        if not any(window.from_s <= p.at_s <= window.to_s and p.tactic in window.tactics for p in prompts):
            wanted = " or ".join(sorted(window.tactics))
            yield f"no {wanted} from {window.from_s:g} to {window.to_s:g} s, but {_told(prompts)}"
    levels = {event.level for event in events if isinstance(event, EscalationState)}
    if dialogue.reached and not levels & dialogue.reached:
        yield f"never {' or '.join(sorted(dialogue.reached))}, but {', '.join(sorted(levels)) or 'calm'}"
    for event in events:
        if isinstance(event, Summary):
            yield from _not_in(event, dialogue)


def _not_in(summary: Summary, dialogue: Dialogue) -> Iterator[str]:
    """What the summary ought to say, and does not."""
    for wanted in dialogue.promises:
        if not any(all(getattr(made, name) == value for name, value in wanted.items()) for made in summary.promises):
            yield f"no promise with {dict(wanted)}"
    for measure, (least, most) in dialogue.behaviour.items():
        if not least <= (found := summary.behaviour.get(measure) or 0.0) <= most:
            yield f"{measure} is {found:g}"
    if dialogue.outcomes and summary.outcome not in dialogue.outcomes:
        yield f"the outcome is {summary.outcome}"
    if dialogue.heads_up is not None and bool(summary.heads_up) != dialogue.heads_up:
        yield f"the lead is {'not ' if dialogue.heads_up else ''}told"


def _wrong(dialogue: Dialogue, events: Sequence[Event]) -> Iterator[str]:
    prompts = [event for event in events if isinstance(event, Prompt)]
    for prompt in prompts:
        if prompt.tactic in dialogue.never or prompt.move in dialogue.never_moves:
            yield f"{prompt.tactic} at {prompt.at_s:.1f} s, which is wrong here ({prompt.cause})"
    if dialogue.most is not None and len(prompts) > dialogue.most:
        yield f"more than {dialogue.most} prompts: {_told(prompts)}"
    for event in events:
        if isinstance(event, EscalationState) and event.level in dialogue.never_reached:
            yield f"{event.level} at {event.at_s:.1f} s, which is wrong here"


def _told(prompts: Sequence[Prompt]) -> str:
    return ", ".join(f"{prompt.tactic} at {prompt.at_s:.1f}" for prompt in prompts) or "nothing"
