"""The facts that a playbook card may ask for: each a question about the call, answered yes or no.

A card names them in `when` and `not_when`.  The docstring of a fact is what `analyzer playbook facts` prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.affect import asks_for_another
from analyzer.behaviour import behaviours
from analyzer.dialogue import (
    CONTRADICTED,
    GLAD_CUES,
    HOT,
    LEADS_ON,
    STORY_WORDS,
    UNHAPPY,
    Dialogue,
    Turn,
    alike,
    content_words,
    gives_time,
    is_vague,
    names_own_matter,
)
from analyzer.escalation import EscalationState
from analyzer.wording import (
    ABOVE,
    ASKED_AGAIN,
    ASKS,
    ASKS_TIME,
    AT_IT,
    AWAY,
    BAD_FEELING,
    BEREFT,
    BOOKED_ANEW,
    CALLED_OFF,
    COURTESY,
    EARLIEST,
    FEELS_WITH,
    LAUGHS,
    MAY_CALL,
    OTHER_DESK,
    OWN_TITLE,
    PLAIN_NO,
    PLAINLY_AGAIN,
    REASON,
    SAID_BEFORE,
    SETS_OUT,
    SETS_TO,
    SOFTLY,
    SOON,
    THANKS,
)

VERY_INTENSE = 0.58
INTENSE = 0.5
FIERCE = 0.65  # below it grief is quiet
REMEDIES = frozenset(("fix", "callback-offer"))
TROUBLED = -0.16  # sentiment: bad news told without complaint
CONTENT = 0.2  # sentiment of who has got an answer
CLAIMED = -0.2  # a claim put coolly is one all the same
DISTRESSED = -0.4  # sentiment of who is in fear or tears, and need not be loud
DESPERATE = 0.35  # is enough where the words say as much: "at my wits end"
LOW_KEY = 0.55  # short plain turns read up to here; a slow or soft delivery must come with it
SLOW_WPM, FAST_WPM = 150.0, 195.0  # words a minute while speaking; ordinary talk is 150 to 190
QUIET_Z = -0.5  # below the usual: soft or slow for this speaker
OVERWHELMS_Z = 1.5  # louder or faster than the other side, each against their own usual (playbook, row 2)
COOLED_WORDS = 8  # of a turn that says more than an answer
LIVELY = frozenset(  # what an agent does who is anything but flat
    "agreement specific-empathy apology open-question recap offers-option supervisor-agree transfer-offer hands-back "
    "asks-goal callback-offer hold-announce boundary-name boundary-warn".split()
)
QUESTION_WORDS = frozenset("what which when where who whose how".split())
LIMITS = frozenset(("boundary-name", "boundary-warn", "boundary-disconnect"))  # a no to a tone is no refusal
NAMED = 2  # content words of the customer's; one alone may be the thing that a form asks about
RETOLD = 3  # words of the customer's story in the agent's own account of it
SAYS_SOMETHING = 4  # words: of fewer the model alone says too little
BESIDE_S = 20.0  # between the wish to leave and its reason, told once for the whole call
EARLY_HOLD_S = 60.0  # after the matter was told: such a hold reveals somebody new or unsure (playbook, row 9)
RESTARTS = 3  # of the same content (playbook, row 19)
SEVERAL = 3  # turns of one floor: between them there was a moment to show that one listens
COMPLAINT_S = 60.0  # without a request, until it is fair to ask what is wanted (playbook, row 23)


@dataclass(frozen=True, slots=True)
class Scene:
    """The moment at which a card is weighed: a turn has just ended."""

    dialogue: Dialogue
    before: EscalationState
    state: EscalationState
    turn: Turn

    def customer(self, count: int = 1) -> list[Turn]:
        return self.dialogue.last("customer", count)

    def agent(self, count: int = 1) -> list[Turn]:
        return self.dialogue.last("agent", count)

    def customer_does(self, count: int, *acts: str) -> bool:
        return any(turn.does & set(acts) for turn in self.customer(count))

    def customer_cue(self, count: int, *cues: str) -> bool:
        return any(set(turn.cues) & set(cues) for turn in self.customer(count))

    def agent_does(self, count: int, *acts: str) -> bool:
        return any(turn.does & set(acts) for turn in self.agent(count))


Fact = Callable[[Scene], bool]
FACTS: dict[str, Fact] = {}


def fact(function: Fact) -> Fact:
    """Make a question askable in a playbook, by its name with hyphens."""
    FACTS[function.__name__.replace("_", "-")] = function
    return function


@fact
def customer_venting(s: Scene) -> bool:
    """The customer unloads: a long or intense floor without a question, or says so."""
    return s.dialogue.is_venting(s.turn.end_s)


@fact
def vent_requested(s: Scene) -> bool:
    """The customer said that they only need to be heard."""
    return s.turn.end_s < s.dialogue.wants_listener_until_s


@fact
def customer_intense(s: Scene) -> bool:
    """The customer's last words were strong and unhappy, and did not cool since."""
    if any(len(t.utterance.words) >= COOLED_WORDS and t.sentiment > TROUBLED for t in s.customer()):
        return False
    return any(
        (t.sentiment <= -0.25 and t.intensity >= VERY_INTENSE)
        or (t.sentiment <= -0.25 and t.intensity >= DESPERATE and "desperate" in t.does)
        or (t.sentiment <= DISTRESSED and t.intensity >= INTENSE and "distress" in t.cues)
        for t in s.customer(2)
    )


@fact
def customer_unhappy(s: Scene) -> bool:
    """The customer complained in one of the last turns."""
    return any(t.sentiment <= UNHAPPY or _complains(t) for t in s.customer(3))


@fact
def customer_in_trouble(s: Scene) -> bool:
    """The customer told of something that is not well, however mildly; or the agent speaks of their bad feelings."""
    named = s.turn.speaker == "agent" and "platitude" in s.turn.does and BAD_FEELING.search(s.turn.whole)
    return bool(named) or any(t.sentiment <= TROUBLED or set(t.cues) - GLAD_CUES for t in s.customer(3))


@fact
def customer_low_key(s: Scene) -> bool:
    """The customer has been quiet and slow for two turns."""
    turns = s.customer(2)
    return len(turns) == 2 and all(
        t.intensity < (FIERCE if BEREFT.search(t.plain) else LOW_KEY) and _is_slow_or_soft(t) for t in turns
    )


@fact
def agent_fast(s: Scene) -> bool:
    """The agent has been talking fast, or much louder than the customer, for two turns."""
    turns = [t for t in s.agent(2) if len(t.utterance.words) >= 6]
    other = max((_energy_z(t) for t in s.customer(2)), default=0.0)
    return len(turns) == 2 and all(_words_a_minute(t) > FAST_WPM or _energy_z(t) - other >= OVERWHELMS_Z for t in turns)


@fact
def abuse_now(s: Scene) -> bool:
    """The customer's turn was abuse aimed at a person."""
    return s.turn.speaker == "customer" and "abuse" in s.turn.cues


@fact
def abuse_lately(s: Scene) -> bool:
    """One of the customer's last turns was abuse."""
    return s.customer_cue(3, "abuse")


@fact
def turned_heated(s: Scene) -> bool:
    """The call has just become heated."""
    return s.state.level == "heated" and s.before.level in ("calm", "tense")


@fact
def call_stuck(s: Scene) -> bool:
    """Each reassurance was rejected."""
    return s.state.level == "stuck"


@fact
def agent_was_flat(s: Scene) -> bool:
    """The agent's answer to a complaint named nothing of it, and agreed with nothing."""
    replies = s.agent()
    return bool(replies) and not _is_hardly_a_reply(replies[0]) and _is_flat(s, replies[0])


@fact
def agent_platitude(s: Scene) -> bool:
    """The agent soothed in a phrase that names nothing the customer said."""
    soothing = "platitude" in s.turn.does and "asks-reason" not in s.turn.does and s.turn.speaker == "agent"
    if soothing and "hold-return" in s.turn.does:  # thanks for holding, and nothing else
        soothing = "platitude" in behaviours("agent", THANKS.sub(" ", s.turn.plain), {})
    puts_right = "agreement" in s.turn.does and bool(s.turn.does & REMEDIES)  # "you're right, i'll have it ..."
    named = names_own_matter(s.turn, s.customer(4)) or "specific-empathy" in s.turn.does
    return soothing and not named and not puts_right


@fact
def agent_laughs(s: Scene) -> bool:
    """The agent has lately laughed or rejoiced with the customer: what sounds like anger is banter, or joy."""
    return any(LAUGHS.search(t.plain) for t in s.agent(2))


@fact
def agent_agreed(s: Scene) -> bool:
    """The agent agreed with the customer lately, and not with what was said before the complaint."""
    complaints = [t for t in s.customer(2) if "states-norm" in t.does or "claims" in t.does or "blame" in t.cues]
    since_s = min((t.start_s for t in complaints), default=0.0)
    return any("agreement" in t.does and t.start_s > since_s for t in s.agent(2))


@fact
def customer_states_norm(s: Scene) -> bool:
    """The customer said how things should be."""
    return s.customer_does(2, "states-norm")


@fact
def agent_defends_policy(s: Scene) -> bool:
    """The agent explained the policy or the system."""
    return "policy-defence" in s.turn.does


@fact
def customer_blames(s: Scene) -> bool:
    """The customer laid blame or claimed something disputed, and is not content with the answer."""
    if any(t.sentiment > CONTENT for t in s.customer()):
        return False
    blamed = any("blame" in t.cues and len(t.utterance.words) >= SAYS_SOMETHING for t in s.customer(2))
    laid = blamed or s.customer_does(2, "claims")
    return laid and any(t.sentiment <= CLAIMED and not _is_hardly_a_reply(t) for t in s.customer(2))


@fact
def customer_bereft(s: Scene) -> bool:
    """The customer tells of a loss that nothing makes good: no moment to ask what makes them feel so."""
    return any(BEREFT.search(t.plain) for t in s.customer(3))


@fact
def agent_asked_openly(s: Scene) -> bool:
    """The agent asked an open question in one of the last two turns."""
    return s.agent_does(2, "open-question", "asks-root-cause", "asks-goal", "asks-reason", "asks-purpose")


@fact
def agent_named_matter(s: Scene) -> bool:
    """The agent has just named what happened to the customer."""
    said = s.turn.speaker == "agent" and len(s.turn.utterance.words) >= 5 and "platitude" not in s.turn.does
    least = 1 if FEELS_WITH.search(s.turn.plain) else NAMED
    return said and (bool(s.turn.does & {"specific-empathy"}) or names_own_matter(s.turn, s.customer(3), least))


@fact
def customer_requests_item(s: Scene) -> bool:
    """The customer has just asked for a report, a form, a copy or the like."""
    return s.customer_does(1, "requests-item")


@fact
def purpose_known(s: Scene) -> bool:
    """What the thing is for was said or asked."""
    asked_for_s = min((t.start_s for t in s.customer(2) if "requests-item" in t.does), default=0.0)
    return s.customer_does(2, "states-purpose") or s.dialogue.done.get("asks-purpose", -1.0) > asked_for_s


@fact
def agent_takes_order(s: Scene) -> bool:
    """The agent agreed to do what was asked for."""
    return bool(s.turn.does & {"order-taken", "fix"})


@fact
def customer_leaving(s: Scene) -> bool:
    """The customer wants to cancel or to leave."""
    told = [t for t in s.customer(3) if "churn" in t.cues and len(t.utterance.words) >= SAYS_SOMETHING]
    if any(BOOKED_ANEW.search(t.plain) for t in (*s.customer(3), *s.agent(3))):
        return False
    return any(not CALLED_OFF.search(t.text) for t in told) or s.customer_does(3, "leaving")


@fact
def reason_known(s: Scene) -> bool:
    """Why the customer leaves was said or asked."""
    said = s.dialogue.said
    beside = said.get("states-purpose", -1e9) - said.get("leaving", said.get("churn", 1e9))
    told_s = min(s.dialogue.first_said.get(name, 1e9) for name in ("leaving", "churn"))
    asked = s.dialogue.done.get("asks-reason", -1.0) > told_s
    told = s.customer_does(3, "states-purpose") or any(REASON.search(t.plain) for t in s.customer(3))
    return asked or told or abs(beside) <= BESIDE_S


@fact
def long_complaint_without_request(s: Scene) -> bool:
    """A minute of complaint in which the customer asked for nothing."""
    return s.dialogue.complaint_s(s.turn.end_s) >= COMPLAINT_S


@fact
def complaint_grown_cool(s: Scene) -> bool:
    """A minute of complaint without a request, in several turns of which the last was no longer hot."""
    if sum(not t.is_listening_noise for t in s.dialogue.floor) < SEVERAL:
        return False
    hot = any(t.intensity >= HOT or "vent" in t.cues for t in s.customer())
    return long_complaint_without_request(s) and not hot and s.state.level not in ("heated", "abusive")


@fact
def story_told(s: Scene) -> bool:
    """The customer has just told a story."""
    told = [t for t in (s.dialogue.story or s.dialogue.floor) if not t.is_listening_noise]
    return sum(len(t.utterance.words) for t in told) >= STORY_WORDS


@fact
def agent_moves_to_fix(s: Scene) -> bool:
    """The agent went on to a solution."""
    return bool(s.turn.does & {"fix", "order-taken"}) or (
        "promise" in s.turn.does and bool(SETS_OUT.search(s.turn.plain))
    )


@fact
def agent_recapped(s: Scene) -> bool:
    """The agent has just summed up, or named the customer's matter and asked whether it is right."""
    told = content_words(" ".join(t.plain for t in (s.dialogue.story or s.dialogue.floor)))
    first = SETS_TO.split(s.turn.whole, maxsplit=1)[0]  # before the fix
    tells = s.turn.speaker == "agent" and len(content_words(first) & told) >= RETOLD
    return bool(s.turn.does & {"recap", "confirms-understanding"}) or tells


@fact
def agent_offers_remedy(s: Scene) -> bool:
    """The agent has just mended it, is at it, or said what is possible."""
    return bool(s.turn.does & {"fix", "offers-option", "callback-offer"}) or bool(AT_IT.search(s.turn.plain))


@fact
def agent_closing(s: Scene) -> bool:
    """The agent is about to end the call."""
    return s.turn.speaker == "agent" and "closing" in s.turn.does


@fact
def all_covered(s: Scene) -> bool:
    """It was asked whether everything has been covered."""
    return "covers-everything" in s.dialogue.done


@fact
def problem_again(s: Scene) -> bool:
    """The customer said that it happened before; of a long story, the plain words must say so."""
    if any(t.sentiment > CONTENT and len(t.utterance.words) >= SAYS_SOMETHING for t in s.customer(2)):
        return False
    told = [t for t in s.customer(3) if "again" in t.does and t.sentiment < TROUBLED]
    said = any(PLAINLY_AGAIN.search(t.plain) for t in told) if story_told(s) else bool(told)
    hinted = any(_comes_back_troubled(t) or ("many-times" in t.does and t.sentiment < 0) for t in s.customer(3))
    return said or (hinted and not story_told(s))


@fact
def root_cause_asked(s: Scene) -> bool:
    """The agent asked what is behind it."""
    return "asks-root-cause" in s.dialogue.done


@fact
def customer_circles(s: Scene) -> bool:
    """The customer holds the floor and comes back to the same content."""
    words = sum(len(t.utterance.words) for t in s.dialogue.floor)
    return s.dialogue.repeats() >= RESTARTS and words >= 60


@fact
def agent_tried_to_speak(s: Scene) -> bool:
    """The agent tried to get a word in and did not."""
    return max(s.dialogue.attempts, s.dialogue.sides["customer"].cut_offs) >= 2


@fact
def resolution_vague(s: Scene) -> bool:
    """What was promised lacks who or when."""
    text = s.turn.plain
    promised = (
        s.turn.does & {"promise-vague"}
        or (is_vague(text) and s.turn.does & {"promise", "reassurance", "fix"})
        or (is_vague(text) and "will be" in text)
        or (SOON.search(text) and "closing" not in s.turn.does)
    )
    return s.turn.speaker == "agent" and bool(promised) and not gives_time(text)


@fact
def customer_settled(s: Scene) -> bool:
    """The customer is calm enough to speak of details."""
    return s.state.level in ("calm", "tense") or all(t.intensity < INTENSE or t.sentiment > -0.2 for t in s.customer(1))


@fact
def asks_for_authority(s: Scene) -> bool:
    """The customer asks for a supervisor or somebody above."""
    does = "asks-authority" in s.turn.does and asks_for_another(s.turn.plain)
    asked = "supervisor-request" in s.turn.cues or does
    elsewhere = OTHER_DESK.search(s.turn.plain) and not ABOVE.search(s.turn.plain)
    only_to_be_heard = "wants-to-vent" in s.turn.does and not ABOVE.search(s.turn.plain)
    return (
        s.turn.speaker == "customer" and asked and not (elsewhere or only_to_be_heard or OWN_TITLE.search(s.turn.plain))
    )


@fact
def supervisor_offered(s: Scene) -> bool:
    """The agent agreed to bring a supervisor."""
    return s.agent_does(2, "supervisor-agree", "transfer-offer")


@fact
def agent_condescends(s: Scene) -> bool:
    """The agent talked down to the customer; "like i said" or "it's simple" do not, while all is well."""
    if "condescension" not in s.turn.does:
        return False
    plainly = "condescension" in behaviours("agent", SAID_BEFORE.sub(" ", s.turn.plain), {})
    courteous = SOFTLY.search(s.turn.plain) or any(ASKED_AGAIN.search(t.plain) for t in s.customer())
    return plainly or (customer_in_trouble(s) and not courteous)


@fact
def bare_hold(s: Scene) -> bool:
    """The agent put the customer on hold with a word, and asked for nothing."""
    return "bare-hold" in s.turn.does and "hold-announce" not in s.turn.does


@fact
def holds_early_and_often(s: Scene) -> bool:
    """The agent asks for a second hold, and the first came within a minute of the customer's matter."""
    asked = s.dialogue.hold_asked_s
    return bool(s.turn.does & {"bare-hold", "hold-announce"}) and len(asked) >= 2 and asked[0] <= EARLY_HOLD_S


@fact
def customer_must_call_back(s: Scene) -> bool:
    """The agent asked the customer to call again."""
    asked = "callback-request" in s.turn.does and "callback-offer" not in s.turn.does
    return asked and not COURTESY.search(s.turn.plain)


@fact
def callback_without_time(s: Scene) -> bool:
    """The agent promised a call and gave no time."""
    told = gives_time(AWAY.sub(" ", s.turn.whole)) or ASKS_TIME.search(s.turn.plain) or MAY_CALL.search(s.turn.plain)
    return "callback-offer" in s.turn.does and not told


@fact
def refusal_without_option(s: Scene) -> bool:
    """The agent refused and offered nothing instead."""
    refused = ("refusal" in s.turn.does or _is_plain_no(s)) and not s.turn.does & LIMITS
    return refused and not s.agent_does(
        1, "offers-option", "asks-goal", "supervisor-agree", "open-question", "agreement"
    )


@fact
def stalemate(s: Scene) -> bool:
    """Two rounds of claim and counter-claim with nothing new."""
    if any("gratitude" in t.cues or t.sentiment > CONTENT for t in s.customer()):
        return False
    if s.turn.speaker == "agent" and EARLIEST.search(s.turn.plain):  # when it can be is news
        return False
    enough = 1 if s.customer_does(1, "asks-resolution") else 2  # "so how are we going to resolve this"
    return s.dialogue.rounds >= enough and any(t.sentiment < CONTRADICTED for t in s.customer(2))


@fact
def agent_only_listens(s: Scene) -> bool:
    """The agent's turn was a listening noise, or a few words that did not get through."""
    return s.turn.speaker == "agent" and _is_hardly_a_reply(s.turn)


@fact
def agent_encourages(s: Scene) -> bool:
    """The agent has lately shown that they listen."""
    return s.turn.end_s - s.dialogue.done.get("encourager", -1e9) < 15.0


@fact
def nothing_said_yet(s: Scene) -> bool:
    """The customer has not said what it is about."""
    return not any(len(t.utterance.words) >= 4 for t in s.customer(3))


def _words_a_minute(turn: Turn) -> float:
    return 60.0 * len(turn.utterance.words) / max(turn.utterance.duration_s, 0.1)


def _is_plain_no(s: Scene) -> bool:
    """A no to what the customer has just asked for."""
    asked = any(ASKS.search(t.plain) for t in s.customer(1))
    return asked and s.turn.speaker == "agent" and bool(PLAIN_NO.search(s.turn.plain))


def _energy_z(turn: Turn) -> float:
    """How loud or fast against the speaker's own usual, whichever is more; 0 where it was not measured."""
    return max(turn.voice.loudness_z, turn.voice.rate_z) if turn.voice else 0.0


def _complains(turn: Turn) -> bool:
    """Whether a turn has a cue of trouble; who comes again gladly has none."""
    return bool(set(turn.cues) - GLAD_CUES - {"repeat-contact"}) or _comes_back_troubled(turn)


def _comes_back_troubled(turn: Turn) -> bool:
    return "repeat-contact" in turn.cues and turn.sentiment <= TROUBLED


def _is_slow_or_soft(turn: Turn) -> bool:
    return _words_a_minute(turn) < SLOW_WPM or (turn.voice is not None and _energy_z(turn) <= QUIET_Z)


def _is_hardly_a_reply(turn: Turn) -> bool:
    """A listening noise, or an attempt to get a word in: a few words that lead nowhere ("could i just")."""
    words = turn.plain.split()
    leads_on = words[-1] in LEADS_ON and not (QUESTION_WORDS & set(words) and words[-1] == "it")
    return turn.is_listening_noise or (not turn.does and len(words) <= 5 and leads_on)


def _is_flat(s: Scene, reply: Turn) -> bool:
    """Flat: no word of the customer's matter, no agreement, no apology, no question about it."""
    heard = [t for t in s.dialogue.last("customer", 4) if t.end_s <= reply.start_s + 1.0]
    if not any(t.sentiment < -0.1 or t.cues for t in heard):
        return False
    if reply.does & (LIVELY - {"apology"} if "platitude" in reply.does else LIVELY) or AT_IT.search(reply.plain):
        return False
    return not names_own_matter(reply, heard) and alike(content_words(reply.plain), content_words(heard[0].plain)) == 0
