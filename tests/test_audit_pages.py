"""The audit in a real browser: every page at both widths and in both colour schemes, and a day's work by keys."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import soundfile
from audited import CHROMIUM, Served, arrived, put_samples, serve
from click import UsageError

from analyzer.archive.index import refresh
from analyzer.audit import cards, finding, rounds, shelf, trail
from analyzer.audit.people import Person
from analyzer.audit.scorecard import SPARED
from analyzer.audit.site import site_of
from analyzer.audit.standing import averages, by_agent
from analyzer.batch.work import sound_of
from analyzer.cli.live import Serving, audit_beside
from analyzer.errors import OutputError
from analyzer.models import shipped
from analyzer.sources.file import open_pair

PAGES = (
    "/",
    "/?text=zebra",
    "/calls/{call}",
    "/calls/{call}/card",
    "/moments?q=heated",
    "/moments?q=heated+and+nonsense",
    "/cards",
    "/agents",
    "/rounds",
    "/rounds/1",
    "/rounds/2",
    "/trail?check=1",
    "/people",
    "/password",
    "/calls/99999",
)


def filled_in(
    served: Served, call_id: str, person: str, answer: str, outcome: str, of_round: int | None = None
) -> None:
    """Somebody scores a call, every question alike."""
    kept = cards.every(served.door.engine)[0]
    at = {"call_id": call_id, "record_sha256": "0" * 64}
    answers = {question.id: answer for question in kept.card.questions}
    cards.score(served.door.engine, kept, at, person, answers, outcome, of_round=of_round)


def two_rounds(served: Served) -> None:
    """One closed and one open."""
    first = rounds.open_round(served.door.engine, rounds.Plan("january", 1, "random", 5), [2, 3], "admin")
    for row in rounds.assignments(served.door.engine, first):
        filled_in(served, row["call_id"], row["name"], "yes" if row["name"] == "ana" else "partly", "open", first)
    rounds.close(served.door.engine, first, "admin")
    rounds.open_round(served.door.engine, rounds.Plan("february", 1, "random", 2), [1, 2], "admin")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1920, "light"), (1280, "dark")])
def test_every_page_is_for_everybody(served: Served, width: int, scheme: Any) -> None:
    """Axe-core finds nothing serious, nothing hangs over the edge, and nothing moves while a page comes in."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    two_rounds(served)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True  # axe is put into the page
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{served.url}/login")
        found = {"/login": faults(Axe(), page)}
        page.goto(f"{served.url}/welcome?link={served.door.link(1)}")
        for path in PAGES:
            page.goto(served.url + path.format(call=served.number("bank-manager")))
            page.wait_for_timeout(150)
            found[path] = moved(page)
            if path == "/calls/{call}":
                page.keyboard.press("n")
            found[path] += faults(Axe(), page)
        browser.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


JUMPED = """() => new Promise(done => { let sum = 0; const watch = new PerformanceObserver(list => list.getEntries()
    .forEach(entry => { if (!entry.hadRecentInput) sum += entry.value; }));
    watch.observe({ type: "layout-shift", buffered: true }); setTimeout(() => done(sum), 50); })"""


def faults(axe: Any, page: Any) -> list[str]:
    """What is seriously wrong with a page, in a line each."""
    serious = [one for one in axe.run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    lines = [f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])})" for one in serious]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        lines.append("wider than its window")
    return lines


def moved(page: Any) -> list[str]:
    """Whether anything jumped while the page came in; a good page has less than 0.1 by web.dev/cls."""
    jumped = page.evaluate(JUMPED)
    return [f"moved by {jumped:.3f} while it came in"] if jumped > 0.02 else []


def test_a_row_of_calls_is_judged_without_a_mouse(served: Served, page: Any) -> None:
    """From the filtered list into the first call, a correction by its key, reviewed, on to the next, and back up."""
    page.goto(f"{served.url}/?level=heated%2B&sort=call&order=up")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    arrived(page, "h1:has-text('bank-manager')")
    page.keyboard.press("n")
    while "level:" not in page.locator("#evidence h2").first.inner_text():
        page.keyboard.press("n")
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.id") == "why"
    page.keyboard.type("very bad")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told >> text=the right level is one of")
    page.fill("#why", "calm")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said >> text=correct to “calm”")
    assert page.evaluate("document.activeElement.classList.contains('level')"), "the keys work again at once"
    page.keyboard.press("m")
    page.keyboard.type("a note with spaces")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said >> text=a note with spaces")
    page.keyboard.press("r")
    page.wait_for_selector("#progress >> text=1 of")
    page.wait_for_selector("#progress >> text=reviewed by admin")
    page.keyboard.press("]")
    arrived(page, "h1:has-text('phone-abusive')")
    page.keyboard.press("k")
    arrived(page, "#card")
    page.keyboard.press("]")
    arrived(page, "h1:has-text('photos-stuck')")
    page.keyboard.press("t")
    page.wait_for_selector("#transcript .tag")
    page.keyboard.press("u")
    page.wait_for_selector("#calls")
    assert "level=heated%2B" in page.url
    said = [(entry["did"], entry["correction"] or entry["why"]) for entry in trail.entries(served.door.engine)]
    assert said == [("correct", "calm"), ("note", "a note with spaces"), ("reviewed", "")]


def test_the_keys_are_shown_and_words_are_stepped(served: Served, page: Any) -> None:
    """A question mark shows what the page can do; Shift and an arrow hear the next word; + speeds up and stays so."""
    page.goto(f"{served.url}/calls/{served.number('bank-manager')}")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").inner_text().count("\n") > 10
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    while page.evaluate("document.querySelector('audio').readyState") == 0:  # the policy forbids waiting by a script
        page.wait_for_timeout(50)
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_timeout(80)
    word = page.wait_for_selector(".heard").inner_text()
    page.evaluate("document.querySelector('audio').pause()")
    words = [
        word["word"] for word in json.loads((served.folder / "bank-manager.jsonl").read_text().splitlines()[1])["words"]
    ]
    assert word in words[1:4]
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25
    page.reload()
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25


@pytest.mark.parametrize("path", ["", "/card"])
def test_a_pause_before_the_sound_has_begun_is_no_fault(served: Served, page: Any, path: str) -> None:
    """On a busy machine it takes a moment; `page` fails on what the browser complains of."""
    page.goto(f"{served.url}/calls/{served.number('bank-manager')}{path}")
    page.evaluate("hear(5); document.querySelector('audio').pause()")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('audio').paused")


def test_what_another_says_meanwhile_comes_by_itself(served: Served, page: Any) -> None:
    """Two on the same call: the verdict of one stands on the page of the other, who has not loaded it again."""
    page.goto(f"{served.url}/calls/{served.number('bank-manager')}")
    session, csrf = served.inside("ana")
    form = {"tag": "level:0", "did": "dispute", "why": "too soon", "csrf": csrf}
    assert session.post(f"{served.url}/calls/{served.number('bank-manager')}/said", form).status_code == 200
    page.evaluate("listen()")
    page.wait_for_selector(".level .verdict >> text=dispute, ana")


def test_verdicts_on_an_earlier_record_judge_no_tag_of_the_new_one(served: Served, page: Any) -> None:
    """Scored anew, a call has other tags under the same numbers."""
    call = served.number("bank-manager")
    trail.append(served.door.engine, trail.Said("bank-manager", "f" * 64, "level:0", "ana", "dispute"))
    page.goto(f"{served.url}/calls/{call}")
    page.locator("#transcript .level").first.focus()
    assert page.locator(".verdict").count() == 0
    assert "of an earlier record" in page.locator("#said").inner_text()


def test_second_opinions_are_found_until_they_are_given(served: Served) -> None:
    """By others than who asked; disputed calls are found too, and neither while a round keeps them secret."""
    session, csrf = served.inside("ana")
    call = served.number("bank-manager")

    def found(verdict: str) -> bool:
        return f"/calls/{call}" in session.get(served.url, params={"verdict": verdict}).text

    for did in ("second opinion", "agree"):  # an own verdict does not answer the own question
        session.post(f"{served.url}/calls/{call}/said", {"tag": "level:0", "did": did, "csrf": csrf})
        assert found("second opinion wanted")
    trail.append(served.door.engine, trail.Said("bank-manager", "0" * 64, "level:0", "ben", "dispute"))
    assert not found("second opinion wanted")
    assert found("disputed")
    rounds.open_round(served.door.engine, rounds.Plan("secret", 1, "random", 5), [2, 3], "admin")
    assert not found("disputed")


def test_moments_are_found_and_opened(served: Served, page: Any) -> None:
    """A question of `analyzer find`; its answer opens the call at that second; a mistake is told where it was made."""
    page.goto(f"{served.url}/moments")
    page.fill("[name=q]", "customer supervisor-request")
    page.keyboard.press("Enter")
    page.click("#calls tbody a:has-text('bank-manager')")
    page.wait_for_selector(".turn.now")
    assert "manager" in page.locator(".turn.now").inner_text()
    assert "manager" in page.locator(".turn.chosen").inner_text(), "its evidence is open, and the keys judge it"
    page.keyboard.press("u")
    page.wait_for_selector("#calls")
    assert page.input_value("[name=q]") == "customer supervisor-request"
    assert "bank-manager" in page.evaluate("document.activeElement.textContent"), "it stands where it was left"
    page.goto(f"{served.url}/moments?q=heated")
    calls = page.locator("#calls tbody a").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".level.chosen")
    for way, call in (("]", calls[1]), ("[", calls[0])):
        page.keyboard.press(way)
        arrived(page, f"h1:has-text('{call}')")
        page.wait_for_selector(".level.chosen")
    assert page.locator("a[rel=prev]").is_hidden(), "it is the first moment"
    page.goto(f"{served.url}/moments?q=customer+gratitude+while+calm")
    page.click("#calls tbody a:has-text('sofa-recovers')")
    arrived(page, ".turn.chosen")
    first = page.locator(".turn.chosen").inner_text()
    page.keyboard.press("]")
    page.wait_for_timeout(200)
    assert page.locator("h1").inner_text() == "sofa-recovers", "there are two in this call"
    assert page.locator(".turn.chosen").inner_text() != first
    session, _ = served.inside("linda")
    own = session.get(f"{served.url}/moments", params={"q": "@ended-hard", "agent": "omar"}).text
    assert "phone-abusive" not in own
    promised = served.inside("ana")[0].get(f"{served.url}/moments", params={"q": "promises due"}).text
    assert "promised by the agent, by friday, due 2026-03-06" in promised
    wrong = session.get(f"{served.url}/moments?q=heated+and+nonsense")
    assert wrong.status_code == 400
    assert "nonsense" in wrong.text


def test_a_verdict_is_opened_where_it_was_given(served: Served, page: Any) -> None:
    """From the list of what waits for a second opinion, and from the trail: the tag is chosen, and its evidence open."""
    data = (served.folder / "phone-abusive.jsonl").read_bytes()
    about = ("phone-abusive", hashlib.sha256(data).hexdigest())
    for tag, did in (("turn:2", "agree"), ("prompt:1", "second opinion"), ("level:1", "dispute")):
        trail.append(served.door.engine, trail.Said(*about, tag, "ben", did))
    page.goto(f"{served.url}/?verdict=second+opinion+wanted")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".prompt.chosen")
    assert page.locator("#said").inner_text().startswith("ben: second opinion")
    page.goto(f"{served.url}/trail")
    page.click("tr:has-text('dispute') a")
    page.wait_for_selector(".level.chosen")
    assert page.locator("#said").inner_text().startswith("ben: dispute")


TAPPED = """const make = AudioContext.prototype.createGain; window.taps = [];
    AudioContext.prototype.createGain = function () {
        const gain = make.call(this), tap = this.createAnalyser();
        gain.connect(tap); window.taps.push(tap); return gain; };"""
PEAKS = """window.taps.map(tap => { const wave = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(wave); return Math.max(...wave.map(Math.abs)); })"""


def test_each_side_is_heard_alone(served: Served, page: Any) -> None:
    """At what leaves for the loudspeaker: 2 lets the agent through and nothing of the customer, 3 the other way round."""
    page.add_init_script(TAPPED)
    page.goto(f"{served.url}/calls/{served.number('sofa-recovers')}")
    until(page, "document.querySelector('audio').readyState >= 2")
    heard = {}
    for key in "23":
        for who, at_s in (("agent", 1.2), ("customer", 12.9)):
            page.keyboard.press(key)
            page.evaluate(f"document.querySelector('audio').currentTime = {at_s}")
            page.keyboard.press("Space")
            until(page, f"document.querySelector('audio').currentTime > {at_s + 0.5}")  # what was heard before is gone
            peaks = [0.0, 0.0]
            while page.evaluate("document.querySelector('audio').currentTime") < at_s + 1.5:
                peaks = [max(pair) for pair in zip(peaks, page.evaluate(PEAKS), strict=True)]
            page.keyboard.press("Space")
            heard[key, who] = max(peaks)
    assert min(heard["2", "agent"], heard["3", "customer"]) > 0.1
    assert max(heard["2", "customer"], heard["3", "agent"]) < 0.02


def test_a_reader_who_has_gone_elsewhere_is_left_there(served: Served, page: Any) -> None:
    """The transcript follows the sound turn by turn; who scrolls away while it plays is not fetched back."""
    page.set_viewport_size({"width": 1280, "height": 700})
    page.goto(f"{served.url}/calls/{served.number('sofa-recovers')}")
    until(page, "document.querySelector('audio').readyState >= 2")
    page.keyboard.press("Space")
    page.wait_for_selector(".turn.now")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    there = page.evaluate("scrollY")
    until(page, "[...document.querySelectorAll('.turn')].findIndex(row => row.matches('.now')) >= 2")
    page.wait_for_timeout(600)  # as long as a calm scroll takes
    assert page.evaluate("scrollY") == there
    page.keyboard.press("Space")
    page.evaluate("document.querySelector('audio').currentTime = 20")
    page.keyboard.press("Space")
    until(page, f"scrollY < {there - 200}")


def until(page: Any, holds: str, for_s: float = 30.0) -> None:
    """Wait for something to hold in a page whose policy lets nobody evaluate texts but a debugger."""
    end_s = time.monotonic() + for_s
    while not page.evaluate(holds):
        assert time.monotonic() < end_s, holds
        page.wait_for_timeout(50)


def test_a_question_does_not_wait_for_a_large_archive(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says at once that the records are still being read, and answers when they are."""
    go_on = threading.Event()
    monkeypatch.setattr(finding, "PATIENCE_S", 0.05)
    monkeypatch.setattr(finding, "refresh", lambda *given: (go_on.wait(30), refresh(*given)))
    session, _ = served.inside("ana")
    url = f"{served.url}/moments?q=heated"
    assert "still being read" in session.get(url).text
    go_on.set()
    until_s = time.monotonic() + 20
    while "still being read" in (seen := session.get(url).text):
        assert time.monotonic() < until_s
    assert "bank-manager" in seen


def test_a_call_beyond_help_is_shown_with_and_without_it(served: Served, page: Any) -> None:
    """Side by side: all scored calls, and those that count."""
    assert averages([(80, "resolved"), (40, SPARED), (90, SPARED)]) == (70.0, 85.0, 1)
    assert averages([(40, SPARED)]) == (40.0, 40.0, 0)
    assert averages([]) == (None, None, 0)
    with served.door.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET agent = 'linda' WHERE call_id = 'photos-stuck'")
    filled_in(served, "bank-manager", "ana", "no", "open")
    filled_in(served, "bank-manager", "ben", "yes", "open")  # the last word
    filled_in(served, "photos-stuck", "ben", "no", SPARED)
    kept = cards.every(served.door.engine)[0]
    (linda,) = [
        one for one in by_agent(served.door.engine, kept, Person(1, "admin", "admin", "")) if one.agent == "linda"
    ]
    assert (linda.calls, linda.scored, linda.every, linda.counted, linda.spared) == (2, 2, 50.0, 100.0, 1)
    page.goto(f"{served.url}/agents")
    assert "50.0\t100.0\t1" in page.locator("#agents tr:has-text('linda')").inner_text()


def test_a_scorecard_with_a_mistake_comes_back_as_it_was_typed(served: Served, page: Any) -> None:
    """With its fault above it."""
    page.goto(f"{served.url}/cards")
    text = page.input_value("[name=text]").replace("weight: 10", "weight: 11", 1)
    page.fill("[name=text]", text)
    page.click("text=Keep")
    assert "weights add up to 101" in page.locator("[role=alert]").inner_text()
    assert page.input_value("[name=text]") == text


def test_records_that_come_later_are_taken_in_and_strangers_passed_over(served: Served, tmp_path: Path) -> None:
    """Only what changed since is read; the list of what a run has done is no record and no fault."""
    engine = served.door.engine
    (served.folder / "run.jsonl").write_text('{"type":"done","path":"x"}\n')
    record = (served.folder / "sofa-recovers.jsonl").read_text()
    (served.folder / "late.jsonl").write_text(record.replace('"sofa-recovers"', '"late\\u0000\\ud83d"', 1))
    seen = shelf.Stamps()
    os.utime(served.folder / "late.jsonl", (1, 1))  # moved here with its old date
    assert shelf.take_in(engine, served.folder, seen) == (1, [])
    (served.folder / "late.jsonl").rename(served.folder / "later.jsonl")
    known = [*seen]
    assert shelf.take_in(engine, served.folder, seen) == (0, [])
    assert {path.name for path in seen.keys() - set(known)} == {"later.jsonl"}
    assert served.number("late?") > 0


def test_a_recording_with_the_agent_on_the_right_is_known_by_its_turns(served: Served) -> None:
    """The outline's lanes are named by who speaks when, so that each side can be heard alone."""
    session, _ = served.inside("ana")
    call = served.number("bank-manager")
    as_it_is = {wave["speaker"]: wave["peaks"] for wave in session.get(f"{served.url}/calls/{call}/waves").json()}
    path = served.folder / "bank-manager.jsonl"
    swapped = path.read_text().replace('"agent"', '"x"').replace('"customer"', '"agent"').replace('"x"', '"customer"')
    path.write_text(
        swapped.replace('"customer":"linda"', '"agent":"linda"').replace('"customer": "linda"', '"agent": "linda"')
    )
    turned = session.get(f"{served.url}/calls/{call}/waves").json()
    assert {wave["speaker"]: wave["peaks"] for wave in turned} == {
        "agent": as_it_is["customer"],
        "customer": as_it_is["agent"],
    }
    assert all(wave["turned"] for wave in turned)


def test_a_call_of_two_files_is_heard_with_a_side_in_each_ear(served: Served, tmp_path: Path) -> None:
    """The agent's on the left, found by both their names and hashes; with one of them changed there is nothing."""
    frames, rate = soundfile.read(shipped("samples/calls") / "bank-manager.flac", dtype="int16")
    sides = [served.folder / "one-agent.wav", served.folder / "one-customer.wav"]
    for channel, side in enumerate(sides):
        soundfile.write(side, frames[:, channel], rate)
    path, audio = served.folder / "bank-manager.jsonl", open_pair(*sides)
    lines = path.read_text().splitlines(keepends=True)
    header = json.loads(lines[0]) | {"source": sides[0].name, "audio": sound_of(audio)}
    path.write_text(json.dumps(header) + "\n" + "".join(lines[1:]))
    session, _ = served.inside("ana")
    url = f"{served.url}/calls/{served.number('bank-manager')}/sound"
    answer = session.get(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/mpeg")
    heard, rate = soundfile.read(io.BytesIO(answer.content))
    left, right = abs(heard[rate : 4 * rate]).mean(axis=0)  # while the agent says good morning
    assert left > 10 * right
    soundfile.write(sides[1], frames[:, 0], rate)
    assert session.get(url).status_code == 404


def test_a_record_that_was_taken_away_is_told_in_plain_words(served: Served) -> None:
    """Without a word of the folders of the machine."""
    session, _ = served.inside("ana")
    (served.folder / "bank-manager.jsonl").unlink()
    answer = session.get(f"{served.url}/calls/{served.number('bank-manager')}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "not where it was" in answer.text
    assert str(served.folder) not in answer.text
    assert requests.get(f"{served.url}/login").status_code == 200


def test_records_come_in_while_the_audit_runs(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """A call that is scored meanwhile stands in the list, without a start."""
    put_samples(tmp_path)
    late = (tmp_path / "sofa-recovers.jsonl").read_text()
    (tmp_path / "sofa-recovers.jsonl").unlink()
    site = site_of(tmp_path, "127.0.0.1", look_s=0.1)
    assert site.taken == 4
    port = free_port()
    stop = serve(site.app, port)
    session = requests.Session()
    session.get(site.link(f"http://127.0.0.1:{port}"))
    assert "sofa-recovers" not in session.get(f"http://127.0.0.1:{port}/").text
    (tmp_path / "sofa-recovers.jsonl").write_text(late)
    until_s = time.monotonic() + 20
    while "sofa-recovers" not in session.get(f"http://127.0.0.1:{port}/").text:
        assert time.monotonic() < until_s
        time.sleep(0.05)
    stop()
    site.door.engine.dispose()


def test_the_audit_is_served_beside_live_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`analyzer serve -o OUT --audit-port N`: on a port of its own, with its own door; without a folder it is refused."""
    serving = Serving(tmp_path, False, None, "127.0.0.1", 0, (), "", None, None, False, False)

    async def check() -> None:
        async with audit_beside(serving, 0):
            link = next(word for word in capsys.readouterr().err.split() if "/welcome?link=" in word)
            session = requests.Session()
            page = await asyncio.to_thread(session.get, link)
            assert "There is no call here yet" in page.text
            with pytest.raises(OutputError, match="cannot listen"):
                async with audit_beside(serving, int(link.split(":")[2].split("/")[0])):
                    pass

    asyncio.run(check())
    with pytest.raises(UsageError, match="give -o"):
        asyncio.run(check_without_folder())


async def check_without_folder() -> None:
    async with audit_beside(Serving(None, False, None, "127.0.0.1", 0, (), "", None, None, False, False), 0):
        pass


@pytest.mark.parametrize("width", [1280, 1920])
def test_a_filter_does_not_move_the_list(served: Served, page: Any, width: int) -> None:
    """The table stands where it stood, whatever was chosen."""
    page.set_viewport_size({"width": width, "height": 900})
    heights = set()
    for query in ("", "?level=heated%2B", "?agent=linda&text=manager&sort=length"):
        page.goto(f"{served.url}/{query}")
        heights.add(page.locator("#calls").bounding_box()["y"])
    assert len(heights) == 1


def test_without_a_recording_there_is_nothing_to_press(served: Served, page: Any) -> None:
    """The times of the evidence stand there all the same, and a long sentence never cuts the name of the call."""
    path = served.folder / "bank-manager.jsonl"
    path.write_text(path.read_text().replace('"bank-manager.flac"', '"gone.flac"', 1))
    url = f"{served.url}/calls/{served.number('bank-manager')}"
    page.goto(url)
    page.keyboard.press("r")
    page.wait_for_selector("text=reviewed by admin")
    page.keyboard.press("n")
    assert " to " in page.locator("#evidence blockquote small").first.inner_text()
    assert page.locator("#evidence .clip").count() == 0
    assert page.locator("h1").evaluate("one => getComputedStyle(one).flexShrink") == "0"
    page.goto(f"{url}/card")
    assert page.locator("button[data-from]").count() == 0
    assert page.locator(".question blockquote small").count() > 3
