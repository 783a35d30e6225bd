"""What the program answers to a scorecard's questions: from the counts of a record, with the words they rest on.

A rule reads `summary.behaviour` (docs/record.md) and quotes the turns that were counted.  Where it is not known who
the agent is, or the record has no summary, nothing is answered.  Behaviour only, never a feeling of the agent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from analyzer.audit.scorecard import NOT_APPLICABLE, Scorecard
from analyzer.conduct import OPEN, OPENING, OPTIONS, asks_closed, gives_own_name, names_told, uses_name
from analyzer.outcome import FAULTS
from analyzer.record import Line, Record
from analyzer.spoken import spoken

STORY_S = 10.0  # a floor of the customer that is long enough to be listened to
CROSS = 3  # closed questions for each open one; more is a cross-examination
COURTESIES = frozenset(("hold-announce", "bare-hold", "covers-everything"))  # questions that settle no fact
MOST_QUOTES = 6
LIMITS = FAULTS["agent_empty_platitudes"]  # from so many on, phrases are what the call was made of


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that can be heard."""

    speaker: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, why, and what it rests on; an empty one where the program can't tell."""

    answer: str
    why: str = ""
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A record with its counts at hand."""

    record: Record
    behaviour: Mapping[str, float | None] = field(default_factory=dict)

    def count(self, name: str) -> int:
        return int(self.behaviour.get(name) or 0)

    def turns(self, speaker: str) -> list[Line]:
        return [turn for turn in self.record.turns if turn["speaker"] == speaker]

    def doing(self, acts: Iterable[str], speaker: str = "agent") -> tuple[Quote, ...]:
        """The turns of one side that do one of `acts`."""
        wanted = set(acts)
        return quotes(turn for turn in self.turns(speaker) if wanted & set(turn.get("does") or ()))


Rule = Callable[[Heard], Answer]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Make a rule known to scorecards, by its name with hyphens."""
    RULES[function.__name__.replace("_", "-")] = function
    return function


def program_answers(card: Scorecard, record: Record) -> dict[str, Answer]:
    """The program's answer to each question of a card, by the question's id."""
    heard = Heard(record, (record.summary or {}).get("behaviour") or {})
    if not heard.count("agent_turns"):
        return {question.id: Answer("", "it is not known who the agent is") for question in card.questions}
    return {q.id: RULES[q.rule](heard) if q.rule else Answer("", "a person has to tell") for q in card.questions}


def quotes(turns: Iterable[Line]) -> tuple[Quote, ...]:
    """The first turns as quotes."""
    return tuple(Quote(t["speaker"], t["text"], t["start_s"], t["end_s"]) for t in turns)[:MOST_QUOTES]


def _whether(held: bool, found: tuple[Quote, ...], never: str) -> Answer:
    return Answer("yes", "", found) if held else Answer("no", never)


def _times(count: int, what: str) -> str:
    return f"{what} {'once' if count == 1 else f'{count} times'}"


@rule
def name_given(heard: Heard) -> Answer:
    """The agent says who they are in one of the first three turns."""
    opening = heard.turns("agent")[:OPENING]
    found = quotes(turn for turn in opening if gives_own_name(spoken(turn["text"])))
    return _whether(bool(heard.count("agent_name_given")), found, f"no name in the first {OPENING} turns")


@rule
def name_asked(heard: Heard) -> Answer:
    """They ask for the customer's name, or use it since it was given."""
    held = heard.count("customer_name_asked") or heard.count("customer_name_uses")
    return _whether(bool(held), heard.doing(("asks-name",)) or _named(heard), "the name was neither asked for nor used")


@rule
def name_used(heard: Heard) -> Answer:
    """A turn of the agent has the customer's name or a title."""
    return _whether(heard.count("customer_name_uses") > 0, _named(heard), "the name was never used")


def _named(heard: Heard) -> tuple[Quote, ...]:
    names: set[str] = set()
    was_asked, found = False, []
    for turn in heard.record.turns:
        text = spoken(turn["text"])
        if turn["speaker"] == "customer":
            names |= names_told(text, was_asked)
            continue
        was_asked = "asks-name" in (turn.get("does") or ())
        if turn["speaker"] == "agent" and uses_name(text, names):
            found.append(turn)
    return quotes(found)


@rule
def heard_out(heard: Heard) -> Answer:
    """Nobody was cut off."""
    count = heard.count("agent_cut_offs")
    if count == 0:
        return Answer("yes", "the customer was never cut off")
    return Answer("partly" if count < FAULTS["agent_cut_offs"] else "no", _times(count, "cut off"), _cut_off(heard))


def _cut_off(heard: Heard) -> tuple[Quote, ...]:
    """The customer's turns into which the agent began; which of them stopped for it, the counts say."""
    starts = [turn["start_s"] for turn in heard.turns("agent")]
    return quotes(t for t in heard.turns("customer") if any(t["start_s"] + 1 <= at_s < t["end_s"] for at_s in starts))


@rule
def listening(heard: Heard) -> Answer:
    """Listening noises while the customer tells it."""
    noises = heard.doing(("encourager", "backchannel"))
    if heard.count("agent_backchannels") or heard.count("agent_encouragers"):
        return Answer("yes", "", noises)
    if (heard.behaviour.get("longest_customer_story_s") or 0.0) < STORY_S:
        return Answer(NOT_APPLICABLE, f"the customer never spoke for {STORY_S:.0f} s")
    return Answer("no", "silence while the customer told it")


@rule
def recap(heard: Heard) -> Answer:
    """What was said is summed up, or checked."""
    found = heard.doing(("recap", "confirms-understanding"))
    return _whether(heard.count("agent_recaps") > 0, found, "nothing was summed up or checked")


@rule
def open_questions(heard: Heard) -> Answer:
    """At least one question asks for a story or a wish."""
    count, others = heard.count("agent_open_questions"), heard.count("agent_closed_questions")
    return _whether(count > 0, heard.doing(OPEN), f"no open question; {others} closed")


@rule
def closed_questions(heard: Heard) -> Answer:
    """Short questions settle the facts, without a cross-examination."""
    asked = [t for t in heard.turns("agent") if asks_closed(spoken(t["text"]), t.get("does") or ())]
    asked = [turn for turn in asked if not COURTESIES & set(turn.get("does") or ())]
    count, opened, found = len(asked), heard.count("agent_open_questions"), quotes(asked)
    if count == 0:
        return Answer("no", "no fact was asked for")
    crossed = count > CROSS * max(1, opened)
    return Answer("partly" if crossed else "yes", f"{count} closed, {opened} open" if crossed else "", found)


@rule
def options(heard: Heard) -> Answer:
    """A refusal comes with something that can be done."""
    bare, kind = heard.count("agent_refusals_without_option"), heard.count("agent_refusals_with_option")
    found = heard.doing(("refusal",)) + heard.doing(OPTIONS)
    if not bare + kind:
        return Answer(NOT_APPLICABLE, "nothing was refused", heard.doing(OPTIONS))
    if not bare:
        return Answer("yes", "", found)
    offered = kind or heard.count("agent_options")
    return Answer("partly" if offered else "no", _times(bare, "refused with nothing in its place"), found)


@rule
def promises_timed(heard: Heard) -> Answer:
    """Every promise of the agent has a time."""
    made = [p for p in (heard.record.summary or {}).get("promises", ()) if p["who"] == "agent"]
    timed = [promise for promise in made if promise["has_time"]]
    found = _promised(heard, made)
    if not made:
        return Answer(NOT_APPLICABLE, "the agent promised nothing")
    if len(timed) == len(made):
        return Answer("yes", "", found)
    without = "; ".join(promise["what"] for promise in made if not promise["has_time"])
    return Answer("partly" if timed else "no", f"without a time: {without}", found)


def _promised(heard: Heard, promises: Iterable[Line]) -> tuple[Quote, ...]:
    ends = {promise["at_s"] for promise in promises}
    return quotes(turn for turn in heard.turns("agent") if turn["end_s"] in ends)


@rule
def no_call_back(heard: Heard) -> Answer:
    """The customer is never asked to call again."""
    count = heard.count("callback_requests")
    if count == 0:
        return Answer("yes", "nobody asked the customer to call again")
    return Answer("no", _times(count, "asked to call again"), heard.doing(("callback-request",)))


@rule
def all_covered(heard: Heard) -> Answer:
    """The agent asks whether there is anything else."""
    found = heard.doing(("covers-everything",))
    return _whether(heard.count("all_covered_asked") > 0, found, "nobody asked whether there is anything else")


@rule
def respect(heard: Heard) -> Answer:
    """Nothing condescending is said."""
    count = heard.count("agent_condescensions")
    if count == 0:
        return Answer("yes", "nothing condescending was heard")
    return Answer("no", _times(count, "condescending"), heard.doing(("condescension",)))


@rule
def plain_words(heard: Heard) -> Answer:
    """Kind words name the matter."""
    empty, named = heard.count("agent_empty_platitudes"), heard.count("agent_specific_platitudes")
    found = heard.doing(("platitude",))
    if not empty:
        return Answer("yes" if named else NOT_APPLICABLE, "" if named else "no such words were used", found)
    return Answer("no" if empty >= LIMITS else "partly", _times(empty, "said phrases that name nothing"), found)


@rule
def waits(heard: Heard) -> Answer:
    """Every hold is announced."""
    holds, sudden = heard.count("holds"), heard.count("unannounced_holds")
    if not holds:
        return Answer(NOT_APPLICABLE, "nobody had to wait")
    if not sudden:
        return Answer("yes", "", heard.doing(("hold-announce", "bare-hold")))
    waited = [hold for hold in heard.record.holds if not hold["announced"]]
    quiet = tuple(Quote("", f"{hold['kind']}, unannounced", hold["start_s"], hold["end_s"]) for hold in waited)
    return Answer("partly" if sudden < holds else "no", _times(sudden, "put on hold without a word"), quiet)
