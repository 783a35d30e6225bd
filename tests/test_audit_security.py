"""The audit against what people do to such a page; the list is in docs/security.md, and each line has its test here."""

from __future__ import annotations

import html
import json
import logging
import os
import pwd
import re
import time
from pathlib import Path
from statistics import median

import pytest
import requests
from audited import NASTY, PASSWORD, Served
from click.testing import CliRunner
from sqlalchemy import select

from analyzer.audit import cards, labels, rounds, shelf, trail
from analyzer.audit.people import TRIES, TRIES_OF_ADDRESS, Door
from analyzer.audit.schema import CALLS, open_database
from analyzer.audit.site import site_of
from analyzer.care import DONE_WELL, HEATED, NOT_YOURS, PRIVATE, UNSOLVABLE
from analyzer.cli.audit import audit as audit_command
from analyzer.record import read

EVERYBODYS = {
    "/",
    "/moments",
    "/password",
    "/calls/{own}",
    "/calls/{own}/sound",
    "/calls/{own}/waves",
    "/calls/{own}/said",
}
ANALYSTS = {
    "/cards",
    "/agents",
    "/rounds",
    "/rounds/1",
    "/labels.jsonl",
    "/calls/{own}/card",
    "/calls/{theirs}",
    "/calls/{theirs}/sound",
    "/calls/{theirs}/waves",
    "/calls/{theirs}/said",
    "/calls/{theirs}/card",
}
LEADS = {"/trail", "/trail.jsonl"}
ADMINS = {"/people"}
AGENTS = {"/calls/{own}/care"}
POSTS = {  # who may send it
    "/calls/{own}/said": ("analyst", "lead", "admin"),
    "/calls/{theirs}/said": ("analyst", "lead", "admin"),
    "/calls/{theirs}/card": ("analyst", "lead", "admin"),
    "/cards": ("lead", "admin"),
    "/rounds": ("lead", "admin"),
    "/rounds/1/close": ("lead", "admin"),
    "/people": ("admin",),
    "/people/2": ("admin",),
}
SECRET = "what only others know"
WHY = "so that your answers are your own"
TELLING = {
    "level": "abusive",
    "outcome": "open",
    "cue": "vent",
    "reviewed": "yes",
    "verdict": "disputed",
    "sort": "level",
}
ROLES = {"agent": "linda", "analyst": "ana", "lead": "lea", "admin": "admin"}


@pytest.fixture
def hard(served: Served) -> Served:
    """With a lead, a closed round, and a hard call of the agent linda."""
    served.door.add("lea", "lead")
    with served.door.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET agent = 'linda' WHERE call_id = 'phone-abusive'")
    number = rounds.open_round(served.door.engine, rounds.Plan("one", 1, "random", 5), [2, 3], "lea")
    rounds.close(served.door.engine, number, "lea")
    return served


def paths(served: Served) -> dict[str, int]:
    return {"own": served.number("phone-abusive"), "theirs": served.number("sofa-recovers")}


def with_opinions(hard: Served) -> None:
    """Of every call the admin and ben said and scored something, before the lead opens a round that ana and she rate."""
    engine = hard.door.engine
    kept = cards.every(engine)[0]
    yes = {question.id: "yes" for question in kept.card.questions}
    with engine.connect() as connection:
        calls = [dict(row) for row in connection.execute(select(CALLS)).mappings()]
    for call in calls:
        said = (call["call_id"], call["record_sha256"])
        trail.append(engine, trail.Said(*said, "level:0", "admin", "dispute", SECRET))
        trail.append(engine, trail.Said(*said, "turn:1", "ben", "correct", SECRET, "none"))
        trail.append(engine, trail.Said(*said, "call", "ben", "reviewed", SECRET))
        cards.score(engine, kept, call, "admin", yes, "resolved", SECRET)
    rounds.open_round(engine, rounds.Plan("two", 1, "random", 5), [2, 5], "lea")


@pytest.mark.parametrize("who", ["ana", "lea"])
def test_a_rater_finds_no_opinion_anywhere(hard: Served, who: str) -> None:
    """On no address, in no export and by no filter, before and after they scored; each says why, and the admin sees all."""
    with_opinions(hard)
    (rater, csrf), (admin, _) = hard.inside(who), hard.inside("admin")
    lines = {prompt["line"] for path in hard.folder.glob("*.jsonl") for prompt in read(path).prompts}
    asked = {f"/?{name}={value}" for name, value in TELLING.items()} | {"/moments?q=level", "/moments?q=prompt"}
    every = [path.format(**paths(hard)) for path in EVERYBODYS | ANALYSTS | LEADS | asked]
    for path in every:
        seen = rater.get(hard.url + path)
        if "text" in seen.headers["Content-Type"] or "json" in seen.headers["Content-Type"]:
            assert SECRET not in seen.text, path
            assert not [line for line in lines if html.escape(line) in seen.text or line in seen.text], path
            assert not re.search(r"program:|reviewed by|<polyline|at-(heated|abusive|stuck)| checked>", seen.text), path
    told = [path for path in every if WHY in rater.get(hard.url + path).text]
    assert {"/", "/rounds", "/agents", "/moments", *asked} <= set(told)
    assert len([path for path in told if path.startswith("/calls/")]) == 4, "both calls, and their cards"
    assert "No call is like that" in rater.get(f"{hard.url}/?level=calm%2B&verdict=disputed").text
    assert rater.get(f"{hard.url}/labels.jsonl").text == ""
    refused = rater.post(f"{hard.url}/calls/1/said", {"tag": "level:0", "did": "agree", "csrf": csrf})
    assert (refused.status_code, WHY in refused.text) == (403, True)
    assert SECRET in admin.get(f"{hard.url}/calls/1").text
    assert SECRET in admin.get(f"{hard.url}/calls/1/card").text
    assert "program:" in admin.get(f"{hard.url}/calls/1/card").text
    assert len(admin.get(f"{hard.url}/labels.jsonl").text.splitlines()) > 0
    assert SECRET in admin.get(f"{hard.url}/trail.jsonl").text


def test_the_place_in_a_list_tells_a_rater_nothing(hard: Served) -> None:
    """Neither what stands beside a call in the order of levels, nor another round that is closed and had it."""
    split = rounds.open_round(hard.door.engine, rounds.Plan("split", 1, "random", 5), [2, 3], "lea")
    kept = cards.every(hard.door.engine)[0]
    for row in rounds.assignments(hard.door.engine, split):
        answers = {question.id: "yes" if row["name"] == "ana" else "no" for question in kept.card.questions}
        at = {"call_id": row["call_id"], "record_sha256": "0" * 64}
        cards.score(hard.door.engine, kept, at, row["name"], answers, "open", of_round=split)
    rounds.close(hard.door.engine, split, "lea")
    rater, _ = hard.inside("ana")
    assert "/card" in rater.get(f"{hard.url}/rounds/{split}").text.partition("<main>")[2]
    with_opinions(hard)
    for order in ("sort=level", "sort=prompts", "outcome=open"):
        seen = rater.get(f"{hard.url}/calls/1", params={"in": order}).text
        assert WHY in seen
        assert 'rel="next"' not in seen
        assert 'rel="prev"' not in seen
    assert re.search('rel="(next|prev)"', rater.get(f"{hard.url}/calls/1").text), "by date they may go on"
    assert "/card" not in rater.get(f"{hard.url}/rounds/{split}").text.partition("<main>")[2]


def test_a_round_that_closes_gives_everything_back(hard: Served) -> None:
    """And who does not rate is kept from nothing that the program says, but from what others say."""
    with_opinions(hard)
    (ana, _), (ben, _) = hard.inside("ana"), hard.inside("ben")
    assert "program:" in ben.get(f"{hard.url}/calls/1/card").text
    assert "by admin" not in ben.get(f"{hard.url}/calls/1").text
    assert [entry["person"] for entry in ben.get(f"{hard.url}/calls/1/said").json()] == ["ben", "ben"]
    rounds.close(hard.door.engine, 2, "lea")
    assert SECRET in ana.get(f"{hard.url}/calls/1").text
    assert WHY not in ana.get(hard.url).text


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_for_its_roles_alone(hard: Served, role: str) -> None:
    """Broken access control, and numbers of others' calls: every address, for every role, each way."""
    session, csrf = hard.inside(ROLES[role])
    for wanted, who in (
        (EVERYBODYS, ROLES),
        (ANALYSTS, ("analyst", "lead", "admin")),
        (LEADS, ("lead", "admin")),
        (ADMINS, ("admin",)),
        (AGENTS, ("agent",)),
    ):
        for path in wanted:
            status = session.get(hard.url + path.format(**paths(hard)), allow_redirects=False).status_code
            assert (status in (200, 206)) == (role in who), (path, status)
            assert status in (200, 206, 403, 404), (path, status)
    for path, may in POSTS.items():
        form = {"csrf": csrf, "do": "let in", "did": "agree", "tag": "call"}
        status = session.post(hard.url + path.format(**paths(hard)), form, allow_redirects=False).status_code
        assert (status in (403, 404)) == (role not in may), (path, status)


def test_every_address_is_in_the_list_above(hard: Served) -> None:
    """A page that is added later can't be forgotten here."""
    from analyzer.audit.app import Audit, application

    app = application(Audit(hard.door, (hard.folder,), hard.folder), "127.0.0.1")
    known = EVERYBODYS | ANALYSTS | LEADS | ADMINS | AGENTS | set(POSTS)
    known = {re.sub(r"\{\w+\}|\b1\b|\b2\b", "{number}", path) for path in known}
    open_to_all = {"/login", "/logout", "/welcome", "/static/{name}", "/favicon.ico"}
    with_csrf_alone = {"/views", "/password"}  # what somebody does to themselves
    found = {re.sub(r":[^}]*\}", "}", route.resource.canonical) for route in app.router.routes() if route.resource}
    assert found - known - open_to_all - with_csrf_alone == set()


def test_without_a_session_there_is_nothing(hard: Served) -> None:
    """Every address leads to the door; every form is refused."""
    for path in EVERYBODYS | ANALYSTS | LEADS | ADMINS | AGENTS:
        answer = requests.get(hard.url + path.format(**paths(hard)), allow_redirects=False)
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/login"), path
    for path in [*POSTS, "/views", "/password"]:
        assert requests.post(hard.url + path.format(**paths(hard)), {"csrf": "x"}).status_code == 403, path


def test_the_care_card_is_the_agents_alone(hard: Served) -> None:
    """They find it on their own hard call; no page, list or export of anybody else has four words of it."""
    private = [*DONE_WELL.values(), HEATED, NOT_YOURS, PRIVATE, UNSOLVABLE]
    agent, _ = hard.inside("linda")
    own = paths(hard)["own"]
    assert "Your care card" in agent.get(f"{hard.url}/calls/{own}").text
    card = agent.get(f"{hard.url}/calls/{own}/care").text.replace("&#39;", "'")
    assert NOT_YOURS in card
    assert "Your care card" not in agent.get(f"{hard.url}/calls/{hard.number('bank-manager')}").text
    for who in ("ana", "lea", "admin"):
        session, _ = hard.inside(who)
        for path in EVERYBODYS | ANALYSTS | LEADS | ADMINS | AGENTS | {"/?agent=linda", "/moments?q=abusive"}:
            seen = session.get(hard.url + path.format(**paths(hard)))
            if "text" in seen.headers["Content-Type"] or "json" in seen.headers["Content-Type"]:
                words = seen.text.replace("&#39;", "'")
                assert not [line for line in private if " ".join(line.split()[:4]) in words], path
                assert "are card" not in words, path
    for verb in ("export", "labels"):
        printed = CliRunner().invoke(audit_command, [verb, str(hard.folder)]).output
        assert not [line for line in private if line in printed]


def test_what_is_asked_in_sql_is_only_text(served: Served) -> None:
    """Injection: in every filter, in the login, in a question; the tables are still there, and nothing is found."""
    session, csrf = served.inside("ana")
    evil = "x' OR '1'='1'; DROP TABLE calls; --"
    names = ("agent", "queue", "cue", "outcome", "since", "until", "text", "sort", "order", "page", "level", "verdict")
    for name in names:
        assert session.get(served.url, params={name: evil}).status_code == 200
        assert session.get(served.url, params={name: "\0"}).status_code == 200
    assert "No call is like that" in session.get(served.url, params={"agent": evil}).text
    assert session.get(f"{served.url}/moments", params={"q": evil}).status_code == 400
    assert session.get(f"{served.url}/moments", params={"q": "heated", "queue": evil}).status_code == 200
    assert requests.post(f"{served.url}/login", {"name": evil, "password": evil}).status_code == 403
    session.post(f"{served.url}/views", {"name": evil, "query": evil, "csrf": csrf})
    assert served.number("bank-manager")


def test_markup_is_only_text_wherever_it_comes_from(served: Served, page: object) -> None:
    """Script in a transcript, a note, a correction, a view, a question, a round, a person, an agent and a call's name."""
    from playwright.sync_api import Page

    assert isinstance(page, Page)
    lines = [json.loads(line) for line in (served.folder / "clinic-calm.jsonl").read_text().splitlines()]
    lines[0] |= {"call_id": NASTY, "agent": NASTY, "queue": NASTY}
    (served.folder / "nasty.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shelf.take_in(served.door.engine, served.folder)
    nasty = served.number(NASTY)
    for did in ("note", "dispute"):
        trail.append(served.door.engine, trail.Said(NASTY, "0" * 64, "turn:0", "ana", did, NASTY, NASTY))
    served.door.add(NASTY[:80], "agent", NASTY)
    rounds.open_round(served.door.engine, rounds.Plan(NASTY, 1, "random", 6), [2, 3], "admin")
    kept = cards.every(served.door.engine)[0].text.replace("version: 1", "version: 2")
    cards.put(
        served.door.engine, kept.replace("Did the agent give their own name at the start?", NASTY.replace('"', ""))
    )
    session, csrf = served.inside("admin")
    session.post(f"{served.url}/views", {"name": NASTY, "query": "text=" + NASTY, "csrf": csrf})
    seen = ("/", f"/?text={NASTY}", f"/calls/{nasty}", f"/calls/{nasty}/card", f"/calls/{nasty}/card?card=2", "/cards",
            "/agents", "/rounds", "/rounds/1", "/trail", "/people", f"/moments?q=customer&agent={NASTY}")  # fmt: skip
    for path in seen:
        page.goto(served.url + path)
        page.wait_for_timeout(50)
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("img[src=x]").count() == 0, path
    page.goto(f"{served.url}/calls/{nasty}")
    page.locator("#transcript .turn").first.focus()
    assert NASTY in page.locator("#evidence").inner_text()
    rounds.open_round(served.door.engine, rounds.Plan("x" + NASTY, 1, "random", 6), [1, 2], "admin")
    page.goto(f"{served.url}/calls/{nasty}")
    assert f"“x{NASTY[:79]}”" in page.locator("#withheld").inner_text()


def test_a_form_needs_its_own_token_and_its_own_origin(hard: Served) -> None:
    """Cross-site requests: every form of the audit, without the token, with another's, or from another site."""
    session, csrf = hard.inside("admin")
    _, of_another = hard.inside("ana")
    before = trail.broken_at(hard.door.engine)[1]
    for path in [*POSTS, "/views", "/password", "/logout"]:
        url = hard.url + path.format(**paths(hard))
        assert session.post(url, {}).status_code == 403, path
        assert session.post(url, {"csrf": of_another}).status_code == 403, path
        assert session.post(url, {"csrf": csrf}, headers={"Origin": "https://evil.example"}).status_code == 403, path
        assert session.post(url, {"csrf": csrf}, headers={"Origin": "null"}).status_code == 403, path
    evil = {"Origin": "https://evil.example"}
    assert requests.post(f"{hard.url}/login", {"name": "ana", "password": PASSWORD}, headers=evil).status_code == 403
    assert trail.broken_at(hard.door.engine)[1] == before


def test_a_session_is_new_each_time_and_ends(served: Served) -> None:
    """Fixation: no token that a browser brings is taken over; leaving, a new password or a lock-out ends it here."""
    brought = served.door.open(2)
    session = requests.Session()
    session.cookies.set("audit", brought, domain="127.0.0.1", path="/")
    answer = session.post(f"{served.url}/login", {"name": "ana", "password": PASSWORD}, allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert brought not in cookie
    assert served.door.who(brought) is None, "what the browser came with is over"
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    forwarded = {"X-Forwarded-Proto": "https"}
    secure = requests.post(f"{served.url}/login", {"name": "ana", "password": PASSWORD}, headers=forwarded,
                           allow_redirects=False)  # fmt: skip
    assert "Secure" in secure.headers["Set-Cookie"]
    assert "max-age" in secure.headers["Strict-Transport-Security"]
    for end in ("leaves", "a new password", "is locked out"):
        served.door.set_gone(2, False)
        token = served.door.open(2)
        assert served.door.who(token) is not None
        if end == "leaves":
            served.door.close(token)
        elif end == "a new password":
            served.door.set_password(2, "another long password")
        else:
            served.door.set_gone(2, True)
        assert served.door.who(token) is None
    assert requests.post(f"{served.url}/login", {"name": "ana", "password": "another long password"}).status_code == 403


def test_answers_tell_a_browser_what_it_may_do(served: Served) -> None:
    """Headers on pages, redirects, refusals, faults and files: no frame, no foreign script, no sniffing, no cache."""
    session, _ = served.inside("ana")
    answers = [
        session.get(served.url),
        session.get(f"{served.url}/people"),
        session.get(f"{served.url}/nowhere"),
        session.get(f"{served.url}/static/audit.js"),
        session.get(f"{served.url}/calls/{served.number('photos-stuck')}/sound"),
        requests.get(served.url, allow_redirects=False),
        requests.get(f"{served.url}/login"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "microphone=()" in answer.headers["Permissions-Policy"]


def test_guessing_is_slow_and_costs_nobody_else(served: Served) -> None:
    """Brute force: five wrong tries a name and minute, thirty an address; the right password is no guess."""
    door = served.door
    for _ in range(3 * TRIES):
        assert door.by_password("ana", PASSWORD, "10.0.0.9") == 2
    for _ in range(TRIES):
        assert door.by_password("ana", "wrong", "10.0.0.1") is None
    with pytest.raises(Exception, match="too many tries"):
        door.by_password("ana", PASSWORD, "10.0.0.2")
    for number in range(TRIES_OF_ADDRESS - TRIES):
        assert door.by_password(f"nobody {number}", "wrong", "10.0.0.1") is None
    with pytest.raises(Exception, match="too many tries"):
        door.by_password("ben", "wrong", "10.0.0.1")
    assert door.by_password("ben", "wrong", "10.0.0.3") is None


def test_a_name_that_nobody_has_takes_as_long_to_refuse(served: Served) -> None:
    """The work for an answer does not tell who has an account, nor who has no password; a busy machine changes nothing."""

    def took_s(name: str) -> float:
        started_s = time.process_time()
        assert served.door.by_password(name, "not the password", "10.0.0.1") is None
        served.door.tries.clear()
        return time.process_time() - started_s

    took_s("ana")
    times = {name: [] for name in ("ana", "nobody", "ben")}  # type: dict[str, list[float]]
    for _ in range(7):
        for name, found in times.items():
            found.append(took_s(name))
    slowest, fastest = max(map(median, times.values())), min(map(median, times.values()))
    assert slowest < 1.5 * fastest, {name: median(found) for name, found in times.items()}
    assert fastest > 0.005, "argon2 was asked"


def test_nothing_leads_elsewhere(served: Served) -> None:
    """Open redirects: whatever is asked for, one lands on this site."""
    session, csrf = served.inside("ana")
    for query in ("//evil.example", "https://evil.example", "\r\nLocation: https://evil.example", "/\\evil.example"):
        answer = session.post(f"{served.url}/views", {"name": "x", "query": query, "csrf": csrf}, allow_redirects=False)
        assert re.match(r"/(\?|$)", answer.headers["Location"])
    link = served.door.link(2)
    asked = f"{served.url}/welcome?link={link}&next=https://evil.example"
    assert requests.get(asked, allow_redirects=False).headers["Location"] == "/"


@pytest.mark.parametrize("source", ["../../../../etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd", "secret.txt"])
def test_a_record_points_at_no_file_but_its_recording(served: Served, source: str) -> None:
    """Path traversal: a bare name in the folders, whose bytes are those that were scored, or nothing."""
    session, _ = served.inside("ana")
    (served.folder / "secret.txt").write_text("secret")
    lines = [json.loads(line) for line in (served.folder / "photos-stuck.jsonl").read_text().splitlines()]
    lines[0]["source"] = source
    (served.folder / "photos-stuck.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for path in ("sound", "waves"):
        answer = session.get(f"{served.url}/calls/{served.number('photos-stuck')}/{path}")
        assert answer.text in ("the recording of this call is not here\n", "[]")
    for name in ("..%2f..%2fapp.py", "%2e%2e/people.py", "/etc/passwd", "audit.css%00.js"):
        assert session.get(f"{served.url}/static/{name}").status_code == 404


def test_faults_tell_nothing_of_the_machine(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A broken program answers in plain words; its log has the kind of the fault and nobody's words."""
    session, _ = served.inside("ana")
    with served.door.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE cues")
    with caplog.at_level(logging.DEBUG):
        answer = session.get(served.url, params={"text": "my mother died"}, headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "something went wrong" in answer.text.lower()
    assert not re.search(r"Traceback|sqlalchemy|SELECT|/site-packages|" + re.escape(str(served.folder)), answer.text)
    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    assert "mother" not in told
    assert "OperationalError in GET" in told


def test_a_tag_that_the_call_has_not_is_not_judged(served: Served) -> None:
    """Nor is a scoring or a closing forged by the keys of a tag."""
    session, csrf = served.inside("ana")
    url = f"{served.url}/calls/{served.number('bank-manager')}/said"
    for form in ({"tag": "level:999", "did": "agree"}, {"tag": "card:1", "did": "agree"}, {"tag": "x" * 500, "did": "note"},
                 {"tag": "level:0", "did": "scored"}, {"tag": "round:1", "did": "closed"}):  # fmt: skip
        assert session.post(url, form | {"csrf": csrf, "why": "x"}).status_code in (400, 403)
    assert trail.broken_at(served.door.engine)[1] == 0


def test_who_came_and_went_is_in_the_trail(served: Served, page: object) -> None:
    """An admin adds somebody, gives a password and locks out, on the page; each is an entry, and no password is in one."""
    from playwright.sync_api import Page

    assert isinstance(page, Page)
    page.goto(f"{served.url}/people")
    page.fill("form.fields [name=name]", "eva")
    page.fill("form.fields [name=password]", "a secret sentence")
    page.click("text=Add >> nth=-1")
    page.fill("[aria-label='New password of eva']", "another sentence")
    page.click("[aria-label='Give eva this password']")
    assert served.door.by_password("eva", "another sentence", "") is not None
    page.click("[aria-label='Lock eva out']")
    page.wait_for_selector("tr.gone:has-text('eva')")
    assert served.door.by_password("eva", "another sentence", "") is None
    entries = [*trail.entries(served.door.engine)]
    assert [(entry["person"], entry["did"]) for entry in entries] == [
        ("admin", "added"), ("admin", "gave a password"), ("admin", "locked out")]  # fmt: skip
    assert "sentence" not in json.dumps(entries)
    session, csrf = served.inside("ana")
    form = {"old": "wrong", "password": "a fresh long sentence", "csrf": csrf}
    assert session.post(f"{served.url}/password", form).status_code == 400
    assert session.post(f"{served.url}/password", form | {"old": PASSWORD}).status_code == 200
    assert served.door.by_password("ana", "a fresh long sentence", "") == 2


def test_who_is_added_at_the_machine_is_in_the_trail(tmp_path: Path) -> None:
    """By the command line or by a first start: under the system's user, whatever the environment claims."""
    command = ["person", str(tmp_path), "eva", "--role", "agent", "--agent", "eva"]
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    added = CliRunner().invoke(audit_command, command, input=typed, env={"USER": "eva", "LOGNAME": "eva"})
    assert "eva may come in as agent" in added.output
    assert CliRunner().invoke(audit_command, command, input=typed).exception, "a name that is taken"
    site = site_of(tmp_path, "127.0.0.1")
    for _ in range(2):
        site.link("http://127.0.0.1:1")
    me = f"{pwd.getpwuid(os.getuid()).pw_name} at the command line"
    entries = [*trail.entries(site.door.engine)]
    assert [(entry["person"], entry["did"], entry["tag"], entry["correction"]) for entry in entries] == [
        (me, "added", "person:1", "eva, agent"), (me, "added", "person:2", "admin, admin")]  # fmt: skip
    assert PASSWORD not in json.dumps(entries)
    site.door.engine.dispose()


def test_a_copy_of_the_trail_is_proved_by_itself(hard: Served, tmp_path: Path) -> None:
    """What a lead exports is verified without the database; a changed word breaks it; an open round is not exported."""
    session, csrf = hard.inside("lea")
    session.post(f"{hard.url}/calls/1/said", {"tag": "call", "did": "reviewed", "csrf": csrf})
    copy = tmp_path / "copy.jsonl"
    copy.write_text(session.get(f"{hard.url}/trail.jsonl").text)
    proved = CliRunner().invoke(audit_command, ["verify", str(copy)])
    assert "3 entries, whole" in proved.output
    copy.write_text(copy.read_text().replace("reviewed", "dispute"))
    broken = CliRunner().invoke(audit_command, ["verify", str(copy)], standalone_mode=False)
    assert broken.return_value == 1
    copy.write_text("no trail\n")
    assert "no exported trail" in str(CliRunner().invoke(audit_command, ["verify", str(copy)]).exception)
    rounds.open_round(hard.door.engine, rounds.Plan("two", 1, "random", 5), [2, 3], "lea")
    assert session.get(f"{hard.url}/trail.jsonl").status_code == 200
    rounds.open_round(hard.door.engine, rounds.Plan("three", 1, "random", 5), [2, 5], "lea")
    refused = session.get(f"{hard.url}/trail.jsonl")
    assert (refused.status_code, WHY in refused.text) == (400, True), "who rates in it can't have it"


def test_the_first_admin_behind_a_proxy_is_added_by_the_command_line(tmp_path: Path) -> None:
    """By the name that the proxy gives; no password opens the page for them."""
    command = ["person", str(tmp_path), "ana@example.com", "--role", "admin", "--by-proxy"]
    assert "may come in as admin" in CliRunner().invoke(audit_command, command).output
    engine = open_database(f"sqlite:///{tmp_path / 'audit.sqlite'}")
    door = Door(engine)
    found = door.named("ana@example.com", "secret")
    assert found is not None
    assert found.role == "admin"
    assert door.by_password("ana@example.com", "", "") is None
    assert [*labels.labelled(engine)] == []
    engine.dispose()
