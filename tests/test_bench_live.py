"""The arithmetic of the live bench: what counts as shown in time, and what as taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from analyzer.bench_live import delays, measure
from analyzer.cli.live import makers
from analyzer.cli.loading import load_engines, load_playbook
from analyzer.models import shipped

ABOUT = {"call_id": "c1"}


def turn(speaker: str, start_s: float, end_s: float, came: float) -> dict[str, Any]:
    return {"type": "turn", "speaker": speaker, "text": "", "start_s": start_s, "end_s": end_s, "came": came, **ABOUT}


def level(name: str, at_s: float, came: float) -> dict[str, Any]:
    return {"type": "level", "level": name, "at_s": at_s, "came": came, **ABOUT}


def prompt(number: int, at_s: float, came: float) -> dict[str, Any]:
    return {"type": "prompt", "number": number, "line": "Slow down.", "at_s": at_s, "came": came, **ABOUT}


def early(came: float, name: str | None = None, number: int | None = None) -> dict[str, Any]:
    shown = None if number is None else {"number": number, "line": "Slow down."}
    return {"type": "early", "level": name, "prompt": shown, "came": came, **ABOUT}


def measured(*told: dict[str, Any]) -> Any:
    """The call begins at 100 s of the clock on the wall."""
    return delays(1, told, {"c1": []}, {"c1": 100.0}, 0.0)


CUSTOMER, AGENT = turn("customer", 2.0, 6.0, 106.6), turn("agent", 7.0, 9.0, 109.6)


def test_a_level_counts_that_is_shown_before_the_customers_last_word() -> None:
    """Early, in the middle of the sentence; what comes with the finished turn is too late if the agent follows."""
    rise = level("tense", 6.0, 106.6)
    assert measured(CUSTOMER, rise, AGENT).while_speaking == (0, 1)
    assert measured(early(104.0, "tense"), CUSTOMER, rise, AGENT).while_speaking == (1, 1)
    assert measured(early(104.0, "heated"), CUSTOMER, rise, AGENT).while_speaking == (0, 1)
    assert measured(CUSTOMER, rise, turn("customer", 6.5, 9.0, 109.6)).while_speaking == (1, 1)


def test_a_level_that_falls_is_no_escalation() -> None:
    """From heated to tense."""
    assert measured(CUSTOMER, level("heated", 6.0, 106.6), level("tense", 9.0, 109.6)).while_speaking == (0, 1)


def test_a_prompt_came_when_it_was_first_shown() -> None:
    """Early if it was confirmed; one that was not confirmed counts as taken back."""
    assert measured(CUSTOMER, prompt(0, 6.0, 106.6)).prompt_s == pytest.approx([0.6])
    found = measured(early(106.4, number=0), CUSTOMER, prompt(0, 6.0, 106.6))
    assert found.prompt_s == pytest.approx([0.4])
    assert found.taken_back == (0, 1)
    assert measured(early(106.4, number=1), CUSTOMER, prompt(0, 6.0, 106.6)).taken_back == (1, 1)
    assert "taken back 0 of 1" in found.line


def test_real_calls_are_measured_while_further_ones_are_refused(vosk_model: Path) -> None:
    """Six seconds of one call through the whole server: words came to the page, no audio was lost, nobody else came in."""
    made = makers(load_engines(2, spare=2, pace="live"), load_playbook(None))
    found = asyncio.run(asyncio.wait_for(measure(made, [shipped("samples/calls") / "clinic-calm.flac"], 1, 7.0), 110))
    assert len(found.partial_s) >= 3
    assert found.lost_s == 0.0
    assert found.refused >= 1
