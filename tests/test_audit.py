"""The audit: records on the shelf, the list, a call with its evidence, the trail, and who may see what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from audited import NASTY, PASSWORD, Served, put_samples, serve
from click.testing import CliRunner
from sqlalchemy import create_engine, insert, text

from analyzer.audit import cards, listing, rounds, shelf, trail
from analyzer.audit.app import Audit, application
from analyzer.audit.guard import Proxy
from analyzer.audit.people import Door
from analyzer.audit.schema import CALLS, METADATA, MIGRATIONS, open_database
from analyzer.cli.audit import audit as audit_command
from analyzer.errors import OutputError
from analyzer.record import read


def test_records_are_taken_in_once(tmp_path: Path) -> None:
    """A second start reads nothing twice; a record that changed takes the place of the old one."""
    put_samples(tmp_path)
    (tmp_path / "broken.jsonl").write_text("no record\n")
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    count, refused = shelf.take_in(engine, tmp_path)
    assert (count, len(refused)) == (5, 1)
    assert shelf.take_in(engine, tmp_path)[0] == 0
    path = tmp_path / "bank-manager.jsonl"
    path.write_text(path.read_text().replace('"linda"', '"zoe"', 1))
    assert shelf.take_in(engine, tmp_path)[0] == 1
    with engine.connect() as connection:
        assert listing.page(connection, {}, None).total == 5
        assert listing.page(connection, {"agent": "zoe"}, None).total == 1
    engine.dispose()


def test_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    """What the steps build is what the program uses."""
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """One that was made before there were scorecards keeps its calls, its people and its trail."""
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    put_samples(tmp_path)
    with engine.begin() as connection:
        for path in tmp_path.glob("*.jsonl"):
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            values = shelf.row(read(path)) | {"record_sha256": sha256, "path": str(path), "reviewed": False}
            connection.execute(insert(CALLS).values(**values))
    Door(engine).add("ana", "analyst", password=PASSWORD)
    trail.append(engine, trail.Said("sofa-recovers", "0" * 64, "call", "ana", "reviewed"))
    engine.dispose()
    engine = open_database(url)
    cards.put_shipped(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert listing.page(connection, {"reviewed": "yes"}, None).total == 1
    assert [person.name for person in Door(engine).everybody()] == ["ana"]
    assert trail.broken_at(engine)[:2] == (None, 1)
    assert shelf.take_in(engine, tmp_path) == (5, []), "each is read once more"
    assert shelf.take_in(engine, tmp_path) == (0, [])
    engine.dispose()


def test_filters_find_and_sorts_sort(served: Served) -> None:
    """Level, cue, agent, date and words narrow the list; what is asked in SQL is only text."""
    with served.door.engine.connect() as connection:

        def found(**asked: str) -> list[str]:
            return [row["call_id"] for row in listing.page(connection, asked, None).rows]

        assert found(level="stuck") == ["photos-stuck"]
        assert found(cue="abuse") == ["phone-abusive"]
        assert found(agent="omar") == ["sofa-recovers"]
        assert "bank-manager" in found(text="manager")
        assert found(text="%") == []
        assert found(text="' OR 1=1 --", agent="' OR 1=1 --") == []
        assert found(sort="call", order="up") == sorted(found())
        assert found(sort="length; DROP TABLE calls", page="999999") != []


def test_the_trail_shows_what_was_changed(served: Served) -> None:
    """Whatever is altered afterwards, the chain breaks there."""
    engine = served.door.engine
    for did in ("agree", "dispute", "note"):
        trail.append(engine, trail.Said("bank-manager", "0" * 64, "level:0", "ana", did, why="é"))
    assert trail.broken_at(engine)[:2] == (None, 3)
    runner = CliRunner()
    assert "3 entries, whole" in runner.invoke(audit_command, ["verify", str(served.folder)]).output
    exported = runner.invoke(audit_command, ["export", str(served.folder)]).output.splitlines()
    assert [json.loads(line)["did"] for line in exported] == ["agree", "dispute", "note"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE trail SET did = 'agree' WHERE number = 2"))
    assert trail.broken_at(engine)[0] == 2
    assert CliRunner().invoke(audit_command, ["verify", str(served.folder)], standalone_mode=False).return_value == 1


@pytest.mark.parametrize("verb", ["verify", "export", "labels"])
def test_where_nothing_was_audited_nothing_is_proved(verb: str, tmp_path: Path) -> None:
    """No trail is made only to say that it is whole."""
    told = CliRunner().invoke(audit_command, [verb, str(tmp_path)])
    assert isinstance(told.exception, OutputError)
    assert "nothing was audited here" in str(told.exception)
    assert list(tmp_path.iterdir()) == []


def test_two_analysts_at_once_lose_nothing(served: Served) -> None:
    """Both write on the same call at the same moment; every entry is kept, in one chain."""

    def write(who: str) -> None:
        session, csrf = served.inside(who)
        for i in range(10):
            form = {"tag": "level:0", "did": "dispute", "why": str(i), "csrf": csrf}
            assert session.post(f"{served.url}/calls/1/said", form).status_code == 200

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ["ana", "ben"]))
    assert trail.broken_at(served.door.engine)[:2] == (None, 20)


def test_nobody_sees_anything_without_coming_in(served: Served) -> None:
    """Pages lead to the door, and no form works."""
    for path in ("/", "/calls/1", "/calls/1/sound", "/people"):
        answer = requests.get(served.url + path, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert requests.post(f"{served.url}/calls/1/said", {"tag": "x", "did": "agree"}).status_code == 403


def test_an_agent_sees_own_calls_only(served: Served) -> None:
    """Another's call does not exist for them, by list, by number or by sound; and they judge nothing."""
    session, csrf = served.inside("linda")
    page = session.get(f"{served.url}/?agent=omar&text=").text
    assert "sofa-recovers" not in page
    assert "bank-manager" in session.get(served.url).text
    theirs, own = served.number("sofa-recovers"), served.number("bank-manager")
    assert session.get(f"{served.url}/calls/{theirs}").status_code == 404
    assert session.get(f"{served.url}/calls/{theirs}/sound").status_code == 404
    assert session.get(f"{served.url}/calls/{own}").status_code == 200
    form = {"tag": "level:0", "did": "agree", "csrf": csrf}
    assert session.post(f"{served.url}/calls/{own}/said", form).status_code == 403
    assert session.get(f"{served.url}/people").status_code == 403


def test_forms_of_other_sites_are_refused(served: Served) -> None:
    """Without the session's token, or from another origin, nothing is written."""
    session, csrf = served.inside("ana")
    form = {"tag": "level:0", "did": "agree"}
    url = f"{served.url}/calls/1/said"
    assert session.post(url, form).status_code == 403
    assert session.post(url, form | {"csrf": "guess"}).status_code == 403
    assert session.post(url, form | {"csrf": csrf}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert session.get(served.url, headers={"Host": "evil.example"}).status_code == 403
    assert trail.broken_at(served.door.engine)[1] == 0


def test_passwords_links_and_sessions(served: Served) -> None:
    """A session is always new, a link works once, and guessing is slow."""
    session = requests.Session()
    session.cookies.set("audit", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    answer = session.post(f"{served.url}/login", {"name": "ana", "password": PASSWORD}, allow_redirects=False)
    assert answer.status_code == 303
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "chosen-by" not in answer.headers["Set-Cookie"]
    link = served.door.link(1)
    assert requests.get(f"{served.url}/welcome?link={link}", allow_redirects=False).status_code == 303
    assert requests.get(f"{served.url}/welcome?link={link}", allow_redirects=False).status_code == 403
    guesses = [requests.post(f"{served.url}/login", {"name": "ana", "password": "no"}).status_code for _ in range(6)]
    assert guesses[0] == 403
    assert guesses[-1] == 429


def test_sound_comes_in_parts_and_from_nowhere_else(served: Served) -> None:
    """A browser gets the seconds that it asks for; a record cannot point out of the folders."""
    session, _ = served.inside("ana")
    url = f"{served.url}/calls/{served.number('photos-stuck')}/sound"
    (served.folder / "secret.flac").write_bytes(b"secret")
    part = session.get(url, headers={"Range": "bytes=0-3"})
    if part.status_code == 404:  # the sample and its record are being made anew
        pytest.skip("the sample recording is not the one of its record")
    assert (part.status_code, part.content) == (206, b"fLaC")
    path = served.folder / "photos-stuck.jsonl"
    path.write_text(path.read_text().replace('"photos-stuck.flac"', '"../../../etc/passwd"', 1))
    assert session.get(url).status_code == 404
    assert session.get(f"{served.url}/static/..%2fapp.py").status_code == 404


def test_the_proxy_must_know_the_secret(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """A header alone lets nobody in."""
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    door = Door(engine)
    door.first_admin()
    port = free_port()
    app = application(Audit(door, (tmp_path,), tmp_path), "127.0.0.1", proxy=Proxy("X-User", "a long shared secret"))
    stop = serve(app, port)
    url = f"http://127.0.0.1:{port}/"
    named = {"X-User": "admin"}
    assert requests.get(url, headers=named, allow_redirects=False).status_code == 403
    assert requests.get(url, headers=named | {"X-Audit-Secret": "a long shared secret"}).status_code == 200
    stop()
    engine.dispose()


def test_an_analyst_disputes_by_keys(served: Served, page: Any) -> None:
    """From the list to a tag, its evidence and a dispute, without a mouse."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#transcript .tag")
    page.goto(f"{served.url}/calls/{served.number('bank-manager')}")
    page.locator("#transcript .level").first.focus()
    evidence = page.locator("#evidence").inner_text()
    assert "pressure passed 0.4" in evidence
    assert "playbook" in evidence
    page.keyboard.press("d")
    page.wait_for_selector("#said >> text=admin: dispute")
    page.keyboard.press("r")
    page.wait_for_selector("#progress >> text=reviewed by admin")
    written = list(trail.entries(served.door.engine, "bank-manager"))
    assert [(entry["tag"], entry["did"]) for entry in written] == [("level:0", "dispute"), ("call", "reviewed")]
    page.goto(f"{served.url}/?reviewed=yes")
    assert page.locator("#calls tbody a").all_inner_texts() == ["bank-manager"]


def test_words_of_a_customer_are_never_markup(served: Served, page: Any) -> None:
    """What was said is shown as it was said."""
    page.goto(f"{served.url}/calls/{served.number('clinic-calm')}")
    assert NASTY in page.locator("#transcript").inner_text()
    assert page.evaluate("window.hacked") is None


def test_views_are_kept(served: Served, page: Any) -> None:
    """Filters under a name are one click away."""
    page.goto(f"{served.url}/?level=stuck")
    page.fill("form[action='/views'] [name=name]", "stuck ones")
    page.click("text=Keep >> nth=-1")
    page.click("a:has-text('stuck ones')")
    assert page.locator("#calls tbody a").all_inner_texts() == ["photos-stuck"]


def test_a_scorecard_is_filled_in_by_keys(served: Served, page: Any) -> None:
    """The program's answers stand there; one is changed, and what was saved is in the trail."""
    page.goto(f"{served.url}/calls/{served.number('sofa-recovers')}/card")
    assert page.locator("#q-recap :checked").get_attribute("value") == "yes"
    assert "did i get that right" in page.locator("#q-recap blockquote").first.inner_text()
    for key in ("j", "n", "j", "x"):
        page.keyboard.press(key)
    page.keyboard.press("s")
    page.wait_for_selector("#past >> text=admin")
    (entry,) = trail.entries(served.door.engine, "sofa-recovers")
    answers = json.loads(entry["correction"])["answers"]
    assert (entry["did"], answers["name-given"], answers["name-asked"]) == ("scored", "no", "not applicable")
    assert trail.broken_at(served.door.engine)[:2] == (None, 1)


def test_a_round_is_scored_blind(served: Served) -> None:
    """Neither the program's answers nor another's are in the page; who was not asked is refused, and so is an agent."""
    number = rounds.open_round(served.door.engine, rounds.Plan("march", 1, "random", 5), [2, 3], "admin")
    call = served.number("sofa-recovers")
    url = f"{served.url}/calls/{call}/card?round={number}"
    (ana, csrf), (ben, _), (admin, _), (linda, _) = (served.inside(who) for who in ("ana", "ben", "admin", "linda"))
    card = cards.every(served.door.engine)[0]
    form = {f"answer:{question.id}": "no" for question in card.card.questions}
    form |= {"csrf": csrf, "round": str(number), "outcome": "open", "why": "ana's own words"}
    assert ana.post(url, form).status_code == 200
    seen = ben.get(url)
    assert seen.status_code == 200
    assert "ana's own words" not in seen.text.replace("&#39;", "'")
    assert "program:" not in seen.text
    assert " checked" not in seen.text
    assert "scored" not in ben.get(f"{served.url}/calls/{call}").text.partition('"said"')[2]
    assert admin.get(url).status_code == 403
    assert linda.get(f"{served.url}/calls/{served.number('bank-manager')}/card").status_code == 403
    rounds.close(served.door.engine, number, "admin")
    assert "ana" in ben.get(f"{served.url}/calls/{call}").text.partition('"said"')[2]
    assert ana.post(url, form).status_code == 403
