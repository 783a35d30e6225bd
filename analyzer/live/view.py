"""What a page shows of a call: the events turned into messages, and the state that a late page needs.

A page never does arithmetic with clocks that may differ: a prompt comes with the seconds it has left.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analyzer.audio import AudioLost, Speaker
from analyzer.dialogue import Turn
from analyzer.escalation import ORDER, EscalationState, Level
from analyzer.events import Event
from analyzer.live.early import Early
from analyzer.live.line import About
from analyzer.playbook import Prompt, PromptOutcome, meaning
from analyzer.record import Line, line_of, rounded
from analyzer.speech import Partial
from analyzer.summary import Summary

SHOWN_TURNS = 6  # the last of them, for the page and the hand-over
Message = dict[str, Any]


class CallView:
    """The state of one call as a page sees it.  One thread tells it events; `snapshot` may be read by another."""

    def __init__(self, about: About) -> None:
        self.about = about
        self.level: Level = "calm"
        self.level_since_s = 0.0
        self.evidence: list[Line] = []
        self.prompt: Line | None = None
        self.prompts = 0
        self.put_away: set[tuple[int, str]] = set()  # prompts by number and tactic: one shown early may be another's
        self.unused_in_a_row = 0
        self.lost_s = 0.0
        self.turns: tuple[Line, ...] = ()  # replaced, never changed: another thread may be reading it
        self.peak: Level = "calm"

    def message(self, event: Event, clock_s: float) -> Message | None:
        """The message that tells pages of `event`, at `clock_s` of the call; None for what they need not know."""
        if isinstance(event, Partial):
            return self._about("partial", speaker=event.speaker, text=event.text, at_s=event.at_s)
        line = line_of(event)
        if line is None:
            return None
        line = rounded(line)
        self._follow(event, line)
        if isinstance(event, Turn):
            return self._about("turn", **_shown(line))
        if isinstance(event, Prompt):
            return self._about(**self._prompt_message(line, clock_s))
        if isinstance(event, Summary):
            return None
        return self._about(**line)

    def early(self, early: Early, speaker: Speaker, clock_s: float) -> Message:
        """The message that shows a level or a prompt ahead of its time, or takes it back."""
        line = rounded(line_of(early.prompt) or {}) if early.prompt else None
        prompt = line and _explained(line) | {"number": self.prompts, "left_s": round(line["expires_s"] - clock_s, 3)}
        return self._about("early", speaker=speaker, level=early.level, prompt=prompt)

    def snapshot(self, clock_s: float) -> Message:
        """Everything that a page needs which opens now."""
        prompt = self.prompt and self._prompt_message(self.prompt, clock_s)
        return self._about(
            "state",
            clock_s=round(clock_s, 3),
            level=self.level,
            level_since_s=self.level_since_s,
            level_evidence=self.evidence,
            peak=self.peak,
            prompt=prompt if prompt and prompt["left_s"] > 0 and not self._is_put_away(prompt) else None,
            lost_s=round(self.lost_s, 1),
            turns=list(self.turns),
        )

    def ranking(self, clock_s: float) -> Message:
        """A line of the supervisor's page: where help matters most comes first by `urgency`."""
        since_s = max(clock_s - self.level_since_s, 0.0)
        return self._about(
            "row",
            clock_s=round(clock_s, 1),
            level=self.level,
            level_for_s=round(since_s, 1),
            exhausted=self.unused_in_a_row,
            handover=self.handover(clock_s),
            urgency=round(urgency(self.level, since_s, self.unused_in_a_row), 2),
        )

    def handover(self, clock_s: float) -> list[str]:
        """Three lines for whoever takes over: what it is, how it stands, what was tried."""
        said = [turn for turn in self.turns if turn["speaker"] == "customer"]
        words = f"Customer: “{said[-1]['text']}”" if said else "Customer: nothing said yet."
        minutes = max(clock_s - self.level_since_s, 0.0) / 60
        lasts = f"{minutes:.0f} min" if minutes >= 1 else "less than a minute"
        before = f", {self.peak} before" if ORDER.index(self.peak) > ORDER.index(self.level) else ""
        why = f": {cause}" if (cause := cause_of(self.evidence)) else ""
        prompts = f"{self.prompts or 'No'} prompt{'' if self.prompts < 2 else 's'} so far"
        unused = self.unused_in_a_row and f", {_last(self.unused_in_a_row, self.prompts)}not taken up"
        return [words, f"{self.level.capitalize()} for {lasts}{before}{why}.", f"{prompts}{unused or ''}."]

    def _is_put_away(self, prompt: Line) -> bool:
        return (prompt["number"], prompt["tactic"]) in self.put_away

    def _follow(self, event: Event, line: Line) -> None:
        if isinstance(event, Turn):
            self.turns = (*self.turns, _shown(line))[-SHOWN_TURNS:]
        elif isinstance(event, EscalationState):
            self.level, self.level_since_s, self.evidence = event.level, event.since_s, line["evidence"]
            self.peak = max(self.peak, event.level, key=ORDER.index)
        elif isinstance(event, Prompt):
            self.prompt = line
            self.prompts += 1
        elif isinstance(event, PromptOutcome):
            self.unused_in_a_row = 0 if event.used else self.unused_in_a_row + 1
        elif isinstance(event, AudioLost):
            self.lost_s += event.duration_s

    def _prompt_message(self, line: Line, clock_s: float) -> Message:
        left_s = line["expires_s"] - clock_s
        return _explained(line) | {"number": self.prompts - 1, "left_s": round(left_s, 3)}

    def _about(self, type: str, **body: Any) -> Message:
        return {"type": type, "call_id": self.about.call_id, "agent": self.about.agent_name, **body}


LEVEL_URGENCY = {"calm": 0.0, "tense": 1.0, "heated": 3.0, "stuck": 4.0, "abusive": 5.0}
MINUTE_URGENCY = 0.5  # a level that lasts is a call that is not getting better
LONGEST_URGENCY = 4.0  # minutes; after that the level itself says enough
PROMPT_URGENCY = 0.4  # for each prompt in a row that was of no use, at most five


def urgency(level: Level, since_s: float, unused: int) -> float:
    """How much a call needs a lead: its level, how long it has lasted, and the prompts that were of no use."""
    if level == "calm":
        return 0.0
    return LEVEL_URGENCY[level] + MINUTE_URGENCY * min(since_s / 60, LONGEST_URGENCY) + PROMPT_URGENCY * min(unused, 5)


def _last(count: int, of: int) -> str:
    return f"the last {count} " if count < of else ""


def cause_of(evidence: Iterable[Line]) -> str:
    """What moved the level, in words for a lead: the cues; nothing where it was the sum of many small things."""
    cues = (item["what"].removeprefix("cue: ") for item in evidence if not item["what"].startswith("pressure "))
    return ", ".join(dict.fromkeys(cue.replace("-", " ") for cue in cues))


def _explained(prompt: Line) -> Line:
    """A prompt whose evidence says in words what each condition means."""
    return prompt | {"evidence": [item | {"means": meaning(item["what"])} for item in prompt["evidence"]]}


def _shown(line: Line) -> Line:
    """A turn without its words' times: what a page draws."""
    affect = line["affect"]
    feeling = {name: affect[name] for name in ("sentiment", "intensity")} if affect else None
    return {
        "speaker": line["speaker"],
        "start_s": line["start_s"],
        "end_s": line["end_s"],
        "text": line["text"],
        "feeling": feeling,
        "cues": line["cues"],
    }
