"""How a call ended, what the agent did well in it, and what a lead should know at once.

All of it from levels, counts and the call's own words.  A call that nobody could have solved is told apart from one
that went badly: it should not count against the agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from analyzer.dialogue import GLAD_CUES, Turn
from analyzer.escalation import EscalationState, Level
from analyzer.promises import Promise
from analyzer.summary import Quote

Outcome = Literal[
    "resolved",
    "promised",
    "open",
    "unresolvable, handled well",
    "ended heated",
    "ended abusive",
    "ended stuck",
]
Behaviour = Mapping[str, float | None]

HARD: frozenset[Level] = frozenset(("heated", "abusive", "stuck"))
ENOUGH_MERITS = 3  # of the table below, for a call to count as handled well
QUOTED_WORDS = 22  # of a quote in a line that is read at a glance

MERITS: Mapping[str, tuple[str, ...]] = {
    # what was done well, and the measures of which one has to be more than 0
    "agreed": ("agent_agreements",),
    "named the matter": ("agent_recaps", "agent_specific_platitudes"),
    "asked openly": ("agent_open_questions",),
    "offered something": ("agent_options", "agent_callback_offers", "agent_transfer_offers"),
    "asked what is wanted": ("agent_goal_questions",),
    "listened": ("agent_encouragers", "agent_backchannels"),
    "set a limit": ("agent_boundaries",),
    "apologised": ("agent_apologies",),
}
FAULTS: Mapping[str, int] = {
    # measures, and how many are too many for "handled well"
    "agent_condescensions": 1,
    "callback_requests": 1,
    "unannounced_holds": 1,
    "agent_cut_offs": 2,
    "agent_empty_platitudes": 4,  # three soothing words in vain are what made the call stuck ...
    "agent_reassurances": 5,  # ... and after that there should be no more
}


def merits(behaviour: Behaviour) -> list[str]:
    """What the agent did well, in the order of the table; nothing where nobody knows who the agent is."""
    found = [merit for merit, names in MERITS.items() if any(behaviour.get(name) for name in names)]
    heard_out = behaviour.get("agent_cut_offs") == 0 and bool(behaviour.get("customer_turns"))
    return [*found, "let the customer finish"] if heard_out else found


def is_handled_well(behaviour: Behaviour) -> bool:
    """Enough was done well, and nothing was done that makes a hard call harder."""
    faults = [name for name, most in FAULTS.items() if (behaviour.get(name) or 0) >= most]
    return len(merits(behaviour)) >= ENOUGH_MERITS and not faults


def outcome_of(
    worst: Level,
    last: Level,
    behaviour: Behaviour,
    last_said: Sequence[Turn],
    promises: Sequence[Promise],
    is_open: bool,
) -> Outcome | None:
    """How it ended; None where nobody knows who the customer is.

    `last_said` are the customer's last turns; `is_open`: something is still wanted.
    """
    if not behaviour.get("customer_turns"):
        return None
    limited = bool(behaviour.get("agent_refusals_with_option") or behaviour.get("agent_refusals_without_option"))
    if worst == "stuck" and (limited or behaviour.get("agent_policy_defences")) and is_handled_well(behaviour):
        return "unresolvable, handled well"
    ended: dict[Level, Outcome] = {"heated": "ended heated", "abusive": "ended abusive", "stuck": "ended stuck"}
    if last in ended:
        return ended[last]
    is_glad = any(set(turn.cues) & GLAD_CUES or "accepts" in turn.does for turn in last_said)
    if is_glad and (worst != "stuck" or last == "calm"):  # who was beyond help thanks for kind words, too
        return "resolved"
    if any(promise.who == "agent" and promise.has_time for promise in promises):
        return "promised"
    return "open" if is_open or last != "calm" or behaviour.get("callback_requests") else "resolved"


def heads_up_of(
    worst: Level,
    state: EscalationState,
    wants_lead: bool,
    tried: Sequence[Quote],
    promises: Sequence[Promise],
    open_want: Sequence[Quote],
) -> tuple[str, ...]:
    """Three lines for a lead: how it stands and why, what was tried, what is still wanted.  None for other calls.

    `wants_lead`: somebody above was asked for, and did not come into it.
    """
    if state.level not in HARD and not wants_lead:
        return ()
    why = f": {_quoted(state.evidence[0].quote)}" if state.evidence else ""
    since = f"{state.level} since {_clock(state.since_s)}" if state.level != "calm" else "calm now"
    steps = "; ".join(f"{_clock(step.start_s)} {_quoted(step.text)}" for step in tried[-2:])
    wants = "; ".join(f"{_clock(want.start_s)} {_quoted(want.text)}" for want in open_want[:1])
    owed = "; ".join(f"{promise.what}, {promise.when or 'no time'}" for promise in promises if promise.who == "agent")
    return (
        f"Ended {since}, {worst} at its worst{why}",
        f"Tried: {steps or 'nothing was offered'}",
        f"Still wanted: {wants or 'not said'}. Promised: {owed or 'nothing'}",
    )


def _quoted(text: str) -> str:
    words = text.split()
    return "“" + " ".join(words[:QUOTED_WORDS]) + (" …" if len(words) > QUOTED_WORDS else "") + "”"


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(int(at_s), 60)
    return f"{minutes:02d}:{seconds:02d}"
