"""Calls that are already text: another recognizer's turns, or a chat, judged and coached like any other.

Rules for what is not as it should be:
* turns are put in order of their end; one that ends before it starts is an error that names the turn;
* a turn without words is left out; turns may overlap;
* roles have synonyms (`ROLES`); any other role is `unknown`, and an unknown speaker is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from analyzer.affect import TurnReader
from analyzer.audio import Speaker
from analyzer.call import TurnJudge
from analyzer.coach import Coach
from analyzer.errors import RecordError
from analyzer.events import Event
from analyzer.playbook import Playbook
from analyzer.speech import Utterance, Word, spread_words
from analyzer.voice import Voice

ROLES: Mapping[str, Speaker] = {
    **dict.fromkeys(("agent", "rep", "representative", "advisor", "adviser", "operator", "assistant"), "agent"),
    **dict.fromkeys(("customer", "caller", "client", "user", "consumer"), "customer"),
}


def coach_transcript(call: Mapping[str, Any], reader: TurnReader, playbook: Playbook) -> list[Event]:
    """All events of one call given as `{"call_id", "turns": [{"role", "start", "end", "text"}]}`.

    A turn may also have `voice` and `words` as in a record.  Raises `RecordError` naming the turn.
    """
    turns = call.get("turns")
    if not isinstance(turns, list):
        raise RecordError("a call has a list of turns")
    heard = sorted(
        (spoken for number, turn in enumerate(turns) if (spoken := _spoken(turn, number))),
        key=lambda spoken: (spoken[0].end_s, spoken[0].start_s),
    )
    starts = sorted(((utterance.start_s, utterance.speaker) for utterance, _ in heard), reverse=True)
    coach, judge = Coach(playbook), TurnJudge(reader)
    events: list[Event] = []
    for utterance, voice in heard:
        while starts and starts[-1][0] < utterance.end_s:
            start_s, speaker = starts.pop()
            events += coach.speaking(speaker, start_s)
        events += coach.hear(judge.turn_with_voice(utterance, voice))
    return events + coach.finish(heard[-1][0].end_s if heard else 0.0)


def _spoken(turn: Any, number: int) -> tuple[Utterance, Voice | None] | None:
    """One turn and its voice; None for one without words."""
    if not isinstance(turn, dict):
        raise RecordError(f"turn {number} is not an object")
    text = turn.get("text")
    if not isinstance(text, str):
        raise RecordError(f"turn {number} has no text")
    start_s, end_s = (_seconds(turn, name, number) for name in ("start", "end"))
    if end_s < start_s or start_s < 0:
        raise RecordError(f"turn {number} ends before it starts, or starts before the call")
    role = str(turn.get("role", turn.get("speaker", ""))).lower()
    words = _words(turn) or spread_words(text, start_s, end_s)
    return (Utterance(ROLES.get(role, "unknown"), words), _voice(turn)) if words else None


def _seconds(turn: Mapping[str, Any], name: str, number: int) -> float:
    at_s = turn.get(name, turn.get(f"{name}_s"))
    if isinstance(at_s, bool) or not isinstance(at_s, (int, float)) or not math.isfinite(at_s):
        raise RecordError(f"turn {number} has no {name} in seconds")
    return float(at_s)


def _words(turn: Mapping[str, Any]) -> tuple[Word, ...]:
    try:
        return tuple(
            Word(str(w["word"]), float(w["start_s"]), float(w["end_s"]), float(w["confidence"]))
            for w in turn.get("words") or ()
        )
    except (KeyError, TypeError, ValueError):
        return ()


def _voice(turn: Mapping[str, Any]) -> Voice | None:
    voice = turn.get("voice")
    if not isinstance(voice, dict):
        return None
    try:
        return Voice(
            float(voice["loudness_z"]),
            float(voice["pitch_z"]),
            float(voice["rate_z"]),
            float(voice.get("arousal", 0.5)),
        )
    except (KeyError, TypeError, ValueError):
        return None
