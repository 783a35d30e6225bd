"""How long the audit's pages take over an archive: over HTTP on the loopback, and to the eye if Chromium is here."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import requests
from aiohttp import web
from sqlalchemy import Engine

from analyzer.audit import cards, shelf
from analyzer.audit.app import Audit, application
from analyzer.audit.guard import COOKIE
from analyzer.audit.people import Door
from analyzer.audit.schema import open_database
from analyzer.errors import OutputError

TIMES = 15  # requests of each page
HOST = "127.0.0.1"
PAGES = {
    "the list": "/",
    "its hundredth page": "/?page=100",
    "filtered by level": "/?level=heated",
    "filtered by a cue": "/?cue=blame",
    "by words": "/?text=manager",
    "by what was disputed": "/?verdict=disputed",
    "sorted by length": "/?sort=length",
    "sorted by level": "/?sort=level",
    "a call": "/calls/{number}",
    "a call of a filtered list": "/calls/{number}?in=level%3Dheated%26sort%3Dlength",
    "its scorecard": "/calls/{number}/card",
    "moments": "/moments?q=heated",
    "the agents": "/agents",
}
SEEN = {  # what is done on the list, and how, by the keyboard or the mouse
    "a filter shown": ("/", "document.querySelector('[name=level]').value = 'heated'", "#filters button"),
    "a search shown": ("/", "document.querySelector('[name=text]').value = 'manager'", "#filters button"),
    "a sort shown": ("/", "", "th a >> text=Length"),
    "the next page shown": ("/", "", "a[rel=next]"),
    "a call shown": ("/?page={number}", "", "#calls tbody a >> nth=3"),
    "the next call shown": ("/calls/{number}", "", "a[rel=next]"),
}


def costs(folder: Path, times: int = TIMES) -> Iterator[str]:
    """A line for each thing measured over the records in `folder`; pages are asked for `times` times."""
    engine = open_database(f"sqlite:///{folder / 'audit.sqlite'}")
    for what in ("taken in", "found unchanged by a second start"):
        started_s = time.perf_counter()
        shelf.take_in(engine, folder)
        yield f"{what}: {time.perf_counter() - started_s:.1f} s"
    cards.put_shipped(engine)
    with served(engine, folder) as (url, session):
        started_s = time.perf_counter()
        while 'id="reading"' in session.get(f"{url}/moments?q=heated", timeout=60).text:
            time.sleep(0.5)
        yield f"read for questions, while pages are asked for: {time.perf_counter() - started_s:.1f} s"
        for what, path in PAGES.items():
            yield f"{what}: {1000 * median(_took_s(session, url + path, i) for i in range(times)):.0f} ms"
        if importlib.util.find_spec("playwright") and (chromium := shutil.which("chromium")):
            yield from _seen(chromium, url, session.cookies.get(COOKIE), times)
    engine.dispose()


def _seen(chromium: str, url: str, token: str | None, times: int) -> Iterator[str]:
    """From the click to the first paint of what it asked for, by the browser's own clock."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)  # to wait by a script
        context.add_cookies([{"name": COOKIE, "value": token or "", "url": url}])
        page = context.new_page()
        painted = [_painted_ms(page, f"{url}/?page={i + 1}") for i in range(times)]
        yield f"in Chromium, first paint of the list: {median(painted):.0f} ms"
        for what, (path, script, target) in SEEN.items():
            waits = []
            for i in range(times):
                page.goto(url + path.format(number=i + 1))
                if script:
                    page.evaluate(script)
                clicked = page.locator(target).first.evaluate(CLICK)
                page.wait_for_function("at => performance.timeOrigin > at - 5 && " + PAINTED, arg=clicked)
                waits.append(page.evaluate("performance.timeOrigin + " + PAINTED) - clicked)
            yield f"in Chromium, {what}: {median(waits):.0f} ms"
        browser.close()


CLICK = "one => { setTimeout(() => one.click()); return Date.now(); }"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def _painted_ms(page: Any, address: str) -> float:
    page.goto(address)
    page.wait_for_function(PAINTED)
    return float(page.evaluate(PAINTED))


def _took_s(session: requests.Session, url: str, i: int) -> float:
    started_s = time.perf_counter()
    answer = session.get(url.format(number=i * 7 + 1), timeout=60, allow_redirects=False)
    took_s = time.perf_counter() - started_s
    if answer.status_code != requests.codes.ok:  # a redirect to the door would be quick, too
        raise OutputError(f"{answer.url} answered {answer.status_code}")
    return took_s


@contextmanager
def served(engine: Engine, folder: Path) -> Iterator[tuple[str, requests.Session]]:
    """The audit in a thread of its own: its address, and a session of its admin."""
    door = Door(engine)
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), list[int]()
    runner = web.AppRunner(application(Audit(door, (folder,), folder / ".audit"), HOST), access_log=None)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        found.append(runner.addresses[0][1])
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    url = f"http://{HOST}:{found[0]}"
    session = requests.Session()
    session.cookies.set(COOKIE, door.open(door.first_admin()), domain=urlsplit(url).hostname)
    try:
        yield url, session
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
