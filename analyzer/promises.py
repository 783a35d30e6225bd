"""The promises of a call: who is to do what, by when and how, in the words in which it was said.

`i'll email you the refund confirmation by friday`
    who agent, what "email you the refund confirmation", when "by friday", how email

Only what outlasts the moment counts: "i'll just check" and "i'll put you on hold" promise nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.dialogue import Turn, gives_time

_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|twenty|thirty|forty|"
    "forty five|fifty|sixty|seventy two|twenty four|forty eight|a|an|a few|a couple of|the next|\\d+"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_ORDINALS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|fifteenth|twentieth|thirtieth"
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_MOMENT = (
    rf"(?:(?:this|next|the next) (?:morning|afternoon|evening|week|month|year|{_DAYS})|"
    rf"(?:{_DAYS}|tomorrow|today|tonight)(?: (?:morning|afternoon|evening|night))?|"
    rf"(?:first thing|later)(?: (?:today|tomorrow))?(?: morning)?|"
    rf"(?:{_NUMBERS})(?: (?:or|to) (?:{_NUMBERS}))?(?: (?:more|business|working))? (?:minutes?|hours?|days?|"
    rf"weeks?|months?)|"
    rf"the end of (?:the |this |next )?(?:day|week|month|business|{_DAYS})|(?:the )?(?:morning|afternoon|evening)|"
    rf"(?:the )?(?:{_ORDINALS})(?: of (?:{_MONTHS}))?|(?:{_MONTHS})(?: (?:the )?(?:{_ORDINALS}))?|"
    rf"(?:half past |quarter (?:past|to) )?(?:{_NUMBERS})(?: (?:thirty|fifteen|forty five))?(?: ?(?:o'clock|"
    rf"[ap] ?m|noon))?|"
    r"noon|midnight)"
)
_WHEN = re.compile(
    rf"\b(?:(?:by|before|after|around|at|within|until|in|on|no later than|between|for) {_MOMENT}"
    rf"|(?:tomorrow|today|tonight|(?:this|next) (?:week|month|morning|afternoon|evening|{_DAYS})|{_DAYS}|first thing"
    rf"|later today|right away|straight away|immediately|as soon as \w+ \w+)"
    r"(?: (?:morning|afternoon|evening|night))?)"
    rf"(?: (?:and|or|to) {_MOMENT})?(?: (?:(?:at|on|by|in|of|the) {_MOMENT}|from now))*\b"
)

_DEEDS = (
    r"send|sent|email|e mail|mail|post|text|call|ring|phone|contact|refund\w*|credit\w*|replace|replacing|repair|"
    r"fix|reissue|"
    r"issue|ship|dispatch|deliver|arrange|book|schedule|reschedule|order|cancel|process|update|change|raise|open|"
    r"escalate|"
    r"transfer|waive|remove|reverse|restore|reset|confirm|get back|follow up|let you know|come|arrive|visit|"
    r"collect|pick|"
    r"bring|check with|speak (?:to|with)|talk to|look into|find out|return|pay|write|forward|notify|make sure|"
    r"chase|log|"
    r"investigate|be (?:there|with you|delivered|refunded|credited|sent|posted|fixed|replaced)|get (?:it|that|you|"
    r"one|a|the|"
    r"this|an)|have (?:it|that|one|a|the|them|somebody|someone)|receive|see (?:you|it|the|your|that|a)|take (?:it|"
    r"the|that) off|"
    r"put (?:a|the|it|that|through)|drop|upload|fax|give you a (?:call|ring)|keep you"
)
_CUSTOMERS_DEEDS = r"send|email|mail|post|text|pay|bring|return|fax|upload|drop|forward|transfer"
_PRONOUNS = "i|we|you|it|that|they|he|she"
_ACTORS = rf"{_PRONOUNS}|someone|somebody|one of us|(?:my|our|the|a|an|your) \w+(?: (?!(?:{_PRONOUNS})\b)\w+)?"
_COMMIT = re.compile(
    rf"\b(?P<actor>{_ACTORS})(?:'ll| will|'m going to| am going to|'re going to| are going to| is going to)"
    rf"(?: (?:also|just|now|then|personally|definitely|certainly|go ahead and|make sure to|try to))*"
    rf" (?P<what>(?:{_DEEDS})\b.*)"
    rf"|\b(?P<doing>(?:i'm|i am|we're|we are)(?: also| now| just)* (?P<now>(?:refund|credit|send|book|order|ship|"
    rf"issu|"
    rf"replac|reship|email|post|transferr|escalat|arrang|waiv|cancel|process)\w*ing\b.*))"
    rf"|\b(?:let me|let's)(?: just| also| go ahead and| now)* (?P<let>(?:{_CUSTOMERS_DEEDS}|book|order|arrange|"
    rf"refund|"
    rf"reissue|replace|issue|credit|call you)\b.*)"
)
_ENDS = re.compile(
    r" (?:(?:and|then|so|but|or) (?=(?:i|we|you|it|that|they|he|she|someone|somebody|one of us|the \w+|my \w+|"
    r"our \w+|a \w+)"
    r"(?:'ll|'m|'re| will\b| am\b| are\b| can\b| is\b))|but |because |if |while |unless |okay\b|is that |does that |"
    r"would that |will that |did i |is there |thank|have a |sorry |"
    r"(?:(?:and|on|to) this \w+ )?(?=(?:i|we|you|they)(?:'ll| will|'m| am|'re| are) ))"
)

HOW: Mapping[str, re.Pattern[str]] = {
    # the way, and the words that name it
    "email": re.compile(r"\b(email\w*|e mail\w*|inbox)\b"),
    "text": re.compile(r"\b(text(s|ed|ing)?( message)?|s m s|sms)\b"),
    "phone": re.compile(r"\b(call(s|ing)?|ring|phone (you|me|us|him|her|them|back)|(by|over the) (tele)?phone)\b"),
    "post": re.compile(r"\b(post(ed|ing)?|mail(ed|ing)?|letter|courier|parcel)\b"),
    "card": re.compile(r"\b(to|on|onto) (your|the|my) (\w+ )?(card|account|bank)\b"),
    "visit": re.compile(r"\b(come|visit|engineer|technician|driver|plumber|electrician|in person)\b"),
}
NO_PROMISE = frozenset(("boundary-warn", "boundary-disconnect", "boundary-name", "hold-announce", "refusal", "closing"))
_CALL = re.compile(r"\b(call|ring|phone|contact|give) (you|them)\b.*")  # of an offer: "I can call you back at three"
_LEFT_OVER = re.compile(r"(?: (?:the|a|an|by|on|at|in|and|to|of|or))+$")  # where the time stood, or the turn broke off
MOST_WORDS = 18  # of what was promised: a recognizer writes no full stops


@dataclass(frozen=True, slots=True)
class Promise:
    """One commitment, in the words in which it was made."""

    who: str  # agent (or whom the agent speaks for), or customer
    what: str
    at_s: float  # the end of the turn
    has_time: bool
    asks_customer_to_call: bool
    when: str | None = None
    how: str | None = None
    text: str = ""  # the whole turn


def promises_in(turn: Turn) -> tuple[Promise, ...]:
    """The commitments of one turn; none of a speaker who may be either."""
    if turn.speaker == "unknown":
        return ()
    if turn.speaker == "agent" and "callback-request" in turn.does and "callback-offer" not in turn.does:
        return (_promise(turn, "customer", _asked_of_customer(turn.plain), asks=True),)
    found = tuple(_promise(turn, turn.speaker, what) for what in _committed(turn))
    if not found and "callback-offer" in turn.does and (call := _CALL.search(turn.plain)):
        return (_promise(turn, "agent", call[0]),)
    return found


def _promise(turn: Turn, who: str, what: str, asks: bool = False) -> Promise:
    when = when_in(what) or (when_in(turn.plain) if asks else None)
    rest = _WHEN.sub(" ", what) if when else what
    words = _LEFT_OVER.sub("", " ".join(rest.split()[:MOST_WORDS]))
    timed = when is not None or gives_time(what)
    return Promise(who, words or what, turn.end_s, timed, asks, when, how_in(what), turn.text)


def _committed(turn: Turn) -> Iterator[str]:
    """The words of each commitment, from its verb on."""
    deeds = re.compile(rf"(?:{_CUSTOMERS_DEEDS})\b") if turn.speaker == "customer" else None
    rest = turn.plain
    while match := _COMMIT.search(rest):
        what = match["what"] or match["now"] or match["let"]
        actor = (match["actor"] or "i").split()[0]
        end = _ENDS.search(what)
        rest, what = (what[end.start() :], what[: end.start()]) if end else ("", what)
        ours = actor != "you" or re.match(r"(get|receive|see|have)\b", what)
        if deeds is None and ours and not _is_of_the_moment(what):
            yield what if actor in ("i", "we", "you") else f"{match['actor']} will {what}"
        elif deeds is not None and actor in ("i", "we") and deeds.match(what):
            yield what


def _is_of_the_moment(what: str) -> bool:
    """Done before the call is over: "put you on hold", "get that for you now"."""
    return bool(re.match(r"(put|get|have) (you|it|that|the|a)\b.*\b(hold|up|now|for a (second|minute|moment))\b", what))


def _asked_of_customer(text: str) -> str:
    asked = re.search(r"\b(call|ring|phone|contact|try|check|get|give)\b.*", text)
    what = asked[0] if asked else text
    end = _ENDS.search(what)
    return what[: end.start()] if end else what


def when_in(text: str) -> str | None:
    """The time of a commitment as it was said: "by friday", "tomorrow between nine and ten"."""
    found = [match[0].strip() for match in _WHEN.finditer(text)]
    return " ".join(found) or None


def how_in(text: str) -> str | None:
    """The way in which it is to be done, if it was said."""
    at = {how: match.start() for how, pattern in HOW.items() if (match := pattern.search(text))}
    return min(at, key=lambda how: at[how], default=None)
