"""The care card: for the agent alone, after a hard call.  What was done well, and that some calls can't be solved.

It is made of the record when the agent asks for it, and of behaviours that were counted: nobody's feelings are in it,
least of all the agent's.  It is in no record, report, export or supervisor's page, and nothing makes one but
`analyzer care` and the audit's page of an agent's own call: tests hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.outcome import merits
from analyzer.record import Record, clock

HEATED_S = 60.0  # of heated talk make a call hard; abuse, or being stuck, does so at once

DONE_WELL: Mapping[str, str] = {
    # a merit of `outcome`, in words for the one who has it
    "agreed": "You told the customer where they were right.",
    "named the matter": "You named what had happened to them, in their own words.",
    "asked openly": "You asked openly, and gave them room to tell it.",
    "offered something": "You found something that you could offer.",
    "asked what is wanted": "You asked them what they wanted to happen.",
    "listened": "You showed them that you were listening.",
    "set a limit": "You named the limit when it was crossed.",
    "apologised": "You said sorry for what had gone wrong.",
    "let the customer finish": "You let them finish, every time.",
}
STAYED = "You stayed on the line for {minutes}, to the end."
UNSOLVABLE = "Some calls can't be solved, by anybody. This looks like one of them."
NOT_YOURS = "Words like those are thrown at whoever sits in the chair. Nobody has to put up with them for long."
HEATED = "A caller may hang up angry with everything done right. It is no measure of the work you did."
PAUSE = "If you can, take a few minutes before you pick up the next one."
PRIVATE = "Nobody else is shown this card. Whether you tell your lead about the call is up to you."


@dataclass(frozen=True, slots=True)
class CareCard:
    """What one agent is told, privately, about one call."""

    about: str
    done_well: tuple[str, ...]
    not_yours: str
    after: tuple[str, ...] = (PAUSE, PRIVATE)


def care_card(record: Record) -> CareCard | None:
    """The card for a hard call; None for every other one, and for a call in which nobody knows who the agent is."""
    behaviour = (record.summary or {}).get("behaviour", {})
    how = _how_hard(record)
    if how is None or not behaviour.get("agent_turns"):
        return None
    done_well = [DONE_WELL[merit] for merit in merits(behaviour)]
    stayed = STAYED.format(minutes=_minutes(record.duration_s))
    not_yours = {"abusive": NOT_YOURS, "stuck": UNSOLVABLE, "heated": HEATED}[how]
    return CareCard(f"{record.call_id}: {clock(record.duration_s)}, {how}", (*done_well, stayed), not_yours)


def _how_hard(record: Record) -> str | None:
    spans: dict[str, float] = {}
    for span in record.spans():
        spans[span["level"]] = spans.get(span["level"], 0.0) + span["to_s"] - span["from_s"]
    for level, least_s in (("abusive", 0.0), ("stuck", 0.0), ("heated", HEATED_S)):
        if level in spans and spans[level] >= least_s:
            return level
    return None


def _minutes(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    return f"{minutes} minute" + ("" if minutes == 1 else "s")
