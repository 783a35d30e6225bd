"""From turns to levels and prompts: the half of a call that needs no ears.

`score`, `transcript` and a replay drive the same coach, and it decides by the turns and their times
alone: the time of a decision is the end of the turn that caused it, or the exact moment at which a
silence falls due, however often it is asked.

Sounds stop the timers of a silence, and words end it.  Sounds that come to nothing let the timers run on, and
what fell due meanwhile is told at its own time, unless somebody else has had a turn by then.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace

from analyzer.audio import Speaker
from analyzer.conduct import Conduct
from analyzer.dialogue import Dialogue, Turn, names_own_matter
from analyzer.escalation import ORDER, EscalationState, Level, Policy, advance
from analyzer.events import Event
from analyzer.facts import Scene
from analyzer.hold import AGAIN_S, ANNOUNCED_BEFORE_S, PAUSE_S, Due, Hold, Quiet, is_hold
from analyzer.outcome import heads_up_of, outcome_of
from analyzer.playbook import Advisor, Playbook, Prompt, PromptOutcome
from analyzer.promises import Promise, promises_in
from analyzer.sounds import Sound
from analyzer.summary import Summary, issue_of, open_want_of, tried_by

UNFINISHED = re.compile(  # nobody ends there: "you can't, but", "we'll call you on the"
    r"\b(i|i'm|i'd|i'll|i've|we|we'll|we're|my|your|our|the|a|an|if|and|but|or|because|which|whose|um|uh|er|erm|"
    r"(but|what|that|and) (i|we) (can|could|will)|(sorry|apologi[sz]e) (for|about))$"
)
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
SLOWER = frozenset(("steady", "lower-energy"))  # are used by speaking more slowly than before
SLOWED = 0.9  # of the pace so far: listeners notice a twentieth (Quené 2007), half of that again to be meant
PACED_WORDS = 5  # fewer tell no pace
NAMES_MATTER = frozenset(("be-specific", "match-urgency"))  # are used as well by naming what happened to them


def is_unfinished(turn: Turn) -> bool:
    """Whether an agent only paused: what they do ("I can't, but what I") shows when they go on, or do not."""
    return turn.speaker == "agent" and bool(UNFINISHED.search(turn.plain))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would follow if somebody who still speaks had ended here."""

    turn: Turn
    level: Level
    prompt: Prompt | None


class Coach:
    """One call's dialogue, state and advice."""

    def __init__(
        self, playbook: Playbook, policy: Policy = Policy(), begin: EscalationState = EscalationState()
    ) -> None:
        self._policy = policy
        self._advisor = Advisor(playbook)
        self._dialogue = Dialogue()
        self._conduct = Conduct()
        self._state = begin
        self._speaking: set[tuple[Speaker, float]] = set()  # who, and since when; perhaps without words
        self._quiet = Quiet()
        self._pauses_s = sorted({PAUSE_S, *(card.after_pause_s for card in playbook.cards if card.after_pause_s)})
        self._holds: list[Hold] = []
        self._watched: list[tuple[int, Prompt, float]] = []  # number, prompt, intensity before it
        self._prompts = 0
        self._kept: list[Turn] = []
        self._promises: list[Promise] = []
        self._tension: list[tuple[float, float]] = []
        self._venting: list[tuple[float, float]] = []
        self._vents = False
        self._onset_s: float | None = None
        self._worst: tuple[Level, float | None, float | None] = ("calm", None, None)

    def speaking(self, speaker: Speaker, start_s: float) -> list[Event]:
        """Somebody has begun to make sounds: if words come of it, a silence is over."""
        events = self.advance_to(start_s)
        self._speaking.add((speaker, start_s))
        return events

    def nothing_said(self, speaker: Speaker, start_s: float) -> None:
        """No words came of the sounds that began at `start_s`: the silence goes on as if they had not been."""
        self._speaking.discard((speaker, start_s))

    def sound(self, sound: Sound) -> list[Event]:
        """Music or ringing has begun on a line, or is over."""
        events = self.advance_to(sound.known_s if sound.over_s is None else sound.over_s)
        self._quiet.hear(sound)
        return events if sound.over_s is None else [*events, sound]

    def hear(self, turn: Turn) -> list[Event]:
        """A turn has ended: it, and what follows from it."""
        events = [*self.advance_to(turn.begins_s), *self._end_silence(turn.begins_s, turn.speaker), turn]
        self._speaking.discard((turn.speaker, turn.begins_s))
        before = self._state
        whole = self._dialogue.hear(turn)
        self._conduct.hear(turn, self._dialogue)
        self._keep(turn)
        self._state = advance(before, turn, self._dialogue, self._policy)
        self._note_venting(turn)
        if turn.affect is not None:
            self._tension.append((turn.end_s, self._state.pressure))
        if self._state.level != before.level:
            events.append(self._state)
            self._note_level()
        events += self._outcomes(turn)
        if turn.speaker != "unknown" and not is_unfinished(whole):
            scene = Scene(self._dialogue, before, self._state, whole)
            events += self._told(self._advisor.advise(scene, turn.end_s))
        self._quiet.begin(turn.end_s, self._pauses_s)
        return events

    def foresee(self, turn: Turn) -> Foreseen:
        """What `hear` would tell of a turn that is not over yet; this coach itself is told nothing."""
        branch = Coach(self._advisor.playbook, self._policy, self._state)
        branch._advisor = replace(self._advisor, shown=list(self._advisor.shown), steps=dict(self._advisor.steps))
        own = self._dialogue
        shared = {id(kept): kept for kept in (*own.turns, *own.floor, *own.story)}  # turns are never changed
        branch._dialogue = deepcopy(own, shared)
        prompts = [event for event in branch.hear(turn) if isinstance(event, Prompt)]
        return Foreseen(turn, branch._state.level, prompts[-1] if prompts else None)

    def advance_to(self, at_s: float) -> list[Event]:
        """Nothing more happened up to here: what the silence itself has caused."""
        events: list[Event] = []
        quiet_until_s = self._quiet_until(at_s)
        while self._quiet.timers and self._quiet.timers[0][0] <= quiet_until_s:
            due_s, what = self._quiet.timers.pop(0)
            events += [*self._waited(due_s), *self._expired(due_s), *self._ring(due_s, what)]
        return [*events, *self._waited(at_s), *self._expired(at_s)]

    def go_on(self, at_s: float) -> list[Event]:
        """Nobody says when the call ended: the prompt that waits is told, unless the customer has said goodbye."""
        waiting, last = self._advisor.waiting, self._dialogue.turns[-1] if self._dialogue.turns else None
        if waiting is None or last is None or (last.speaker == "customer" and "closing" in last.does):
            return []
        return self._waited(max(at_s, waiting.due_s))

    def finish(self, at_s: float) -> list[Event]:
        """The call is over."""
        events = self.advance_to(at_s)
        events += self._end_silence(at_s, None)
        events += self._expired(float("inf"))
        return [*events, self._summary(at_s)]

    def _summary(self, at_s: float) -> Summary:
        worst, peak_s, calm_s = self._worst
        tried, promises, open_want = tried_by(self._kept), tuple(self._promises), open_want_of(self._dialogue)
        behaviour = self._conduct.measures(self._dialogue, at_s, self._quiet.total_s, self._holds)
        last_said, wants_lead = self._dialogue.last("customer", 2), self._wants_lead()
        return Summary(
            duration_s=at_s,
            issue=issue_of(self._kept),
            tried=tried,
            promises=promises,
            open_want=open_want,
            behaviour=behaviour,
            tension=tuple(self._tension),
            worst_level=worst,
            last_level=self._state.level,
            onset_s=self._onset_s,
            peak_s=peak_s,
            recovery_s=calm_s - peak_s if peak_s is not None and calm_s is not None else None,
            venting=tuple(self._venting),
            outcome=outcome_of(worst, self._state.level, behaviour, last_said, promises, bool(open_want) or wants_lead),
            heads_up=heads_up_of(worst, self._state, wants_lead, tried, promises, open_want),
        )

    def _wants_lead(self) -> bool:
        """Whether the customer asked for somebody above, and the agent has not agreed to it since."""
        agreed_s = max(self._dialogue.done.get(act, -1.0) for act in ("supervisor-agree", "transfer-offer"))
        return self._dialogue.said.get("supervisor-request", -1.0) > agreed_s

    def _waited(self, at_s: float) -> list[Event]:
        """The prompt that had to keep its distance from the last one, if its time has come."""
        waiting = self._advisor.waiting
        if waiting is None or waiting.due_s > at_s:
            return []
        return self._told(self._advisor.release(Scene(self._dialogue, self._state, self._state, waiting.turn)))

    def _ring(self, due_s: float, what: Due) -> list[Event]:
        """A timer of the present silence."""
        last = self._dialogue.turns[-1] if self._dialogue.turns else None
        if last is None or last.speaker == "unknown" or "closing" in last.does:
            return []
        if what == "pause":
            if last.speaker == "agent" and is_unfinished(last):
                return self._told(self._advisor.advise(Scene(self._dialogue, self._state, self._state, last), due_s))
            if last.speaker == "agent" and last.is_listening_noise:  # it left the floor to the customer
                last = next(iter(self._dialogue.last("customer")), last)
            if last.speaker != "customer":
                return []
            scene = Scene(self._dialogue, self._state, self._state, last)
            return self._told(self._advisor.advise(scene, due_s, pause_s=due_s - (self._quiet.since_s or 0.0)))
        if due_s < self._advisor.free_from_s:
            self._quiet.put_off(what, self._advisor.free_from_s)
            return []
        if what == "unannounced":
            line, cause = "Say why and for how long, and ask.", "a hold that nobody announced"
            return [] if self._is_announced() else self._told(self._advisor.say("hold-care", line, cause, due_s))
        if self._customer_is_away():
            return []
        self._quiet.timers.append((due_s + AGAIN_S, "check-back"))
        line, cause = "Check back now, even with no news.", "the hold is long"
        return self._told(self._advisor.say("hold-care", line, cause, due_s))

    def _is_announced(self) -> bool:
        """Whether the agent said something about the hold shortly before it began."""
        done, said = self._dialogue.done, self._dialogue.said
        asked_s = max(done.get("hold-announce", -1e9), done.get("asks-patience", -1e9), said.get("asks-patience", -1e9))
        return self._quiet.hold_from_s is not None and self._quiet.hold_from_s - asked_s <= ANNOUNCED_BEFORE_S

    def _customer_is_away(self) -> bool:
        """Whether the customer's last words, shortly before the silence began, asked the agent for a moment."""
        from_s, turns = self._quiet.hold_from_s, self._dialogue.turns
        last = next((turn for turn in reversed(turns) if turn.speaker == "customer"), None)
        if from_s is None or last is None or "asks-patience" not in last.does:
            return False
        return from_s - last.end_s <= ANNOUNCED_BEFORE_S

    def _quiet_until(self, at_s: float) -> float:
        """Up to when nobody made a sound, `at_s` at most."""
        return min(at_s, *(start_s for _, start_s in self._speaking)) if self._speaking else at_s

    def _end_silence(self, at_s: float, speaker: Speaker | None) -> list[Event]:
        """The hold that is over, if this was one."""
        announced, is_away, at_s = self._is_announced(), self._customer_is_away(), self._quiet_until(at_s)
        waited = self._quiet.end(at_s, speaker)
        last = self._dialogue.turns[-1] if self._dialogue.turns else None
        if (
            waited is None
            or last is None
            or "closing" in last.does
            or is_away
            or not is_hold(waited[1], at_s - waited[0], announced)
        ):
            return []
        hold = Hold(waited[1], waited[0], at_s, None if last.speaker == "unknown" else announced)
        self._holds.append(hold)
        return [hold]

    def _told(self, prompt: Prompt | None) -> list[Event]:
        if prompt is None:
            return []
        last = self._dialogue.last("customer")
        self._watched.append((self._prompts, prompt, last[0].intensity if last else 0.0))
        self._prompts += 1
        return [prompt]

    def _outcomes(self, turn: Turn) -> list[Event]:
        """Prompts that this agent's turn has used; one that waits and is done already will not come."""
        if turn.speaker != "agent":
            return []
        if self._advisor.waiting is not None and self._uses(turn, self._advisor.waiting.card.tactic):
            self._advisor.waiting = None
        events: list[Event] = []
        for entry in list(self._watched):
            number, prompt, before = entry
            if turn.start_s >= prompt.at_s and self._uses(turn, prompt.tactic):
                self._watched.remove(entry)
                events.append(PromptOutcome(number, True, turn.end_s, before, self._intensity_now()))
        return events

    def _uses(self, turn: Turn, tactic: str) -> bool:
        """Whether an agent's turn does what was asked, in whatever words."""
        if tactic in SLOWER:
            return self._slows(turn)
        if tactic in NAMES_MATTER and "platitude" not in turn.does:
            return bool(turn.does & USED_BY[tactic]) or names_own_matter(turn, self._dialogue.last("customer", 4))
        return bool(turn.does & USED_BY[tactic])

    def _slows(self, turn: Turn) -> bool:
        """Whether an agent speaks more slowly than in the call so far: of words and seconds, not of a voice."""
        so_far, words = self._dialogue.sides["agent"], len(turn.utterance.words)
        paced = words >= PACED_WORDS and so_far.words - words >= PACED_WORDS
        before_s = so_far.talk_s - turn.utterance.duration_s
        return paced and words * before_s < SLOWED * (so_far.words - words) * turn.utterance.duration_s

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

    def _note_venting(self, turn: Turn) -> None:
        """A stretch begins where the customer took the floor, and goes on until the agent says something of weight."""
        floor = self._dialogue.floor
        if turn.speaker == "customer" and floor and self._dialogue.is_venting(turn.end_s):
            begun_s = self._venting.pop()[0] if self._vents else min(told.start_s for told in floor)
            self._venting.append((begun_s, max(told.end_s for told in floor)))
            self._vents = True
        elif turn.speaker == "agent" and not floor:
            self._vents = False

    def _note_level(self) -> None:
        worst, peak_s, calm_s = self._worst
        level, since_s = self._state.level, self._state.since_s
        self._onset_s = since_s if self._onset_s is None else self._onset_s
        if ORDER.index(level) > ORDER.index(worst):
            self._worst = (level, since_s, None)
        elif level == "calm" and calm_s is None:
            self._worst = (worst, peak_s, since_s)
