"""A record as moments: what somebody looks for in an archive is rarely a call, but the second in which it happened.

Each moment has tags, and a question asks for them:

    turn        by:customer, cue:repeat-contact, does:recap
    level       level:heated, and escalated or eased; recovered: calm again after having been hard
    prompt      move:mirror, tactic:be-specific, used or unused
    promise     by:agent, timed or untimed, asks-to-call
    hold        hold:music, announced or unannounced
    lost        by:customer
    end         outcome:ended-heated
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from analyzer.archive.due import day_of, due_on
from analyzer.archive.folder import finite, plain
from analyzer.archive.rows import affect, cues, outcomes, quote
from analyzer.escalation import ORDER
from analyzer.outcome import HARD
from analyzer.record import Line, Record, dump

KINDS = ("turn", "level", "prompt", "promise", "hold", "lost", "end")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened in a call, from `at_s` to `end_s` in seconds of call time.

    A level and a prompt are the moment in which they came, however long they stood (`until_s`, `expires_s`).
    """

    kind: str
    at_s: float
    end_s: float
    text: str  # what was said, shown or noticed
    level: str  # the state that the call was in
    tags: tuple[str, ...] = ()
    speaker: str | None = None
    sentiment: float | None = None  # -1..1, of a customer's turn
    intensity: float | None = None  # 0..1
    more: Mapping[str, Any] = field(default_factory=dict)  # what else the record says of it, flat

    @property
    def lasts_s(self) -> float:
        """How long it went on; of a level, how long the call stayed so."""
        return float(self.more.get("until_s", self.end_s)) - self.at_s


def moments_of(record: Record) -> list[Moment]:
    """Everything in a call that can be looked for, in order of call time."""
    found = [
        *(_turn(record, turn) for turn in record.turns),
        *_levels(record),
        *_prompts(record),
        *(_promise(record, promise) for promise in (record.summary or {}).get("promises") or []),
        *(_hold(record, hold) for hold in record.holds),
        *(_lost(record, loss) for loss in record.lost),
        *_end(record),
    ]
    return sorted(map(_checked, found), key=lambda moment: (moment.at_s, KINDS.index(moment.kind)))


def _checked(moment: Moment) -> Moment:
    """The moment, if its numbers are numbers; what breaks that is told as a record that breaks its contract."""
    numbers = (moment.at_s, moment.end_s, moment.lasts_s, moment.sentiment, moment.intensity)
    for value in numbers:
        if value is not None:
            finite(value)
    return moment


def _turn(record: Record, turn: Line) -> Moment:
    felt, heard, does = affect(turn) or {}, cues(turn), list(turn.get("does") or [])
    return Moment(
        "turn",
        turn["start_s"],
        turn["end_s"],
        plain(turn["text"]),
        record.level_at(turn["end_s"]),
        (f"by:{turn['speaker']}", *(f"cue:{cue}" for cue in heard), *(f"does:{act}" for act in does)),
        plain(turn["speaker"]),
        felt.get("sentiment"),
        felt.get("intensity"),
        {"labels": list(felt.get("labels") or []), "cues": heard, "does": does},
    )


def _levels(record: Record) -> Iterator[Moment]:
    ends = [*(level["at_s"] for level in record.levels[1:]), record.duration_s]
    before, worst = "calm", "calm"
    for level, end_s in zip(record.levels, ends, strict=False):
        now = level["level"]
        turned = "escalated" if ORDER.index(now) > ORDER.index(before) else "eased"
        worst = max(worst, now, key=ORDER.index)
        tags = [f"level:{now}", turned]
        if now == "calm":
            tags += ["recovered"] if worst in HARD else []
            worst = "calm"
        why = "; ".join(item["what"] for item in level.get("evidence") or [])
        more = {"until_s": end_s, "before": before, "pressure": level.get("pressure"), "why": plain(why)}
        at_s, said = level["at_s"], plain(quote(level) or "")
        yield Moment("level", at_s, at_s, said, now, tuple(tags), more=more)
        before = now


def _prompts(record: Record) -> Iterator[Moment]:
    became = outcomes(record)
    for number, prompt in enumerate(record.prompts):
        outcome = became.get(number) or {}
        used = {True: ["used"], False: ["unused"], None: []}[outcome.get("used")]
        more = {
            **{name: prompt.get(name) for name in ("move", "tactic", "cause", "expires_s")},
            **{name: outcome.get(name) for name in ("used", "used_at_s", "intensity_before", "intensity_after")},
        }
        yield Moment(
            "prompt",
            prompt["at_s"],
            prompt["at_s"],
            plain(prompt["line"]),
            record.level_at(prompt["at_s"]),
            (f"move:{prompt['move']}", f"tactic:{prompt['tactic']}", *used),
            more=more,
        )


def _promise(record: Record, promise: Line) -> Moment:
    tags = [f"by:{promise['who']}", "timed" if promise.get("has_time") else "untimed"]
    tags += ["asks-to-call"] if promise.get("asks_customer_to_call") else []
    more = {name: promise.get(name) for name in ("what", "when", "how", "has_time", "asks_customer_to_call")}
    day = day_of(record.header.get("started_at"))
    due = due_on(promise.get("when"), day) if day else None
    more["due"] = due.isoformat() if due else None
    at_s, text = promise["at_s"], plain(promise.get("text") or promise["what"])
    return Moment("promise", at_s, at_s, text, record.level_at(at_s), tuple(tags), plain(promise["who"]), more=more)


def _hold(record: Record, hold: Line) -> Moment:
    said = {True: ["announced"], False: ["unannounced"], None: []}[hold.get("announced")]
    length_s = hold["end_s"] - hold["start_s"]
    text = f"{length_s:.0f} s of {hold['kind']}" + "".join(f", {word}" for word in said)
    tags = (f"hold:{hold['kind']}", *said)
    more = {"hold": hold["kind"], "announced": hold.get("announced")}
    return Moment("hold", hold["start_s"], hold["end_s"], text, record.level_at(hold["start_s"]), tags, more=more)


def _lost(record: Record, loss: Line) -> Moment:
    end_s = loss["start_s"] + loss["duration_s"]
    text = plain(f"{loss['duration_s']:.1f} s not heard: {loss['why']}")
    at, who = record.level_at(loss["start_s"]), plain(loss["speaker"])
    return Moment("lost", loss["start_s"], end_s, text, at, (f"by:{who}",), who, more={"why": loss["why"]})


def _end(record: Record) -> Iterator[Moment]:
    if record.summary is None:
        return
    outcome = None if (said := record.summary.get("outcome")) is None else plain(said)
    tags = (f"outcome:{slug(outcome)}",) if outcome else ()
    at_s = record.duration_s
    yield Moment("end", at_s, at_s, outcome or "", record.last_level, tags, more={"outcome": outcome})


def slug(outcome: str) -> str:
    """An outcome as one word: ended-heated."""
    return "-".join(outcome.replace(",", "").split())


def flat(record: Record, moment: Moment) -> dict[str, Any]:
    """A moment as one flat JSON object: no object within it, and only lists of names."""
    header = record.header
    said = {name: header.get(name) for name in ("agent", "queue", "started_at")}
    values = {name: getattr(moment, name) for name in ("speaker", "sentiment", "intensity")}
    place = {"call_id": record.call_id, **said, "kind": moment.kind, "at_s": moment.at_s, "end_s": moment.end_s}
    return {**place, "text": moment.text, "level": moment.level, **values, **moment.more}


def json_lines(record: Record) -> str:
    """The moments of a call as JSON lines."""
    return "".join(dump(flat(record, moment)) for moment in moments_of(record))
