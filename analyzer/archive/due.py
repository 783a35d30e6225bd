"""The day by which a promise falls due, from the time as it was said and the day of the call.

Only what names a day, or a number of days, is worked out; "soon", "a few days" and "next month" have none.  Of a span
("three to five days") the end counts.  A weekday is the next one after the day of the call; "next friday" is the one of
next week.  A week ends on Friday, and working days are Monday to Friday: holidays are not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FRIDAY = WEEKDAYS.index("friday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
NUMBERS = {
    "a couple of": 2, "a": 1, "an": 1, "the next": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "twenty": 20, "twenty four": 24, "thirty": 30, "forty": 40, "forty eight": 48, "sixty": 60,
    "seventy two": 72,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "fifteenth": 15, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_NUMBER = rf"(?P<n>{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|\d{{1,3}})"
_DAY = rf"(?P<day>{'|'.join(WEEKDAYS)})"
_MONTH, _ORDINAL = rf"(?P<month>{'|'.join(MONTHS)})", rf"(?P<nth>{'|'.join(ORDINALS)})"


def _number(match: re.Match[str]) -> int:
    return NUMBERS.get(match["n"]) or int(match["n"])


def _work_days(day: date, count: int) -> date:
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _coming(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def _of_next_week(day: date, weekday: int) -> date:
    return day + timedelta(days=7 - day.weekday() + weekday)


def _end_of_week(day: date) -> date:
    return day + timedelta(days=(FRIDAY - day.weekday()) % 7)


def _of_month(day: date, match: re.Match[str]) -> date:
    """The next such day; `ValueError` for one that there is not."""
    month, nth = MONTHS.index(match["month"]) + 1, ORDINALS[match["nth"]]
    this_year = date(day.year, month, nth)
    return this_year if this_year > day else date(day.year + 1, month, nth)


Rule = tuple[str, Callable[[date, re.Match[str]], date]]
RULES: tuple[Rule, ...] = (
    # the first that matches decides: days by name before spans, spans before the looser words
    (r"\btomorrow\b", lambda day, _: day + timedelta(days=1)),
    (rf"\b{_ORDINAL} of {_MONTH}\b", _of_month),
    (rf"\b{_MONTH} (?:the )?{_ORDINAL}\b", _of_month),
    (rf"\bnext {_DAY}\b", lambda day, m: _of_next_week(day, WEEKDAYS.index(m["day"]))),
    (rf"\b{_DAY}\b", lambda day, m: _coming(day, WEEKDAYS.index(m["day"]))),
    (rf"\b{_NUMBER} (?:more )?(?:business|working) days?\b", lambda day, m: _work_days(day, _number(m))),
    (rf"\b{_NUMBER} (?:more )?days?\b", lambda day, m: day + timedelta(days=_number(m))),
    (rf"\b{_NUMBER} (?:more )?weeks?\b", lambda day, m: day + timedelta(weeks=_number(m))),
    (rf"\b{_NUMBER} (?:more )?hours?\b", lambda day, m: day + timedelta(days=_number(m) // 24)),
    (r"\bminutes?\b", lambda day, _: day),
    (r"\bnext week\b", lambda day, _: _of_next_week(day, FRIDAY)),
    (r"\b(?:this week|end of (?:the |this )?week)\b", lambda day, _: _end_of_week(day)),
    (r"\bfirst thing\b(?!.*\btoday\b)", lambda day, _: day + timedelta(days=1)),
    (r"\b(?:today|tonight|this (?:morning|afternoon|evening)|end of (?:the |this )?(?:day|business)|right away|"
     r"straight away|immediately)\b", lambda day, _: day),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), work_out) for pattern, work_out in RULES)
_VAGUE = re.compile(r"\ba few\b")


def due_on(when: str | None, day: date) -> date | None:
    """The last day on which what was promised on `day` is in time; None where no day was named."""
    if not when or _VAGUE.search(when):
        return None
    for pattern, work_out in _RULES:
        if match := pattern.search(when.lower()):
            try:
                return work_out(day, match)
            except (ValueError, OverflowError):
                return None
    return None


def day_of(started_at: object) -> date | None:
    """The day of an ISO time, as it is written."""
    try:
        return date.fromisoformat(str(started_at or "")[:10])
    except ValueError:
        return None
