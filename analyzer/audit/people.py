"""Who may see what: people, passwords, sessions, and the one-time link of a first start."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from analyzer.audit.schema import PEOPLE, SESSIONS
from analyzer.errors import OutputError

ROLES = ("analyst", "lead", "admin", "agent")
LEADS = ("lead", "admin")  # who open rounds, change scorecards, and see the trail
SHIFT_S = 12 * 3600.0  # a session lasts a long working day
SHORTEST = 12  # characters of a password, as NIST SP 800-63B-4 has it with a second guard, the limit of tries
TRIES_IN_S = 60.0  # in which wrong passwords are counted
TRIES = 5  # for one name
TRIES_OF_ADDRESS = 30  # for one address: an office or a proxy may stand behind it
MOST_COUNTED = 10_000  # names and addresses at once; a flood of made-up names takes no memory
LONGEST_PASSWORD = 1000
HASHER = PasswordHasher()
NOBODY = HASHER.hash(secrets.token_hex())  # so that a name nobody has takes as long to refuse

SHOWN = (PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.agent)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has come in."""

    id: int
    name: str
    role: str
    agent: str
    csrf: str = ""
    gone: bool = False

    @property
    def only_agent(self) -> str | None:
        """Whose calls alone they may see; None for all calls."""
        return self.agent if self.role == "agent" else None


@dataclass(slots=True)
class Door:
    """Lets people in: by password, by a one-time link, and by the cookie they got for either."""

    engine: Engine
    tries: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    links: dict[str, tuple[int, float]] = field(default_factory=dict)  # the link's hash: person, until when

    def add(self, name: str, role: str, agent: str = "", password: str = "") -> int:
        """A new person; their number.  Raises `OutputError` for a name that is taken, or what can't be."""
        name, agent = _plain(name), _plain(agent)
        if role not in ROLES or not 0 < len(name) <= 80 or (role == "agent") != bool(agent):
            raise OutputError(f"a person has a name, a role ({', '.join(ROLES)}) and, as agent, the agent's name")
        values = {"name": name, "role": role, "agent": agent, "password": _hashed(password) if password else ""}
        try:
            with self.engine.begin() as connection:
                return int(connection.execute(insert(PEOPLE).values(**values)).inserted_primary_key[0])  # type: ignore[index]
        except IntegrityError:
            raise OutputError(f"somebody is already called {name}") from None

    def an_admin(self) -> int | None:
        """The number of the first admin who may come in; None where there is none yet."""
        admins = select(func.min(PEOPLE.c.id)).where(PEOPLE.c.role == "admin", PEOPLE.c.gone.is_(False))
        with self.engine.connect() as connection:
            found: int | None = connection.scalar(admins)
        return found

    def first_admin(self) -> int:
        """The number of an admin; one is made on a first start."""
        return self.an_admin() or self.add("admin", "admin")

    def link(self, person: int, for_s: float = 900.0) -> str:
        """The secret of a link that lets `person` in once, in the next quarter of an hour."""
        token = secrets.token_urlsafe(32)
        self.links[_sha256(token)] = (person, time.time() + for_s)
        return token

    def by_link(self, token: str) -> int | None:
        """Whom a link lets in; it is used up by that."""
        person, until_s = self.links.pop(_sha256(token), (None, 0.0))
        return person if time.time() < until_s else None

    def by_password(self, name: str, password: str, address: str) -> int | None:
        """Whom a name and a password let in.  Raises `OutputError` after too many tries in a minute."""
        name = _plain(name)
        counted = (f"name {name[:80]}", TRIES), (f"address {address}", TRIES_OF_ADDRESS)
        for who, most in counted:
            self._count(who, most)
        chosen = select(PEOPLE.c.id, PEOPLE.c.password).where(PEOPLE.c.name == name[:80], PEOPLE.c.gone.is_(False))
        with self.engine.connect() as connection:
            row = connection.execute(chosen).first()
        try:
            HASHER.verify(row.password if row and row.password else NOBODY, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        for who, _ in counted:  # the right password was no guess
            if self.tries[who]:
                self.tries[who].pop()
        return int(row.id) if row and row.password else None

    def _count(self, who: str, most: int) -> None:
        now_s = time.monotonic()
        if len(self.tries) > MOST_COUNTED:
            for old in [key for key, times in [*self.tries.items()] if not times or times[-1] < now_s - TRIES_IN_S]:
                del self.tries[old]
        tries = self.tries[who]
        while tries and tries[0] < now_s - TRIES_IN_S:
            tries.popleft()
        if len(tries) >= most:
            raise OutputError("too many tries; wait a minute")
        tries.append(now_s)

    def set_password(self, person: int, password: str) -> None:
        """Another password for somebody, who is out wherever they were in.  Raises `OutputError` if it is too short."""
        with self.engine.begin() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(password=_hashed(password)))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.person == person))

    def set_gone(self, person: int, gone: bool) -> None:
        """Nobody lets them in any more, or everybody does again; whoever leaves is out at once."""
        with self.engine.begin() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.id == person).values(gone=gone))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.person == person))

    def open(self, person: int) -> str:
        """A new session, never one that a browser brought along; its token, for the cookie."""
        token, now_s = secrets.token_urlsafe(32), time.time()
        with self.engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.until_s < now_s))
            values = {"sha256": _sha256(token), "person": person, "csrf": secrets.token_urlsafe(32)}
            connection.execute(insert(SESSIONS).values(until_s=now_s + SHIFT_S, **values))
        return token

    def close(self, token: str) -> None:
        """End a session."""
        with self.engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.sha256 == _sha256(token)))

    def who(self, token: str) -> Person | None:
        """Whose session a cookie is."""
        chosen = (
            select(PEOPLE.c.id, PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.agent, SESSIONS.c.csrf)
            .join(SESSIONS, SESSIONS.c.person == PEOPLE.c.id)
            .where(SESSIONS.c.sha256 == _sha256(token), SESSIONS.c.until_s > time.time(), PEOPLE.c.gone.is_(False))
        )
        with self.engine.connect() as connection:
            row = connection.execute(chosen).first()
        return Person(*row) if row else None

    def named(self, name: str, secret: str) -> Person | None:
        """Somebody whom the company's proxy vouches for; the token of their forms is made of the shared secret."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(*SHOWN).where(PEOPLE.c.name == _plain(name)[:80], PEOPLE.c.gone.is_(False))
            ).first()
        csrf = hmac.new(secret.encode(), name.encode(), "sha256").hexdigest()
        return Person(row.id, row.name, row.role, row.agent, csrf) if row else None

    def everybody(self) -> list[Person]:
        """All who may come in or could once, by name."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(*SHOWN, PEOPLE.c.gone).order_by(PEOPLE.c.name))
            return [Person(row.id, row.name, row.role, row.agent, gone=row.gone) for row in rows]


def _plain(text: str) -> str:
    """Without what no database takes."""
    return text.replace("\0", "").strip()


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST_PASSWORD:
        raise OutputError(f"a password has at least {SHORTEST} characters, and at most {LONGEST_PASSWORD}")
    return HASHER.hash(password)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
