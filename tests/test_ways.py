"""Ways of saying: each act is heard in many phrasings, and not in what only sounds like it."""

from __future__ import annotations

import json
import re

import pytest

from analyzer.behaviour import behaviours
from analyzer.models import shipped
from analyzer.spoken import spoken

PHRASES = shipped("analyzer/training/phrases") / "acts.jsonl"

SAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("agent", "callback-request"): (
        "ring back on monday and ask for accounts",
        "your best bet is to phone the store yourself",
        "you'd have to get in touch again next week",
        "if you could try us again after lunch",
        "you'll want to reach out to them directly",
        "just drop us a call when it arrives",
        "phone back at nine when the lines open",
        "you are going to have to call the other department",
        "kindly call again after two days",
        "contact us again once it has been five days",
        "you could always ring up tomorrow",
    ),
    ("agent", "callback-offer"): (
        "i'll give you a bell",
        "one of the team will phone you",
        "somebody will be on to you",
        "they'll get back to you",
        "we'll let you know",
        "you'll hear from us",
        "expect a call from our side",
        "our executive will call you",
        "i'll have the manager ring you",
        "a colleague is going to contact you",
        "someone will reach out",
        "we will revert to you",
    ),
    ("agent", "refusal"): (
        "that's not something we do",
        "we don't do that i'm afraid",
        "there's no option for that",
        "it can't be done",
        "i'm not permitted to waive it",
        "that fare doesn't allow changes",
        "the ticket is non refundable",
        "we are unable to process that",
        "i'm afraid that's not on",
        "no can do mate",
        "it is not allowed in the system",
        "sorry but we don't take returns on those",
        "you're not entitled to it",
        "that isn't available to you",
        "the deadline has passed so no",
        "we're not going to be able to do that",
    ),
    ("agent", "condescension"): (
        "i've explained this three times already",
        "it's not that complicated",
        "any child could do it",
        "did you actually read the email",
        "you're not listening to me",
        "you should know this",
        "i don't know how to make it any clearer",
        "let me put it in simple words for you",
        "with all due respect you are confused",
        "just think about it for a second",
        "please pay attention this time",
        "you clearly didn't follow the steps",
        "maybe get somebody younger to help you",
        "like i keep telling you",
        "how is that hard to understand",
        "you just have to calm yourself down",
    ),
    ("agent", "platitude"): (
        "i totally get where you're coming from",
        "i realise this is frustrating",
        "we apologise for the inconvenience caused",
        "your call matters to us",
        "i can appreciate that this is upsetting",
        "thank you for your patience and understanding",
        "sorry for the trouble",
        "i know it must be hard",
        "i feel your pain",
        "i do sympathise with you",
        "i hear what you're saying",
        "rest assured we take this very seriously",
        "i am sorry you feel that way",
        "we are sorry for any trouble caused to you sir",
        "i understand your concern",
    ),
    ("agent", "policy-defence"): (
        "those are the rules",
        "that's our process",
        "it's in the contract you signed",
        "the guidelines don't allow that",
        "we have to follow procedure",
        "that is what the terms say",
        "that's just the way it is set up",
        "that's how it works here",
        "it's company practice",
        "we're required to do it that way",
        "the system does that automatically",
        "head office decides that not us",
        "it's automatic it goes by the order date",
        "it's for compliance",
        "that's standard for all customers",
    ),
    ("agent", "reassurance"): (
        "it'll turn up",
        "we'll get there",
        "you're in good hands",
        "everything possible is being done",
        "i guarantee we'll sort this",
        "i can assure you sir",
        "don't you worry",
        "we are doing our utmost",
        "leave it with me",
        "we take this very seriously",
        "we're on it",
        "it's being dealt with",
        "i give you my word",
        "your case is a priority for us",
        "nothing to worry about",
        "we really want to put this right",
    ),
    ("agent", "fix"): (
        "i'm going to send out a replacement",
        "what we'll do is book you a technician",
        "let me get that reset",
        "i'll pop a new one in the post",
        "i can fill in a claim for you",
        "i'll raise a ticket",
        "i'll start a refund",
        "i'm putting in an order for a new one",
        "right i'll log a fault",
        "i'd suggest we swap the box",
        "we'll have it collected on friday",
        "i've raised a complaint for you",
        "i am filing the form now",
    ),
    ("agent", "order-taken"): (
        "no worries i'll get those over to you",
        "right you are i'll print them off",
        "sure thing it'll be in your inbox shortly",
        "yes sir i am sending",
        "i'm ordering those now",
        "okay i'll put that request in",
        "of course that's on its way",
        "sure we can mail those",
        "yep i can do that for you",
        "i'll request those for you",
    ),
    ("agent", "closing"): (
        "thank you for calling goodbye",
        "have a lovely rest of your day",
        "alright then cheers bye",
        "take care now bye",
        "you enjoy your evening",
        "thanks for calling us today",
        "you have a good one",
        "mind yourself now bye bye",
        "is that us then okay bye",
        "have a nice weekend",
        "right i'll let you go then",
        "great well thanks for ringing",
    ),
    ("agent", "covers-everything"): (
        "anything else i can do",
        "was there anything else",
        "is there something more i can help with",
        "have we dealt with everything",
        "what else can i do for you",
        "anything more at all",
        "any other questions for me",
        "are you happy with everything",
        "does that cover it all",
        "is there anything more you wanted to tell me",
    ),
    ("agent", "bare-hold"): (
        "one sec",
        "bear with me",
        "let me check hold the line",
        "hold the line please",
        "just a moment sir",
        "hang on a tick",
        "two ticks",
        "wait one minute",
        "okay hold on",
        "stay there a second",
        "hold on please sir",
        "give me a second",
    ),
    ("agent", "hold-announce"): (
        "would it be alright if i put you on hold for a minute",
        "i'm just going to pop you on hold while i ask",
        "can you hold for two minutes please",
        "may i keep you waiting for a minute or two while i check",
        "is it okay to hold for about a minute",
        "i'll need to place you on a brief hold",
    ),
    ("customer", "states-norm"): (
        "a bank is supposed to look after your money",
        "it's only right that you tell people",
        "nobody should have to wait that long",
        "you'd think somebody would check",
        "that's no way to treat people",
        "surely you'd tell somebody first",
        "that's hardly acceptable is it",
        "a letter would have been nice",
        "the decent thing would be to warn us",
        "that's just basic manners",
        "it's not on",
        "where's the fairness in that",
        "you can't treat people like that",
        "that shouldn't be happening",
        "customers deserve better than that",
        "that can't be legal",
        "how is it my job to check your work",
    ),
    ("customer", "leaving"): (
        "i want out of the contract",
        "i'd like to end my agreement",
        "please deactivate my account",
        "i'm going to switch to your competitor",
        "i've decided to leave you",
        "i won't be renewing this year",
        "take me off the plan",
        "i'd like to close down the account",
        "i don't need the service any more",
        "how do i get out of this subscription",
        "i want to terminate my policy",
        "i'm off to another company",
        "kindly discontinue my connection",
        "i want to stop the membership",
    ),
    ("customer", "requests-item"): (
        "could i have a copy of my contract",
        "can ye send me out the bills for the year",
        "i'd like all the call recordings",
        "please share the itemised list",
        "i want the full breakdown of charges",
        "i need a printout of every transaction",
        "send us the usage data for march",
        "can i get my transcripts",
        "mail me the statements from last year",
        "would you post me out the tenancy agreement",
        "i am requiring the ledger for two years",
        "could you email over last year's invoices",
    ),
    ("customer", "rejects"): (
        "that's no good to me",
        "you're just reading a script",
        "i've heard all that before",
        "that's what you said last time",
        "words words words",
        "don't tell me not to worry",
        "i don't believe you",
        "that's not an answer",
        "you say that every time",
        "don't you dare promise me",
        "it's too late for that",
        "spare me the apologies",
        "no you won't",
        "how does that help me",
        "sorry doesn't fix it",
        "easy for you to say",
        "it means nothing",
    ),
    ("customer", "claims"): (
        "i was told it was included",
        "nobody told me about a fee",
        "i paid it on the third",
        "i was home all day and nobody came",
        "you've made a mistake",
        "i never signed for it",
        "that is not what happened",
        "it was never delivered",
        "that was on your end",
        "i did not make that payment",
    ),
    ("customer", "again"): (
        "this is the second time this week",
        "it's happened three times now",
        "it's back to the way it was",
        "same thing as last month",
        "here we go again",
        "it's the third one you've sent",
        "i've had four engineers out",
        "it keeps dropping",
        "every time you fix it it breaks",
        "not for the first time",
        "that's twice in a fortnight",
        "it went again",
        "over and over",
        "yet another one",
        "it never lasts",
    ),
    ("customer", "wants-to-vent"): (
        "i just need to let it out",
        "let me rant for a minute",
        "i needed to tell somebody",
        "i just want somebody to listen",
        "you don't have to do anything just listen",
        "i know there's nothing you can do i just want to say it",
    ),
}

NOT: dict[tuple[str, str], tuple[str, ...]] = {
    ("agent", "callback-request"): (
        "i'll call you back tomorrow",
        "you can keep it until monday",
        "did you call us last week",
        "he will call on your mobile number before coming",
        "the driver is going to ring on the day",
        "our engineer would phone after nine",
    ),
    ("agent", "refusal"): (
        "there's no charge for that",
        "no problem at all",
        "you're entitled to a refund",
        "that's friday at two and there's nothing left to pay",
        "there's nothing more to pay until march",
    ),
    ("agent", "condescension"): (
        "did you want the blue one",
        "i'll explain how it works",
        "that's a good question",
        "is that for an adult or a child",
        "so you're not paying anything from may",
        "have you ever been with us before",
        "and obviously do ring if it sticks",
        "how many times has it happened",
    ),
    ("agent", "open-question"): ("let me see what can be done", "i'll find out when it was sent"),
    ("agent", "hold-announce"): ("just walk in it takes about five minutes and it's free",),
    ("agent", "platitude"): (
        "i understand the parcel came late twice",
        "i know the depot well",
        "your call to the clinic was on monday",
    ),
    ("agent", "policy-defence"): (
        "your policy number please",
        "the process takes two days",
        "how does that work for you",
    ),
    ("agent", "closing"): (
        "may i have your name",
        "thank you for calling this is linda",
        "you have a credit on the account",
    ),
    ("agent", "bare-hold"): (
        "one second class stamp",
        "hold the button for ten seconds",
        "the moment it arrives i'll text you",
    ),
    ("customer", "leaving"): (
        "i'm moving my appointment to monday",
        "cancel my order please",
        "i'd like to cancel my two o'clock appointment",
        "i am so done with this",
        "i moved to a new house",
    ),
    ("agent", "promise"): ("i'm looking at it", "i'm so sorry about that", "i'm here until five"),
    ("customer", "states-norm"): ("should i press the button", "i can't find the letter", "is friday good"),
    ("customer", "rejects"): (
        "no that's all thank you",
        "what does that button do",
        "i can't believe how quick that was",
    ),
    ("customer", "claims"): ("i was sitting in the garden", "it was a tuesday", "nobody else lives here"),
    ("customer", "wants-to-vent"): ("the vent is blocked", "just listen to this song", "i need to tell you my number"),
}


@pytest.mark.parametrize(("speaker", "act"), SAYS)
def test_an_act_is_heard_in_many_phrasings(speaker: str, act: str) -> None:
    """In the words of many places; what was said often is its own act, which weighs less."""
    wanted = {act} | ({"many-times"} if act == "again" else set())
    assert [said for said in SAYS[speaker, act] if not behaviours(speaker, said, {}) & wanted] == []


@pytest.mark.parametrize(("speaker", "act"), NOT)
def test_a_near_miss_is_not_heard(speaker: str, act: str) -> None:
    """The same words, and another meaning."""
    assert [said for said in NOT[speaker, act] if act in behaviours(speaker, said, {})] == []


def test_the_customers_month_is_asked_for_with_any_word_between() -> None:
    """Before the thing that is asked for may stand what kind of thing it is."""
    assert "requests-item" in behaviours("customer", "mail me paper statements for every month", {})


@pytest.mark.parametrize(
    "said",
    [
        "let me get the invoice up",
        "okay mrs kowalski do you have the claim number",
        "right so if i can just get the number off the top",
        "sure let me pull up your account",
    ],
)
def test_who_looks_something_up_has_not_taken_an_order(said: str) -> None:
    """Nothing is done for the customer yet."""
    assert not behaviours("agent", said, {}) & {"order-taken", "fix"}


@pytest.mark.parametrize("said", ["i'll send you the invoice", "sure i'll get that posted out to you"])
def test_who_sends_it_has(said: str) -> None:
    """With the same words in it."""
    assert "order-taken" in behaviours("agent", said, {})


def test_to_ask_for_anything_else_offers_nothing() -> None:
    """Though it says what i can do."""
    assert "offers-option" not in behaviours("agent", "is there anything else i can do for you", {})
    assert "offers-option" in behaviours("agent", "what i can do is move it to friday", {})


def test_what_others_gave_them_is_no_wish() -> None:
    """Told in a story, and asked for."""
    assert "states-goal" not in behaviours("customer", "so they give me a new key and it doesn't work", {})
    assert "states-goal" in behaviours("customer", "just give me a new key", {})


def test_what_an_agent_will_do_is_no_summary_and_no_question() -> None:
    """It begins as a summary would."""
    assert not behaviours("agent", "so what i'll do is send you a form for it", {}) & {"recap", "asks-purpose"}


@pytest.mark.parametrize(
    ("speaker", "act", "least"),
    [
        ("agent", "refusal", 0.85), ("agent", "condescension", 0.85), ("agent", "platitude", 0.85),
        ("agent", "policy-defence", 0.85), ("agent", "callback-request", 0.95), ("agent", "asks-reason", 0.9),
        ("agent", "hands-back", 0.75), ("agent", "asks-root-cause", 0.7), ("customer", "states-norm", 0.9),
        ("customer", "rejects", 0.8), ("customer", "requests-item", 0.75), ("agent", "reassurance", 0.6),
        ("agent", "agreement", 0.85), ("agent", "covers-everything", 0.9), ("agent", "closing", 0.95),
        ("agent", "supervisor-agree", 0.85), ("agent", "hold-announce", 0.75), ("agent", "callback-offer", 0.9),
        ("customer", "wants-to-vent", 0.9), ("customer", "states-purpose", 0.8),
    ],
)  # fmt: skip
def test_acts_are_heard_in_phrases_that_other_hands_wrote(speaker: str, act: str, least: float) -> None:
    """The phrases that the text model is taught with: so many are heard, and of what is heard so much is right."""
    rows = [json.loads(line) for line in PHRASES.read_text("utf-8").splitlines()]
    said = [(set(row["acts"]), re.sub(r"\{\w+\}", "thing", row["text"])) for row in rows if row["role"] == speaker]
    heard = [(act in acts, act in behaviours(speaker, spoken(text), {})) for acts, text in said]
    right = sum(truly and found for truly, found in heard)
    assert right / sum(truly for truly, _ in heard) >= least
    assert right / sum(found for _, found in heard) >= 0.6
