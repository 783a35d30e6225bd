"""Makes the pictures of live calls in `docs/pictures`: `python samples/make_pictures.py` (extra `dev`, and Chromium).

The sample calls are heard by the real ears and shown by the real pages, at their own pace, or slower where the machine
is busy with other work.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from analyzer.cli.live import makers
from analyzer.cli.loading import load_engines, load_playbook
from analyzer.live.desk import DeskSettings
from analyzer.live.line import About, LiveCall
from analyzer.models import shipped
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.sources.file import CallAudio, open_call
from analyzer.sources.paced import in_frames

TO = Path(__file__).parents[1] / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu"]
AGENTS = {
    "phone-abusive": "Amara",
    "bank-manager": "Jonas",
    "photos-stuck": "Priya",
    "sofa-recovers": "David",
    "clinic-calm": "Mei",
}
WAIT_MS = 300_000
NEVER_LATER_S = 0.1


class Studio:
    """A server in a thread of its own, to which sample calls are played."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._made = makers(load_engines(4, spare=4, pace="live"), load_playbook(None))

    def do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT_MS / 1000)

    @contextmanager
    def serving(self, *names: str) -> Iterator[str]:
        """The address of a server to which these calls are played from now on."""
        server: Server = self.do(self._started(names))
        try:
            yield server.url
        finally:
            self.do(self._stopped(server))

    async def _started(self, names: Sequence[str]) -> Server:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
        server = Server(self._made, settings, DeskSettings(len(names)))
        await server.start()
        self._works = [asyncio.create_task(server.watch())]
        for name in names:
            audio = open_call(shipped("samples/calls") / f"{name}.flac")
            about = About(name, "sample", audio.rates, agent_name=AGENTS[name], max_skew_s=None)
            self._works.append(asyncio.create_task(played(server.desk.open(about), audio)))
        return server

    async def _stopped(self, server: Server) -> None:
        await server.stop()
        for work in self._works:
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)


async def played(line: LiveCall, audio: CallAudio) -> None:
    """Play a call, and never let it fall behind."""
    for frame in in_frames(audio.chunks()):
        while line.lag_s > NEVER_LATER_S:
            await asyncio.sleep(0.01)
        line.hear(frame)
        await asyncio.sleep(len(frame.samples) / frame.rate / 2)  # two sides take turns


def page_of(browser: Browser, width: int, height: int, scheme: Any = "light") -> Page:
    return browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
    ).new_page()


def side_by_side(browser: Browser, pictures: Sequence[bytes], heights: int, to: str) -> None:
    """Put pictures of one height beside each other."""
    images = "".join(
        f'<img height="{heights}" src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in pictures
    )
    page = page_of(browser, 2000, heights)
    page.set_content(
        f'<body style="margin:0"><div id="all" style="display:flex;gap:16px;width:max-content">{images}</div>'
    )
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    page.locator("#all").screenshot(path=TO / to)
    page.context.close()


def overlays(studio: Studio, browser: Browser) -> None:
    """The call of the README at its first warning: light, dark, and as narrow as it gets."""
    pages = [page_of(browser, 420, 430), page_of(browser, 420, 430, "dark"), page_of(browser, 280, 430)]
    with studio.serving("phone-abusive") as url:
        for page in pages:
            page.goto(url)
        for page in pages:
            page.wait_for_selector('#overlay[data-level="abusive"] #prompt[data-move="de-escalate"]', timeout=WAIT_MS)
        pages[0].wait_for_timeout(700)  # the band has changed its colour by then
        side_by_side(browser, [page.screenshot() for page in pages], 430, "overlay.png")


def why(studio: Studio, browser: Browser) -> None:
    """The evidence behind a prompt, opened with W."""
    page = page_of(browser, 520, 560)
    with studio.serving("sofa-recovers") as url:
        page.goto(url)
        page.wait_for_selector('#overlay[data-level="heated"] #prompt[data-move="listen"]', timeout=WAIT_MS)
        page.keyboard.press("w")
        page.wait_for_selector("#evidence:visible")
        page.screenshot(path=TO / "overlay-why.png")


def supervisor(studio: Studio, browser: Browser) -> None:
    """Five calls at once, when one of them is abusive and one is stuck."""
    page = page_of(browser, 1100, 560)
    with studio.serving(*AGENTS) as url:
        page.goto(f"{url}calls")
        for level in ("abusive", "stuck"):
            page.wait_for_selector(f'tr[data-level="{level}"]', timeout=WAIT_MS)
        page.screenshot(path=TO / "supervisor.png", full_page=True)


def main() -> None:
    studio = Studio()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for picture in (overlays, why, supervisor):
            picture(studio, browser)
        browser.close()


if __name__ == "__main__":
    main()
