"""From turns to levels and prompts: the half of a call that needs no ears.

`score`, `transcript` and a replay drive the same coach, and it decides by the turns and their times
alone: the time of a decision is the end of the turn that caused it, or the exact moment at which a
silence falls due, however often it is asked.

Sounds stop the timers of a silence, and words end it.  Sounds that come to nothing let the timers run on, and
what fell due meanwhile is told at its own time, unless somebody else has had a turn by then.
"""

from __future__ import annotations

from analyzer.audio import Speaker
from analyzer.dialogue import Dialogue, Turn
from analyzer.escalation import ORDER, EscalationState, Level, Policy, advance
from analyzer.events import Event
from analyzer.facts import Scene
from analyzer.playbook import Advisor, Playbook, Prompt, PromptOutcome
from analyzer.summary import Promise, Summary, behaviour_of, issue_of, open_want_of, promises_in, tried_by

PAUSE_S = 1.2  # after which a story counts as told (playbook, row 3)
UNANNOUNCED_S = 15.0  # of silence that nobody announced
CHECK_BACK_S = 45.0  # of an announced hold; then every AGAIN_S
AGAIN_S = 30.0
SILENCE_S = 3.0  # from which on a silence counts as one (Contact Lens)
WATCHED_S = 30.0  # in which a prompt may be used, and may help
KEPT_TURNS = 400  # for the summary of a long call: its beginning stays, and its end

USED_BY: dict[str, set[str]] = {  # what an agent's turn does when it follows a prompt
    "encourage": {"encourager"},
    "match-urgency": {"agreement", "specific-empathy", "apology"},
    "lower-energy": set(),
    "validate": {"agreement"},
    "be-specific": {"recap", "specific-empathy"},
    "ask-why": {"open-question"},
    "ask-purpose": {"asks-purpose", "open-question"},
    "ask-reason": {"asks-reason", "open-question"},
    "ask-goal": {"asks-goal", "open-question"},
    "recap": {"recap", "confirms-understanding"},
    "surface": {"covers-everything"},
    "root-cause": {"asks-root-cause", "open-question"},
    "polite-interrupt": {"interrupts-politely"},
    "close-loop": {"promise"},
    "steady": set(),
    "boundary": {"boundary-name", "boundary-warn", "boundary-disconnect"},
    "transfer-choice": {"supervisor-agree", "transfer-offer"},
    "respect": {"apology"},
    "hold-care": {"hold-announce", "hold-return"},
    "own-callback": {"callback-offer"},
    "offer-option": {"offers-option"},
    "break-stalemate": {"offers-option", "callback-offer", "transfer-offer"},
    "hand-back": {"hands-back", "asks-goal"},
}


class Coach:
    """One call's dialogue, state and advice."""

    def __init__(self, playbook: Playbook, policy: Policy = Policy()) -> None:
        self._policy = policy
        self._advisor = Advisor(playbook)
        self._dialogue = Dialogue()
        self._state = EscalationState()
        self._speaking: set[tuple[Speaker, float]] = set()  # who, and since when; perhaps without words
        self._quiet_since_s: float | None = None  # the end of the last turn
        self._latest_s = 0.0  # the end of whatever was said last
        self._silence_s = 0.0
        self._timers: list[float] = []
        self._watched: list[tuple[int, Prompt, float]] = []  # number, prompt, intensity before it
        self._prompts = 0
        self._kept: list[Turn] = []
        self._promises: list[Promise] = []
        self._tension: list[tuple[float, float]] = []
        self._worst: tuple[Level, float | None, float | None] = ("calm", None, None)

    def speaking(self, speaker: Speaker, start_s: float) -> list[Event]:
        """Somebody has begun to make sounds: if words come of it, a silence is over."""
        events = self.advance_to(start_s)
        self._speaking.add((speaker, start_s))
        return events

    def nothing_said(self, speaker: Speaker, start_s: float) -> None:
        """No words came of the sounds that began at `start_s`: the silence goes on as if they had not been."""
        self._speaking.discard((speaker, start_s))

    def hear(self, turn: Turn) -> list[Event]:
        """A turn has ended: it, and what follows from it."""
        events: list[Event] = [*self.advance_to(turn.begins_s), turn]
        self._end_silence(turn.begins_s)
        self._speaking.discard((turn.speaker, turn.begins_s))
        before = self._state
        self._dialogue.hear(turn)
        self._keep(turn)
        self._state = advance(before, turn, self._dialogue, self._policy)
        if turn.affect is not None:
            self._tension.append((turn.end_s, self._state.pressure))
        if self._state.level != before.level:
            events.append(self._state)
            self._note_level()
        events += self._outcomes(turn)
        if turn.speaker != "unknown":
            scene = Scene(self._dialogue, before, self._state, turn)
            events += self._told(self._advisor.advise(scene, turn.end_s))
        self._begin_silence(turn.end_s)
        return events

    def advance_to(self, at_s: float) -> list[Event]:
        """Nothing more happened up to here: what the silence itself has caused."""
        events: list[Event] = []
        quiet_until_s = self._quiet_until(at_s)
        while self._timers and self._timers[0] <= quiet_until_s:
            due_s = self._timers.pop(0)
            events += [*self._expired(due_s), *self._ring(due_s)]
        return events + self._expired(at_s)

    def finish(self, at_s: float) -> list[Event]:
        """The call is over."""
        events = self.advance_to(at_s)
        self._end_silence(at_s)
        events += self._expired(float("inf"))
        worst, peak_s, calm_s = self._worst
        recovery_s = calm_s - peak_s if peak_s is not None and calm_s is not None else None
        return [
            *events,
            Summary(
                at_s, issue_of(self._kept), tried_by(self._kept), tuple(self._promises), open_want_of(self._dialogue),
                behaviour_of(self._dialogue, at_s, self._silence_s), tuple(self._tension), worst, self._state.level,
                peak_s, recovery_s,
            ),
        ]  # fmt: skip

    def _ring(self, due_s: float) -> list[Event]:
        """A timer of the present silence."""
        quiet_since_s = self._quiet_since_s
        last = self._dialogue.turns[-1] if self._dialogue.turns else None
        if quiet_since_s is None or last is None or last.speaker == "unknown":
            return []
        quiet_s = due_s - quiet_since_s
        if quiet_s < UNANNOUNCED_S:
            if last.speaker != "customer":
                return []
            scene = Scene(self._dialogue, self._state, self._state, last)
            return self._told(self._advisor.advise(scene, due_s, pause_s=PAUSE_S))
        announced = self._is_announced(quiet_since_s)
        if quiet_s < CHECK_BACK_S:
            line, cause = "Say why and for how long, and ask.", "a silence that nobody announced"
            return [] if announced else self._told(self._advisor.say("hold-care", line, cause, due_s))
        self._timers.append(due_s + AGAIN_S)
        line, cause = "Check back now, even with no news.", "the hold is long"
        return self._told(self._advisor.say("hold-care", line, cause, due_s))

    def _is_announced(self, quiet_since_s: float) -> bool:
        done = max(self._dialogue.done.get(act, -1e9) for act in ("hold-announce", "asks-patience"))
        return quiet_since_s - done <= 15.0

    def _quiet_until(self, at_s: float) -> float:
        """Up to when nobody made a sound, `at_s` at most."""
        return min(at_s, *(start_s for _, start_s in self._speaking)) if self._speaking else at_s

    def _begin_silence(self, at_s: float) -> None:
        """From the end of the last turn; if somebody is still speaking, it will be found to have had no length."""
        at_s = self._latest_s = max(at_s, self._latest_s)
        self._quiet_since_s = at_s
        self._timers = [at_s + PAUSE_S, at_s + UNANNOUNCED_S, at_s + CHECK_BACK_S]

    def _end_silence(self, at_s: float) -> None:
        if self._quiet_since_s is not None:
            quiet_s = self._quiet_until(at_s) - self._quiet_since_s
            self._silence_s += quiet_s if quiet_s > SILENCE_S else 0.0
        self._quiet_since_s, self._timers = None, []

    def _told(self, prompt: Prompt | None) -> list[Event]:
        if prompt is None:
            return []
        last = self._dialogue.last("customer")
        self._watched.append((self._prompts, prompt, last[0].intensity if last else 0.0))
        self._prompts += 1
        return [prompt]

    def _outcomes(self, turn: Turn) -> list[Event]:
        """Prompts that this agent's turn has used."""
        if turn.speaker != "agent":
            return []
        events: list[Event] = []
        for entry in list(self._watched):
            number, prompt, before = entry
            if turn.start_s >= prompt.at_s and turn.does & USED_BY[prompt.tactic]:
                self._watched.remove(entry)
                events.append(PromptOutcome(number, True, turn.end_s, before, self._intensity_now()))
        return events

    def _expired(self, at_s: float) -> list[Event]:
        events: list[Event] = []
        while self._watched and self._watched[0][1].at_s + WATCHED_S <= at_s:
            number, _, before = self._watched.pop(0)
            events.append(PromptOutcome(number, False, None, before, self._intensity_now()))
        return events

    def _intensity_now(self) -> float | None:
        last = self._dialogue.last("customer")
        return last[0].intensity if last else None

    def _keep(self, turn: Turn) -> None:
        self._promises += promises_in(turn)
        self._kept.append(turn)
        if len(self._kept) > KEPT_TURNS:
            del self._kept[KEPT_TURNS // 2]

    def _note_level(self) -> None:
        worst, peak_s, calm_s = self._worst
        level, since_s = self._state.level, self._state.since_s
        if ORDER.index(level) > ORDER.index(worst):
            self._worst = (level, since_s, None)
        elif level == "calm" and calm_s is None:
            self._worst = (worst, peak_s, since_s)
