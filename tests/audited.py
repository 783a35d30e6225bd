"""A running audit of the sample calls, and a browser that was let in; `conftest` makes fixtures of them."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import web
from sqlalchemy import text

from analyzer.audit import cards, shelf
from analyzer.audit.app import Audit, application
from analyzer.audit.people import Door
from analyzer.audit.schema import open_database
from analyzer.models import shipped

CHROMIUM = shutil.which("chromium")
NASTY = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
PASSWORD = "correct horse battery"


@dataclass
class Served:
    """A running audit of the sample calls."""

    url: str
    door: Door
    folder: Path

    def inside(self, name: str) -> tuple[requests.Session, str]:
        """A browser's session of somebody by name, and the token of its forms."""
        with self.door.engine.connect() as connection:
            number = connection.scalar(text("SELECT id FROM people WHERE name = :name"), {"name": name})
        session = requests.Session()
        token = self.door.open(number)
        session.cookies.set("audit", token)
        person = self.door.who(token)
        assert person is not None
        return session, person.csrf

    def number(self, call_id: str) -> int:
        """The number under which a call is shown."""
        with self.door.engine.connect() as connection:
            return int(connection.scalar(text("SELECT id FROM calls WHERE call_id = :call"), {"call": call_id}))


def put_samples(folder: Path) -> None:
    """The golden records, two of them with an agent, and one whose customer says markup."""
    for path in shipped("samples/calls").glob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        lines[0]["agent"] = {"bank-manager": "linda", "sofa-recovers": "omar"}.get(path.stem, "")
        lines[0]["started_at"] = f"2026-03-0{len(path.stem) % 9 + 1}T10:00:00"
        if path.stem == "clinic-calm":
            lines[1]["text"] = NASTY
            lines[1]["words"][0]["word"] = NASTY
        (folder / path.name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def serve(app: web.Application, port: int) -> Callable[[], None]:
    """Run it in a thread; what stops it."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    runner = web.AppRunner(app, access_log=None)

    def run() -> None:
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)

    def stop() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)

    return stop


@pytest.fixture
def served(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Served]:
    """The audit on a port of its own, with an analyst and an agent."""
    put_samples(tmp_path)
    engine = open_database(f"sqlite:///{tmp_path / 'audit.sqlite'}")
    shelf.take_in(engine, tmp_path)
    cards.put_shipped(engine)
    door = Door(engine)
    door.first_admin()
    door.add("ana", "analyst", password=PASSWORD)
    door.add("ben", "analyst")
    door.add("linda", "agent", "linda")
    port = free_port()
    folders = (tmp_path, shipped("samples/calls"))
    stop = serve(application(Audit(door, folders, tmp_path / ".audit"), "127.0.0.1"), port)
    yield Served(f"http://127.0.0.1:{port}", door, tmp_path)
    stop()
    engine.dispose()


def is_fault(message: Any) -> bool:
    """What a browser complains of, but for a form that was refused for its mistake."""
    return message.type == "error" and "status of 400" not in message.text


def arrived(page: Any, selector: str) -> None:
    """Wait until a key has led to the page that has `selector`, and that page listens to keys itself."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()


@pytest.fixture
def page(served: Served) -> Iterator[Any]:
    """A real browser, let in as the admin."""
    if CHROMIUM is None:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
        page.goto(f"{served.url}/welcome?link={served.door.link(1)}")
        yield page
        assert errors == [], errors
        browser.close()
