"""The recent turns of both sides, and what can be seen in them.  No emotion is ever assigned to the agent.

`Dialogue.hear` takes the turns as they end.  Everything it keeps is bounded: the cost of a turn does not
grow with the length of the call.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from analyzer.affect import Acts, Affect
from analyzer.audio import Speaker
from analyzer.behaviour import LOOKS_UP, behaviours
from analyzer.meaning import STOP_WORDS, ideas, stem
from analyzer.speech import Utterance
from analyzer.spoken import spoken
from analyzer.voice import Voice

KEPT_TURNS = 40
LATELY = 4  # turns of the customer, in which the matter is looked for first
VENT_S = 20.0  # of the customer's floor without a question: LISTEN LONG
SORE_VENT_S = 14.0  # the same where no turn of it is mild
LONG_VENT_S = 40.0  # the same where all of it is unhappy and none of it more than mildly
HOT_VENT_S = 6.0  # the same for a customer who is also intense
SORE = -0.5  # a real call about a noisy car, told at length and without anger, stays above
CLEAR = 0.7  # confidence of the recognizer from which a word may be put into the agent's mouth
UNHAPPY = -0.3  # sentiment from which a turn counts as a complaint
WANT_KNOWN = frozenset(  # what an agent does who asks, or knows, what the customer wants
    ("asks-goal", "hands-back", "recap", "confirms-understanding", "fix", "offers-option", "hold-announce")
)
MOVES_ON = WANT_KNOWN | {"open-question", "closed-question", "question", "agreement", "promise", "apology", "asks-name"}
GLAD_CUES = frozenset(("gratitude", "relief"))
CONTRADICTED = 0.05  # a statement that the records are held against, however coolly it was made
HOT = 0.55  # intensity from which a customer counts as intense
CUT_OFF_S = 0.5  # of overlap that ends the other's turn (definitions.md, 6)
FEW_WORDS = 5  # of an agent who tries to get a word in
AT_ONCE_S = 0.3  # after an agent's half sentence: the customer only went on
GOES_ON_WORDS = 12  # of a customer who was asked "could i just ask", and does not say yes
TALKED_OVER_WORDS = 15  # of an agent whom the customer talked over; more have said something
LEADS_ON = frozenset(  # no turn that somebody could finish ends with one of these
    "i i'm i'd i'll we you your my the a an to if is it are and but so or may can could did do does when what for of "
    "just on that's ask".split()
)
SAYS_MATTER = 4  # words of a customer who says what it is about
CLAIMED_ALIKE = 0.3  # of the content words of a round: it is the same dispute
DENIED_ALIKE = 0.1  # the same, where one side denies what the other has just said
INSISTS_WORDS = 2  # of content, in a statement that is only made again
ADDRESSES = frozenset("sir madam ma'am miss mister mrs love please".split())
ONE_HOLD_S = 15.0  # within which two words on a hold are about the same one
STORY_WORDS = 22  # a story is told, not an answer given
ONE_BREATH_S = 1.2  # between pieces of one utterance; a longer pause ends it (playbook, row 3)
LEAD_WORDS = 30  # of such pieces that are read together with the next
LONG_STORY_WORDS = 35  # such a story still waits for its recap after a question or two ...
STORY_WAITS_S = 45.0  # ... for so long

_VERB = re.compile(r"[^sui]s$|(ed|ing)$")  # "none of this helps": after a pronoun that stands alone; no bus, no mess
_NOUN = re.compile(r"\b(my|the|this|our|your|a|an) ((?:\w+ )?)([a-z]{3,})\b")
_DENIES = re.compile(
    r"\b(not|no|never|nothing|none|\w+n't|cannot|"
    r"(system|records?|report|notes?|file|sheet|log|inspection) (clearly )?(show|say|state)s?)\b"
)
_NO = r"(no|not|never|none|nothing|\w+n't|cannot)"
_RECORD = (
    r"(systems?|records?|sheet|logs?|file|notes?|reports?|screen|form|contract|inspection|tracking|photos?|signature|"
    r"signed|marked|listed|recorded|noted|showing|shown|on here)"
)
_SYMPATHY = re.compile(  # denies nothing that was said
    r"\b(oh|ah|aw) no\b|\bno (problem|worries|bother|wonder|trouble|rush|doubt)\b|"
    r"\b(not (surprised|at all|a problem|to worry|only)|don't (worry|blame)|(can't|don't) (believe|imagine|think))\b"
)
_BY_RECORD = re.compile(rf"\b({_NO}\b.*\b{_RECORD}|{_RECORD}\b.*\b{_NO})\b")  # "there's no scratch marked"
_FORMS = re.compile(  # what every form asks for names nothing of anybody's trouble
    r"\b(\w+ (number|reference|id|code)|number|reference|postcode|zip code|date of birth|(first |last )?name|"
    r"email address|address)\b"
)
_ASSERTS = re.compile(
    r"^(well |but |and |so |yes |no |sir |madam |ma'am |sorry |i'm sorry )*"
    r"(it|you|we|they|that|he|she|(the|our|my) (\w+ ){0,2}?\w+) "
    r"(was|were|is|did|does|has|have|had|shows?|says?|reported|noted|confirmed)\b"
)
NO_MATTER = frozenset(
    "team people staff department company office manager colleague guy lady man woman person agent "
    "mind end wits life god hell sake fault point idea reason moment rest whole dark "
    "name names surname number spelling birthday".split()
)
NO_NAME = frozenset(  # words of anger, which an agent must not say back: "this damn thing" is no damn
    "damn damned dammed goddamn bloody blasted ruddy wretched flipping effing fucking freaking frigging fricking "
    "stupid dumb crap crappy shit shitty bullshit garbage rubbish trash junk piece joke nonsense useless rotten lousy "
    "pathetic ridiculous bugger sodding supposed".split()
)
HAPPENED = frozenset(  # "your driver left me" is of a driver, "my doctor sent it" of a doctor
    "left sent told took gave broke went came said lost made put kept got sold paid fell ran let cut hit rang hung "
    "threw tore shut spilt spoke wrote stood sat knew thought won died forgot used tried said".split()
)
_COUNTS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_TIME = re.compile(
    r"\b(today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|noon|midnight|o'clock|[ap] ?m|"
    rf"({_COUNTS}|twenty|thirty|forty|sixty|a|an|few|\d+) (business |working )?(minutes?|hours?|days?|weeks?|months?)|"
    rf"(by|at|around|before|after) (\w+ )?({_COUNTS}|noon|the end)|half past|quarter (past|to)|first thing|"
    r"when (he|she|they|it|the \w+)('s| is|'re| are)? "
    r"(on (the|his|her|their) way|leav(es?|ing)|close by|nearby|outside|arriv(es?|ing)|gets? (there|to you)|sets? off)|"
    r"end of (the )?(day|week|month|business)|before (coming|arriving|delivery|(he|she|they) (come|arrive|deliver)s?)|"
    r"within|(this|in the) (morning|afternoon|evening|week)|next (week|month)|"
    r"right (now|away)|now|immediately|straight away)\b"
)
_ELSE = re.compile(r"\b(is|was)?( there)? ?(any|some)thing (else|more|further)\b.*")
_VAGUE = re.compile(
    r"\b(soon|shortly|in due course|at some point|as soon as (possible|we can|i can)|eventually|sometime|some time|"
    r"when(ever)? (we|they|i) can|look(ing|ed)? into|(will|'ll|get \w+) (be )?(\w+ )?look(ing|ed)? at|sorted|"
    r"sort (\w+ ){0,2}out|(all )?in hand|taken care of|see(n)? to|pass (it|that|this) on|dealt with|deal with|"
    r"someone|somebody|they('ll| will)|"
    r"should (be|get|arrive|come)|will be (\w+ )?(fixed|refunded|sorted|sent|resolved|processed|credited|done))\b"
)

_SOOTHING = re.compile(r"\b(i|we) (\w+ )?(understand|appreciate|hear you|feel for you)\b")
_MONEY = re.compile(
    r"\b(a|some|your|the) (\w+ )?(refund|credit|compensation|reimbursement|discount|goodwill|rebate|money back)\b"
)
_AMOUNT = re.compile(
    rf"\b({_COUNTS}|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|full|all|whole|entire|half|\d+)\b"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance, as it was judged.  `affect` is None on every turn but the customer's."""

    index: int
    utterance: Utterance
    affect: Affect | None
    voice: Voice | None
    acts: Acts
    plain: str = field(init=False)  # the text as a recognizer writes it, which is what every pattern is written for
    does: frozenset[str] = field(init=False)  # the acts that hold, by the model or by a pattern
    onset_s: float | None = None  # when its sounds began, which is not quite when its first word did
    known_s: float | None = None  # the call time at which its words were known
    lead: str = ""  # what its speaker had said in the same breath: a recognizer ends a turn at every pause

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", spoken(self.text))
        does = behaviours(self.speaker, self.plain, self.acts)
        if self.lead:
            does |= behaviours(self.speaker, self.whole, {})
        object.__setattr__(self, "does", does)

    @property
    def speaker(self) -> Speaker:
        return self.utterance.speaker

    @property
    def text(self) -> str:
        return self.utterance.text

    @property
    def start_s(self) -> float:
        return self.utterance.start_s

    @property
    def end_s(self) -> float:
        return self.utterance.end_s

    @property
    def whole(self) -> str:
        """The turn together with what its speaker had said in the same breath."""
        return f"{self.lead} {self.plain}" if self.lead else self.plain

    @property
    def begins_s(self) -> float:
        """When a silence was over: at the onset, as far as it is known."""
        return self.start_s if self.onset_s is None else self.onset_s

    @property
    def cues(self) -> tuple[str, ...]:
        return self.affect.cues if self.affect else ()

    @property
    def intensity(self) -> float:
        return self.affect.intensity if self.affect else 0.0

    @property
    def sentiment(self) -> float:
        return self.affect.sentiment if self.affect else 0.0

    @property
    def is_listening_noise(self) -> bool:
        """Whether it leaves the floor to the other side: "mm hm", "I see", "go on"."""
        return bool(self.does & {"encourager", "backchannel"}) and len(self.utterance.words) <= 5


def is_sore(turn: Turn) -> bool:
    """Whether more than mildly unhappy: what a long story must hold at least once to be venting."""
    return turn.sentiment <= SORE or bool(set(turn.cues) - GLAD_CUES)


def content_words(text: str) -> frozenset[str]:
    """The words that carry what is talked about, with plural and tense cut off."""
    return frozenset(stem(word) for word in text.split() if word not in STOP_WORDS and len(word) > 2)


def noun_in(texts: Iterable[str], but: Set[str] = frozenset()) -> str:
    """The thing, none of `but`, that a customer talks about, in the customer's word: "my sofa" before "the depot"."""
    ranked: dict[str, float] = {}
    for text in texts:
        for owner, between, word in _NOUN.findall(text):
            thing = _thing(owner, between.strip(), word)
            if thing and thing not in but:
                ranked[thing] = ranked.get(thing, 0.0) + (2.0 if owner == "my" else 1.0)
    return max(ranked, key=lambda word: ranked[word], default="")


def _thing(owner: str, between: str, word: str) -> str:
    """Which of two words behind "my" or "the" is the thing: "old phone", but "sofa never"; empty where neither is."""
    if between in ("not", "very", "is", "was") or (owner == "this" and _VERB.search(between or word)):
        return ""
    no_thing = STOP_WORDS | NO_MATTER | NO_NAME
    happened = word in HAPPENED or (len(word) > 5 and word.endswith("ed"))  # "my card blocked" is of a card
    if word not in no_thing and not (between and happened):
        return word
    return between if len(between) > 2 and between not in no_thing else ""


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """0..1: how much of the smaller set of content words stands in the other."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


@dataclass(slots=True)
class Side:
    """What one side has done so far."""

    talk_s: float = 0.0
    words: int = 0
    turns: int = 0
    questions: int = 0
    open_questions: int = 0
    cut_offs: int = 0  # of the other side
    longest_s: float = 0.0


class Dialogue:
    """The memory of a call: its last turns, and what is still true of the earlier ones."""

    def __init__(self) -> None:
        self.turns: deque[Turn] = deque(maxlen=KEPT_TURNS)
        self.sides: dict[Speaker, Side] = {"agent": Side(), "customer": Side(), "unknown": Side()}
        self.done: dict[str, float] = {}  # agent act -> when it was last done
        self.said: dict[str, float] = {}  # customer act or cue -> when it was last said
        self.first_said: dict[str, float] = {}  # the same -> when it was first said
        self.floor: list[Turn] = []  # the customer's turns since the agent last said something of weight
        self.story: list[Turn] = []  # the same up to the agent's answer, kept for one agent turn
        self._told_from_s: float | None = None  # since when the customer tells of something and asks for nothing
        self._complained_s = 0.0  # how long of it was complaint
        self.matter_s: float | None = None  # when the customer had first said what it is about
        self.hold_asked_s: list[float] = []  # the first two waits that the agent asked for, since `matter_s`
        self.wants_listener_until_s = 0.0
        self.rejected_cycles = 0  # reassurance by the agent, rejected by the customer
        self._soothed: str | None = None  # by the agent, in vain as yet: with words alone, or with an offer
        self.rounds = 0  # of claim and counter-claim with nothing new
        self._claimed: frozenset[str] = frozenset()
        self._is_counted = False  # the agent's present utterance, as one side of a round
        self._left: list[Turn] = []  # the floor that the agent's last words ended
        self._attempts = 0  # before the agent's last turn
        self.attempts = 0  # of the agent to get a word in, since the customer took the floor

    def last(self, speaker: Speaker, count: int = 1) -> list[Turn]:
        """The last turns of one side, the newest first."""
        found: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.speaker == speaker:
                found.append(turn)
                if len(found) == count:
                    break
        return found

    def hear(self, turn: Turn) -> Turn:
        """Take in a turn that has ended; the same turn, with what its speaker had said in the same breath."""
        self._count(turn)
        turn = self._with_lead(turn)
        self.turns.append(turn)
        if turn.speaker == "customer":
            self._hear_customer(turn)
        elif turn.speaker == "agent":
            self._hear_agent(turn)
        return turn

    def _with_lead(self, turn: Turn) -> Turn:
        """A piece of an utterance is read together with the pieces before it, whatever the other side hums."""
        others = (before for before in reversed(self.turns) if not self._is_humming(before, turn.speaker))
        before = next(others, None)
        if (
            before is None
            or turn.speaker == "unknown"
            or before.speaker != turn.speaker
            or turn.start_s - before.end_s > ONE_BREATH_S
            or turn.is_listening_noise
        ):
            return turn
        return replace(turn, lead=" ".join(before.whole.split()[-LEAD_WORDS:]))

    @staticmethod
    def _is_humming(turn: Turn, speaker: Speaker) -> bool:
        return turn.speaker != speaker and turn.is_listening_noise

    def is_venting(self, at_s: float) -> bool:
        """Whether the customer unloads and should be let: a long floor, an intense one, or said so."""
        if at_s < self.wants_listener_until_s:
            return True
        floor = [turn for turn in self.floor if not turn.is_listening_noise]
        if not floor or {"question", "states-goal", "asks-resolution"} & floor[-1].does:
            return False
        spoken_s = sum(turn.utterance.duration_s for turn in floor)
        hot = [turn for turn in floor if turn.intensity >= HOT and turn.sentiment < 0]
        unhappy = [turn for turn in floor if turn.sentiment <= UNHAPPY or set(turn.cues) - GLAD_CUES]
        return (
            (spoken_s >= VENT_S and 2 * len(unhappy) >= len(floor) and any(is_sore(turn) for turn in unhappy))
            or (spoken_s >= LONG_VENT_S and len(unhappy) == len(floor))
            or (len(hot) >= 2 and spoken_s >= HOT_VENT_S)
            or ("vent" in floor[-1].cues and len(floor) >= 2)
            or (spoken_s >= SORE_VENT_S and len(floor) >= 2 and all(is_sore(turn) for turn in floor))
        )

    def repeats(self) -> int:
        """How often, on the present floor, the customer came back to the same content, in other words too."""
        pieces = [ideas(turn.plain) for turn in self.floor if len(turn.utterance.words) >= 6]
        again = sum(alike(one, other) >= 0.5 for one, other in pairwise(pieces))
        words = [
            stem(word) for turn in self.floor for word in turn.plain.split() if word not in STOP_WORDS and len(word) > 2
        ]
        return again + (1 if words and len(words) >= 24 and len(set(words)) / len(words) < 0.5 else 0)

    def own_noun(self) -> str:
        """The customer's own word for what this is about, of late if there was one.

        A word that the recognizer was not sure of may be another's, and is passed over.
        """
        turns = self.last("customer", KEPT_TURNS)
        words = [word for turn in turns for word in turn.utterance.words]
        unsure = {word.word for word in words} - {word.word for word in words if word.confidence >= CLEAR}
        texts = [turn.plain for turn in turns]
        return noun_in(texts[:LATELY], unsure) or noun_in(texts, unsure)

    def talk_share(self, speaker: Speaker) -> float:
        """0..1 of all the talking."""
        total_s = sum(side.talk_s for side in self.sides.values())
        return self.sides[speaker].talk_s / total_s if total_s else 0.0

    def _count(self, turn: Turn) -> None:
        side = self.sides[turn.speaker]
        side.talk_s += turn.utterance.duration_s
        side.words += len(turn.utterance.words)
        side.turns += 1
        side.longest_s = max(side.longest_s, turn.utterance.duration_s)
        side.questions += bool(turn.does & {"open-question", "closed-question", "question"})
        side.open_questions += "open-question" in turn.does
        if self.turns and self._is_cut_off(self.turns[-1], turn):
            side.cut_offs += 1

    @staticmethod
    def _is_cut_off(before: Turn, turn: Turn) -> bool:
        """Whether `turn` began while the other still spoke, and made the other stop."""
        overlap_s = before.end_s - turn.start_s
        return (
            before.speaker != turn.speaker
            and overlap_s >= CUT_OFF_S
            and turn.end_s > before.end_s
            and not turn.is_listening_noise
        )

    def _hear_customer(self, turn: Turn) -> None:
        for name in (*turn.does, *turn.cues):
            self.said[name] = turn.end_s
            self.first_said.setdefault(name, turn.start_s)
        if turn.is_listening_noise:
            return
        if self.matter_s is None and len(turn.utterance.words) >= SAYS_MATTER:
            self.matter_s = turn.end_s
        if self._did_not_let_in(turn):
            self.floor, self.attempts = self._left, self._attempts + 1
        self.floor.append(turn)
        del self.floor[:-KEPT_TURNS]
        if {"wants-to-vent", "vent"} & {*turn.does} or ("vent" in turn.cues and "vent" in turn.plain.split()):
            self.wants_listener_until_s = turn.end_s + 60.0
        asked = turn.does & {"states-goal", "requests-item", "question", "makes-request", "asks-resolution"}
        if asked:
            self._end_complaint()
        else:
            self._follow_complaint(turn)
        self._follow_reassurance(turn)

    def _follow_complaint(self, turn: Turn) -> None:
        self._told_from_s = turn.start_s if self._told_from_s is None else self._told_from_s
        if turn.sentiment <= UNHAPPY or (self._complained_s and len(self.floor) > 1 and turn.sentiment < 0):
            self._complained_s += turn.utterance.duration_s

    def complaint_s(self, at_s: float) -> float:
        """For how long the customer has asked for nothing, if half of it or more was complaint; else 0."""
        lasted_s = 0.0 if self._told_from_s is None else at_s - self._told_from_s
        return lasted_s if 2 * self._complained_s >= lasted_s else 0.0

    def _end_complaint(self) -> None:
        self._told_from_s, self._complained_s = None, 0.0

    def _did_not_let_in(self, turn: Turn) -> bool:
        """Whether the customer talked over an agent's few words, or did not wait for the rest of a sentence."""
        before = self.turns[-2] if len(self.turns) > 1 else None
        if before is None or before.speaker != "agent" or self.floor:
            return False
        if len(before.utterance.words) > TALKED_OVER_WORDS:
            return False
        goes_on = len(turn.utterance.words) >= GOES_ON_WORDS
        unheard = goes_on and (not before.does or "interrupts-politely" in before.does)
        unfinished = before.plain.split()[-1] in LEADS_ON or unheard
        return before.end_s - turn.start_s >= (-AT_ONCE_S if unfinished else CUT_OFF_S)

    def _follow_reassurance(self, turn: Turn) -> None:
        """A cycle: the agent reassured, and the customer would have none of it."""
        accepted = "accepts" in turn.does or turn.sentiment > 0.3
        rejected = bool(turn.does & {"rejects"}) or "rejects-help" in turn.cues or turn.sentiment <= -0.45
        if self._soothed == "with an offer":  # to decline one is no more than to choose
            rejected = bool(turn.does & {"rejects"} or "rejects-help" in turn.cues) and turn.sentiment <= UNHAPPY
        if accepted:
            self.rejected_cycles, self._soothed = 0, None
        elif self._soothed and rejected:
            self.rejected_cycles, self._soothed = self.rejected_cycles + 1, None

    def _hear_agent(self, turn: Turn) -> None:
        if turn.is_listening_noise:
            self.done["encourager"] = turn.end_s
            return
        for act in turn.does:
            self.done[act] = turn.end_s
        self._soothed = _soothes(turn)
        self._follow_claims(turn)
        self._follow_holds(turn)
        if len(turn.utterance.words) <= FEW_WORDS and self.floor and not turn.does:
            self.attempts += 1
            return
        if turn.lead and not self.floor:
            return
        self.attempts, self._attempts = 0, self.attempts
        if not self._is_story_waiting(turn):
            self.story = self.floor
        self._left, self.floor = self.floor, []
        if turn.does & WANT_KNOWN:
            self._end_complaint()

    def _is_story_waiting(self, turn: Turn) -> bool:
        """Whether the story before the last answer is still to be summed up: long, unhappy, and not long ago."""
        told = [before for before in self.story if not before.is_listening_noise]
        return (
            sum(len(before.utterance.words) for before in told) >= LONG_STORY_WORDS
            and sum(len(before.utterance.words) for before in self.floor) < STORY_WORDS
            and any(before.sentiment <= UNHAPPY for before in told)
            and turn.end_s - told[-1].end_s <= STORY_WAITS_S
            and self.done.get("recap", -1.0) < told[-1].end_s
            and self.done.get("confirms-understanding", -1.0) < told[-1].end_s
        )

    def _follow_holds(self, turn: Turn) -> None:
        """Two words on the same hold are one hold."""
        if self.matter_s is None or len(self.hold_asked_s) >= 2 or not turn.does & {"bare-hold", "hold-announce"}:
            return
        since_s = turn.end_s - self.matter_s
        if not self.hold_asked_s or since_s - self.hold_asked_s[0] >= ONE_HOLD_S:
            self.hold_asked_s.append(since_s)

    def _follow_claims(self, turn: Turn) -> None:
        """A round: the customer claims, the agent counters, and neither says anything new."""
        floor = self.floor or (self._left if turn.lead else [])
        self._is_counted = self._is_counted and bool(turn.lead)
        claims = [t for t in floor if t.does & {"claims", "rejects"} or set(t.cues) & {"blame", "rejects-help"}]
        if not claims and _BY_RECORD.search(turn.plain):
            claims = [t for t in floor if t.sentiment < CONTRADICTED and not t.does & {"states-goal", "question"}]
        counters = turn.does & {"policy-defence", "refusal"} or bool(_DENIES.search(_SYMPATHY.sub(" ", turn.plain)))
        denied = [t for t in floor if t.sentiment < 0 and _DENIES.search(t.plain)]
        counters = counters or self._insists(turn)
        if denied and (counters or _ASSERTS.search(turn.plain)):  # denied by one and said by the other
            claims, counters = claims or denied, True
        if not claims and counters:  # the same thing said by one and denied by the other
            claims = [t for t in floor if t.sentiment < 0 and names_own_matter(turn, [t])]
        if claims and counters and not self._is_counted and not turn.does & {"offers-option", "agreement"}:
            self._is_counted = True
            words = content_words(" ".join(t.plain for t in claims) + " " + turn.plain)
            least = DENIED_ALIKE if denied else CLAIMED_ALIKE
            self.rounds = self.rounds + 1 if not self._claimed or alike(words, self._claimed) >= least else 1
            self._claimed = words
        elif turn.does & {"offers-option", "agreement", "supervisor-agree"}:
            self.rounds = 0

    def _insists(self, turn: Turn) -> bool:
        """Whether an agent says again what the agent, or either side of the dispute, said; and does nothing else."""
        said = content_words(turn.plain) - ADDRESSES
        soothes = turn.does & {"reassurance", "platitude"}
        if turn.does & MOVES_ON or soothes or turn.lead or len(said) < INSISTS_WORDS:  # a second piece says the same
            return False
        own = [content_words(before.plain) for before in self.last("agent", 3) if before is not turn]
        return any(alike(said, words) >= 0.5 for words in own) or (
            self.rounds > 0 and alike(said, self._claimed) >= CLAIMED_ALIKE
        )


def _soothes(turn: Turn) -> str | None:
    """How an agent's turn would calm the customer, if it would; a question what they want does not."""
    if turn.does & {"asks-goal", "hands-back"}:
        return None
    if turn.does & {"offers-option", "fix"}:
        soothes = turn.does & {"reassurance", "platitude", "apology"} or _SOOTHING.search(turn.plain)
        return "with an offer" if soothes else None
    if turn.does & {"reassurance", "platitude"}:
        return "with words"
    is_bare_sorry = "apology" in turn.does and not turn.does & MOVES_ON - {"apology", "promise"}
    return "with an offer" if is_bare_sorry else None  # no reassurance, until it is thrown back


def names_own_matter(turn: Turn, before: Iterable[Turn], least: int = 1) -> bool:
    """Whether an agent's turn names something that the customer said, and not only what is asked for or looked up.

    `least` is how many words of it must be the customer's.
    """
    matter = content_words(" ".join(other.plain for other in before))
    return len(content_words(_FORMS.sub(" ", LOOKS_UP.sub(" ", turn.plain))) & matter) >= least


def gives_time(text: str) -> bool:
    """Whether a commitment says when; "anything else today" does not."""
    return bool(_TIME.search(_ELSE.sub(" ", text)))


def is_vague(text: str) -> bool:
    """Whether a commitment leaves open who, when or how much."""
    return bool(_VAGUE.search(text)) or bool(_MONEY.search(text) and not _AMOUNT.search(text))
