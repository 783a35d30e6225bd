"""A call in the shape of what Amazon Connect Contact Lens writes after a call, for programs that read that.

The shape is that of "Example Contact Lens output files for a call" in the Amazon Connect administrator guide, version
1.1.0.  What differs, and why, is in `docs/archive.md`.  The agent has no sentiment here: none was ever inferred.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any

from analyzer.archive.folder import plain
from analyzer.archive.moments import slug
from analyzer.archive.rows import affect
from analyzer.conduct import kind_of_overlap
from analyzer.dialogue import Turn
from analyzer.hold import SILENCE_S
from analyzer.record import Line, Record
from analyzer.speech import Utterance, Word

Json = dict[str, Any]
VERSION = "1.1.0"
MOOD = 0.25  # of -1..1, from which a turn is not neutral; the report draws its line at the same place
SCALE = 5  # Contact Lens scores a sentiment from -5 to 5
QUARTERS = 4
NAMESPACE = uuid.UUID("b2a0b7f4-9f4e-5f0e-8a58-3d1f5d3c7a10")  # any fixed one: the same turn has the same id each time


def contact_lens(record: Record) -> Json:
    """The call as one JSON object."""
    return {
        "Version": VERSION,
        "AccountId": "",
        "Channel": "VOICE",
        "ContentMetadata": {"Output": "Raw"},
        "JobStatus": "COMPLETED" if record.summary is not None else "FAILED",
        "LanguageCode": "en-US",
        "Participants": [{"ParticipantId": who, "ParticipantRole": who} for who in _participants(record)],
        "Categories": _categories(record),
        "ConversationCharacteristics": _characteristics(record),
        "CustomModels": [],
        "Transcript": [_turn(record, number, turn) for number, turn in enumerate(record.turns)],
        "CustomerMetadata": {
            "ContactId": record.call_id,
            "InputS3Uri": plain(record.header.get("source") or ""),
            "InstanceId": "",
        },
    }


def _participants(record: Record) -> list[str]:
    spoke = [turn["speaker"] for turn in record.turns]
    on_line = [channel["speaker"] for channel in record.header.get("channels") or []]
    return [who.upper() for who in dict.fromkeys([*on_line, *spoke])]


def _millis(seconds: float) -> int:
    return round(seconds * 1000)


def _span(start_s: float, end_s: float) -> Json:
    return {"BeginOffsetMillis": _millis(start_s), "EndOffsetMillis": _millis(end_s)}


# --- categories: our levels, prompts and the outcome ----------------------------------------------


def _categories(record: Record) -> Json:
    """Each level but calm, each tactic, and how it ended, as categories; one for the whole call has no points."""
    found: dict[str, list[Json]] = {}
    for span in record.spans():
        found.setdefault(f"level-{span['level']}", []).append(_span(span["from_s"], span["to_s"]))
    for prompt in record.prompts:
        until_s = min(prompt["expires_s"], max(record.duration_s, prompt["at_s"]))
        found.setdefault(f"prompt-{prompt['tactic']}", []).append(_span(prompt["at_s"], until_s))
    outcome = (record.summary or {}).get("outcome")
    if outcome:
        found[f"outcome-{slug(outcome)}"] = []
    details = {name: {"PointsOfInterest": points} for name, points in found.items()}
    return {"MatchedCategories": list(found), "MatchedDetails": details}


# --- the conversation as a whole ------------------------------------------------------------------


def _characteristics(record: Record) -> Json:
    return {
        "TotalConversationDurationMillis": _millis(record.duration_s),
        "Sentiment": _sentiment(record),
        "Interruptions": _interruptions(record),
        "NonTalkTime": _non_talk(record),
        "TalkSpeed": {"DetailsByParticipant": {who: _speed(turns) for who, turns in _sides(record).items()}},
        "TalkTime": _talk_time(record),
    }


def _sides(record: Record) -> dict[str, list[Line]]:
    sides = {who: [turn for turn in record.turns if turn["speaker"].upper() == who] for who in _participants(record)}
    return {who: turns for who, turns in sides.items() if turns}


def _sentiment(record: Record) -> Json:
    """Of the customer only: the mean of the turns, and of those of each quarter of the customer's part of the call."""
    said = [(turn, felt) for turn in record.turns if (felt := affect(turn))]
    if not said:
        return {"OverallSentiment": {}, "SentimentByPeriod": {"QUARTER": {}}}
    end_s = max(turn["end_s"] for turn, _ in said)
    bounds = [end_s * part / QUARTERS for part in range(QUARTERS + 1)]
    quarters = [
        _span(from_s, to_s)
        | {"Score": _score(felt["sentiment"] for turn, felt in said if from_s < turn["end_s"] <= to_s)}
        for from_s, to_s in pairwise(bounds)
    ]
    overall = _score(felt["sentiment"] for _, felt in said)
    return {
        "OverallSentiment": {"CUSTOMER": overall},
        "SentimentByPeriod": {"QUARTER": {"CUSTOMER": quarters}},
    }


def _score(sentiments: Iterable[float]) -> float:
    """-5..5; 0 where nothing was said, as Contact Lens has it."""
    values = list(sentiments)
    return float(round(fmean(values) * SCALE, 1)) if values else 0.0


def _interruptions(record: Record) -> Json:
    """Cut-offs and talk-overs, by the definition that holds for both sides; back-channels are none."""
    found: dict[str, list[Json]] = {}
    turns = [made for number, turn in enumerate(record.turns) if (made := _as_turn(number, turn))]
    for first, second in _overlapping(turns):
        if kind_of_overlap(first, second):
            end_s = min(first.end_s, second.end_s)
            found.setdefault(second.speaker.upper(), []).append(_lasting(second.start_s, end_s))
    every = [instance for instances in found.values() for instance in instances]
    return {
        "InterruptionsByInterrupter": found,
        "TotalCount": len(every),
        "TotalTimeMillis": sum(instance["DurationMillis"] for instance in every),
    }


def _overlapping(turns: Sequence[Turn]) -> Iterator[tuple[Turn, Turn]]:
    """Pairs of turns of two sides that overlap, the earlier one first."""
    ordered = sorted(turns, key=lambda turn: turn.start_s)
    for number, second in enumerate(ordered):
        for first in ordered[max(0, number - 12) : number]:  # of both sides; nobody talks over a turn so long ago
            if first.speaker != second.speaker and first.end_s > second.start_s:
                yield first, second


def _as_turn(number: int, line: Line) -> Turn | None:
    words = tuple(Word(*(word[name] for name in ("word", "start_s", "end_s", "confidence"))) for word in line["words"])
    return Turn(number, Utterance(line["speaker"], words), None, None, line.get("acts") or {}) if words else None


def _lasting(start_s: float, end_s: float) -> Json:
    span = _span(start_s, end_s)
    return span | {"DurationMillis": span["EndOffsetMillis"] - span["BeginOffsetMillis"]}


def _non_talk(record: Record) -> Json:
    """The silences of both sides of more than 3 s, holds included."""
    instances: list[Json] = []
    heard_s = 0.0
    for turn in sorted(record.turns, key=lambda turn: turn["start_s"]):
        if turn["start_s"] - heard_s > SILENCE_S:
            instances.append(_lasting(heard_s, turn["start_s"]))
        heard_s = max(heard_s, turn["end_s"])
    if record.duration_s - heard_s > SILENCE_S:
        instances.append(_lasting(heard_s, record.duration_s))
    return {"TotalTimeMillis": sum(instance["DurationMillis"] for instance in instances), "Instances": instances}


def _spoken_s(turns: Iterable[Line]) -> float:
    return float(sum(turn["end_s"] - turn["start_s"] for turn in turns))


def _speed(turns: list[Line]) -> Json:
    words, spoken_s = sum(len(turn["words"]) for turn in turns), _spoken_s(turns)
    return {"AverageWordsPerMinute": round(60 * words / spoken_s) if spoken_s else 0}


def _talk_time(record: Record) -> Json:
    sides = {who: {"TotalTimeMillis": _millis(_spoken_s(turns))} for who, turns in _sides(record).items()}
    total = sum(side["TotalTimeMillis"] for side in sides.values())
    return {"TotalTimeMillis": total, "DetailsByParticipant": sides}


# --- the transcript -------------------------------------------------------------------------------


def _turn(record: Record, number: int, turn: Line) -> Json:
    felt, text = affect(turn), plain(turn["text"])
    return {
        "Id": str(uuid.uuid5(NAMESPACE, f"{record.call_id}/{number}")),
        "ParticipantId": turn["speaker"].upper(),
        **_span(turn["start_s"], turn["end_s"]),
        "Content": text,
        **({"Sentiment": _mood(felt["sentiment"])} if felt else {}),
        **_highlights("IssuesDetected", text, _issues(record, turn)),
        **_highlights("ActionItemsDetected", text, _actions(record, turn)),
    }


def _mood(sentiment: float) -> str:
    return "NEGATIVE" if sentiment < -MOOD else "POSITIVE" if sentiment > MOOD else "NEUTRAL"


def _issues(record: Record, turn: Line) -> list[str]:
    issues = (record.summary or {}).get("issue") or []
    return [turn["text"] for issue in issues if issue["start_s"] == turn["start_s"] and issue["text"] == turn["text"]]


def _actions(record: Record, turn: Line) -> list[str]:
    """What the agent promised in this turn."""
    promises = (record.summary or {}).get("promises") or []
    return [
        promise["what"]
        for promise in promises
        if promise["who"] == turn["speaker"] == "agent" and promise["at_s"] == turn["end_s"]
    ]


def _highlights(name: str, text: str, quotes: Iterable[str]) -> Json:
    found = [(text.find(words), words) for words in map(plain, quotes)]
    items = [
        {"CharacterOffsets": {"BeginOffsetChar": at, "EndOffsetChar": at + len(words)}, "Text": words}
        for at, words in found
        if at >= 0
    ]
    return {name: items} if items else {}
