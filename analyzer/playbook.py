"""The playbook: cards as data, what to offer when, and when to hold back.

A card fits when all its `when` facts hold and none of its `not_when`.  Of those that fit,
the one with the highest priority is offered, if the budget allows: nothing within `least_gap_s` of
the last prompt unless the level rose, at most `most` in `window_s`, and nothing but `listen` while
the customer vents.  A card that comes too soon after another waits until the gap is over, and is shown
then if it is still right and the agent has not done it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from analyzer.audio import Speaker
from analyzer.dialogue import Turn
from analyzer.errors import PlaybookError
from analyzer.escalation import ORDER, Evidence
from analyzer.facts import FACTS, Scene
from analyzer.lint import Budget, problems

THROUGH_VENTING = frozenset(("encourage", "boundary", "transfer-choice", "polite-interrupt", "hand-back"))
TO_A_LISTENER = THROUGH_VENTING | {
    "respect",
    "hold-care",
    "be-specific",
    "match-urgency",
    "surface",
}  # playbook, row 24
OF_AGENT = frozenset((
    # facts about what the agent said that are not called so; those named agent-... are too
    "bare-hold", "holds-early-and-often", "customer-must-call-back", "callback-without-time", "refusal-without-option",
    "resolution-vague", "supervisor-offered", "all-covered", "root-cause-asked",
))  # fmt: skip
OF_BOTH = frozenset(("turned-heated", "call-stuck", "stalemate", "purpose-known", "reason-known"))
DEFAULT = Path(__file__).with_name("playbook.yaml")


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that the agent may be told."""

    name: str
    tactic: str
    move: str
    after: str  # whose turn it is weighed after: agent, customer or any
    priority: int
    when: tuple[str, ...]
    not_when: tuple[str, ...]
    lines: tuple[str, ...]  # one, or one a step
    line_without_noun: str
    cool_down_s: float
    expires_s: float
    after_pause_s: float
    more: str
    source: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """Cards in order of priority, and what identifies them."""

    name: str
    version: int
    sha256: str
    cards: tuple[Card, ...]
    budget: Budget = Budget()

    @property
    def identity(self) -> dict[str, object]:
        """What the record says of it."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One short thing for the agent, with its cause."""

    at_s: float
    move: str
    tactic: str
    line: str
    cause: str
    evidence: tuple[Evidence, ...]
    expires_s: float
    card: str


@dataclass(frozen=True, slots=True)
class PromptOutcome:
    """Whether a prompt was used, and whether it helped."""

    prompt: int
    used: bool
    used_at_s: float | None
    intensity_before: float | None
    intensity_after: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card that came too soon after the last prompt."""

    card: Card
    turn: Turn  # that caused it
    due_s: float


@dataclass(slots=True)
class Advisor:
    """Weighs the cards of a playbook over one call, and remembers what it said."""

    playbook: Playbook
    shown: list[tuple[float, Card]] = field(default_factory=list)
    steps: dict[str, int] = field(default_factory=dict)
    waiting: Waiting | None = None

    def advise(self, scene: Scene, at_s: float, pause_s: float = 0.0) -> Prompt | None:
        """What to tell the agent now, if anything; a card that comes too soon is kept waiting."""
        for card in self.playbook.cards:
            if _is_its_turn(card, scene, pause_s) and _fits(card, scene) and self._may_show(card, scene, at_s, pause_s):
                return self._show_or_wait(card, scene, at_s)
        return None

    def release(self, scene: Scene) -> Prompt | None:
        """The card that waited, at its time; `scene` is its turn in the call as it stands by then."""
        if self.waiting is None:
            return None
        card, at_s, self.waiting = self.waiting.card, self.waiting.due_s, None
        has_floor = scene.dialogue.turns[-1].speaker == "customer"
        may_show = _fits(card, scene) and not _is_hushed(card, scene, at_s, has_floor)
        return self._show(card, scene, at_s) if may_show else None

    def say(self, tactic: str, line: str, cause: str, at_s: float) -> Prompt | None:
        """A prompt that no turn but a silence has caused, within the same budget."""
        card = next((card for card in self.playbook.cards if card.tactic == tactic), None)
        if card is None or at_s < self.free_from_s or not self._has_budget(card, at_s):
            return None
        self.shown.append((at_s, card))
        return Prompt(at_s, card.move, card.tactic, line, cause, (), at_s + card.expires_s, card.name)

    def _show_or_wait(self, card: Card, scene: Scene, at_s: float) -> Prompt | None:
        rose = ORDER.index(scene.state.level) > ORDER.index(scene.before.level)
        due_s = at_s if rose else self.free_from_s
        if due_s <= at_s:
            return self._show(card, scene, at_s)
        if self.waiting is None or card.priority >= self.waiting.card.priority:
            self.waiting = Waiting(card, scene.turn, due_s)
        return None

    def _may_show(self, card: Card, scene: Scene, at_s: float, pause_s: float) -> bool:
        has_floor = scene.turn.speaker == "customer" and not (pause_s and card.after_pause_s)
        return not _is_hushed(card, scene, at_s, has_floor) and self._has_budget(card, at_s)

    @property
    def free_from_s(self) -> float:
        """When the gap behind the last prompt is over."""
        return self.shown[-1][0] + self.playbook.budget.least_gap_s if self.shown else 0.0

    def _has_budget(self, card: Card, at_s: float) -> bool:
        budget = self.playbook.budget
        if any(at_s - then < card.cool_down_s - 1e-6 for then, old in self.shown if old.tactic == card.tactic):
            return False
        return sum(at_s - then < budget.window_s for then, _ in self.shown) < budget.most

    def _show(self, card: Card, scene: Scene, at_s: float) -> Prompt:
        self.waiting = None
        step = min(self.steps.get(card.name, 0), len(card.lines) - 1)
        self.steps[card.name] = step + 1
        self.shown.append((at_s, card))
        del self.shown[:-50]
        cause = ", ".join(meaning(name) for name in card.when)
        line, evidence = _line(card, step, scene), _evidence(card, scene)
        return Prompt(at_s, card.move, card.tactic, line, cause, evidence, at_s + card.expires_s, card.name)


def meaning(fact: str) -> str:
    """What a fact says, for the cause of a prompt."""
    text = (FACTS[fact].__doc__ or fact).strip().rstrip(".")
    return text[0].lower() + text[1:]


def _is_its_turn(card: Card, scene: Scene, pause_s: float) -> bool:
    if pause_s:
        return 0 < card.after_pause_s <= pause_s + 1e-6
    return card.after in ("any", scene.turn.speaker) and not (card.after_pause_s and scene.turn.speaker == "customer")


def _fits(card: Card, scene: Scene) -> bool:
    return all(FACTS[name](scene) for name in card.when) and not any(FACTS[name](scene) for name in card.not_when)


def _is_hushed(card: Card, scene: Scene, at_s: float, has_floor: bool) -> bool:
    """Whether the customer is only to be listened to: they vent, and have the floor, or have asked for nothing else."""
    if at_s < scene.dialogue.wants_listener_until_s and card.tactic not in TO_A_LISTENER:
        return True
    return has_floor and scene.dialogue.is_venting(at_s) and card.tactic not in THROUGH_VENTING


def _line(card: Card, step: int, scene: Scene) -> str:
    line = card.lines[step]
    if "{noun}" not in line:
        return line
    noun = scene.dialogue.own_noun()
    return line.replace("{noun}", f"the {noun}") if noun else card.line_without_noun


def is_about(fact: str, speaker: Speaker) -> bool:
    """Whether a fact rests on what this speaker said."""
    if fact in OF_BOTH:
        return True
    return speaker == ("agent" if fact in OF_AGENT or fact.startswith("agent-") else "customer")


def _evidence(card: Card, scene: Scene) -> tuple[Evidence, ...]:
    """The last words of each speaker, with the first of the card's conditions that is about that speaker."""
    sides: tuple[Speaker, ...] = ("agent", "customer")
    others = [turn for side in sides if side != scene.turn.speaker for turn in scene.dialogue.last(side, 1)]
    return tuple(
        Evidence(
            turn.text,
            turn.start_s,
            turn.end_s,
            whats[0],
            turn.intensity if turn.speaker == "customer" else None,
            turn.speaker,
        )
        for turn in (scene.turn, *others)
        if (whats := [what for what in card.when if is_about(what, turn.speaker)])
    )


@lru_cache(maxsize=1)
def default_playbook() -> Playbook:
    """The playbook that comes with the program."""
    return read_playbook(DEFAULT)


def read_playbook(path: Path) -> Playbook:
    """The playbook in a YAML file.  The first mistake in it is a `PlaybookError` with its line number."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"cannot read the playbook {path}: {error}") from error
    for line, complaint in problems(text):
        raise PlaybookError(f"{path}:{line}: {complaint}")
    data = yaml.safe_load(text)
    cards = sorted((_card(row) for row in data["cards"] if not row.get("silent")), key=lambda card: -card.priority)
    digest = hashlib.sha256(text.encode()).hexdigest()
    budget = Budget(**data.get("budget", {}))
    return Playbook(str(data["name"]), int(data["version"]), digest, tuple(cards), budget)


def _card(row: Mapping[str, Any]) -> Card:
    return Card(
        name=str(row.get("name", row["tactic"])),
        tactic=row["tactic"],
        move=row["move"],
        after=row["after"],
        priority=int(row["priority"]),
        when=tuple(row["when"]),
        not_when=tuple(row.get("not_when", ())),
        lines=tuple(row.get("steps") or [row["line"]]),
        line_without_noun=row.get("line_without_noun", ""),
        cool_down_s=float(row.get("cool_down_s", 30)),
        expires_s=float(row.get("expires_s", 20)),
        after_pause_s=float(row.get("after_pause_s", 0)),
        more=row.get("more", ""),
        source=row.get("source", ""),
    )


def by_tactic(cards: Iterable[Card]) -> dict[str, list[Card]]:
    """The cards of each tactic."""
    found: dict[str, list[Card]] = {}
    for card in cards:
        found.setdefault(card.tactic, []).append(card)
    return found
