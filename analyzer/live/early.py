"""What a page may be told before a turn is over: a level that seems to rise, a prompt that seems to come.

It is display only.  What counts, in the record and for the playbook's budget, comes from finished turns; they confirm
what was shown early, or the page takes it back.

Rules:
* while the customer speaks, a level is told once two readings of the text, two words apart, agree that it rises;
* at a pause of a quarter of a second the whole text is read: what it foresees, level and prompt, stands until the
  turn is over, or until the speaker goes on and pauses again;
* so a prompt never comes in the middle of a sentence: on a real call that showed a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.audio import Speaker
from analyzer.coach import Foreseen
from analyzer.escalation import ORDER, Level
from analyzer.playbook import Prompt
from analyzer.speech import Partial

FEWEST_WORDS = 4  # before the words of an unfinished turn mean anything
READ_EVERY = 2  # words: one more hardly changes the judgement


@dataclass(frozen=True, slots=True)
class Early:
    """What is shown ahead of its time; None and None take it back."""

    level: Level | None = None
    prompt: Prompt | None = None


class Lookout:
    """Follows the unfinished turns of one call."""

    def __init__(self) -> None:
        self.shown = Early()
        self.speaker: Speaker | None = None  # whose turn it is of
        self._begun_s = -1.0
        self._read = 0  # words at the last reading
        self._foreseen: Level | None = None  # by the last reading

    def wants(self, partial: Partial) -> bool:
        """Whether this text is worth a reading."""
        if partial.is_paused:
            return True
        words = len(partial.text.split())
        read = self._read if partial.start_s == self._begun_s else 0
        return partial.speaker == "customer" and words >= FEWEST_WORDS and words - read >= READ_EVERY

    def hear(self, partial: Partial, foreseen: Foreseen, level: Level) -> Early | None:
        """What is to be shown after a reading, `level` being that of the call; None for no change."""
        if partial.start_s != self._begun_s:
            self._begun_s, self._foreseen = partial.start_s, None
        before, self._read = self._foreseen, len(partial.text.split())
        self._foreseen = foreseen.level if _above(foreseen.level, level) else None
        if partial.is_paused:
            if partial.speaker != self.speaker and self.speaker and not foreseen.prompt:
                return None  # an agent's "mm hm" takes nothing back of what the customer is saying
            return self._show(Early(self._foreseen, foreseen.prompt), partial.speaker)
        agreed = min(before, self._foreseen, key=ORDER.index) if before and self._foreseen else None
        if agreed is None or (self.shown.level and not _above(agreed, self.shown.level)):
            return None
        return self._show(Early(agreed, self.shown.prompt), partial.speaker)

    def over(self) -> None:
        """The turn is over: what was shown is the page's to confirm or to take back."""
        self.shown, self.speaker = Early(), None

    def _show(self, early: Early, speaker: Speaker) -> Early | None:
        changed = early != self.shown
        self.shown, self.speaker = early, speaker
        return early if changed else None


def _above(one: Level, other: Level) -> bool:
    return ORDER.index(one) > ORDER.index(other)
