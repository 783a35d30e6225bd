"""Silences and holds: how long, of what kind, and what falls due in them."""

from __future__ import annotations

import pytest

from analyzer.hold import CHECK_BACK_S, PAUSE_S, SILENCE_S, UNANNOUNCED_S, Quiet, is_hold
from analyzer.sounds import Sound


def quiet_from(at_s: float, *sounds: Sound) -> Quiet:
    quiet = Quiet()
    quiet.begin(at_s)
    for sound in sounds:
        quiet.hear(sound)
    return quiet


def test_a_silence_has_its_timers_in_order() -> None:
    """The pause after a story, the hold that nobody announced, the time to check back."""
    assert quiet_from(10.0).timers == [
        (10.0 + PAUSE_S, "pause"),
        (10.0 + UNANNOUNCED_S, "unannounced"),
        (10.0 + CHECK_BACK_S, "check-back"),
    ]


def test_only_silences_that_count_are_summed() -> None:
    """From three seconds on."""
    quiet = quiet_from(10.0)
    quiet.end(12.0, "agent")
    assert quiet.total_s == 0.0
    quiet.begin(20.0)
    assert quiet.end(25.0, "customer") == (20.0, "silence")
    assert quiet.total_s == 5.0


def test_words_that_overlap_make_no_silence() -> None:
    """One side was still speaking when the other ended."""
    assert quiet_from(10.0).end(9.0, "agent") is None


@pytest.mark.parametrize(
    ("sounds", "kind"),
    [
        ([], "silence"),
        ([Sound("agent", "ringback", 11.0, 12.0)], "ringback"),
        ([Sound("agent", "ringback", 11.0, 12.0), Sound("customer", "music", 13.0, 16.0)], "music"),
    ],
)
def test_a_wait_is_named_by_what_was_heard(sounds: list[Sound], kind: str) -> None:
    """Music before ringing before nothing, on whichever line."""
    assert quiet_from(10.0, *sounds).end(30.0, "agent") == (10.0, kind)


def test_music_that_is_over_names_nothing_any_more() -> None:
    """The next wait is a plain one."""
    quiet = quiet_from(10.0, Sound("agent", "music", 11.0, 14.0), Sound("agent", "music", 11.0, 14.0, 20.0, 23.0))
    quiet.end(24.0, "agent")
    quiet.begin(26.0)
    assert quiet.end(60.0, "agent") == (26.0, "silence")


def test_music_on_the_customers_own_line_is_no_reason_to_hurry() -> None:
    """A radio in the kitchen is not a hold of the agent's."""
    quiet = quiet_from(10.0, Sound("customer", "music", 11.0, 14.0))
    assert (10.0 + UNANNOUNCED_S, "unannounced") in quiet.timers


@pytest.mark.parametrize(
    ("kind", "announced", "least_s"),
    [("silence", False, UNANNOUNCED_S), ("silence", True, SILENCE_S), ("music", False, SILENCE_S)],
)
def test_what_counts_as_a_hold(kind: str, announced: bool, least_s: float) -> None:
    """A plain silence has to be long; one that was announced, or filled with music, does not."""
    assert is_hold(kind, least_s, announced)  # type: ignore[arg-type]
    assert not is_hold(kind, least_s - 0.1, announced)  # type: ignore[arg-type]
