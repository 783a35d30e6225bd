"""The page of an archive: right numbers, careful with few, fair to agents, and right in a real browser."""

from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analyzer.archive.figures import Facts, Figures, Share, Shown, facts_of, when
from analyzer.archive.summary import figures_of, page_of, write_summary
from analyzer.bench_archive import make_archive
from analyzer.cli.records import summary
from analyzer.errors import OutputError
from analyzer.models import shipped
from analyzer.record import parse, read

from archives import changed, put, sample_lines

CHROMIUM = shutil.which("chromium")
SAMPLES = shipped("samples/calls")
NASTY = "<script>window.hacked=1</script>\"'><img src=x onerror=window.hacked=1>"


def fact(worst: str = "calm", agent: str | None = None, queue: str | None = None, **more: Any) -> Facts:
    """A call of a minute at ten o'clock."""
    values: dict[str, Any] = {
        "place": "a.jsonl", "call_id": "a", "day": "2026-03-02", "hour": 10, "duration_s": 60.0, "last": "calm",
        "outcome": None, "recovery_s": None, "cues": frozenset(), "prompts": (), "doing": {}, "is_complete": True,
    }  # fmt: skip
    return Facts(**{**values, "worst": worst, "agent": agent, "queue": queue, **more})


def counted(*facts: Facts) -> Figures:
    figures = Figures()
    for one in facts:
        figures.add(one)
    return figures


def words_of(page: str) -> str:
    """What a reader reads."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


# --- the figures ----------------------------------------------------------------------------------


def test_the_facts_are_those_of_the_record() -> None:
    """Of the sofa call: it escalated, and became calm; a prompt's fall is before minus after."""
    record = read(SAMPLES / "sofa-recovers.jsonl")
    facts = facts_of("sofa-recovers.jsonl", record)
    assert facts.escalated
    assert facts.recovery_s == (record.summary or {})["recovery_s"]
    assert "repeat-contact" in facts.cues
    for shown, outcome in zip(facts.prompts, record.outcomes, strict=True):
        assert shown.used == outcome["used"]
        assert shown.fall == outcome["intensity_before"] - outcome["intensity_after"]


def test_calls_that_broke_off_are_counted() -> None:
    """A record that a kill left without its summary is one."""
    record = read(SAMPLES / "clinic-calm.jsonl")
    facts = [facts_of("a.jsonl", kept) for kept in (record, replace(record, summary=None))]
    assert counted(*facts).ended_abnormally == 1


def test_the_samples_are_counted() -> None:
    """Five calls, as many at each worst level as the records say."""
    refused: list[str] = []
    figures = figures_of(SAMPLES, refused)
    records = [read(path) for path in SAMPLES.glob("*.jsonl")]
    assert (figures.calls, refused) == (len(records), [])
    assert figures.worst.total() == len(records)
    assert figures.escalated.hits == sum(r.worst_level in ("heated", "abusive", "stuck") for r in records)


def test_an_hour_is_as_the_record_writes_it() -> None:
    """With or without a zone; what is no time is no hour."""
    assert when("2026-03-02T23:59:10+09:00") == ("2026-03-02", 23)
    assert when("2026-03-02T07:00:00Z") == ("2026-03-02", 7)
    assert when("2026-03-02") == ("2026-03-02", None)
    for text in (None, "", "yesterday", "2026-03-02T99:00", 20260302):
        assert when(text)[1] is None


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_share(of: int, data: st.DataObject) -> None:
    """And lies between 0 and 1; of few calls it is wide, and no rate is told."""
    hits = data.draw(st.integers(0, of))
    share = Share(of, hits)
    low, high = share.interval
    assert 0 <= low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= high <= 1
    assert (share.rate is None) == (of < 5)


def test_wilson_is_wilson() -> None:
    """A value that any table gives: 8 of 10 is 49% to 94%."""
    low, high = Share(10, 8).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


def test_what_is_expected_comes_from_others_in_the_same_queue() -> None:
    """Ana has the hard queue; measured against others there, her calls are as expected. Alone in a queue, nothing is."""
    hard = [fact("heated", who, "hard") for who in ("ana", "ben") for _ in range(6)]
    easy = [fact("calm", "ben", "easy") for _ in range(20)]
    alone = [fact("heated", "cem", "alone") for _ in range(9)]
    figures = counted(*hard, *easy, *alone)
    assert figures.expected("ana") == pytest.approx(6.0)
    assert figures.expected("cem") is None
    assert figures.expected("ben") is None  # nobody else takes easy calls


# --- the page -------------------------------------------------------------------------------------


def test_few_calls_give_no_percentages() -> None:
    """Four calls of an agent, a queue, a cue and a tactic: counts, and `too few`."""
    shown = (Shown("recap", "probe", True, 0.3),)
    calls = [fact("heated", "ana", "q", cues=frozenset({"vent"}), prompts=shown, doing={"agent_recaps": 1.0})] * 4
    told = words_of(page_of(counted(*calls), "x"))
    assert "4 of 4, too few" in told
    assert "too few (4)" in told
    assert "ana 4 4 of 4 –" in told
    assert "%" not in told.replace("95% interval", "")
    more = words_of(page_of(counted(*calls, *calls), "x"))
    assert "8 of 8, 100%" in more
    assert "+0.30 (8)" in more


def test_agents_stand_by_name_with_the_note() -> None:
    """The agent with the hardest calls is not on top, and the page says whose doing a hard call is not."""
    calls = [fact("abusive", "zoe") for _ in range(9)] + [fact("calm", "abe") for _ in range(6)]
    told = words_of(page_of(counted(*calls), "x"))
    assert told.index("abe 6") < told.index("zoe 9")
    assert "A hard call is not the agent's doing" in told
    for feeling in ("sentiment", "emotion", "mood", "angry"):
        assert feeling not in told.lower()


def test_how_an_agent_feels_changes_nothing() -> None:
    """A record that holds it gives the same facts as one that does not."""

    def forge(lines: list[dict[str, Any]]) -> None:
        felt = next(line["affect"] for line in lines if line.get("affect"))
        for line in lines:
            if line.get("speaker") == "agent":
                line.update(affect=felt, cues=["distress", "safety-risk"])

    forged = parse([json.dumps(line) + "\n" for line in changed("sofa-recovers", forge)], "a test")
    assert facts_of("a", forged) == facts_of("a", read(SAMPLES / "sofa-recovers.jsonl"))


def test_what_is_not_known_is_said() -> None:
    """No times, no queues, no agents, no prompts: sentences, not empty plots."""
    told = words_of(page_of(counted(fact(hour=None, day=None)), "x"))
    for sentence in ("No record says when", "No record has a queue", "No record has an agent", "No prompt would have"):
        assert sentence in told


def test_the_page_stands_by_itself_and_links_to_calls(tmp_path: Path) -> None:
    """Names are words, whatever they hold; a call that ended hard is a link where its page is; nothing is loaded."""

    def forge(lines: list[dict[str, Any]]) -> None:
        lines[0] |= {"agent": NASTY, "queue": NASTY, "call_id": NASTY}
        lines[-1]["outcome"] = NASTY

    put(tmp_path / "deep er" / "rude#1.jsonl", changed("phone-abusive", forge))
    (tmp_path / "deep er" / "rude#1.html").write_text("the page of the call")
    write_summary(tmp_path, tmp_path / "summary.html")
    page = (tmp_path / "summary.html").read_text("utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert re.findall(r'(?:src|href)="(?!data:)([^"]*)"', page) == ["deep%20er/rude%231.html"]
    assert "url(" not in page


def test_the_command_says_what_it_counted(tmp_path: Path) -> None:
    """A broken file is told; a folder without calls is an error; the page of yesterday stays."""
    put(tmp_path / "a.jsonl", sample_lines("photos-stuck"))
    (tmp_path / "noise.jsonl").write_text("noise\n")
    done = CliRunner().invoke(summary, [str(tmp_path), "--json"])
    assert json.loads(done.stdout) == {"page": str(tmp_path / "summary.html"), "calls": 1, "escalated": 1}
    assert "noise.jsonl" in done.stderr
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutputError, match="no call records"):
        write_summary(tmp_path / "empty", tmp_path / "summary.html")
    assert "1 call" in (tmp_path / "summary.html").read_text("utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_it_is_right_at_any_width_dark_and_light(tmp_path: Path) -> None:
    """No sideways scrolling at 320, no finding of axe-core in either colour scheme, no request, no complaint."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    make_archive(tmp_path, 60)
    write_summary(tmp_path, tmp_path / "summary.html")
    put(tmp_path / "few" / "a.jsonl", sample_lines("clinic-calm"))
    write_summary(tmp_path / "few", tmp_path / "few" / "summary.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        complaints: list[str] = []
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # axe is put into the page
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: complaints.append(request.url) if "http" in request.url else None)
            for folder in (tmp_path, tmp_path / "few"):
                for width in (1280, 320):
                    page.set_viewport_size({"width": width, "height": 800})
                    page.goto((folder / "summary.html").as_uri())
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    cut = page.evaluate(
                        "(box => box.scrollWidth > box.clientWidth)(document.querySelector('.scroll') ?? document.body)"
                    )
                    assert not cut or width < 1280, "the table of agents is whole on a desk"
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
            context.close()
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto((tmp_path / "summary.html").as_uri())
        bars = page.locator("td.plot svg").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
        assert len(bars) > 20
        assert min(bars) > 60
        browser.close()
    assert complaints == []
