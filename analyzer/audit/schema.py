"""The tables of the audit, the same on SQLite and PostgreSQL, and how they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    false,
)
from sqlalchemy.exc import SQLAlchemyError

from analyzer.errors import OutputError

METADATA = MetaData()
MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_S = 15  # for another writer on SQLite; one entry takes milliseconds

CALLS = Table(
    "calls",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(200), nullable=False, unique=True),
    Column("record_sha256", String(64), nullable=False),  # of the bytes of the record: unchanged ones are passed over
    Column("path", Text, nullable=False),
    Column("agent", String(200), nullable=False, index=True),
    Column("queue", String(200), nullable=False, index=True),
    Column("started_at", String(40), nullable=False, index=True),  # ISO time, empty where the record does not say
    Column("duration_s", Float, nullable=False, index=True),
    Column("worst", Integer, nullable=False, index=True),  # the number of the level in `ORDER`
    Column("outcome", String(60), nullable=False),
    Column("prompts", Integer, nullable=False),
    Column("tension", JSON, nullable=False),  # at most 40 values in 0..1, for the sparkline
    Column("words", Text, nullable=False),  # all that was said, in small letters, for the search
    Column("reviewed", Boolean, nullable=False, index=True),
)
CUES = Table(
    "cues",
    METADATA,
    Column("call", Integer, ForeignKey("calls.id"), primary_key=True),
    Column("cue", String(60), primary_key=True),
    Index("ix_cues_cue", "cue"),
)
RECORDS = Table(  # every record that was ever taken in, so that verdicts on its turns outlive a new playbook
    "records",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("turns", String(64), nullable=False, index=True),  # the hash of what its turns say, and of their tags
)
PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(10), nullable=False),
    Column("agent", String(200), nullable=False),  # whose calls somebody in the role agent may see
    Column("password", String(200), nullable=False),  # argon2; empty: no password opens it
    Column("gone", Boolean, nullable=False, server_default=false()),  # nothing lets them in; what they said stays
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("sha256", String(64), primary_key=True),  # of the token, so that the table opens nothing
    Column("person", Integer, ForeignKey("people.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("until_s", Float, nullable=False),
)
VIEWS = Table(
    "views",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("person", Integer, ForeignKey("people.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("person", "name"),
)
TRAIL = Table(
    "trail",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("call_id", String(200), nullable=False, index=True),
    Column("record_sha256", String(64), nullable=False),
    Column("tag", String(60), nullable=False),
    Column("person", String(80), nullable=False),
    Column("at", String(40), nullable=False),
    Column("did", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("correction", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),  # so that two writers can't fork the chain
    Column("sha256", String(64), nullable=False),
)
CARDS = Table(
    "cards",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),  # the YAML as it was given
    Column("locked", Boolean, nullable=False),  # a call was scored by it, or a round was opened
    UniqueConstraint("name", "version"),
)
ROUNDS = Table(
    "rounds",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("card", Integer, ForeignKey("cards.id"), nullable=False),
    Column("plan", String(20), nullable=False),  # of `sampling.PLANS`
    Column("seed", Integer, nullable=False),
    Column("among", Text, nullable=False, server_default=""),  # the filters of the list from which it was drawn
    Column("opened_at", String(40), nullable=False),
    Column("opened_by", String(80), nullable=False),
    Column("closed_at", String(40), nullable=False),  # empty while it is open
)
ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("round", Integer, ForeignKey("rounds.id"), primary_key=True),
    Column("call", Integer, ForeignKey("calls.id"), primary_key=True, index=True),
    Column("person", Integer, ForeignKey("people.id"), primary_key=True),
    Column("done", Boolean, nullable=False),
)


def open_database(url: str) -> Engine:
    """The database at `url`, its tables brought up to date.  Raises `OutputError` when it can't be used."""
    try:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _settle)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except ImportError as error:
        raise OutputError("PostgreSQL needs its extra; run: pip install 'call-analyzer[postgres]'") from error
    except SQLAlchemyError as error:
        raise OutputError(f"cannot open the audit's database: {_first_line(error)}; give --database") from error
    return engine


def _settle(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", f"busy_timeout={WAIT_S * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
