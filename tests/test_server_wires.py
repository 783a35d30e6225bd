"""Every protocol over a real socket, by clients that share no code with the decoders."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import websockets
from telephone import AGENT, CUSTOMER, frames, mulaw, pcm
from wires import BOTH, STEREO, Genesys, audiosocket, check_both, heard, interleaved, recorded, served

from analyzer.record import read
from analyzer.server.app import Server
from analyzer.server.sockets import WireSettings

KEY, SECRET = "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh", b"MySuperSecretKeyTellNo-1!2@3#4$5"


def twilio_start(**parameters: str) -> str:
    start = {"accountSid": "AC1", "streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound", "outbound"], "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}, "customParameters": parameters}  # fmt: skip
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": start})


def twilio_media() -> list[str]:
    """Both tracks in packets of 20 ms, all numbers as text."""
    found: list[str] = []
    pairs = zip(frames(mulaw(CUSTOMER), 160), frames(mulaw(AGENT), 160), strict=True)
    for number, both in enumerate(pairs):
        for track, payload in zip(("inbound", "outbound"), both, strict=True):
            media = {"track": track, "chunk": str(number + 1), "timestamp": str(20 * number), "payload": base64.b64encode(payload).decode()}  # fmt: skip
            found.append(
                json.dumps(
                    {"event": "media", "sequenceNumber": str(len(found) + 2), "streamSid": "MZ1", "media": media}
                )
            )
    return found


TWILIO_STOP = '{"event":"stop","sequenceNumber":"999","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}'
GARBAGE: tuple[str | bytes, ...] = (
    "",
    "{}",
    "[1]",
    "nonsense",
    b"\xff\x00",
    '{"event":"media"}',
    "{" * 9,
    "x" * 70_000,
)


def disordered(packets: list[str]) -> list[str]:
    """Jitter and repeats as a bad network makes them: packets overtake each other by up to three of their track."""
    chance = random.Random(7)
    order = sorted(range(len(packets)), key=lambda number: number + chance.uniform(0, 6))
    return [packets[number] for place in order for number in [place] * (2 if chance.random() < 0.05 else 1)]


def test_twilio_with_jitter_repeats_and_garbage(tmp_path: Path) -> None:
    """Both sides in their places whatever the network did; the garbage is left out."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/twilio") as socket:
            await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
            await socket.send(twilio_start(agent="Joe"))
            for number, packet in enumerate(disordered(twilio_media())):
                await socket.send(packet)
                if number % 70 == 0:
                    await socket.send(GARBAGE[number // 70 % len(GARBAGE)])
            await socket.send(TWILIO_STOP)
            await socket.wait_closed()
            assert socket.close_code == 1000

    served(check, tmp_path)
    record = recorded(tmp_path, "CA1")
    check_both(record)
    assert record.lost == []


def test_twilio_with_a_loss_and_a_broken_line(tmp_path: Path) -> None:
    """Half a second that never came is told as such; the words before the break are kept, and the call is closed."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/twilio") as socket:
            await socket.send(twilio_start())
            packets = twilio_media()
            for packet in packets[:220] + packets[280:]:
                await socket.send(packet)
            await asyncio.sleep(0.3)
            socket.transport.abort()

    served(check, tmp_path)
    record = recorded(tmp_path, "CA1")
    check_both(record, abnormal=True)
    assert sorted((lost["speaker"], lost["start_s"], lost["duration_s"]) for lost in record.lost) == [("agent", 2.2, 0.6), ("customer", 2.2, 0.6)]  # fmt: skip


@pytest.mark.parametrize(("shown", "is_taken"), [("right", True), ("wrong", False), ("", False)])
def test_twilio_shows_its_token_in_its_first_message(tmp_path: Path, shown: str, is_taken: bool) -> None:
    """Its address has no room for one; without it there is no call."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/twilio") as socket:
            await socket.send(twilio_start(token=shown))
            if is_taken:
                await socket.send(TWILIO_STOP)
            await socket.wait_closed()
            assert socket.close_code == (1000 if is_taken else 1008)

    served(check, tmp_path, token="right")
    assert (tmp_path / "CA1.jsonl").exists() is is_taken


def test_twilio_signs_where_that_is_set(tmp_path: Path) -> None:
    """An address with another signature gets no socket."""

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}/twilio"
        proof = base64.b64encode(hmac.new(b"tok", url.replace("ws:", "wss:").encode(), hashlib.sha1).digest()).decode()
        async with websockets.connect(url, additional_headers={"X-Twilio-Signature": proof}) as socket:
            await socket.send(twilio_start())
            await socket.send(TWILIO_STOP)
            await socket.wait_closed()
            assert socket.close_code == 1000
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(url, additional_headers={"X-Twilio-Signature": "x" + proof[1:]})

    served(check, tmp_path, wires=WireSettings(twilio_auth_token="tok"))


NULL = "00000000-0000-0000-0000-000000000000"


def signed(host: str, path: str = "/audiohook", secret: bytes = SECRET) -> dict[str, str]:
    """The headers of a request as Genesys signs it."""
    headers = {"audiohook-organization-id": "org-1", "audiohook-session-id": "s", "audiohook-correlation-id": "c", "x-api-key": KEY}  # fmt: skip
    names = ["@request-target", "@authority", *headers]
    listed = " ".join(f'"{name}"' for name in names)
    params = f'({listed});keyid="{KEY}";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created={int(time.time())}'
    values = {"@request-target": path, "@authority": host, **headers}
    base = "\n".join([*(f'"{name}": {values[name]}' for name in names), f'"@signature-params": {params}'])
    proof = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    return {**headers, "signature-input": f"sig1={params}", "signature": f"sig1=:{proof}:"}


def test_audiohook_from_open_to_closed(tmp_path: Path) -> None:
    """Signed; opened at once; pings while audio runs; closed when the call has finished; a probe leaves nothing."""

    async def check(server: Server) -> None:
        host = f"127.0.0.1:{server.port}"
        async with websockets.connect(f"ws://{host}/audiohook", additional_headers=signed(host)) as socket:
            genesys = Genesys(socket)
            await genesys.opens("conversation-1")
            assert await genesys.hears("opened") == {"media": [STEREO], "startPaused": False}
            for number, frame in enumerate(frames(interleaved(), 3200)):
                await socket.send(frame)
                if number % 5 == 0:
                    await genesys.sends("ping", {"rtt": "PT0.01S"})
                    assert await genesys.hears("pong") == {}
            await genesys.closes()
        async with websockets.connect(f"ws://{host}/audiohook", additional_headers=signed(host)) as socket:
            probe = Genesys(socket)
            await probe.opens(NULL)
            await probe.hears("opened")
            await probe.closes()

    served(check, tmp_path, wires=WireSettings(audiohook_secrets={KEY: SECRET}))
    check_both(recorded(tmp_path, "conversation-1"))
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".jsonl"] == ["conversation-1.jsonl"]


def test_audiohook_needs_its_signature(tmp_path: Path) -> None:
    """Another secret, none at all, or another organization in the open message."""

    async def check(server: Server) -> None:
        host = f"127.0.0.1:{server.port}"
        for headers in (signed(host, secret=b"guess"), signed("other.example"), {}):
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(f"ws://{host}/audiohook", additional_headers=headers)
        async with websockets.connect(f"ws://{host}/audiohook", additional_headers=signed(host)) as socket:
            genesys = Genesys(socket)
            await genesys.opens("conversation-1", organization="org-2")
            assert await genesys.hears("disconnect") == {"reason": "unauthorized"}
            await socket.wait_closed()

    served(check, tmp_path, wires=WireSettings(audiohook_secrets={KEY: SECRET}))
    assert list(tmp_path.iterdir()) == []


def test_audiohook_pauses_and_sends_prompts_back_in_their_turn(tmp_path: Path) -> None:
    """What was held back is a gap; events and pongs have one row of numbers, although two threads make them."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/audiohook") as socket:
            genesys = Genesys(socket)
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            audio = interleaved()
            cut, back = 2 * 8000 * 22 // 10, 2 * 8000 * 28 // 10
            for frame in frames(audio[:cut], 3200):
                await socket.send(frame)
            await genesys.sends("paused", {})
            await genesys.sends("ping", {})
            await genesys.hears("pong")
            assert server.desk.calls[0].trouble == "paused by the telephone system"
            await genesys.sends("resumed", {"start": "PT2.2S", "discarded": "PT0.6S"})
            for frame in frames(audio[back:], 320):
                await socket.send(frame)
                await genesys.sends("ping", {})
                await genesys.hears("pong")
            await genesys.closes()

    served(check, tmp_path, wires=WireSettings(audiohook_tells=frozenset(("transcript", "agentassist"))))
    record = recorded(tmp_path, "conversation-1")
    check_both(record)
    assert {(lost["start_s"], lost["duration_s"]) for lost in record.lost} == {(2.2, 0.6)}


def test_audiohook_out_of_sequence_is_told_and_ended(tmp_path: Path) -> None:
    """By a disconnect; what was said before is kept."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/audiohook") as socket:
            genesys = Genesys(socket)
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            for frame in frames(interleaved(), 3200):
                await socket.send(frame)
            genesys.seq += 5
            await genesys.sends("ping", {})
            assert "sequence" in (await genesys.hears("disconnect"))["info"]
            await socket.wait_closed()
            assert socket.close_code == 1008

    served(check, tmp_path)
    check_both(recorded(tmp_path, "conversation-1"), abnormal=True)


def test_a_call_too_many_is_refused_in_the_protocols_own_words(tmp_path: Path) -> None:
    """And the one in progress does not notice."""

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}"
        async with websockets.connect(f"{url}/twilio") as first, websockets.connect(f"{url}/audiohook") as second:
            await first.send(twilio_start())
            packets = twilio_media()
            for packet in packets[:100]:
                await first.send(packet)
            await asyncio.sleep(0.1)
            genesys = Genesys(second)
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            assert "no room" in (await genesys.hears("disconnect"))["info"]
            await second.wait_closed()
            assert second.close_code == 1013
            for packet in packets[100:]:
                await first.send(packet)
            await first.send(TWILIO_STOP)
            await first.wait_closed()

    served(check, tmp_path, most_calls=1)
    check_both(recorded(tmp_path, "CA1"))


async def dripped(port: int, stream: bytes, size: int) -> None:
    """Send a stream over TCP in pieces of an odd size, and wait until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, piece in enumerate(frames(stream, size)):
        writer.write(piece)
        await writer.drain()
        if not number:
            await asyncio.sleep(0.1)  # so that both sides are there, as on a real line, when the others' audio comes
    assert await reader.read() == b""  # a tap never answers
    writer.close()


async def turned_away(port: int, stream: bytes) -> None:
    """Send what is not the protocol, and see the connection closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        writer.write(stream)
        assert await reader.read() == b""
    writer.close()


def test_audiosockets_two_legs_are_one_call(tmp_path: Path) -> None:
    """Paired by the ending of their UUIDs, however TCP cuts them; a stranger's bytes disturb nobody."""
    call = uuid4().bytes[:14]

    async def check(server: Server) -> None:
        port = server.audiosocket_port
        assert port
        await asyncio.gather(
            dripped(port, audiosocket(call + b"\x00\x01", pcm(CUSTOMER)), 997),
            dripped(port, audiosocket(call + b"\x00\x02", pcm(AGENT)), 1361),
            turned_away(port, b"GET / HTTP/1.1\r\n\r\n"),
            turned_away(port, b"\x01\xff\xff"),
            turned_away(port, audiosocket(uuid4().bytes, b"\0" * 320 + b"\0")),
        )

    served(check, tmp_path)
    record = recorded(tmp_path, str(UUID(bytes=call + b"\0\1")).removesuffix("0001"))
    found = heard(record)
    assert {speaker: text for speaker, (text, _) in found.items()} == {
        speaker: text for speaker, (text, _) in BOTH.items()
    }
    assert record.lost == []
    assert record.summary is not None
    assert record.summary["ended_abnormally"] is False


def test_a_side_that_comes_late_has_its_place_in_the_call(tmp_path: Path) -> None:
    """The silence before it is no lost audio; the call ends with the last of the two."""

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}/asterisk"
        plain = "MEDIA_START connection_id:m channel:WebSocket/m/0x1 format:ulaw optimal_frame_size:160 ptime:20"
        said = {"event": "MEDIA_START", "connection_id": "n", "format": "ulaw", "channel_variables": {"ANALYZER_CALL": "c 7", "ANALYZER_SIDE": "agent"}}  # fmt: skip
        async with websockets.connect(f"{url}?call=c%207&side=customer") as customer:
            await customer.send(plain)
            for frame in frames(mulaw(CUSTOMER[:20_000]), 160):
                await customer.send(frame)
            await asyncio.sleep(0.2)
            async with websockets.connect(url) as agent:
                await agent.send(json.dumps(said))
                for frame in frames(mulaw(AGENT[:20_000]), 160):
                    await agent.send(frame)
            for frame in frames(mulaw(CUSTOMER[20_000:]), 160):
                await customer.send(frame)

    served(check, tmp_path)
    [path] = tmp_path.glob("*.jsonl")
    record = read(path)
    found = heard(record)
    assert found["customer"][1] == pytest.approx(3.0, abs=0.06)
    assert found["agent"][1] == pytest.approx(2.5 + 0.5, abs=0.06)
    assert record.lost == []
    assert record.summary is not None
    assert record.summary["ended_abnormally"] is False


@pytest.mark.parametrize("path", ["/audiohook", "/asterisk", "/vosk"])
def test_where_a_token_is_set_every_socket_asks_for_it(tmp_path: Path, path: str) -> None:
    """In the address, as a bearer, or as the API key."""

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}{path}"
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"X-API-KEY": "wrong"},
            {"Origin": "http://evil.example"},
        ):
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(url, additional_headers=headers)
        for right, headers in (
            (f"{url}?token=right", {}),
            (url, {"Authorization": "Bearer right"}),
            (url, {"X-API-KEY": "right"}),
        ):
            async with websockets.connect(right, additional_headers=headers):
                pass

    served(check, tmp_path, token="right")


@pytest.mark.parametrize("path", ["/twilio", "/audiohook", "/asterisk", "/vosk"])
def test_a_frame_that_is_too_large_ends_its_connection_and_no_other(tmp_path: Path, path: str) -> None:
    """Two megabytes at once: nobody keeps that."""

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}"
        async with websockets.connect(f"{url}/twilio") as good, websockets.connect(url + path) as bad:
            await good.send(twilio_start())
            await bad.send(b"\0" * 2_000_000)
            await bad.wait_closed()
            assert bad.close_code in (1008, 1009)
            await good.send(TWILIO_STOP)
            await good.wait_closed()
            assert good.close_code == 1000

    served(check, tmp_path)
