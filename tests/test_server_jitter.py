"""Genesys and Asterisk over a bad network: late and bunched frames, frames cut in the middle, garbage, loss, a break.

All three come over TCP, which puts back in order what it delivers: what Twilio's timestamps are for cannot happen here
(`test_server_wires.py`, `test_reorder.py`).  What can happen is that bytes come late, in bunches, and cut anywhere.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
import websockets
from telephone import AGENT, CUSTOMER, RATE, frames, pcm
from wires import BOTH, Genesys, audiosocket, check_both, heard, interleaved, recorded, served

from analyzer.record import Record
from analyzer.server.app import Server

Piece = bytes | list[bytes]
P = TypeVar("P", bound=Piece)
LATE_S = 0.004  # between two bunches; the audio runs a hundred times as fast


def bunched(pieces: Iterable[P], seed: int, most: int = 40) -> Iterator[list[P]]:
    """What a network held back and lets go at once: nothing to `most` pieces at a time, all of them in the end."""
    chance, waiting = random.Random(seed), list[P]()
    for piece in pieces:
        waiting.append(piece)
        if chance.random() < 3 / most or len(waiting) == most:
            yield waiting
            waiting = []
    yield waiting


def odd_frames(data: bytes, seed: int, width: int) -> Iterator[Piece]:
    """Frames of changing length, whole in samples of `width` bytes; some as a message in several fragments."""
    chance, at = random.Random(seed), 0
    while at < len(data):
        frame = data[at : at + width * chance.randint(1, 400)]
        at += len(frame)
        cut = chance.randrange(len(frame))
        yield [frame[:cut], b"", frame[cut:]] if chance.random() < 0.3 else frame


def test_audiohook_with_jitter_fragments_and_garbage(tmp_path: Path) -> None:
    """Both sides in their places; audio that no session can have is left out, and pings are answered all the while."""
    audio, seconds_11 = interleaved(), b"\xff" * (11 * 2 * RATE)

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/audiohook") as wire:
            genesys = Genesys(wire)
            await wire.send(audio[:320])  # before the session is open
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            for number, bunch in enumerate(bunched(odd_frames(audio, 1, 2), 2)):
                for frame in bunch:
                    await wire.send(frame)
                if number % 5 == 0:
                    await wire.send((b"\x01", b"\xff" * 161, seconds_11)[number // 5 % 3])
                    await genesys.sends("ping", {})
                    assert await genesys.hears("pong") == {}
                await asyncio.sleep(LATE_S)
            await genesys.closes()

    served(check, tmp_path)
    record = recorded(tmp_path, "conversation-1")
    check_both(record)
    assert record.lost == []


@pytest.mark.parametrize("garbage", ["", "{}", "[1]", "i am fed up", "{" * 9, "x" * 70_000], ids=lambda text: text[:9])
def test_audiohook_text_that_is_no_message_ends_the_session(tmp_path: Path, garbage: str) -> None:
    """As it does for Genesys: a disconnect that quotes nothing; what was said before is kept."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/audiohook") as wire:
            genesys = Genesys(wire)
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            for frame in frames(interleaved(), 3200):
                await wire.send(frame)
            await wire.send(garbage)
            told = await genesys.hears("disconnect")
            assert told["reason"] == "error"
            assert "fed up" not in told["info"]
            await wire.wait_closed()
            assert wire.close_code == 1008

    served(check, tmp_path)
    check_both(recorded(tmp_path, "conversation-1"), abnormal=True)


def test_audiohook_with_a_loss_and_a_broken_line(tmp_path: Path) -> None:
    """What Genesys says that it discarded is told as lost; a connection that is reset leaves a call that ended early."""
    audio = interleaved()
    cut, back = 2 * RATE * 22 // 10, 2 * RATE * 28 // 10

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/audiohook") as wire:
            genesys = Genesys(wire)
            await genesys.opens("conversation-1")
            await genesys.hears("opened")
            for frame in frames(audio[:cut], 3200):
                await wire.send(frame)
            await genesys.sends("discarded", {"start": "PT2.2S", "discarded": "PT0.6S"})
            for frame in frames(audio[back:], 3200):
                await wire.send(frame)
            await genesys.sends("ping", {})
            await genesys.hears("pong")  # so that all of it has come
            wire.transport.abort()

    served(check, tmp_path)
    record = recorded(tmp_path, "conversation-1")
    check_both(record, abnormal=True)
    lost = sorted((lost["speaker"], lost["start_s"], lost["duration_s"]) for lost in record.lost)
    assert lost == [("agent", 2.2, 0.6), ("customer", 2.2, 0.6)]


def media_start(name: str) -> str:
    """What Asterisk says of its audio."""
    said = {"event": "MEDIA_START", "connection_id": name, "channel": f"WebSocket/{name}/0x1", "format": "slin"}
    return json.dumps(said | {"optimal_frame_size": 320, "ptime": 20})


ASTERISK_GARBAGE: tuple[str | bytes, ...] = ("", "{", "[" * 9, "nonsense", "x" * 70_000, b"\x01", b"\0" * 65_502)


def test_chan_websocket_with_jitter_fragments_and_garbage(tmp_path: Path) -> None:
    """Two legs of one call, each late by turns; half samples and frames larger than Asterisk's are left out."""

    async def leg(server: Server, side: str, audio: bytes, seed: int) -> None:
        url = f"ws://127.0.0.1:{server.port}/asterisk?call=c7&side={side}"
        async with websockets.connect(url) as wire:
            await wire.send(media_start(side))
            await wire.send(audio[:320])
            await asyncio.sleep(0.1)  # both sides are there
            for number, bunch in enumerate(bunched(odd_frames(audio[320:], seed, 2), seed + 1)):
                for frame in bunch:
                    await wire.send(frame)
                if number % 3 == 0:
                    await wire.send(ASTERISK_GARBAGE[number // 3 % len(ASTERISK_GARBAGE)])
                await asyncio.sleep(LATE_S)

    async def check(server: Server) -> None:
        await asyncio.gather(leg(server, "customer", pcm(CUSTOMER), 3), leg(server, "agent", pcm(AGENT), 4))

    served(check, tmp_path)
    record = recorded(tmp_path, "c7")
    check_both(record)
    assert record.lost == []


def test_chan_websocket_with_a_loss_and_a_broken_line(tmp_path: Path) -> None:
    """Nothing says that frames are missing, so what follows moves up; a leg that breaks off ends in the record so."""

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/asterisk?call=c7&side=customer") as wire:
            await wire.send(media_start("m"))
            for number, frame in enumerate(frames(pcm(CUSTOMER), 320)):
                if not 50 <= number < 75:  # half a second
                    await wire.send(frame)
            await asyncio.sleep(0.3)
            wire.transport.abort()

    served(check, tmp_path)
    record = recorded(tmp_path, "c7")
    text, start_s = heard(record)["customer"]
    assert text == BOTH["customer"][0]
    assert start_s == pytest.approx(2.5, abs=0.06)
    assert record.lost == []
    assert record.summary is not None
    assert record.summary["ended_abnormally"] is True


class Tap:
    """A leg of AudioSocket as raw TCP: every piece is a segment of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.socket: socket.socket = writer.get_extra_info("socket")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    async def to(cls, server: Server) -> Tap:
        assert server.audiosocket_port
        return cls(*await asyncio.open_connection("127.0.0.1", server.audiosocket_port))

    async def sends(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def is_let_go(self) -> None:
        """The other side closes, and has never said a word."""
        assert await self.reader.read() == b""
        self.writer.close()

    def resets(self) -> None:
        """As a machine does that has crashed: no end, a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def pieces(stream: bytes, seed: int) -> Iterator[bytes]:
    """Cut anywhere: the header byte by byte, then in the middle of lengths, samples and packets."""
    chance, at = random.Random(seed), 0
    while at < len(stream):
        size = 1 if at < 350 else chance.choice((1, 2, 3, 160, 319, 323, 1001))
        yield stream[at : at + size]
        at += size


CALL = uuid4().bytes[:14]
CUSTOMER_UUID, AGENT_UUID = CALL + b"\x00\x01", CALL + b"\x00\x02"
NAME = str(UUID(bytes=CUSTOMER_UUID)).removesuffix("0001")


def test_audiosocket_cut_anywhere_late_and_in_bunches(tmp_path: Path) -> None:
    """Two legs, one byte or a dozen packets at a time: the same words at the same moments."""

    async def leg(server: Server, uuid: bytes, audio: bytes, seed: int) -> None:
        tap, stream = await Tap.to(server), audiosocket(uuid, audio)
        first = 19 + 323  # the UUID and 20 ms
        for piece in pieces(stream[:first], seed):
            await tap.sends(piece)
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)  # both sides are there
        for bunch in bunched(pieces(stream[first:], seed), seed + 1):
            for piece in bunch:
                await tap.sends(piece)
            await asyncio.sleep(LATE_S)
        await tap.is_let_go()

    async def check(server: Server) -> None:
        await asyncio.gather(leg(server, CUSTOMER_UUID, pcm(CUSTOMER), 5), leg(server, AGENT_UUID, pcm(AGENT), 6))

    served(check, tmp_path)
    record = recorded(tmp_path, NAME)
    check_both(record)
    assert record.lost == []


ENDS = {
    "an unknown kind": b"\x42\x00\x01x",
    "a length that no packet has": b"\x10\xff\xff" + b"\0" * 70_000,
    "half a sample": b"\x10\x00\x03abc",
    "a second name": b"\x01\x00\x10" + uuid4().bytes,
    "a web server's request": b"GET / HTTP/1.1\r\n\r\n",
    "the end in the middle of a packet": b"\x10\x01\x40half",
    "a reset in the middle of a packet": b"\x10\x01\x40half",
}


@pytest.mark.parametrize("end", ENDS)
def test_audiosocket_that_breaks_in_the_middle_keeps_what_was_said(tmp_path: Path, end: str) -> None:
    """The other leg goes on to its own end; the call is told as ended abnormally."""

    async def check(server: Server) -> None:
        customer, agent = await Tap.to(server), await Tap.to(server)
        both = (customer, audiosocket(CUSTOMER_UUID, pcm(CUSTOMER))), (agent, audiosocket(AGENT_UUID, pcm(AGENT)))
        for tap, stream in both:
            await tap.sends(stream[: 19 + 323])
            await asyncio.sleep(0.1)
        half = 19 + 323 * 275  # 5.5 s, behind the customer's words
        await customer.sends(both[0][1][19 + 323 : half])
        await asyncio.sleep(0.1)
        with suppress(ConnectionError):  # it may be closed before all of the garbage is sent
            await customer.sends(ENDS[end])
            if end.startswith("a reset"):
                await asyncio.sleep(0.1)
                customer.resets()
            else:
                if end.startswith("the end"):
                    customer.writer.write_eof()
                await customer.is_let_go()
        await agent.sends(both[1][1][19 + 323 :])
        await agent.is_let_go()

    served(check, tmp_path)
    found: Record = recorded(tmp_path, NAME)
    check_both(found, abnormal=True)
