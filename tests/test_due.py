"""When a promise falls due: worked out where a day was named, and left alone where none was."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.archive.due import day_of, due_on
from analyzer.promises import when_in

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("i will call you today", "2026-03-04"),
        ("we will call you within two hours", "2026-03-04"),
        ("it will be sent by the end of the day", "2026-03-04"),
        ("i will send it right away", "2026-03-04"),
        ("it will be with you tomorrow between nine and ten", "2026-03-05"),
        ("i will call you at nine tomorrow", "2026-03-05"),
        ("i'll email you first thing", "2026-03-05"),
        ("we will refund it within forty eight hours", "2026-03-06"),
        ("i will send it by friday", "2026-03-06"),
        ("we will call you on wednesday", "2026-03-11"),
        ("we will call you on monday morning", "2026-03-09"),
        ("we will call you next friday", "2026-03-13"),
        ("it will be fixed by the end of the week", "2026-03-06"),
        ("we will send it next week", "2026-03-13"),
        ("we will refund you within three to five days", "2026-03-09"),
        ("we will refund you within five business days", "2026-03-11"),
        ("we will refund you in two weeks", "2026-03-18"),
        ("we will send it by the fifth of march", "2026-03-05"),
        ("we will send it on the second of march", "2027-03-02"),
        ("we will send it in a few days", None),
        ("we will send it next month", None),
        ("we will send it as soon as it arrives", None),
        ("we will send it", None),
    ],
)
def test_a_day_that_was_named(said: str, due: str | None) -> None:
    """From the words that the record's own reading of promises finds."""
    found = due_on(when_in(said), WEDNESDAY)
    assert (found.isoformat() if found else None) == due


def test_weeks_end_on_friday_and_weekends_do_not_work() -> None:
    """Said on a Friday and on a Sunday."""
    friday, sunday = date(2026, 3, 6), date(2026, 3, 8)
    assert due_on("this week", friday) == friday
    assert due_on("in one business day", friday) == date(2026, 3, 9)
    assert due_on("this week", sunday) == date(2026, 3, 13)
    assert due_on("on monday", sunday) == date(2026, 3, 9)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.text(max_size=30))
def test_no_promise_is_due_before_it_was_made(day: date, when: str) -> None:
    """Whatever was said."""
    found = due_on(when, day)
    assert found is None or found >= day


def test_the_thirtieth_of_february_never_comes() -> None:
    """And the end of the calendar is not passed."""
    assert due_on("the thirtieth of february", WEDNESDAY) is None
    assert due_on("in 999 weeks", date(9999, 1, 1)) is None


def test_the_day_of_a_call() -> None:
    """As the record writes it."""
    assert day_of("2026-03-04T23:59:00+01:00") == WEDNESDAY
    assert day_of(None) is day_of("last week") is None
