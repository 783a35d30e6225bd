"""The audit over a folder, ready to be served: by itself, or beside live calls; new records come in while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from analyzer.audit import cards, shelf, trail
from analyzer.audit.app import Audit, application
from analyzer.audit.guard import Proxy
from analyzer.audit.people import Door
from analyzer.audit.schema import open_database
from analyzer.errors import OutputError

LOG = logging.getLogger(__name__)
LOOK_S = 30.0  # between two looks for new records


@dataclass(frozen=True, slots=True)
class Site:
    """The application, and what its start found."""

    app: web.Application
    door: Door
    taken: int
    refused: Sequence[str]  # a line for each file that is no record

    def link(self, address: str) -> str:
        """A link that lets an admin in, once; the first one is made, which is in the trail as well."""
        admin = self.door.an_admin()
        if admin is None:
            admin = self.door.first_admin()
            trail.append_of_person(self.door.engine, admin, trail.operator(), trail.ADDED, "admin, admin")
        return f"{address}/welcome?link={self.door.link(admin)}"


def database_of(folder: Path, url: str | None) -> Engine:
    """The database at `url`, or the one beside the records; it is made if there is none."""
    return open_database(url or f"sqlite:///{_beside(folder)}")


def existing_database_of(folder: Path, url: str | None) -> Engine:
    """The same for who only reads: an `OutputError` where nothing was ever audited."""
    if url is None and not _beside(folder).exists():
        raise OutputError(f"{folder}: nothing was audited here; `analyzer audit {folder}` begins it")
    return database_of(folder, url)


def _beside(folder: Path) -> Path:
    return folder / "audit.sqlite"


def site_of(
    folder: Path,
    host: str,
    database: str | None = None,
    recordings: Sequence[Path] = (),
    names: Sequence[str] = (),
    proxy: Proxy | None = None,
    look_s: float = LOOK_S,
) -> Site:
    """Take the records of `folder` in, and make the pages over them."""
    engine, seen = database_of(folder, database), shelf.Stamps()
    taken, refused = shelf.take_in(engine, folder, seen)
    cards.put_shipped(engine)
    door = Door(engine)
    app = application(Audit(door, (folder, *recordings), folder / ".audit"), host, tuple(names), proxy)

    async def watching(_: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(_watch(engine, folder, seen, look_s))
        yield
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    app.cleanup_ctx.append(watching)
    return Site(app, door, taken, refused)


async def _watch(engine: Engine, folder: Path, seen: shelf.Stamps, look_s: float) -> None:
    while True:
        await asyncio.sleep(look_s)
        try:
            await asyncio.to_thread(shelf.take_in, engine, folder, seen)
        except (SQLAlchemyError, OSError) as error:  # a database that is busy, a folder that is away: looked at anew
            LOG.warning("%s while looking for new records", type(error).__name__)
            seen.clear()
