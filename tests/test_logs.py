"""The log of live calls: lines for people, JSON for programs, and no word of a call in either."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
import websockets
from live_calls import ABOUT, SAID, both_sides, first_line, make_call

from analyzer.cli.live import Serving, audit_beside, say_ready, server_settings
from analyzer.cli.logs import Form, logged, say
from analyzer.errors import OutputError
from analyzer.live.desk import DeskSettings, Makers
from analyzer.models import shipped
from analyzer.record import read
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings, run_server

CALLED = {"call", "is", "over", "ready", "normally"}  # words of the log's own that callers use too


def events(text: str) -> list[dict[str, Any]]:
    """A log in JSON: every line is an object that says when, how grave and by whom."""
    found = [json.loads(line) for line in text.splitlines()]
    for event in found:
        assert list(event)[:4] == ["time", "level", "logger", "message"]
        assert datetime.fromisoformat(event["time"]).utcoffset() == timezone.utc.utcoffset(None)
    return found


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def test_a_whole_call_leaves_no_word_of_it_in_the_log(tmp_path: Path, vosk_model: Path) -> None:
    """The real program, a real call of abuse: the log says that there was a call, how long it was, and nothing else."""
    call = shipped("samples/calls") / "phone-abusive.flac"
    command = ["replay", str(call), "--speed", "30", "--port", "0", "-o", str(tmp_path), "--log", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "analyzer", *command], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout == ""
    ready, began, over = events(done.stderr)
    assert (ready["event"], began["event"], over["event"]) == ("ready", "call began", "call over")
    assert 0 < ready["seconds"] < 60
    assert began["call_id"] == over["call_id"] == "phone-abusive"
    assert began["rates"] == {"agent": 8000, "customer": 8000}
    assert (over["level"], over["why"], over["dropped_s"]) == ("info", "", 0.0)
    record = read(tmp_path / "phone-abusive.jsonl")
    assert record.summary is not None
    assert over["length_s"] == pytest.approx(record.summary["duration_s"], abs=0.2)
    said = {word for turn in record.turns for word in words(turn["text"])}
    assert len(said) > 60
    values = " ".join(str(value) for event in (ready, began, over) for value in event.values())
    assert said & set(words(values.replace("phone-abusive", ""))) <= CALLED | {"agent", "customer"}
    assert "abusive" not in values.replace("phone-abusive", "")  # nor how the customer felt


def served(form: Form, *works: Any) -> None:
    """A server with scripted ears whose log has this form, until the works are done."""

    async def main() -> None:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
        await run_server(Server(Makers(make_call, first_line), settings, DeskSettings(1)), works, forever=False)

    with logged(form):
        asyncio.run(asyncio.wait_for(main(), 30))


async def hard_day(server: Server) -> None:
    """A call that breaks off, one that is refused, and a stranger whose frames quote what was said."""
    line = server.desk.open(ABOUT)
    for chunk in both_sides():
        line.hear(chunk)
    url = f"ws://127.0.0.1:{server.port}"
    async with websockets.connect(f"{url}/vosk") as too_many:
        await too_many.send('{"config": {"call_id": "c2"}}')
        await too_many.send(b"\0" * 1600)
        await too_many.wait_closed()
    async with websockets.connect(f"{url}/audiohook") as stranger:
        await stranger.send(SAID["customer"][1])
        await stranger.wait_closed()
    line.end("the connection broke")
    await asyncio.to_thread(line.join, 20)


def test_what_went_wrong_is_told_to_programs_with_its_call(capsys: pytest.CaptureFixture[str]) -> None:
    """Which call, why, by which protocol; none of the words, not even those of a frame that could not be read."""
    served("json", hard_day)
    text = capsys.readouterr().err
    found = {event["event"]: event for event in events(text)}
    assert set(found) == {"call began", "call refused", "wire broken", "call over"}
    assert (found["call refused"]["source"], found["call refused"]["level"]) == ("vosk", "info")
    assert "no more" in found["call refused"]["why"]
    assert found["wire broken"]["source"] == "audiohook"
    assert (found["call over"]["level"], found["call over"]["call_id"]) == ("warning", "c1")
    assert found["call over"]["why"] == "the connection broke"
    for line in (*SAID["agent"], *SAID["customer"]):
        assert line not in text


def test_people_are_told_of_troubles_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for the call that broke off; calls that begin and are refused are no news to a person."""
    served("text", hard_day)
    assert capsys.readouterr().err == "analyzer: call c1 ended abnormally: the connection broke\n"


@pytest.mark.parametrize(("form", "told"), [("text", "analyzer: a fault in aiohttp: ValueError\n"), ("json", None)])
def test_a_fault_in_a_request_is_one_line_and_no_traceback(
    form: Form, told: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its kind only: what it says may be somebody's words."""

    async def ask(server: Server) -> None:
        async with aiohttp.ClientSession() as web, web.get(f"http://127.0.0.1:{server.port}/faulty") as answer:
            assert answer.status == 500

    async def faulty(request: object) -> aiohttp.web.Response:
        raise ValueError("you people are idiots")

    async def main() -> None:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
        server = Server(Makers(make_call, first_line), settings, DeskSettings())
        server.app.router.add_get("/faulty", faulty)
        await run_server(server, [ask], forever=False)

    with logged(form):
        asyncio.run(asyncio.wait_for(main(), 30))
    text = capsys.readouterr().err
    if told is None:
        [event] = events(text)
        assert (event["level"], event["logger"], event["error"]) == ("error", "aiohttp.server", "ValueError")
        assert "idiots" not in text
    else:
        assert text == told


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_librarys_own_words_are_never_told(form: Form, capsys: pytest.CaptureFixture[str]) -> None:
    """They quote the error, the error may quote the call; its fields are left out as well."""
    with logged(form):
        error = ValueError("you people are idiots")
        logging.getLogger("asyncio").error("never retrieved: %r", error, exc_info=error, extra={"said": "idiots"})
        logging.getLogger("asyncio").info("a slow callback")
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 1
    assert "a fault in asyncio: ValueError" in text
    assert "idiots" not in text


def test_an_error_that_ends_the_program_is_an_event_too(capsys: pytest.CaptureFixture[str]) -> None:
    """For people it is the line that every verb ends with, which the command line prints itself."""
    with pytest.raises(SystemExit) as ended, logged("json"):
        say("fetching\n a model")
        raise OutputError("cannot listen on 127.0.0.1:80")
    assert ended.value.code == 1
    first, last = events(capsys.readouterr().err)
    assert (first["level"], first["message"]) == ("info", "fetching a model")
    assert (last["level"], last["event"], last["message"]) == ("error", "failed", "cannot listen on 127.0.0.1:80")
    with pytest.raises(OutputError), logged("text"):
        raise OutputError("cannot listen")
    assert capsys.readouterr().err == ""


def test_afterwards_the_log_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    """Verbs that keep no log print as before."""
    before = list(logging.getLogger().handlers)
    with logged("json"):
        pass
    assert logging.getLogger().handlers == before
    say("done")
    assert capsys.readouterr().err == "analyzer: done\n"


def test_neither_the_token_nor_the_audits_link_is_in_a_log_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """People are shown both, since that is how they come in."""

    async def start(form: Form) -> None:
        serving = Serving(tmp_path, False, None, "127.0.0.1", 0, (), "geheim", None, None, False, False, form)
        server = Server(Makers(make_call, first_line), server_settings(serving, any_port=False), DeskSettings())
        await server.start()
        async with audit_beside(serving, 0):
            say_ready(server, 1.25, form)
        await server.stop()

    with logged("json"):
        asyncio.run(start("json"))
    text = capsys.readouterr().err
    audit, ready = events(text)
    assert (audit["event"], ready["event"], ready["seconds"]) == ("audit ready", "ready", 1.25)
    assert audit["port"] != ready["port"] > 0
    assert "geheim" not in text
    assert "link" not in text
    asyncio.run(start("text"))
    text = capsys.readouterr().err
    assert "token=geheim" in text
    assert "/welcome?link=" in text


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--host", "0.0.0.0"], "--token or ANALYZER_TOKEN"), (["--terminal"], "--terminal prints the words of calls")],
)
def test_a_log_for_programs_keeps_no_secret(options: list[str], told: str) -> None:
    """A token that is made up must be told, and prompts quote the customer: neither goes with it."""
    command = [sys.executable, "-m", "analyzer", "serve", "--port", "0", "--log", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert told in done.stderr
