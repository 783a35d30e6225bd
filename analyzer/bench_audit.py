"""How long the audit's pages take over an archive: median of several requests each, over HTTP on the loopback."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
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
    "sorted by length": "/?sort=duration_s",
    "sorted by level": "/?sort=worst",
    "a call": "/calls/{number}",
    "its scorecard": "/calls/{number}/card",
}


def costs(folder: Path) -> Iterator[str]:
    """A line for each thing measured over the records in `folder`."""
    engine = open_database(f"sqlite:///{folder / 'audit.sqlite'}")
    for what in ("taken in", "found unchanged by a second start"):
        started_s = time.perf_counter()
        shelf.take_in(engine, folder)
        yield f"{what}: {time.perf_counter() - started_s:.1f} s"
    cards.put_shipped(engine)
    with served(engine, folder) as (url, session):
        for what, path in PAGES.items():
            yield f"{what}: {1000 * median(_took_s(session, url + path, i) for i in range(TIMES)):.0f} ms"
    engine.dispose()


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
    runner = web.AppRunner(application(Audit(door, (folder,), folder / ".audit"), HOST))

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
