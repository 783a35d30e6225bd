"""Who is to do what, by when and how: the ledger of a call."""

from __future__ import annotations

import pytest

from analyzer.promises import how_in, promises_in, when_in

from dialogues import turns

FRIDAY = "i'll email you the refund confirmation by friday"


def ledger(text: str, speaker: str = "agent") -> list[tuple[str, str, str | None, str | None]]:
    [turn] = turns((speaker, text))
    return [(promise.who, promise.what, promise.when, promise.how) for promise in promises_in(turn)]


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        (FRIDAY, [("agent", "email you the refund confirmation", "by friday", "email")]),
        (
            "okay i'll call you back on this number by three on thursday",
            [("agent", "call you back on this number", "by three on thursday", "phone")],
        ),
        (
            "the technician will come tomorrow between nine and ten and i'll text you when he leaves",
            [
                ("agent", "the technician will come", "tomorrow between nine and ten", "visit"),
                ("agent", "text you when he leaves", None, "text"),
            ],
        ),
        (
            "i will call you at nine tomorrow and this number i am also refunding the delivery fee sixty dollars today",
            [
                ("agent", "call you", "at nine tomorrow", "phone"),
                ("agent", "refunding the delivery fee sixty dollars", "today", None),
            ],
        ),
        (
            "you'll get the refund to your card within five business days",
            [("agent", "get the refund to your card", "within five business days", "card")],
        ),
        ("i can call you back at three", [("agent", "call you back", "at three", "phone")]),
        ("we will look into it", [("agent", "look into it", None, None)]),
        (
            "our manager will call you within twenty four hours",
            [("agent", "our manager will call you", "within twenty four hours", "phone")],
        ),
        ("a new phone will be sent tomorrow the by", [("agent", "a new phone will be sent", "tomorrow", None)]),
        ("let me send you a new one by post", [("agent", "send you a new one by post", None, "post")]),
    ],
)
def test_a_promise_is_taken_apart(text: str, promised: list[tuple[str, str, str | None, str | None]]) -> None:
    """In the words in which it was made; two in one breath are two."""
    assert ledger(text) == promised


@pytest.mark.parametrize(
    "text",
    [
        "i'll just check that for you",
        "i'll put you on hold for a moment",
        "may i put you on hold for one minute while i call the driver myself",
        "how can i help you today",
        "is there anything else i can do for you",
        "it is on its way",
        "i'll see what i can do",
        "good morning platinum auto i'm michelle how can i help you today",
        "if this goes on i will have to end the call today",
    ],
)
def test_what_is_of_the_moment_promises_nothing(text: str) -> None:
    """Nobody will ask tomorrow whether it was done."""
    assert ledger(text) == []


def test_the_customer_sent_away_to_call_again_is_flagged() -> None:
    """The one who has to act is the customer, and a lead should know."""
    [turn] = turns(("agent", "no you'll need to call us back next week because the system is down"))
    [promise] = promises_in(turn)
    assert (promise.who, promise.what, promise.when) == ("customer", "call us back", "next week")
    assert promise.asks_customer_to_call
    assert promise.text == turn.text


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        ("okay i'll send you the receipt tonight", [("customer", "send you the receipt", "tonight", None)]),
        ("i'll call my lawyer", []),
        ("i will cancel my account", []),
    ],
)
def test_customers_promise_too_but_threats_are_none(
    text: str, promised: list[tuple[str, str, str | None, str | None]]
) -> None:
    """What they will send or pay; not what they will do to you."""
    assert ledger(text, "customer") == promised


def test_nobody_knows_who_promised() -> None:
    """A speaker who may be either is not held to anything."""
    assert ledger(FRIDAY, "unknown") == []


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("by the end of the week", "by the end of the week"),
        ("send it in three to five days", "in three to five days"),
        ("be there on monday at half past nine", "on monday at half past nine"),
        ("ring you before noon tomorrow", "before noon tomorrow"),
        ("call you back on this number", None),
        ("do it soon", None),
        ("send it by courier tomorrow the phone", "tomorrow"),
        ("be ready two weeks from now", None),
        ("be ready in two weeks from now", "in two weeks from now"),
    ],
)
def test_times_are_found_as_they_were_said(text: str, when: str | None) -> None:
    """Spoken times, in words; "soon" is none."""
    assert when_in(text) == when


def test_the_first_way_named_is_the_way() -> None:
    """An email about the call is an email."""
    assert how_in("email you about the call") == "email"
    assert how_in("do it") is None
    assert how_in("send you a new phone") is None
    assert how_in("phone you on monday") == "phone"
