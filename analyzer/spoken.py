"""Text as a recognizer writes it: lower case, no punctuation, numbers in words."""

from __future__ import annotations

import re

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_LONGEST_NUMBER = 6  # digits; a longer run is read out digit by digit, as callers do
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NUMBER = re.compile(r"\d+")
_SIGNS = {"&": " and ", "%": " percent ", "$": " dollars ", "£": " pounds ", "€": " euros ", "’": "'", "‘": "'"}
_ELSE = re.compile(r"[^a-z' ]+")


def spoken(text: str) -> str:
    """`text` as it would sound, word for word: what the text model was trained on."""
    text = _LINK.sub(" ", text.lower())
    for sign, words in _SIGNS.items():
        text = text.replace(sign, words)
    text = _NUMBER.sub(lambda digits: f" {_in_words(digits[0])} ", text)
    return " ".join(word for word in _ELSE.sub(" ", text).split() if word.strip("'"))


def _in_words(digits: str) -> str:
    if len(digits) > _LONGEST_NUMBER or (digits[0] == "0" and len(digits) > 1):
        return " ".join(_UNITS[int(digit)] for digit in digits if digit.isascii())
    return _number(int(digits))


def _number(value: int) -> str:
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, units = divmod(value, 10)
        return _TENS[tens - 2] + (f" {_UNITS[units]}" if units else "")
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            many, rest = divmod(value, size)
            return f"{_number(many)} {name}" + (f" {_number(rest)}" if rest else "")
    raise AssertionError("every number is covered above")
