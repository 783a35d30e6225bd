"""The same thing in other words."""

from __future__ import annotations

import pytest

from analyzer.meaning import ideas, says_again


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the heating is broken and the engineer never came", "the boiler is dead and nobody sent a technician"),
        ("you charged my card twice for the order", "there are two fees on my card for one order"),
        ("my parcel is lost and i want a refund", "the package went missing so i want my money back"),
    ],
)
def test_other_words_for_the_same_are_heard(one: str, other: str) -> None:
    """By what the words stand for."""
    assert says_again(ideas(one), ideas(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the heating is broken and the engineer never came", "i would like to change my address please"),
        ("my parcel is lost and i want a refund", "the parcel came this morning and the colour is lovely"),
        ("yes i did", "yes i did"),
    ],
)
def test_different_things_and_little_things_are_not(one: str, other: str) -> None:
    """A word in common is not enough, and a short answer may come twice."""
    assert not says_again(ideas(one), ideas(other))
