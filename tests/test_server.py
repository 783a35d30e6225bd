"""The server: who may come in, what pages are told, and an orderly end; over real sockets."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from live_calls import ABOUT, both_sides, first_line, make_call

from analyzer.cli.live import Serving, inputs_of, listen, server_settings
from analyzer.errors import OutputError
from analyzer.live.desk import DeskSettings, Makers
from analyzer.record import read
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings, run_server

Check = Callable[[Server, aiohttp.ClientSession], Awaitable[None]]


@asynccontextmanager
async def served(tmp_path: Path | None = None, token: str = "", bind: str = "127.0.0.1") -> AsyncIterator[Server]:
    settings = ServerSettings(bind, 0, access_for(bind, token, ()))
    server = Server(Makers(make_call, first_line), settings, DeskSettings(output=tmp_path))
    await server.start()
    watching = asyncio.create_task(server.watch())
    try:
        yield server
    finally:
        await server.stop()
        watching.cancel()


def checked(check: Check, token: str = "", tmp_path: Path | None = None) -> None:
    """Run a check against a server of its own."""

    async def main() -> None:
        async with served(tmp_path, token) as server, aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as web:
            await check(server, web)

    asyncio.run(asyncio.wait_for(main(), 30))


async def messages(answer: aiohttp.ClientResponse, until: str) -> list[dict[str, Any]]:
    """The messages of a stream up to the first of a type."""
    found: list[dict[str, Any]] = []
    async for line in answer.content:
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:]))
            if found[-1]["type"] == until:
                return found
    raise AssertionError(f"the stream ended before {until}: {[message['type'] for message in found]}")


def test_a_page_is_told_the_call_as_it_happens() -> None:
    """The call, its turns, its level, its prompt, its end."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        async with web.get("/events") as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            line = server.desk.open(ABOUT)
            for chunk in both_sides():
                line.hear(chunk)
            line.end()
            kinds = [message["type"] for message in await messages(answer, "over")]
        for kind in ("call", "turn", "level", "prompt"):
            assert kind in kinds

    checked(check)


def test_a_page_that_opens_late_is_given_the_state() -> None:
    """Without a word of what it has no part in."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        line = server.desk.open(ABOUT)
        for chunk in both_sides():
            line.hear(chunk)
        line.end()
        await asyncio.to_thread(line.join, 20)
        async with web.get("/events") as answer:
            state = (await messages(answer, "state"))[-1]
        assert state["level"] == "abusive"
        assert state["over"] is True
        async with web.get("/events?call=another") as answer:
            assert [message["type"] for message in await messages(answer, "alive")] == ["alive"]

    checked(check)


def test_a_page_that_connects_again_is_told_what_it_missed() -> None:
    """By the number that the browser remembers; marked, so that no old prompt is shown as new."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        line = server.desk.open(ABOUT)
        await asyncio.sleep(0.05)
        before = server.board.number
        for chunk in both_sides():
            line.hear(chunk)
        await asyncio.to_thread(line.join, 0.5)
        line.end()
        await asyncio.to_thread(line.join, 20)
        async with web.get("/events", headers={"Last-Event-ID": str(before)}) as answer:
            found = await messages(answer, "state")
        missed = [message for message in found if message.get("missed")]
        assert {"turn", "level", "prompt"} <= {message["type"] for message in missed}
        assert found[-1]["type"] == "state"
        async with web.get("/events", headers={"Last-Event-ID": "999999999"}) as answer:  # of an older program
            assert (await messages(answer, "state"))[0]["type"] == "state"

    checked(check)


def test_pages_come_with_headers_that_forbid_the_rest() -> None:
    """No script from elsewhere, no frame around us, nothing kept."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        for path in ("/", "/calls", "/static/overlay.js", "/static/overlay.css"):
            async with web.get(path) as answer:
                assert answer.status == 200, path
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for path in ("/static/..%2faccess.py", "/static/overlay.html", "/static/nothing.js", "/etc/passwd"):
            async with web.get(path) as answer:
                assert answer.status == 404, path

    checked(check)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example:80"}, {"Host": "[::"}])
def test_a_strangers_name_for_us_is_refused(headers: dict[str, str]) -> None:
    """A page elsewhere cannot make a browser talk to the loopback by a name of its own."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        async with web.get("/api/calls", headers=headers) as answer:
            assert answer.status in (400, 421)

    checked(check)


def test_requests_from_other_pages_are_refused() -> None:
    """Whatever they ask for; the same request from a page of ours is fine."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        body = {"call_id": "c1", "prompt": 0, "tactic": "boundary", "answer": "done"}
        here = f"127.0.0.1:{server.port}"
        ours, others = (f"http://{here}", f"https://{here}"), ("http://evil.example", "null", f"ftp://{here}", here, "")
        for origin, status in (*((one, 204) for one in ours), *((one, 403) for one in others)):
            async with web.post("/answers", json=body, headers={"Origin": origin}) as answer:
                assert answer.status == status, origin

    checked(check)


def test_a_token_opens_every_path_and_nothing_else_does() -> None:
    """As a bearer, in the address once, then as a cookie that scripts cannot read."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        for path in ("/", "/calls", "/events", "/api/calls", "/metrics", "/static/overlay.js"):
            async with web.get(path) as answer:
                assert answer.status == 401, path
            async with web.get(path, params={"token": "wrong"}) as answer:
                assert answer.status == 401, path
        async with web.get("/healthz") as answer:
            assert answer.status == 200
        async with web.get("/metrics", headers={"Authorization": "Bearer right"}) as answer:
            assert answer.status == 200
        async with web.get("/?token=right&agent=joe", allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/?agent=joe"
            assert "HttpOnly" in answer.headers["Set-Cookie"]
            assert "SameSite=Strict" in answer.headers["Set-Cookie"]
            cookie = answer.cookies["analyzer_token"].value
        async with web.get("/calls", headers={"Cookie": f"analyzer_token={cookie}"}) as answer:
            assert answer.status == 200

    checked(check, token="right")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Authorization: Bearer \xff\xfe", 401),
        ("Authorization: Bearer schlüssel".encode(), 401),
        (b"X-API-Key: \xed\xa0\x80", 401),
        (b"Cookie: analyzer_token=\xff", 401),
        (b"Authorization: Bearer right\r\nOrigin: http://[", 403),
        (b"Authorization: Bearer right\r\nOrigin: http://[::1", 403),
    ],
)
def test_headers_of_any_bytes_are_refused_and_break_nothing(header: bytes, status: int) -> None:
    """A key that is no text and an origin that is no address get an answer like any other wrong one."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + header + b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
        assert int(answer.split()[1]) == status

    checked(check, token="right")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine's loopback, by itself, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl here")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(chain)]
    subprocess.run([openssl, *request, *names, *files], check=True, capture_output=True)
    return chain, key


def test_over_tls_pages_and_sockets_are_as_before(certificate: tuple[Path, Path]) -> None:
    """The page's cookie is then for https alone; who speaks plain http to the port gets nothing."""
    serving = Serving(None, False, None, "127.0.0.1", 0, (), "right", *certificate, open_page=False, terminal=False)

    async def main() -> None:
        settings = replace(server_settings(serving, any_port=False), vosk_port=0)
        server = Server(Makers(make_call, first_line), settings, DeskSettings())
        await server.start()
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        async with aiohttp.ClientSession() as web:
            async with web.get(server.url, ssl=trust, allow_redirects=False) as answer:
                assert server.url.startswith("https://")
                assert "Secure" in answer.headers["Set-Cookie"]
            vosk = f"wss://127.0.0.1:{server.vosk_port}/?token=right"
            for port, path in ((server.port, "/api/calls"), (server.vosk_port, "/")):  # a page over http may be forged
                here = f"127.0.0.1:{port}"
                for scheme, is_refused in (("https", False), ("http", True)):
                    shown = {"Origin": f"{scheme}://{here}", "Authorization": "Bearer right"}
                    async with web.get(f"https://{here}{path}", ssl=trust, headers=shown) as answer:
                        assert (answer.status == 403) is is_refused, (path, scheme)
            async with web.ws_connect(vosk, ssl=trust) as socket:
                await socket.send_str('{"eof" : 1}')
                assert json.loads(await socket.receive_str())["text"] == ""
            with pytest.raises(aiohttp.ClientConnectorCertificateError):  # nobody has signed it
                await web.get(server.url)
            with pytest.raises(aiohttp.ClientError):
                await web.get(f"http://127.0.0.1:{server.port}/healthz")
        await server.stop()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_certificate_that_cannot_be_used_is_told_in_a_line(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    """A key of another certificate, or no file at all."""
    serving = Serving(None, False, None, "127.0.0.1", 0, (), "", *certificate, open_page=False, terminal=False)
    for broken in (tmp_path / "none.pem", certificate[1]):
        with pytest.raises(OutputError, match="cannot use the certificate"):
            server_settings(replace(serving, tls_cert=broken), any_port=False)


def test_beyond_the_loopback_there_is_always_a_token() -> None:
    """Nobody opens a call centre's calls to the network by an option alone."""
    assert access_for("127.0.0.1", "", ()).token == ""
    assert access_for("::1", "", ()).token == ""
    assert len(access_for("0.0.0.0", "", ()).token) > 20
    assert access_for("10.0.0.5", "mine", ("calls.example",)).token == "mine"
    assert "calls.example" in access_for("10.0.0.5", "mine", ("calls.example",)).hosts


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"call_id": 1}', b'{"call_id":"c","prompt":"x","tactic":"t","answer":"done"}',
     b'{"call_id":"c","prompt":1,"tactic":"t","answer":"<script>"}', b"\xff" * 100],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    """In a word, and nothing is kept."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        async with web.post("/answers", data=body, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400

    checked(check)


def test_what_an_agent_says_of_a_prompt_is_kept_apart(tmp_path: Path) -> None:
    """In a file of its own that only its owner can read; never in the record."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        body = {"call_id": "c1", "prompt": 0, "tactic": "boundary", "answer": "helpful"}
        async with web.post("/answers", json=body) as answer:
            assert answer.status == 204

    checked(check, tmp_path=tmp_path)
    kept = tmp_path / "answers.jsonl"
    assert json.loads(kept.read_text())["answer"] == "helpful"
    assert kept.stat().st_mode & 0o077 == 0


def test_the_supervisor_sees_calls_by_need() -> None:
    """Level, how long, three lines of hand-over; no feeling of an agent, no care card."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        line = server.desk.open(ABOUT)
        for chunk in both_sides():
            line.hear(chunk)
        while line.lag_s > 0.01:
            await asyncio.sleep(0.01)
        async with web.get("/api/calls") as answer:
            calls = (await answer.json())["calls"]
        assert [call["level"] for call in calls] == ["abusive"]
        assert len(calls[0]["handover"]) == 3
        assert "care" not in json.dumps(calls)

    checked(check)


def test_health_turns_when_the_program_is_about_to_stop() -> None:
    """So that a balancer sends the next call elsewhere."""

    async def check(server: Server, web: aiohttp.ClientSession) -> None:
        async with web.get("/healthz") as answer:
            assert (answer.status, (await answer.json())["calls"]) == (200, 0)
        server.desk.drain(1.0)
        async with web.get("/healthz") as answer:
            assert answer.status == 503

    checked(check)


def test_a_port_that_is_taken_is_told_in_a_line_or_passed_over() -> None:
    """`replay` takes the next one; `serve` says so."""

    async def main() -> None:
        async with served() as first:
            settings = ServerSettings("127.0.0.1", first.port, access_for("127.0.0.1", "", ()))
            makers = Makers(make_call, first_line)
            second = Server(makers, settings, DeskSettings())
            with pytest.raises(OutputError, match="choose another --port"):
                await second.start()
            third = Server(
                makers, ServerSettings("127.0.0.1", first.port, settings.access, any_port=True), DeskSettings()
            )
            await third.start()
            assert third.port > first.port
            await third.stop()

    asyncio.run(main())


def test_works_that_are_done_end_the_server_and_their_faults_are_told() -> None:
    """A replay ends the program; a call that cannot be opened ends it with its error."""

    async def main() -> None:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
        done: list[str] = []

        async def work(server: Server) -> None:
            done.append(server.url)

        async def fault(server: Server) -> None:
            raise OutputError("no such thing")

        await run_server(Server(Makers(make_call, first_line), settings, DeskSettings()), [work], forever=False)
        assert done
        with pytest.raises(OutputError, match="no such thing"):
            await run_server(Server(Makers(make_call, first_line), settings, DeskSettings()), [fault], forever=False)

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_call_on_devices_ends_well_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is the only way in which it ends, so that is no abnormal end."""

    class Silence:
        def start(self) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr("analyzer.sources.device.open_stream", lambda *_: (Silence(), 48_000))

    async def main() -> None:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
        server = Server(Makers(make_call, first_line), settings, DeskSettings(output=tmp_path))

        async def stop(server: Server) -> None:
            while not server.desk.calls:
                await asyncio.sleep(0.01)
            server.stopping.set()

        inputs = inputs_of("", "", "Line In")
        await run_server(server, [partial(listen, inputs=inputs, agent_name="Joe")], beside=[stop])

    asyncio.run(asyncio.wait_for(main(), 30))
    [path] = tmp_path.glob("live-*.jsonl")
    summary = read(path).summary
    assert summary is not None
    assert summary["ended_abnormally"] is False
