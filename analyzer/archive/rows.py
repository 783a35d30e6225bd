"""A record as rows of four tables: calls, turns, levels, prompts.

What an affect model says is taken of the customer's turns only, whatever a record may hold: nothing is ever told of
how an agent feels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Any, Literal

from analyzer.archive.folder import plain
from analyzer.record import Line, Record

Row = dict[str, Any]
Kind = Literal["text", "number", "count", "flag"]

BEHAVIOUR = (
    # the measures of `docs/record.md`, in its order
    "agent_turns", "customer_turns", "agent_talk_share", "customer_talk_share", "agent_words_per_minute",
    "customer_words_per_minute", "longest_agent_monologue_s", "longest_customer_story_s", "agent_response_gap_s",
    "agent_cut_offs", "customer_cut_offs", "agent_talk_overs", "customer_talk_overs", "agent_backchannels",
    "customer_backchannels", "agent_questions", "agent_open_questions", "agent_closed_questions", "agent_name_given",
    "customer_name_asked", "customer_name_uses", "agent_recaps", "agent_apologies", "agent_agreements",
    "agent_encouragers", "agent_refusals_with_option", "agent_refusals_without_option", "agent_empty_platitudes",
    "agent_specific_platitudes", "agent_reassurances", "agent_condescensions", "agent_policy_defences", "agent_repeats",
    "customer_repeats", "agent_options", "agent_goal_questions", "agent_boundaries", "agent_transfer_offers",
    "agent_callback_offers", "callback_requests", "all_covered_asked", "closing_said", "silence_s", "silence_share",
    "holds", "unannounced_holds", "hold_s", "hold_share", "longest_hold_s", "music_hold_s", "first_hold_s",
)  # fmt: skip

_PLACE: dict[str, Kind] = {"record": "text", "call_id": "text"}
COLUMNS: Mapping[str, Mapping[str, Kind]] = {
    "calls": _PLACE
    | {
        "agent": "text", "queue": "text", "started_at": "text", "source": "text", "duration_s": "number",
        "complete": "flag", "ended_abnormally": "flag", "worst_level": "text", "last_level": "text", "outcome": "text",
        "onset_s": "number", "peak_s": "number", "recovery_s": "number", "turns": "count", "prompts": "count",
        "prompts_used": "count", "promises": "count", "promises_without_time": "count", "lost_s": "number",
        "customer_sentiment": "number", "customer_peak_intensity": "number", "cues": "text",
        "audio_sha256": "text", "policy": "text", "policy_version": "text", "policy_sha256": "text",
        "speech_model": "text", "affect_model": "text",
    }
    | dict.fromkeys(BEHAVIOUR, "number"),
    "turns": _PLACE
    | {
        "turn": "count", "speaker": "text", "start_s": "number", "end_s": "number", "text": "text", "words": "count",
        "word_confidence": "number", "level": "text", "sentiment": "number", "intensity": "number",
        "confidence": "number", "labels": "text", "cues": "text", "does": "text", "voice_arousal": "number",
    },
    "levels": _PLACE
    | {
        "at_s": "number", "until_s": "number", "level": "text", "before": "text", "pressure": "number",
        "target": "text", "why": "text", "quote": "text",
    },
    "prompts": _PLACE
    | {
        "prompt": "count", "at_s": "number", "expires_s": "number", "move": "text", "tactic": "text", "card": "text",
        "line": "text", "cause": "text", "level": "text", "quote": "text", "used": "flag", "used_at_s": "number",
        "intensity_before": "number", "intensity_after": "number",
    },
}  # fmt: skip


def rows_of(place: str, record: Record) -> dict[str, list[Row]]:
    """The rows of one record by table; `place` is its path in the folder.  Absent values are None."""
    where = {"record": place, "call_id": record.call_id}
    made = {
        "calls": [call_row(record)],
        "turns": _turns(record),
        "levels": _levels(record),
        "prompts": _prompts(record),
    }
    return {table: [_typed(table, where | row) for row in rows] for table, rows in made.items()}


def call_row(record: Record) -> Row:
    """The call as a whole."""
    header, summary = record.header, record.summary or {}
    feelings = [felt for turn in record.turns if (felt := affect(turn))]
    promises = summary.get("promises") or []
    return {
        **{name: header.get(name) for name in ("agent", "queue", "started_at", "source")},
        "duration_s": record.duration_s,
        "complete": record.summary is not None,
        "ended_abnormally": record.ended_abnormally,
        "worst_level": record.worst_level,
        "last_level": record.last_level,
        **{name: summary.get(name) for name in ("outcome", "onset_s", "peak_s", "recovery_s")},
        "turns": len(record.turns),
        "prompts": len(record.prompts),
        "prompts_used": sum(bool(outcome["used"]) for outcome in record.outcomes),
        "promises": len(promises),
        "promises_without_time": sum(not promise.get("has_time") for promise in promises),
        "lost_s": sum(loss["duration_s"] for loss in record.lost),
        "customer_sentiment": _rounded(fmean(felt["sentiment"] for felt in feelings)) if feelings else None,
        "customer_peak_intensity": max((felt["intensity"] for felt in feelings), default=None),
        "cues": _joined(sorted({cue for turn in record.turns for cue in cues(turn)})),
        "audio_sha256": (header.get("audio") or {}).get("sha256"),
        **_models(header),
        **{name: (summary.get("behaviour") or {}).get(name) for name in BEHAVIOUR},
    }


def affect(turn: Line) -> Line | None:
    """How a turn of the customer sounded; None for everybody else."""
    felt: Line | None = turn.get("affect")
    return felt if turn["speaker"] == "customer" else None


def cues(turn: Line) -> list[str]:
    """What was heard in a turn of the customer; nothing for everybody else."""
    return [cue for cue in turn.get("cues") or [] if isinstance(cue, str)] if turn["speaker"] == "customer" else []


def outcomes(record: Record) -> dict[int, Line]:
    """What became of each prompt, by its number."""
    return {outcome["prompt"]: outcome for outcome in record.outcomes}


def quote(line: Line) -> str | None:
    """The first words that a level or a prompt rests on."""
    return next((item["quote"] for item in line.get("evidence") or [] if item.get("quote")), None)


def _models(header: Line) -> Row:
    models, policy = header.get("models") or {}, header.get("policy") or {}
    return {
        "policy": policy.get("name"),
        "policy_version": policy.get("version"),
        "policy_sha256": policy.get("sha256"),
        "speech_model": (models.get("speech") or {}).get("name"),
        "affect_model": (models.get("affect") or {}).get("name"),
    }


def _turns(record: Record) -> list[Row]:
    return [_turn(number, turn, record.level_at(turn["end_s"])) for number, turn in enumerate(record.turns)]


def _turn(number: int, turn: Line, level: str) -> Row:
    words, felt = turn.get("words") or [], affect(turn) or {}
    voice = turn.get("voice") if turn["speaker"] == "customer" else None
    return {
        "turn": number,
        **{name: turn[name] for name in ("speaker", "start_s", "end_s", "text")},
        "words": len(words),
        "word_confidence": _rounded(fmean(word["confidence"] for word in words)) if words else None,
        "level": level,
        **{name: felt.get(name) for name in ("sentiment", "intensity", "confidence")},
        "labels": _joined(felt.get("labels") or []),
        "cues": _joined(cues(turn)),
        "does": _joined(turn.get("does") or []),
        "voice_arousal": (voice or {}).get("arousal"),
    }


def _levels(record: Record) -> list[Row]:
    return list(_courses(record))


def _courses(record: Record) -> Iterator[Row]:
    ends = [*(level["at_s"] for level in record.levels[1:]), record.duration_s]
    before = "calm"
    for level, until_s in zip(record.levels, ends, strict=False):
        yield {
            **{name: level.get(name) for name in ("at_s", "level", "pressure", "target")},
            "until_s": until_s,
            "before": before,
            "why": _joined(dict.fromkeys(item["what"] for item in level.get("evidence") or [])),
            "quote": quote(level),
        }
        before = level["level"]


def _prompts(record: Record) -> list[Row]:
    became = outcomes(record)
    return [
        {
            "prompt": number,
            **{name: prompt.get(name) for name in ("at_s", "expires_s", "move", "tactic", "line", "cause")},
            "card": _card(prompt),
            "level": record.level_at(prompt["at_s"]),
            "quote": quote(prompt),
            **{
                name: became.get(number, {}).get(name)
                for name in ("used", "used_at_s", "intensity_before", "intensity_after")
            },
        }
        for number, prompt in enumerate(record.prompts)
    ]


def _card(prompt: Line) -> str | None:
    card = prompt.get("card")
    return card.get("name") if isinstance(card, dict) else card


def _joined(names: Iterable[str]) -> str:
    return "; ".join(names)


def _rounded(value: float) -> float:
    return round(value, 4) + 0.0


def _typed(table: str, row: Row) -> Row:
    """The row in the order of the columns, each value of its column's kind."""
    kinds: dict[Kind, Any] = {"text": plain, "number": float, "count": int, "flag": bool}
    return {
        name: None if (value := row.get(name)) is None else kinds[kind](value) for name, kind in COLUMNS[table].items()
    }
