"""The page and the timeline: what a person reads of one call."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from analyzer.audio import AudioChunk
from analyzer.audit import shelf
from analyzer.errors import OutputError
from analyzer.record import Record
from analyzer.report.envelope import Envelope
from analyzer.report.html import write_report
from analyzer.report.timeline import closing_line, print_timeline

CHROMIUM = shutil.which("chromium")
NASTY = "</script><script>window.hacked=true</script><b>bold</b>"


def turn(speaker: str, start_s: float, text: str, intensity: float | None = None) -> dict[str, Any]:
    """One turn line of a record."""
    tokens = text.split()
    step_s = 0.3
    return {
        "type": "turn",
        "speaker": speaker,
        "start_s": start_s,
        "end_s": start_s + step_s * len(tokens),
        "text": text,
        "words": [
            {
                "word": token,
                "start_s": start_s + i * step_s,
                "end_s": start_s + (i + 1) * step_s,
                "confidence": 0.5 if i == 0 else 1.0,
            }
            for i, token in enumerate(tokens)
        ],
        "affect": None
        if intensity is None
        else {
            "sentiment": -0.8,
            "intensity": intensity,
            "confidence": 0.9,
            "emotions": {},
            "labels": ["anger"],
        },
        "cues": ["repeat-contact"] if intensity else [],
        "voice": None,
    }


def record_of(*turns: dict[str, Any]) -> Record:
    """A short heated call around the given turns."""
    evidence = [{"quote": "third time", "start_s": 6.0, "end_s": 7.0, "what": "intensity", "value": 0.8}]
    return Record(
        header={
            "type": "call", "schema": 1, "call_id": "tuesday", "source": "tuesday.wav", "started_at": None,
            "audio": {"sha256": "0" * 64, "codec": "PCM_16"},
            "channels": [{"speaker": "agent", "rate": 8000}, {"speaker": "customer", "rate": 8000}],
            "models": {"speech": {"name": "small", "sha256": "ab" * 32}},
            "policy": {"name": "default", "version": 1, "sha256": "cd" * 32},
        },
        turns=list(turns),
        levels=[{"type": "level", "at_s": 8.0, "level": "heated", "pressure": 0.8, "evidence": evidence}],
        prompts=[{"type": "prompt", "at_s": 8.0, "move": "mirror", "tactic": "match-urgency",
                  "line": "Match the urgency.", "cause": "intensity 0.8", "evidence": evidence, "expires_s": 20.0}],
        summary={"type": "summary", "duration_s": 20.0},
    )  # fmt: skip


CALL = record_of(
    turn("agent", 1.0, "good morning how can i help"),
    turn("customer", 5.0, f"this is the third time {NASTY}", intensity=0.8),
)


def tone(seconds: float, rate: int = 8000) -> Iterator[AudioChunk]:
    """Both speakers hum for a while, in one-second chunks."""
    for start in range(0, int(seconds * rate), rate):
        hum = (0.3 * np.sin(np.arange(start, start + rate) * 0.2)).astype(np.float32)
        yield AudioChunk(hum, start, rate, "agent")
        yield AudioChunk(hum / 2, start, rate, "customer")


def envelope_of(chunks: Iterator[AudioChunk]) -> Envelope:
    envelope = Envelope()
    for chunk in chunks:
        envelope.add(chunk)
    return envelope


def test_the_page_stands_by_itself(tmp_path: Path) -> None:
    """No link leads out of it, and what a caller says can't become markup."""
    page = tmp_path / "tuesday.html"
    write_report(CALL, page, envelope_of(tone(20)).waves(20.0), tone(20))
    text = page.read_text("utf-8")
    assert not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert "<b>bold</b>" not in text
    data = json.loads(text.split('type="application/json">')[1].split("</script>")[0])
    assert data["turns"][1]["text"].endswith(NASTY)
    assert data["spans"] == [{"from_s": 8.0, "to_s": 20.0, "level": "heated"}]


def test_a_call_without_its_summary_has_ended_abnormally(tmp_path: Path) -> None:
    """The page, the timeline and the audit's list say so; of a whole call they do not."""
    cut = replace(CALL, summary=None)
    for record, is_cut in ((cut, True), (CALL, False)):
        write_report(record, tmp_path / "a.html", [], None)
        assert ("ended heated, abnormally" in (tmp_path / "a.html").read_text("utf-8")) is is_cut
        assert ("ended abnormally while heated" in closing_line(record).plain) is is_cut
        assert (shelf.row(record)["outcome"] == "ended abnormally") is is_cut


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """An error on the way is one of ours, and the good page is still there."""
    page = tmp_path / "tuesday.html"
    page.write_text("the good one")

    def breaks() -> Iterator[AudioChunk]:
        yield from tone(2)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="no space left"):
        write_report(CALL, page, [], breaks())
    assert page.read_text() == "the good one"
    assert list(tmp_path.iterdir()) == [page]


def test_the_envelope_keeps_its_size_for_any_length() -> None:
    """Three hours take as many peaks as three minutes, and the loud part stays where it was."""
    envelope = Envelope()
    for second in range(3 * 3600):
        level = 0.9 if second == 5400 else 0.1
        envelope.add(AudioChunk(np.full(80, level, np.float32), second * 80, 80, "agent"))
    [wave] = envelope.waves(3 * 3600.0)
    peaks = wave["peaks"]
    assert isinstance(peaks, list)
    assert 1000 < len(peaks) <= 2400
    assert abs(peaks.index(max(peaks)) / len(peaks) - 0.5) < 0.002


def test_the_timeline_tells_who_what_and_why() -> None:
    """Speaker, words, cue, level with its evidence, prompt with its cause."""
    out = io.StringIO()
    print_timeline(CALL, Console(file=out, width=110))
    text = out.getvalue()
    for expected in (
        "agent",
        "third time",
        "repeat-contact",
        "the call is heated",
        "Match the urgency.",
        "intensity 0.8",
    ):
        assert expected in text


def test_the_timeline_of_silence_is_a_sentence() -> None:
    """A call in which nobody spoke is told, not crashed on."""
    out = io.StringIO()
    print_timeline(Record(CALL.header, summary=CALL.summary), Console(file=out, width=60))
    assert "ended calm" in out.getvalue()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_reader_can_hear_a_moment_in_a_real_browser(tmp_path: Path) -> None:
    """Words are shown as words; a click, or a link, moves the audio to a moment; a narrow window does not scroll."""
    from playwright.sync_api import sync_playwright

    page_file = tmp_path / "tuesday.html"
    write_report(CALL, page_file, envelope_of(tone(20)).waves(20.0), tone(20))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(page_file.as_uri())
        assert page.evaluate("window.hacked") is None
        assert page.locator(".prompt").inner_text().startswith("◆ mirror: Match the urgency.")
        page.wait_for_function("document.querySelector('audio').readyState >= 2")
        assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(20, abs=0.5)
        page.locator(".turn.customer").click()
        page.wait_for_function("document.querySelector('audio').currentTime >= 4.8")
        page.wait_for_selector(".turn.customer.now")
        page.goto("about:blank")
        page.goto(page_file.as_uri() + "#t=1.5")
        page.wait_for_selector(".turn.agent.now")
        page.wait_for_function("document.querySelector('audio').currentTime === 1.5")
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert complaints == []
        browser.close()


def test_the_page_says_how_it_ended_and_what_a_lead_should_know(tmp_path: Path) -> None:
    """The outcome, three lines, the promises with their flag, the holds; what a record does not say is left out."""
    known = replace(
        CALL,
        holds=[{"type": "hold", "kind": "music", "start_s": 9.0, "end_s": 17.0, "announced": False}],
        summary={
            "duration_s": 20.0, "outcome": "ended heated", "heads_up": ["Ended heated", "Tried: nothing", "Wanted: a sofa"],
            "promises": [{"who": "customer", "what": "call us", "when": None, "how": "phone", "asks_customer_to_call": True}],
        },
    )  # fmt: skip
    page = tmp_path / "tuesday.html"
    write_report(known, page, [], None)
    data = json.loads(page.read_text("utf-8").split('type="application/json">')[1].split("</script>")[0])
    sections = {section["title"]: section["lines"] for section in data["summary"]}
    assert sections["For the lead"] == ["Ended heated", "Tried: nothing", "Wanted: a sofa"]
    assert sections["How it ended"] == ["ended heated"]
    assert sections["Promises"] == ["customer · call us · phone · was asked to call again"]
    assert sections["Holds"] == ["00:09, 8 s of music, not announced"]
