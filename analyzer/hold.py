"""The silences of a call: what falls due in them, and which of them were holds.

A hold is a silence of both sides with music or ringing on a line, or one that was announced, from `SILENCE_S` on;
any other from `UNANNOUNCED_S` on.  While music plays on the agent's side, a word of the customer does not end the
hold: nobody heard it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from analyzer.audio import Speaker
from analyzer.sounds import Sound, SoundKind

PAUSE_S = 1.2  # after which a story counts as told (playbook, row 3)
SILENCE_S = 3.0  # from which on a silence counts as one (Contact Lens)
UNANNOUNCED_S = 15.0  # of silence that nobody announced
CHECK_BACK_S = 45.0  # of any hold; then every AGAIN_S
AGAIN_S = 30.0
ANNOUNCED_BEFORE_S = 15.0  # the agent's word about the hold comes shortly before it

HoldKind = Literal["music", "ringback", "silence"]
Due = Literal["pause", "unannounced", "check-back"]


@dataclass(frozen=True, slots=True)
class Hold:
    """The customer had to wait, from the last word before to the first word after."""

    kind: HoldKind
    start_s: float
    end_s: float
    announced: bool | None  # None where it is not known who the agent is

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(slots=True)
class Quiet:
    """The silence that a call is in, if it is in one."""

    since_s: float | None = None  # the end of the last turn
    timers: list[tuple[float, Due]] = field(default_factory=list)  # in order
    total_s: float = 0.0  # of silences that count
    hold_from_s: float | None = None  # earlier than `since_s` where the customer spoke into the music
    _latest_s: float = 0.0
    _playing: dict[Speaker, SoundKind] = field(default_factory=dict)
    _kinds: set[SoundKind] = field(default_factory=set)  # that were heard since `hold_from_s`

    def begin(self, at_s: float, pauses_s: Iterable[float] = (PAUSE_S,)) -> None:
        """A turn has ended; if somebody is still speaking, this will be found to have had no length.

        `pauses_s`: how long into the silence somebody wants to be told of it.
        """
        at_s = self.since_s = self._latest_s = max(at_s, self._latest_s)
        later = [timer for timer in self.timers if timer[1] != "pause"]
        if self.hold_from_s is None:
            self.hold_from_s, self._kinds = at_s, set(self._playing.values())
            later = [(at_s + UNANNOUNCED_S, "unannounced"), (at_s + CHECK_BACK_S, "check-back")]
        self.timers = sorted([*((at_s + pause_s, "pause") for pause_s in pauses_s), *later])

    def hear(self, sound: Sound) -> None:
        """A sound on a line has begun, or is over.  The agent's music says at once that this is a hold."""
        if sound.end_s is not None:
            self._playing.pop(sound.speaker, None)
            return
        self._playing[sound.speaker] = sound.kind
        self._kinds.add(sound.kind)
        if sound.kind == "music" and sound.speaker == "agent" and self.hold_from_s is not None:
            self.timers = sorted(
                (min(due_s, sound.known_s), what) if what == "unannounced" else (due_s, what)
                for due_s, what in self.timers
            )

    def put_off(self, what: Due, until_s: float) -> None:
        """What fell due comes too soon: again at `until_s`, if the silence lasts."""
        self.timers = sorted([*self.timers, (until_s, what)])

    def end(self, at_s: float, speaker: Speaker | None) -> tuple[float, HoldKind] | None:
        """`speaker` has a turn from `at_s` on: since when the customer waited, and how, if that is over now."""
        if self.since_s is not None and at_s - self.since_s > SILENCE_S:
            self.total_s += at_s - self.since_s
        self.since_s = None
        if speaker == "customer" and self._playing.get("agent") == "music":
            return None
        from_s, self.hold_from_s, self.timers = self.hold_from_s, None, []
        if from_s is None or at_s - from_s < SILENCE_S:
            return None
        return from_s, "music" if "music" in self._kinds else "ringback" if self._kinds else "silence"


def is_hold(kind: HoldKind, lasted_s: float, announced: bool) -> bool:
    """Whether a silence was a hold."""
    return lasted_s >= (SILENCE_S if announced or kind != "silence" else UNANNOUNCED_S)
