"""The audit on a real PostgreSQL server, started for these tests where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from audited import put_samples
from sqlalchemy import Engine

from analyzer.audit import blind, cards, listing, rounds, shelf, trail
from analyzer.audit.people import Door, Person
from analyzer.audit.schema import METADATA, open_database

INSTALLED = [*Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")] or [
    Path(found) for found in [shutil.which("pg_ctl")] if found
]
USER = "postgres"  # the server refuses to run as root
pytestmark = pytest.mark.skipif(not INSTALLED, reason="no PostgreSQL server here")


def as_server(*command: str | Path) -> None:
    """Run a program of the server as the user who may."""
    run_as = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*run_as, *command], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a fresh server, in a folder that its user can reach."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield from started(Path(folder), INSTALLED[-1].parent)


def started(folder: Path, binaries: Path) -> Iterator[str]:
    """The address of a server whose data lies in `folder`, until it is stopped."""
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    as_server(binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    as_server(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    as_server(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def engine(server: str, tmp_path: Path) -> Iterator[Engine]:
    """Its database with the sample calls, emptied afterwards."""
    put_samples(tmp_path)
    found = open_database(server)
    shelf.take_in(found, tmp_path)
    cards.put_shipped(found)
    yield found
    METADATA.drop_all(found)
    with found.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    found.dispose()


def test_migrations_make_the_same_tables(engine: Engine, server: str) -> None:
    """And opening it again changes nothing."""
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    open_database(server).dispose()
    assert len(cards.every(engine)) == 1


def test_the_list_is_filtered_sorted_and_searched(engine: Engine) -> None:
    """As on SQLite."""

    def found(**asked: str) -> list[str]:
        with engine.connect() as connection:
            return [row["call_id"] for row in listing.page(connection, asked, None).rows]

    assert found(level="stuck") == ["photos-stuck"]
    assert found(text="SOFA") == ["sofa-recovers"]
    assert found(sort="worst")[0] == "phone-abusive"
    assert sorted(found()) == sorted(found(sort="worst"))


def test_the_next_call_and_what_was_said_are_found(engine: Engine) -> None:
    """The calls beside one in any order of the list; second opinions; words that no database takes."""
    trail.append(engine, trail.Said("bank-manager", "0" * 64, "level:0", "ana", "second opinion"))
    with engine.connect() as connection:
        asked = {"sort": "call", "order": "up"}
        rows = listing.page(connection, asked, None).rows
        for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
            expected = tuple(None if beside is None else beside["id"] for beside in (before, after))
            assert listing.neighbours(connection, row, asked, None) == expected
        wanted = listing.asked_in({"verdict": "second opinion wanted", "text": "\0"})
        assert [row["call_id"] for row in listing.page(connection, wanted, None).rows] == ["bank-manager"]
    door = Door(engine)
    number = door.add("eva\0", "analyst", password="a long sentence")
    door.set_gone(number, True)
    assert door.by_password("eva", "a long sentence", "") is None


def test_many_at_once_keep_the_chain_whole(engine: Engine) -> None:
    """Eight analysts, each twenty times, on the same call."""

    def write(person: int) -> None:
        for i in range(20):
            trail.append(engine, trail.Said("sofa-recovers", "0" * 64, f"turn:{i}", f"analyst {person}", "agree"))

    with ThreadPoolExecutor(8) as people:
        [*people.map(write, range(8))]
    assert trail.broken_at(engine)[:2] == (None, 160)


def test_a_round_is_drawn_and_closed(engine: Engine) -> None:
    """With people, a card, and entries of the trail."""
    raters = [Door(engine).add(name, "analyst") for name in ("ana", "ben")]
    number = rounds.open_round(engine, rounds.Plan("march", cards.every(engine)[0].id, "by level", 3), raters, "lead")
    assert len(rounds.assignments(engine, number)) == 6
    among = "level=heated%2B&text=manager"
    from_filter = rounds.open_round(engine, rounds.Plan("april", 1, "by queue", 3, 1, among), raters, "lead")
    assert {row["call_id"] for row in rounds.assignments(engine, from_filter)} == {"bank-manager"}
    ana, lead = Person(raters[0], "ana", "analyst", ""), Person(99, "lead", "lead", "")
    call = rounds.assignments(engine, from_filter)[0]["call"]
    assert (blind.round_of(engine, call, ana) is None, blind.round_of(engine, call, lead) is None) == (False, True)
    assert (blind.rates(engine, from_filter, ana), blind.how_many(engine, lead)) == (True, 0)
    with engine.connect() as connection:
        assert listing.page(connection, {"text": "manager", "cue": "vent", "verdict": "disputed"}, ana).total == 0
        assert [row["outcome"] for row in listing.page(connection, {"text": "manager"}, ana).rows] == [""]
    rounds.close(engine, from_filter, "lead")
    rounds.close(engine, number, "lead")
    assert trail.broken_at(engine)[:2] == (None, 4)
