"""The overlay in a real browser: the prompt at a glance, the keys, the link that breaks, every width and eye."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from devices import BLOCK, Opened, overflowed
from live_calls import ABOUT, RATE, both_sides, first_line, make_call

from analyzer.audio import AudioChunk
from analyzer.cli.live import inputs_of, listen
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import LiveCall
from analyzer.live.shown import shed_at
from analyzer.models import shipped
from analyzer.playbook import default_playbook
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
GLANCE_MS = 550  # a prompt is not put away before anybody can have read it
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")


class Running:
    """A server in a thread of its own, as the command line runs it."""

    def __init__(self, port: int = 0) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server: Server = self.do(self._started(port))

    @property
    def url(self) -> str:
        return self.server.url

    def do(self, coroutine: Any) -> Any:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def call(self, chunks: int = 200) -> LiveCall:
        """The scripted call, heard up to a chunk; the customer abuses the agent in it."""

        async def opened() -> LiveCall:
            return self.server.desk.open(ABOUT)

        line: LiveCall = self.do(opened())
        for chunk in list(both_sides())[:chunks]:
            line.hear(chunk)
        return line

    def stop(self) -> None:
        self.do(self._stopped())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _started(self, port: int) -> Server:
        settings = ServerSettings("127.0.0.1", port, access_for("127.0.0.1", "", ()))
        server = Server(Makers(make_call, first_line), settings, DeskSettings())
        await server.start()
        self._watching = asyncio.create_task(server.watch())
        return server

    async def _stopped(self) -> None:
        await self.server.stop()
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)


ASK_WHY = {
    "type": "prompt", "number": 0, "move": "probe", "tactic": "ask-why",
    "line": "Ask why.", "cause": "a pause", "evidence": [], "left_s": 9.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running()
    yield made
    made.stop()


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 420, "height": 560})
    page = context.new_page()
    page.goto(running.url)
    page.wait_for_selector('#overlay[data-link="up"]')
    yield page
    context.close()


def worked_off(line: LiveCall) -> LiveCall:
    """Wait until the call has heard all that it was given."""
    while line.lag_s > 0.01:
        time.sleep(0.01)
    return line


def shown(page: Page, move: str) -> None:
    page.wait_for_selector(f'#prompt[data-move="{move}"]')


def test_a_prompt_is_shown_large_with_word_shape_and_colour(page: Page, running: Running) -> None:
    """One line of at most twelve words, its move told three ways, the level as a band, the customer's last words."""
    running.call()
    shown(page, "de-escalate")
    assert 1 <= len(page.inner_text("#line").split()) <= 12
    assert page.inner_text("#move-word") == "de-escalate"
    assert page.inner_text("#shape") == "■"
    assert page.inner_text("#level-word") == "abusive"
    assert page.inner_text("#words") == "you people are idiots"
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('#line')).fontSize)") >= 21


def test_the_keys_show_why_and_answer(page: Page, running: Running) -> None:
    """W opens the evidence and closes it, H keeps the prompt, N puts it away; all without a mouse."""
    running.call()
    shown(page, "de-escalate")
    page.wait_for_timeout(GLANCE_MS)
    page.keyboard.press("w")
    why = page.inner_text("#evidence li")
    assert why == "customer, 00:07: “you people are idiots” (the customer's turn was abuse aimed at a person)"
    page.keyboard.press("Escape")
    assert page.is_hidden("#evidence")
    page.keyboard.press("h")
    assert page.get_attribute("#helpful", "aria-pressed") == "true"
    shown(page, "de-escalate")
    page.keyboard.press("n")
    shown(page, "none")
    assert page.is_disabled("#why")


def test_a_prompt_that_was_put_away_stays_away_everywhere(page: Page, running: Running) -> None:
    """In a second window at once, and when the page is loaded again."""
    running.call()
    other = page.context.new_page()
    other.goto(running.url)
    for window in (page, other):
        shown(window, "de-escalate")
    page.wait_for_timeout(GLANCE_MS)
    page.keyboard.press("d")
    for window in (page, other):
        shown(window, "none")
    page.reload()
    page.wait_for_selector('#overlay[data-level="abusive"]')
    page.wait_for_timeout(300)
    assert page.get_attribute("#prompt", "data-move") == "none"


def test_a_key_meant_for_the_prompt_before_does_not_put_a_new_one_away(page: Page, running: Running) -> None:
    """Whoever presses D in the moment in which the prompt changes has not read the new one."""
    about = {"call_id": "c9", "agent": "Joe"}
    prompt = ASK_WHY | about
    running.server.board.post({"type": "call", **about})
    running.server.board.post(prompt)
    shown(page, "probe")
    assert page.inner_text("#whose") == "Customer of Joe, call c9"
    page.evaluate(
        """new MutationObserver(() => document.dispatchEvent(new KeyboardEvent("keydown", { key: "d" })))
            .observe(line, { childList: true })"""
    )  # as quick as a key can be
    running.server.board.post(prompt | {"number": 1, "move": "mirror", "line": "Say it back."})
    shown(page, "mirror")
    page.wait_for_timeout(GLANCE_MS)
    assert page.get_attribute("#prompt", "data-move") == "mirror"
    page.keyboard.press("d")
    shown(page, "none")


def test_a_call_that_is_late_says_how_late_and_what_is_left_out(page: Page, running: Running) -> None:
    """In the words of the governor: audio is never shed, the text of unfinished turns is."""
    about = {"call_id": "c9", "agent": ""}
    health = {"type": "health", "clock_s": 9.0, "speed": 1.0, "dropped_s": 0.0, "trouble": "", **about}
    running.server.board.post({"type": "call", **about})
    running.server.board.post(health | {"health": "behind", "lag_s": 0.84, "shed": shed_at(0.84)})
    page.wait_for_selector("#health:text-is('0.8 s behind: finished turns only, judged at pauses')")
    assert page.get_attribute("#health", "data-health") == "trouble"
    running.server.board.post(health | {"health": "good", "lag_s": 0.0, "shed": []})
    page.wait_for_selector("#health:text-is('Audio good')")
    running.server.board.post(health | {"health": "good", "lag_s": 0.3, "shed": shed_at(0.3)})
    page.wait_for_selector("#health:text-is('0.3 s behind: finished turns only')")


def test_the_supervisors_rows_stay_the_same_while_they_change(browser: Browser, running: Running) -> None:
    """A reader's place and marked text outlive every look; at 280 px nothing scrolls sideways or breaks into letters."""
    line = running.call(60)
    context = browser.new_context(viewport={"width": 280, "height": 700})
    page = context.new_page()
    page.goto(running.url + "calls")
    page.wait_for_selector('tr[data-level="calm"]')
    page.evaluate("document.querySelector('tbody tr').dataset.mine = 'yes'")
    page.evaluate("document.querySelector('td.agent').textContent = 'Bartholomew Featherstonehaugh'")
    assert page.evaluate("document.querySelector('td.agent').getBoundingClientRect().height") < 120
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for chunk in list(both_sides())[60:]:
        line.hear(chunk)
    page.wait_for_selector('tr[data-level="abusive"][data-mine="yes"]')
    assert "you people are idiots" in page.inner_text("td.handover")
    line.end()
    page.wait_for_selector("#none:visible")
    assert page.locator("tbody tr").count() == 0
    context.close()


def test_the_supervisors_narrow_columns_break_no_word(browser: Browser, running: Running) -> None:
    """However much the hand-over has to say: a name and a state are read at a glance."""
    running.call(60)
    context = browser.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(running.url + "calls")
    page.wait_for_selector('tr[data-level="calm"]')
    lines = page.evaluate(
        """() => {
            document.querySelector("td.handover li").textContent = "they never told me that ".repeat(40);
            return [["td.agent", "Bartholomew"], ["td.audio", "overloaded"]].map(([cell, word]) => {
                const node = document.querySelector(cell), range = document.createRange();
                node.textContent = word;
                range.selectNodeContents(node);
                return range.getClientRects().length;
            });
        }"""
    )
    assert lines == [1, 1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_what_a_sound_device_dropped_stands_on_the_page(
    page: Page, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PortAudio's own flag, through the callback, to the words that the agent sees; blocks without it say nothing."""
    devices = {"headset": Opened(), "line": Opened()}
    monkeypatch.setattr("analyzer.sources.device.open_stream", lambda name, *more: devices[name](name, *more))
    block = np.zeros(BLOCK, np.float32)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(listen(running.server, inputs_of("headset", "line", ""), "Joe"))

    listening = running.do(begin())
    stop, troubles = threading.Event(), list[str]()  # devices that drop samples with their next block

    def play() -> None:
        while not stop.wait(0.02):
            for name, device in devices.items():
                if is_dropping := name in troubles:
                    troubles.remove(name)
                device.play(block, status=overflowed(is_dropping))

    player = threading.Thread(target=play)
    player.start()
    try:
        page.wait_for_selector("#whose:has-text('Customer of Joe')")
        page.wait_for_selector("#health:text-is('Audio good')")
        troubles += ["line", "line"]
        page.wait_for_selector("#health:text-is('2 sound overflows')")
        assert page.get_attribute("#health", "data-health") == "trouble"
        troubles += ["headset"]
        page.wait_for_selector("#health:text-is('3 sound overflows')")
    finally:
        stop.set()
        player.join()
    running.server.stopping.set()
    while not listening.done():
        time.sleep(0.01)


def test_a_prompt_goes_when_its_time_is_over(page: Page, running: Running) -> None:
    """By the page's own clock, even if the server says nothing."""
    message = {
        "type": "prompt", "call_id": "c9", "agent": "", "number": 0, "move": "probe", "tactic": "ask-why",
        "line": "Ask why.", "cause": "a pause", "evidence": [], "left_s": 0.8,
    }  # fmt: skip
    running.server.board.post({"type": "call", "call_id": "c9", "agent": ""})
    running.server.board.post(message)
    shown(page, "probe")
    shown(page, "none")
    running.server.board.post(message | {"number": 1, "left_s": -0.1})
    running.server.board.post({"type": "level", "call_id": "c9", "agent": "", "level": "tense"})
    page.wait_for_selector('#overlay[data-level="tense"]')
    assert page.get_attribute("#prompt", "data-move") == "none"


def test_what_is_shown_early_stays_if_it_is_confirmed_and_goes_if_not(page: Page, running: Running) -> None:
    """The confirming prompt moves nothing on the page; a turn that ends without it takes it back."""
    about = {"call_id": "c9", "agent": ""}
    prompt = ASK_WHY | about
    turn = {"type": "turn", "speaker": "customer", "text": "no", "start_s": 1.0, "end_s": 2.0, **about}
    early = {"type": "early", "speaker": "customer", "level": "tense", "prompt": prompt, **about}
    post = running.server.board.post
    post({"type": "call", **about})
    post(early)
    shown(page, "probe")
    assert page.inner_text("#level-word") == "calm, tense?"
    assert page.get_attribute("#overlay", "data-level") == "calm"
    page.evaluate("window.moved = 0; new MutationObserver(() => window.moved++).observe(line, {childList: true})")
    for message in (turn, {"type": "level", "level": "tense", **about}, prompt):
        post(message)
    page.wait_for_selector("#level-word:text-is('tense')")
    page.wait_for_timeout(400)
    assert page.get_attribute("#prompt", "data-move") == "probe"
    assert page.evaluate("window.moved") == 0
    post(early | {"level": "heated", "prompt": prompt | {"number": 1, "move": "mirror", "line": "Say it back."}})
    shown(page, "mirror")
    post(turn)
    shown(page, "none")
    assert page.inner_text("#level-word") == "tense"


def test_a_page_that_opens_late_shows_the_prompt_that_still_holds(browser: Browser, running: Running) -> None:
    """And a call that is over shows none."""
    line = worked_off(running.call())
    context = browser.new_context()
    page = context.new_page()
    page.goto(running.url)
    shown(page, "de-escalate")
    line.end()
    page.wait_for_selector("#line:text-is('The call is over.')")
    context.close()


def test_the_page_says_when_the_link_is_down_and_comes_back_by_itself(page: Page, running: Running) -> None:
    """No prompt while it is down; after a restart the next call is shown without a reload."""
    running.call()
    shown(page, "de-escalate")
    port = running.server.port
    running.do(running._stopped())
    page.wait_for_selector('#overlay[data-link="down"]', timeout=15_000)
    shown(page, "none")
    assert "No link" in page.inner_text("#health")
    again = Running(port)
    try:
        page.wait_for_selector('#overlay[data-link="up"]', timeout=15_000)
        again.call()
        shown(page, "de-escalate")
    finally:
        again.stop()
        running.server = again.server  # already stopped: its fixture finds nothing left to do


class Wire:
    """What lies between the page and the server, in the server's loop: it can be cut, and mended on the same port."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def cut(self) -> None:
        """Nobody gets through any more, and who was through is dropped."""
        self._running.do(self._cut())

    def mend(self) -> None:
        self._running.do(self._mended())

    async def _cut(self) -> None:
        self._listener.close()
        for end in self._ends:
            end.transport.abort()

    async def _mended(self) -> None:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._running.server.port)
        self._ends |= {writer, there_writer}
        await asyncio.gather(self._pour(reader, there_writer), self._pour(there_reader, writer))

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)


@pytest.fixture
def wire(running: Running) -> Iterator[Wire]:
    made = Wire(running)
    yield made
    made.cut()


def silence(from_s: float, for_s: float) -> Iterator[AudioChunk]:
    """Nobody speaks, on both sides."""
    for start in range(round(from_s * RATE), round((from_s + for_s) * RATE), RATE):
        for speaker in ABOUT.rates:
            yield AudioChunk(np.zeros(RATE, np.float32), start, RATE, speaker)


def test_a_page_that_was_away_is_told_what_it_missed_and_shown_no_old_prompt(
    browser: Browser, running: Running, wire: Wire
) -> None:
    """Ten seconds without a link in which the customer spoke, the level rose, and two prompts came and went."""
    context = browser.new_context(viewport={"width": 420, "height": 640})
    page = context.new_page()
    page.goto(wire.url)
    line = worked_off(running.call(60))  # up to where the customer speaks
    page.wait_for_selector("#whose:has-text('call c1')")
    wire.cut()
    for chunk in [*list(both_sides())[60:], *silence(10.0, 40.0)]:
        while not line.has_room(chunk):
            time.sleep(0.01)
        line.hear(chunk)
    page.wait_for_selector('#overlay[data-link="down"]', timeout=15_000)
    page.wait_for_timeout(5_000)
    assert page.is_hidden("#missed")
    page.evaluate(
        """const card = document.querySelector("#prompt"); window.moves = [];
        new MutationObserver(() => window.moves.push(card.dataset.move)).observe(card, { attributes: true })"""
    )
    wire.mend()
    page.wait_for_selector("#missed:visible")
    lines = page.locator("#missed li").all_inner_texts()
    said = [line for line in lines if "became" not in line]
    assert said == ["00:03 customer: i have called three times", "00:07 customer: you people are idiots"]
    assert any(line.endswith("the call became abusive") for line in lines)
    assert page.inner_text("#level-word") == "abusive"
    assert page.inner_text("#words") == "you people are idiots"
    page.wait_for_timeout(500)
    assert set(page.evaluate("window.moves")) <= {"none"}
    assert page.get_attribute("#prompt", "data-move") == "none"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    assert page.is_hidden("#missed")
    context.close()


def test_a_page_that_missed_much_lists_the_last_of_it_for_a_while(
    browser: Browser, running: Running, wire: Wire
) -> None:
    """Eight lines at most, of this call alone, as text; the next call begins without them."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(wire.url)
    worked_off(running.call(60))
    page.wait_for_selector("#whose:has-text('call c1')")
    wire.cut()
    turn = {"type": "turn", "agent": "", "speaker": "customer", "end_s": 9.0}
    for number in range(30):
        running.server.board.post(turn | {"call_id": "c1", "start_s": number, "text": f"<b>{number}</b>"})
    running.server.board.post(turn | {"call_id": "another", "start_s": 1.0, "text": "not of this call"})
    wire.mend()
    page.wait_for_selector("#missed:visible")
    lines = page.locator("#missed li").all_inner_texts()
    assert lines == [f"00:{number} customer: <b>{number}</b>" for number in range(22, 30)]
    assert page.inner_text("#missed-head") == "While the link was down, the last 8"
    running.server.board.post({"type": "call", "call_id": "c9", "agent": ""})
    page.wait_for_selector("#missed", state="hidden")
    context.close()


def test_it_pops_out_or_opens_a_small_window(page: Page, running: Running) -> None:
    """Picture-in-picture where the browser has it; an ordinary window elsewhere."""
    running.call()
    shown(page, "de-escalate")
    has_pip = page.evaluate("'documentPictureInPicture' in window")
    with page.context.expect_page() as opened:
        page.keyboard.press("p")
    popped = opened.value
    popped.wait_for_selector('#prompt[data-move="de-escalate"]')
    assert page.is_visible("#away") == has_pip
    popped.close()
    page.wait_for_selector("#overlay")
    page.evaluate("window.popupGone = true")
    page2 = page.context.new_page()  # and where there is none
    page2.add_init_script("delete window.documentPictureInPicture")
    page2.goto(running.url)
    shown(page2, "de-escalate")
    with page2.context.expect_page() as small:
        page2.keyboard.press("p")
    small.value.wait_for_selector("#overlay")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "calls"])
def test_nothing_serious_stands_in_anybodys_way(browser: Browser, running: Running, scheme: Any, path: str) -> None:
    """Contrast, names, roles, live regions: axe-core finds nothing serious, with a prompt on the page."""
    from axe_playwright_python.sync_playwright import Axe

    running.call()
    context = browser.new_context(color_scheme=scheme, viewport={"width": 420, "height": 700}, bypass_csp=True)
    page = context.new_page()
    page.goto(running.url + path)
    if path:
        page.wait_for_selector("tr[data-level]")
    else:
        shown(page, "de-escalate")
        page.keyboard.press("w")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    context.close()


@pytest.mark.parametrize(("width", "root_px"), [(280, 16), (280, 32), (420, 16), (420, 32), (1280, 16)])
def test_it_reads_at_every_width_and_at_twice_the_size(
    browser: Browser, running: Running, width: int, root_px: int
) -> None:
    """No sideways scrolling, and the whole prompt within the first screen."""
    running.call()
    context = browser.new_context(viewport={"width": width, "height": 640})
    page = context.new_page()
    page.goto(running.url)
    page.evaluate(f"document.documentElement.style.fontSize = '{root_px}px'")
    shown(page, "de-escalate")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("#line").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 640
    context.close()


LONGEST = max((word for card in default_playbook().cards for line in card.lines for word in line.split()), key=len)


def test_no_word_of_a_prompt_is_broken_and_only_the_prompt_is_read_out(browser: Browser, running: Running) -> None:
    """The longest word of the playbook at 280 px and twice the size; a screen reader says the line, not its cause."""
    context = browser.new_context(viewport={"width": 280, "height": 640})
    page = context.new_page()
    page.goto(running.url)
    page.wait_for_selector('#overlay[data-link="up"]')
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    page.evaluate(
        """word => {
            document.querySelector("#line").textContent = word;
            document.querySelector("#prompt").dataset.move = "probe";
        }""",
        LONGEST,
    )
    height, one = page.evaluate("[line.getBoundingClientRect().height, parseFloat(getComputedStyle(line).lineHeight)]")
    assert height < 1.5 * one, LONGEST
    assert page.locator("[aria-live] #line").count() == 1
    assert page.locator("[aria-live] #cause").count() == 0
    context.close()


def test_a_prompt_is_painted_within_a_few_frames(page: Page, running: Running) -> None:
    """From the server's hand to the frame that shows it, over the real stream; the median of twenty."""
    page.evaluate(
        """() => {
            window.painted = [];
            const note = () => window.painted.push(performance.timeOrigin + performance.now());
            new MutationObserver(() => requestAnimationFrame(() => setTimeout(note))).observe(line, {childList: true});
        }"""
    )
    about = {"call_id": "c9", "agent": ""}
    running.server.board.post({"type": "call", **about})
    page.wait_for_selector("#line:text-is('Listening.')")
    page.wait_for_timeout(100)
    before, delays_ms = page.evaluate("window.painted.length"), []
    for number in range(20):
        prompt = {
            "type": "prompt", "number": number, "move": "probe", "tactic": "ask-why", "line": f"Ask why {number}.",
            "cause": "a pause", "evidence": [], "left_s": 9.0, **about,
        }  # fmt: skip
        posted_ms = 1000 * time.time()
        running.server.board.post(prompt)
        while page.evaluate("window.painted.length") <= before + number and time.time() < posted_ms / 1000 + 10:
            page.wait_for_timeout(20)
        delays_ms.append(page.evaluate("window.painted.at(-1)") - posted_ms)
    print(f"posted to painted: {sorted(delays_ms)[10]:.0f} ms at the median, {max(delays_ms):.0f} ms at most")
    assert sorted(delays_ms)[10] < 100


def test_words_of_a_call_are_never_markup(page: Page, running: Running) -> None:
    """A customer who says a tag, or a recognizer that writes one, changes nothing on the page."""
    nasty = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
    running.server.board.post({"type": "call", "call_id": "c9", "agent": ""})
    turn = {"type": "turn", "call_id": "c9", "agent": "", "speaker": "customer", "text": nasty}
    running.server.board.post(turn)
    page.wait_for_selector("#words:has-text('<script>')")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#words img").count() == 0


def test_a_sample_call_is_coached_in_the_browser(
    browser: Browser, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """The command as a person gives it: real ears, real judgement, a real page; then Ctrl-C ends it cleanly."""
    port = free_port()
    call = shipped("samples/calls") / "phone-abusive.flac"
    command = [sys.executable, "-m", "analyzer", "replay", str(call), "--speed", "2", "-o", str(tmp_path)]
    with subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        greeting = program.stderr.readline()
        assert f"http://127.0.0.1:{port}/" in greeting
        listening = [at.laddr for at in psutil.Process(program.pid).net_connections() if at.status == "LISTEN"]
        assert listening == [("127.0.0.1", port)]  # and at nothing else: a port below 1024 is not for everybody
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector('#prompt[data-move="de-escalate"]', timeout=60_000)
        page.wait_for_selector('#overlay[data-level="abusive"]')
        program.send_signal(2)
        assert program.wait(20) == 0
        assert "Traceback" not in program.stderr.read()
        context.close()
    text = (tmp_path / "phone-abusive.jsonl").read_text()
    assert '"ended_abnormally":true' in text
