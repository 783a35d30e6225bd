"""What both sides did in a call, measured turn by turn: times, counts and shares, never a feeling.

Every measure is defined in `docs/record.md`.  Where it is not known who the agent is, nobody's behaviour is
judged, and only what belongs to the call as a whole is told.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from statistics import median

from analyzer.audio import Speaker
from analyzer.dialogue import Dialogue, Turn, names_own_matter
from analyzer.hold import UNANNOUNCED_S, Hold
from analyzer.meaning import STOP_WORDS, ideas, says_again

CUT_OFF_AFTER_S = 1.0  # the other had been speaking for so long (definitions.md, 6)
OVERLAP_S = 0.5  # less than that is the rub of turn-taking
STOPS_WITHIN_S = 2.0  # who goes on for longer was talked over, not cut off
LOOKED_BACK = 6  # turns of the other side that may overlap with this one
REMEMBERED = 40  # turns of one side that may be said again
OPENING = 3  # agent turns in which a name is given

COUNTED: dict[str, frozenset[str]] = {  # a measure of the agent, and the acts that count for it, once a turn
    "apologies": frozenset(("apology",)),
    "agreements": frozenset(("agreement",)),
    "recaps": frozenset(("recap", "confirms-understanding")),
    "condescensions": frozenset(("condescension",)),
    "policy_defences": frozenset(("policy-defence",)),
    "transfer_offers": frozenset(("transfer-offer", "supervisor-agree")),
    "callback_offers": frozenset(("callback-offer",)),
    "encouragers": frozenset(("encourager",)),
    "reassurances": frozenset(("reassurance",)),
    "options": frozenset(("offers-option",)),
    "goal_questions": frozenset(("asks-goal", "hands-back")),
    "boundaries": frozenset(("boundary-name", "boundary-warn", "boundary-disconnect")),
}
OPEN = frozenset(("open-question", "asks-goal", "asks-reason", "asks-root-cause", "asks-purpose", "hands-back"))
OPTIONS = frozenset(("offers-option", "callback-offer", "transfer-offer", "supervisor-agree"))
_CLOSED = re.compile(
    r"(^|\b(and|so|okay|now|but|sorry|please) )(is|are|was|were|do|does|did|have|has|had|can|could|would|will|may|"
    r"shall|should) (you|i|we|it|that|this|there|the|your|they|he|she)\b|"
    r"\b(which|what) (number|day|time|date|address|name|size|colou?r|model|account)\b|\b(right|correct|okay|yes)$"
)
_OWN_NAME = re.compile(
    r"\bmy name('s| is) (\w+)|\b(this is|you're (?:speaking|talking) (?:to|with)|i'm) (\w+)"
    r"(?= (?:speaking|here|from|with|in|at|and i|how|what|can)\b|$)|\b(\w+) speaking\b"
)
_NO_NAME = STOP_WORDS | frozenset(
    "afraid sorry happy glad calling looking trying speaking listening great fine terrible unacceptable ridiculous "
    "customer support service services billing dispatch reception evidence everything true wrong".split()
)
_TOLD_NAME = re.compile(r"\b(?:my (?:\w+ )?name(?:'s| is)|this is|i'm|it's|the name(?:'s| is)) (\w+)(?: (\w+))?")
_TITLE = re.compile(  # said to the customer, not of somebody who "is our director"
    r"\b(?:sir|madam|ma'am)\b|\b(?:mr|mrs|ms|missus|mister|doctor|dr) "
    r"(?!\w+ (?:is|was|will|can|has|our|from)\b)\w+"
)


class Conduct:
    """Counts as the turns come; what it keeps is bounded."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._longest_s: dict[Speaker, float] = {"agent": 0.0, "customer": 0.0, "unknown": 0.0}
        self._floor: tuple[Speaker, float] = ("unknown", 0.0)  # who holds it, and how long they have spoken
        self._floor_ended_s = 0.0
        self._gaps: deque[float] = deque(maxlen=1000)
        self._recent: deque[Turn] = deque(maxlen=LOOKED_BACK)
        self._said: dict[Speaker, deque[frozenset[str]]] = {
            "agent": deque(maxlen=REMEMBERED),
            "customer": deque(maxlen=REMEMBERED),
        }
        self._refused = False  # by the agent's last turn, with no option yet
        self._name_asked = False  # by the agent, and not yet answered
        self._names: set[str] = set()

    def hear(self, turn: Turn, dialogue: Dialogue) -> None:
        """Take in a turn; `dialogue` has heard it too."""
        if turn.speaker == "unknown":
            return
        self._hear_overlaps(turn)
        self._hear_floor(turn)
        self._hear_repeats(turn)
        if turn.speaker == "agent":
            self._hear_agent(turn, dialogue)
        else:
            self._hear_name(turn)
        self._recent.append(turn)

    def measures(
        self, dialogue: Dialogue, duration_s: float, silence_s: float, holds: Sequence[Hold]
    ) -> dict[str, float | None]:
        """All of them by name.  `silence_s` is the sum of the silences that count."""
        found = _of_the_call(duration_s, silence_s, holds)
        agent, customer = dialogue.sides["agent"], dialogue.sides["customer"]
        if not agent.turns and not customer.turns:
            return found
        for speaker in ("agent", "customer"):
            side = dialogue.sides[speaker]
            found[f"{speaker}_turns"] = side.turns
            found[f"{speaker}_talk_share"] = dialogue.talk_share(speaker)
            found[f"{speaker}_words_per_minute"] = 60 * side.words / side.talk_s if side.talk_s else 0.0
            for what in ("cut_offs", "talk_overs", "backchannels", "repeats"):
                found[f"{speaker}_{what}"] = self._counts[f"{speaker}_{what}"]
        found["longest_agent_monologue_s"] = self._longest_s["agent"]
        found["longest_customer_story_s"] = self._longest_s["customer"]
        found["agent_response_gap_s"] = median(self._gaps) if self._gaps else None
        for what in ("open_questions", "closed_questions", *COUNTED, "empty_platitudes", "specific_platitudes"):
            found[f"agent_{what}"] = self._counts[what]
        found["agent_questions"] = self._counts["questions"]
        found["agent_refusals_with_option"] = self._counts["refusals"] - self._counts["bare_refusals"] - self._refused
        found["agent_refusals_without_option"] = self._counts["bare_refusals"] + self._refused
        for what in ("agent_name_given", "customer_name_asked", "customer_name_uses"):
            found[what] = self._counts[what]
        found["callback_requests"] = self._counts["callback_requests"]
        found["all_covered_asked"] = int("covers-everything" in dialogue.done)
        found["closing_said"] = int("closing" in dialogue.done)
        return found

    def _hear_overlaps(self, turn: Turn) -> None:
        """Who spoke into whose turn, and what came of it."""
        if turn.is_listening_noise:
            self._counts[f"{turn.speaker}_backchannels"] += 1
        for other in self._recent:
            if other.speaker != turn.speaker:
                first, second = sorted((other, turn), key=lambda spoken: spoken.start_s)
                if kind := kind_of_overlap(first, second):
                    self._counts[f"{second.speaker}_{kind}"] += 1

    def _hear_floor(self, turn: Turn) -> None:
        """How long one side has spoken with no more than listening noises between, and how soon the agent answers."""
        if turn.is_listening_noise:
            return
        speaker, spoken_s = self._floor
        gap_s = turn.start_s - self._floor_ended_s
        if (speaker, turn.speaker) == ("customer", "agent") and gap_s < UNANNOUNCED_S:
            self._gaps.append(max(gap_s, 0.0))
        spoken_s = (spoken_s if speaker == turn.speaker else 0.0) + turn.utterance.duration_s
        self._floor, self._floor_ended_s = (turn.speaker, spoken_s), turn.end_s
        self._longest_s[turn.speaker] = max(self._longest_s[turn.speaker], spoken_s)

    def _hear_repeats(self, turn: Turn) -> None:
        said, before = ideas(turn.plain), self._said[turn.speaker]
        self._counts[f"{turn.speaker}_repeats"] += any(says_again(said, other) for other in before)
        before.append(said)

    def _hear_agent(self, turn: Turn, dialogue: Dialogue) -> None:
        counts, does = self._counts, turn.does
        for name, acts in COUNTED.items():
            counts[name] += bool(does & acts)
        is_open = bool(does & OPEN)
        is_closed = asks_closed(turn.plain, does)
        counts["open_questions"] += is_open
        counts["closed_questions"] += is_closed
        counts["questions"] += is_open or is_closed
        counts["callback_requests"] += "callback-request" in does and "callback-offer" not in does
        if "platitude" in does:
            named = names_own_matter(turn, dialogue.last("customer", 4))
            counts["specific_platitudes" if named else "empty_platitudes"] += 1
        self._follow_refusal(turn)
        counts["agent_name_given"] |= dialogue.sides["agent"].turns <= OPENING and gives_own_name(turn.plain)
        counts["customer_name_asked"] |= "asks-name" in does
        self._name_asked = "asks-name" in does
        counts["customer_name_uses"] += uses_name(turn.plain, self._names)

    def _follow_refusal(self, turn: Turn) -> None:
        """A refusal waits for its option until the agent's next turn of weight."""
        if turn.is_listening_noise:
            return
        offered = bool(turn.does & OPTIONS)
        self._counts["bare_refusals"] += self._refused and not offered
        self._counts["refusals"] += "refusal" in turn.does
        self._refused = "refusal" in turn.does and not offered

    def _hear_name(self, turn: Turn) -> None:
        """The customer's own name: after it was asked for, or as it was given."""
        self._names |= names_told(turn.plain, self._name_asked)
        self._name_asked = self._name_asked and turn.is_listening_noise


def kind_of_overlap(first: Turn, second: Turn) -> str | None:
    """What it was that `second` began before `first` had ended: `cut_offs`, `talk_overs`, or nothing to count."""
    overlap_s = min(first.end_s, second.end_s) - second.start_s
    if overlap_s < OVERLAP_S or first.is_listening_noise or second.is_listening_noise:
        return None
    had_begun = second.start_s - first.start_s >= CUT_OFF_AFTER_S
    stopped = first.end_s - second.start_s <= STOPS_WITHIN_S and second.end_s > first.end_s
    return "cut_offs" if had_begun and stopped else "talk_overs"


def gives_own_name(text: str) -> bool:
    """Whether somebody says who they are."""
    return any(
        name and name not in _NO_NAME for match in _OWN_NAME.finditer(text) for name in (match[2], match[4], match[5])
    )


def names_told(text: str, was_asked: bool) -> set[str]:
    """The words of a customer's turn that are their name; `was_asked`: the agent has just asked for it."""
    told = _TOLD_NAME.search(text)
    if told and (was_asked or "name" in told[0]):
        return _names_in(told.groups(default=""))
    return _names_in(text.split()) if was_asked and len(text.split()) <= 4 else set()


def uses_name(text: str, names: Collection[str]) -> bool:
    """Whether a turn of the agent has one of the customer's `names`, or addresses them by title."""
    return bool(set(names) & set(text.split()) or _TITLE.search(text))


def asks_closed(text: str, does: Collection[str]) -> bool:
    """Whether a turn asks for a yes, a number or a name, and for no story."""
    return not OPEN & set(does) and ("closed-question" in does or bool(_CLOSED.search(text)))


def _names_in(words: Iterable[str]) -> set[str]:
    return {word for word in words if len(word) > 2 and word not in _NO_NAME and word != "name"}


def _of_the_call(duration_s: float, silence_s: float, holds: Sequence[Hold]) -> dict[str, float | None]:
    waits_s = [hold.duration_s for hold in holds]
    return {
        "silence_s": silence_s,
        "silence_share": silence_s / duration_s if duration_s else 0.0,
        "holds": len(holds),
        "unannounced_holds": sum(hold.announced is not None and not hold.announced for hold in holds),
        "hold_s": sum(waits_s),
        "hold_share": sum(waits_s) / duration_s if duration_s else 0.0,
        "longest_hold_s": max(waits_s, default=0.0),
        "music_hold_s": sum(hold.duration_s for hold in holds if hold.kind == "music"),
        "first_hold_s": holds[0].start_s if holds else None,
    }
