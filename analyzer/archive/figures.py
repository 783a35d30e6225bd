"""What an archive comes to: counts by hour, queue, cue, agent and tactic.  One call at a time goes in.

A call *escalated* when it was heated, abusive or stuck at its worst.  What is counted of agents is what they did, and
how the calls went that they were given: never a feeling, and never a rank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from statistics import median

from analyzer.archive.folder import finite, plain
from analyzer.archive.rows import cues, outcomes
from analyzer.outcome import HARD
from analyzer.record import Record

LEAST = 5  # calls below which a share says more about chance than about anything else
DOING = (
    # what is told of an agent's calls: the measure, its name, and whether it is a number a call or a share
    ("agent_talk_share", "talk share", "share"),
    ("agent_open_questions", "open questions", "count"),
    ("agent_recaps", "recaps", "count"),
    ("agent_agreements", "agreements", "count"),
    ("agent_cut_offs", "cut-offs", "count"),
    ("unannounced_holds", "bare holds", "count"),
    ("agent_empty_platitudes", "empty phrases", "count"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A prompt, and what became of it."""

    tactic: str
    move: str
    used: bool | None
    fall: float | None  # of the customer's intensity: before minus after, -1..1


@dataclass(frozen=True, slots=True)
class Facts:
    """What a call adds to the figures."""

    place: str  # the path of its record in the folder
    call_id: str
    agent: str | None
    queue: str | None
    day: str | None
    hour: int | None  # 0..23, as the record writes it
    duration_s: float
    worst: str
    last: str
    outcome: str | None
    recovery_s: float | None
    cues: frozenset[str]
    prompts: tuple[Shown, ...]
    doing: Mapping[str, float]
    is_complete: bool
    ended_abnormally: bool = False

    @property
    def escalated(self) -> bool:
        return self.worst in HARD


def facts_of(place: str, record: Record) -> Facts:
    """The facts of one call."""
    header, summary = record.header, record.summary or {}
    day, hour = when(header.get("started_at"))
    behaviour = summary.get("behaviour") or {}
    return Facts(
        place,
        plain(record.call_id),
        plain(header["agent"]) if header.get("agent") else None,
        plain(header["queue"]) if header.get("queue") else None,
        day,
        hour,
        finite(record.duration_s),
        record.worst_level,
        record.last_level,
        plain(summary["outcome"]) if summary.get("outcome") else None,
        None if summary.get("recovery_s") is None else finite(summary["recovery_s"]),
        frozenset(cue for turn in record.turns for cue in cues(turn)),
        tuple(_shown(record)),
        {name: finite(behaviour[name]) for name, *_ in DOING if behaviour.get(name) is not None},
        record.summary is not None,
        record.ended_abnormally,
    )


def _shown(record: Record) -> Iterable[Shown]:
    became = outcomes(record)
    for number, prompt in enumerate(record.prompts):
        outcome = became.get(number) or {}
        before, after = outcome.get("intensity_before"), outcome.get("intensity_after")
        fall = None if before is None or after is None else finite(before) - finite(after)
        used = None if outcome.get("used") is None else bool(outcome["used"])
        yield Shown(plain(prompt["tactic"]), plain(prompt["move"]), used, fall)


def when(started_at: object) -> tuple[str | None, int | None]:
    """The day and the hour of an ISO time, as it is written; None where there is none."""
    text = str(started_at or "")
    is_day = len(text) >= 10 and text[:4].isdecimal() and text[4] == text[7] == "-"
    hour = int(text[11:13]) if is_day and text[11:13].isdecimal() else None
    return text[:10] if is_day else None, hour if hour is not None and hour < 24 else None


@dataclass(slots=True)
class Share:
    """So many of so many."""

    of: int = 0
    hits: int = 0

    def add(self, hit: bool) -> None:
        """One more."""
        self.of += 1
        self.hits += hit

    @property
    def rate(self) -> float | None:
        """0..1, or None where there are too few to say."""
        return self.hits / self.of if self.of >= LEAST else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval (Wilson 1927): right for small numbers and for shares near 0 and 1."""
        if not self.of:
            return 0.0, 1.0
        z = 1.96
        rate, spread = self.hits / self.of, z * z / self.of
        middle = (rate + spread / 2) / (1 + spread)
        half = z * sqrt(rate * (1 - rate) / self.of + spread / (4 * self.of)) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(slots=True)
class Tactic:
    """What became of the prompts of one tactic."""

    move: str
    used: Share = field(default_factory=Share)
    falls: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})  # by whether it was used

    def fall(self, used: bool) -> float | None:
        """The median fall of intensity, or None where there are too few to say."""
        return median(self.falls[used]) if len(self.falls[used]) >= LEAST else None


@dataclass(slots=True)
class Agent:
    """The calls of one agent, and what was done in them."""

    escalated: Share = field(default_factory=Share)
    recovered: Share = field(default_factory=Share)  # of those that escalated
    queues: dict[str | None, Share] = field(default_factory=lambda: defaultdict(Share))
    doing: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def usual(self, measure: str) -> float | None:
        """The mean of a measure over the calls in which it is known, or None where there are too few."""
        values = self.doing.get(measure, [])
        return sum(values) / len(values) if len(values) >= LEAST else None


@dataclass(slots=True)
class Figures:
    """All that the page of an archive shows; `add` every call."""

    calls: int = 0
    ended_abnormally: int = 0
    seconds: float = 0.0
    days: set[str] = field(default_factory=set)
    escalated: Share = field(default_factory=Share)
    worst: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    hours: dict[int, Share] = field(default_factory=lambda: defaultdict(Share))
    cues: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    recoveries: list[float] = field(default_factory=list)
    tactics: dict[str, Tactic] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=lambda: defaultdict(Agent))
    ended_hard: list[tuple[float, str, str, str]] = field(default_factory=list)  # (s, call, worst, place), the longest
    by_queue: dict[str | None, Share] = field(default_factory=lambda: defaultdict(Share))  # None: it is not known

    def add(self, facts: Facts) -> None:
        """Count one call."""
        self.calls += 1
        self.ended_abnormally += facts.ended_abnormally
        self.seconds += facts.duration_s
        self.days |= {facts.day} if facts.day else set()
        self.escalated.add(facts.escalated)
        self.worst[facts.worst] += 1
        self.by_queue[facts.queue].add(facts.escalated)
        if facts.outcome:
            self.outcomes[facts.outcome] += 1
        if facts.hour is not None:
            self.hours[facts.hour].add(facts.escalated)
        for cue in facts.cues:
            self.cues[cue].add(facts.escalated)
        if facts.escalated and facts.recovery_s is not None:
            self.recoveries.append(facts.recovery_s)
        if facts.is_complete and facts.last in HARD:
            longest = [*self.ended_hard, (facts.duration_s, facts.call_id, facts.worst, facts.place)]
            self.ended_hard = sorted(longest, reverse=True)[:10]
        self._add_prompts(facts)
        if facts.agent:
            self._add_agent(self.agents[facts.agent], facts)

    def _add_prompts(self, facts: Facts) -> None:
        for shown in facts.prompts:
            tactic = self.tactics.setdefault(shown.tactic, Tactic(shown.move))
            if shown.used is not None:
                tactic.used.add(shown.used)
                if shown.fall is not None:
                    tactic.falls[shown.used].append(shown.fall)

    def _add_agent(self, agent: Agent, facts: Facts) -> None:
        agent.escalated.add(facts.escalated)
        agent.queues[facts.queue].add(facts.escalated)
        if facts.escalated and facts.is_complete:
            agent.recovered.add(facts.recovery_s is not None)
        for name, value in facts.doing.items():
            agent.doing[name].append(value)

    @property
    def queues(self) -> dict[str, Share]:
        """By the queues that have a name."""
        return {queue: share for queue, share in self.by_queue.items() if queue}

    def expected(self, name: str) -> float | None:
        """How many of an agent's calls would have escalated, had they gone as those of others in the same queues.

        None where the others have too few calls in one of these queues to say.
        """
        agent = self.agents[name]
        rates = [(own.of, self._rate_of_others(queue, own)) for queue, own in agent.queues.items()]
        known = [(calls, rate) for calls, rate in rates if rate is not None]
        return sum(calls * rate for calls, rate in known) if len(known) == len(rates) else None

    def _rate_of_others(self, queue: str | None, own: Share) -> float | None:
        every = self.by_queue[queue]
        return Share(every.of - own.of, every.hits - own.hits).rate
