"""What a turn costs once it was heard and read: dialogue, state of the call and playbook, in a call of any length.

The turns are those of archived calls, one call after the other without an end, so that they vary as real ones
do.  What the text model takes is not in it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from statistics import median

from analyzer.coach import Coach
from analyzer.comparison import ArchivedJudge
from analyzer.dialogue import Turn
from analyzer.playbook import Playbook
from analyzer.record import Record
from analyzer.speech import Utterance, Word

TURNS = 1500  # a call of some three hours
WINDOW = 300  # turns, at the beginning and at the end
WARM = 50  # turns until everything has run once
MOST_MS = 3.0  # a turn at the median: what we promise


@dataclass(frozen=True, slots=True)
class TurnCost:
    """Milliseconds a turn at the median, of the first turns of a long call and of the last."""

    early_ms: float
    late_ms: float

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"dialogue, state and playbook: {self.early_ms:.2f} ms a turn at the median, "
            f"{self.late_ms:.2f} after {TURNS} turns (target under {MOST_MS:g})"
        )


def cost_of_turns(records: Sequence[Record], playbook: Playbook) -> TurnCost:
    """Coach one long call made of these."""
    coach, spent_ms = Coach(playbook), list[float]()
    for number, archived in enumerate(islice(_without_end(records), TURNS)):
        begun_s = time.perf_counter()
        turn = Turn(number, archived.utterance, archived.affect, archived.voice, archived.acts)
        coach.speaking(turn.speaker, turn.start_s)
        coach.hear(turn)
        spent_ms.append(1000 * (time.perf_counter() - begun_s))
    return TurnCost(median(spent_ms[WARM : WARM + WINDOW]), median(spent_ms[-WINDOW:]))


def _without_end(records: Sequence[Record]) -> Iterator[Turn]:
    """The turns of the records in a circle, each later than the one before."""
    from_s = 0.0
    for record in cycle(records):
        judge = ArchivedJudge(record.turns, record.call_id)
        for line in record.turns:
            words = tuple(Word(w["word"], w["start_s"], w["end_s"], w["confidence"]) for w in line["words"])
            turn = judge.turn_with_voice(Utterance(line["speaker"], words), None, None, None)
            later = tuple(replace(w, start_s=w.start_s + from_s, end_s=w.end_s + from_s) for w in words)
            yield replace(turn, utterance=Utterance(line["speaker"], later))
        from_s += record.duration_s
