"""Practice: a person sits in the agent's place of a call from the gym, and the coach that hears real calls listens.

The caller's turns are the script's; they come half a second after the answer, or as long after it as
the script says.  An answer takes as long as its words take to say.  Whether a prompt was used is decided
by the same code as in a live call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analyzer.affect import TurnReader
from analyzer.audio import Speaker
from analyzer.call import TurnJudge
from analyzer.coach import Coach
from analyzer.dialogue import Turn, names_own_matter
from analyzer.events import Event
from analyzer.gym import Dialogue
from analyzer.playbook import Playbook
from analyzer.speech import Utterance, spread_words

ANSWER_S = 0.5  # before an answer begins
WORDS_A_SECOND = 2.75
LEAST_WORDS = 4  # for naming what happened
LONGEST_WAIT_S = 3.0  # of the script's pauses: holds are told, not sat through
DONE_WELL: Mapping[str, str] = {
    # what an agent's turn does, as a person is told afterwards
    "agreement": "You agreed with what was true.",
    "specific-empathy": "You named what had happened to them.",
    "recap": "You summed up what they had told you.",
    "confirms-understanding": "You asked whether you had got it right.",
    "open-question": "You asked an open question.",
    "asks-reason": "You asked for the reason.",
    "asks-purpose": "You asked what it was for.",
    "asks-goal": "You asked what they would like to happen.",
    "asks-root-cause": "You asked what was behind it.",
    "covers-everything": "You asked whether everything was covered.",
    "offers-option": "You said what was possible.",
    "callback-offer": "You took the next call on yourself.",
    "hold-announce": "You asked before the hold.",
    "encourager": "You let them talk.",
    "interrupts-politely": "You interrupted politely.",
    "supervisor-agree": "You agreed to bring somebody in.",
    "transfer-offer": "You offered to put them through.",
    "boundary-name": "You named the boundary.",
    "boundary-warn": "You warned before you ended the call.",
    "hands-back": "You gave the choice back to them.",
}


class Practice:
    """One person, one call of the gym."""

    def __init__(self, dialogue: Dialogue, reader: TurnReader, playbook: Playbook) -> None:
        self.dialogue = dialogue
        self._turns: list[Turn] = []  # of the script's caller and of the person, not of the script's agent
        self._coach, self._judge = Coach(playbook), TurnJudge(reader)
        self._at_s = 0.0

    def script(self) -> Iterator[tuple[Mapping[str, Any], float]]:
        """The turns of the call in order, each with the pause before it in seconds, as the script has it."""
        before_s = 0.0
        for turn in sorted(self.dialogue.turns, key=lambda turn: float(turn["end"])):
            yield turn, min(float(turn["start"]) - before_s, LONGEST_WAIT_S)
            before_s = float(turn["end"])

    def scripted(self, turn: Mapping[str, Any], pause_s: float) -> list[Event]:
        """A turn of the script is said: what the coach makes of it."""
        events = self._say(turn["role"], str(turn["text"]), pause_s, float(turn["end"]) - float(turn["start"]))
        if turn["role"] == "agent":
            self._turns.pop()
        return events

    def answer(self, text: str) -> list[Event]:
        """The person's own words: what the coach makes of them."""
        return self._say("agent", text, ANSWER_S, max(0.4, len(text.split()) / WORDS_A_SECOND))

    def finish(self) -> list[Event]:
        """The call is over."""
        return self._coach.finish(self._at_s)

    def done_well(self) -> list[str]:
        """What the person's answers did, in the order of the table."""
        done: set[str] = set()
        for number, turn in enumerate(self._turns):
            if turn.speaker == "agent":
                before = [other for other in self._turns[:number] if other.speaker == "customer"]
                done |= turn.does | ({"specific-empathy"} if _names(turn, before[-4:]) else set())
        return [line for act, line in DONE_WELL.items() if act in done]

    def _say(self, speaker: Speaker, text: str, pause_s: float, length_s: float) -> list[Event]:
        start_s = max(0.0, self._at_s + pause_s)
        utterance = Utterance(speaker, spread_words(text, start_s, start_s + length_s))
        turn = self._judge.turn_with_voice(utterance, None)
        self._at_s = max(self._at_s, turn.end_s)
        self._turns.append(turn)
        return [*self._coach.speaking(speaker, start_s), *self._coach.hear(turn)]


def _names(answer: Turn, before: list[Turn]) -> bool:
    return len(answer.utterance.words) >= LEAST_WORDS and names_own_matter(answer, before)
