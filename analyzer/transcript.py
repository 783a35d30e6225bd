"""Calls that are already text: another recognizer's turns, or a chat, judged and coached like any other.

Rules for what is not as it should be:
* turns are put in order of their end; one that ends before it starts is an error that names the turn;
* so is one more than a week into the call: its times are dates, or milliseconds;
* a turn without words is left out; turns may overlap;
* a call that does not say how long it was (`duration_s`) is taken to go on until a prompt that waits is told;
* roles have synonyms (`ROLES`); any other role is `unknown`, and an unknown speaker is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, replace
from typing import Any, NamedTuple, Protocol, TypeAlias

from analyzer.affect import USUAL_AROUSAL, TurnReader
from analyzer.audio import Speaker
from analyzer.call import CallSettings, TurnJudge
from analyzer.coach import Coach
from analyzer.dialogue import Turn
from analyzer.errors import RecordError
from analyzer.escalation import EscalationState
from analyzer.events import Event
from analyzer.playbook import Playbook
from analyzer.sounds import STRETCHES, Sound
from analyzer.speech import Utterance, Word, spread_words
from analyzer.voice import Voice

SETTLE_S = CallSettings().settle_s
LONGEST_S = 7 * 86_400.0  # of a call, or of a chat that rests at night: each moment of it is gone through
WORDS_OVER_S = 0.5  # the last word of a recording that was cut may end so far behind its sound
ROLES: Mapping[str, Speaker] = {
    **dict.fromkeys(("agent", "rep", "representative", "advisor", "adviser", "operator", "assistant"), "agent"),
    **dict.fromkeys(("customer", "caller", "client", "user", "consumer"), "customer"),
}


class Judge(Protocol):
    """Makes a turn of what was said: by the text model, or by what a record says that it said."""

    def turn_with_voice(
        self, utterance: Utterance, voice: Voice | None, onset_s: float | None, known_s: float | None
    ) -> Turn:
        """The next turn of the call."""
        ...


def coach_transcript(
    call: Mapping[str, Any], reader: TurnReader, playbook: Playbook, begin: EscalationState = EscalationState()
) -> list[Event]:
    """All events of one call given as `{"call_id", "turns": [{"role", "start", "end", "text"}]}`.

    A turn may also have `voice`, `words`, `onset_s` and `known_s` as in a record, and the call `sounds` and
    `duration_s`: then the levels and prompts are those of the record.  Raises `RecordError` naming the turn.
    """
    return coach_turns(call, TurnJudge(reader), playbook, begin)


def coach_turns(
    call: Mapping[str, Any], judge: Judge, playbook: Playbook, begin: EscalationState = EscalationState()
) -> list[Event]:
    """The same, whoever judges the turns."""
    turns = call.get("turns")
    if not isinstance(turns, list):
        raise RecordError("a call has a list of turns")
    heard = [spoken for number, turn in enumerate(turns) if (spoken := _spoken(turn, number))]
    coach, events = Coach(playbook, begin=begin), list[Event]()
    for due_s, _, _, is_over, found in sorted([*_moments(heard), *_sound_moments(call.get("sounds"))]):
        events += coach.advance_to(due_s - SETTLE_S)
        if isinstance(found, Sound):
            events += coach.sound(found)
        elif is_over:
            events += coach.hear(judge.turn_with_voice(*found))
        else:
            events += coach.speaking(found.utterance.speaker, found.begins_s)
    last_s = max((spoken.utterance.end_s for spoken in heard), default=0.0)
    duration_s = _optional_seconds(call, "duration_s")
    if duration_s is None:
        events += coach.go_on(last_s)
    return events + coach.finish(duration_s if duration_s and duration_s > last_s - WORDS_OVER_S else last_s)


class Spoken(NamedTuple):
    """One turn as it was given."""

    utterance: Utterance
    voice: Voice | None
    onset_s: float | None
    known_s: float | None

    @property
    def begins_s(self) -> float:
        return self.utterance.start_s if self.onset_s is None else self.onset_s


Moment: TypeAlias = tuple[float, bool, int, bool, Spoken | Sound]


def _moments(heard: Iterable[Spoken]) -> Iterator[Moment]:
    """When the coach is told that a turn begins, and that it is over; in the order of a call that is heard."""
    for number, spoken in enumerate(heard):
        other = spoken.utterance.speaker != "agent"  # at the same moment the agent comes first, as in a recording
        over_s = max(spoken.utterance.end_s + SETTLE_S, spoken.known_s or 0.0)
        yield min(spoken.begins_s + SETTLE_S, over_s), other, number, False, spoken
        yield over_s, other, number, True, spoken


def _sound_moments(sounds: Any) -> Iterator[Moment]:
    """When the coach is told of music and ringing; lines that are not those of a record are left out."""
    lines = [line for line in sounds if isinstance(line, dict)] if isinstance(sounds, list) else []
    for number, line in enumerate(lines, start=-len(lines)):
        times = [_optional_seconds(line, f"{name}_s") for name in ("start", "known", "end", "over")]
        speaker, kind = ROLES.get(str(line.get("speaker")), "unknown"), line.get("kind")
        start_s, known_s, end_s, over_s = times
        if start_s is None or known_s is None or end_s is None or over_s is None or kind not in STRETCHES:
            continue
        begun = Sound(speaker, "music" if kind == "music" else "ringback", start_s, known_s)
        yield known_s + SETTLE_S, speaker != "agent", number, False, begun
        yield over_s + SETTLE_S, speaker != "agent", number, True, replace(begun, end_s=end_s, over_s=over_s)


def _spoken(turn: Any, number: int) -> Spoken | None:
    """One turn; None for one without words."""
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
    if not words:
        return None
    onset_s, known_s = _optional_seconds(turn, "onset_s"), _optional_seconds(turn, "known_s")
    speaker = ROLES.get(role, "unknown")
    return Spoken(Utterance(speaker, words), _voice(turn, speaker), onset_s, known_s)


def _seconds(turn: Mapping[str, Any], name: str, number: int) -> float:
    at_s = _optional_seconds(turn, name if name in turn else f"{name}_s")
    if at_s is None:
        raise RecordError(f"turn {number} has no {name} in seconds from the beginning of the call")
    return at_s


def _optional_seconds(given: Mapping[str, Any], name: str) -> float | None:
    """A time, if there is one that can be true."""
    at_s = given.get(name)
    if isinstance(at_s, bool) or not isinstance(at_s, (int, float)) or not abs(at_s) <= LONGEST_S:  # nor NaN
        return None
    return float(at_s)


def _words(turn: Mapping[str, Any]) -> tuple[Word, ...]:
    """The words with their times; none if any of them cannot be true."""
    try:
        words = tuple(
            Word(str(w["word"]), float(w["start_s"]), float(w["end_s"]), float(w["confidence"]))
            for w in turn.get("words") or ()
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return ()
    is_true = all(0 <= w.start_s <= w.end_s <= LONGEST_S and 0 <= w.confidence <= 1 for w in words)
    return words if is_true else ()


def _voice(turn: Mapping[str, Any], speaker: Speaker) -> Voice | None:
    """How loud, high and fast, for anybody; how aroused, for the customer only."""
    voice = turn.get("voice")
    if not isinstance(voice, dict):
        return None
    try:
        found = Voice(
            float(voice["loudness_z"]),
            float(voice["pitch_z"]),
            float(voice["rate_z"]),
            float(voice.get("arousal", _arousal(voice))) if speaker == "customer" else USUAL_AROUSAL,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return found if all(map(math.isfinite, astuple(found))) else None


def _arousal(voice: Mapping[str, Any]) -> float:
    """0..1 from loudness, pitch and pace alone, in the weights of the voice module: for voices measured elsewhere."""
    weights = {"loudness_z": 1.0, "pitch_z": 0.5, "rate_z": 0.5}
    score = sum(weight * float(voice[name]) for name, weight in weights.items()) / sum(weights.values())
    return 1 / (1 + math.exp(-max(-6.0, min(6.0, score))))
