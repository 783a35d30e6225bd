"""The other side of each wire, written from its own documentation, and a server with scripted ears to talk to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from live_calls import first_line
from telephone import AGENT, CUSTOMER, frames, mulaw

from analyzer.call import Call, CallSettings
from analyzer.coach import Coach
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About
from analyzer.playbook import default_playbook
from analyzer.record import Record, read
from analyzer.server.access import Access
from analyzer.server.app import Server, ServerSettings
from analyzer.server.sockets import WireSettings
from analyzer.testing import EchoEngine, LoudActivity, TableReader, reading

SAID = {"agent": ["hello how can i help"], "customer": ["i am fed up"], "unknown": ["somebody speaks"]}
Check = Callable[[Server], Awaitable[None]]


def make_call(about: About) -> Call:
    feels = {"i am fed up": reading(-0.8, 0.7, ["vent"])}
    engine = EchoEngine(*(SAID[speaker] for speaker in about.rates))
    settings = CallSettings(max_skew_s=about.max_skew_s)
    return Call(about.rates, engine, LoudActivity, TableReader(feels), Coach(default_playbook()), settings)


def served(
    check: Check, folder: Path, token: str = "", wires: WireSettings = WireSettings(), most_calls: int = 4
) -> None:
    """A server with scripted ears, and a check against it; every call is over when it returns."""

    async def main() -> None:
        hosts, signed = frozenset(("127.0.0.1",)), ("/audiohook",) if wires.audiohook_secrets else ()
        access = Access(hosts, token, signed)
        settings = ServerSettings("127.0.0.1", 0, access, audiosocket_port=0, wires=wires)
        desk = DeskSettings(most_calls, folder)
        server = Server(Makers(make_call, first_line), settings, desk)
        await server.start()
        try:
            await check(server)
            while server.desk.calls:
                await asyncio.sleep(0.01)
        finally:
            await server.stop()

    asyncio.run(asyncio.wait_for(main(), 60))


def recorded(folder: Path, name: str) -> Record:
    return read(folder / f"{name}.jsonl")


def heard(record: Record) -> dict[str, tuple[str, float]]:
    """What each speaker said, and when it began."""
    return {turn["speaker"]: (turn["text"], turn["start_s"]) for turn in record.turns}


BOTH = {"agent": ("hello how can i help", 0.5), "customer": ("i am fed up", 3.0)}


def check_both(record: Record, abnormal: bool = False) -> None:
    """Both sides were heard, each in its place, and nothing was lost."""
    found = heard(record)
    assert set(found) == set(BOTH)
    for speaker, (text, start_s) in BOTH.items():
        assert found[speaker][0] == text
        assert found[speaker][1] == pytest.approx(start_s, abs=0.06)
    assert record.summary is not None
    assert record.summary["ended_abnormally"] is abnormal
    assert all(turn["affect"] is None for turn in record.turns if turn["speaker"] == "agent")


STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}


class Genesys:
    """The client's side of an AudioHook session."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.session = str(uuid4())
        self.seq = self.serverseq = 0

    async def sends(self, kind: str, parameters: Any) -> None:
        self.seq += 1
        said = {"version": "2", "id": self.session, "type": kind, "seq": self.seq, "serverseq": self.serverseq, "position": "PT0S", "parameters": parameters}  # fmt: skip
        await self.socket.send(json.dumps(said))

    async def hears(self, kind: str) -> dict[str, Any]:
        """The parameters of the next message of a kind; every message must be in its turn."""
        while True:
            said = json.loads(await self.socket.recv())
            assert (said["seq"], said["id"], said["version"]) == (self.serverseq + 1, self.session, "2")
            self.serverseq += 1
            if said["type"] == kind:
                parameters: dict[str, Any] = said["parameters"]
                return parameters
            assert said["type"] == "event"

    async def opens(self, conversation: str, organization: str = "org-1", media: Any = (STEREO,)) -> None:
        participant = {"id": str(uuid4()), "ani": "+1", "aniName": "", "dnis": "+2"}
        asked = {"organizationId": organization, "conversationId": conversation, "participant": participant, "media": list(media)}  # fmt: skip
        await self.sends("open", asked)

    async def closes(self) -> None:
        await self.sends("close", {"reason": "end"})
        assert await self.hears("closed") == {}


def interleaved() -> bytes:
    """External and internal, sample by sample."""
    return bytes(byte for both in zip(mulaw(CUSTOMER), mulaw(AGENT), strict=True) for byte in both)


def audiosocket(uuid: bytes, audio: bytes) -> bytes:
    """A leg as Asterisk sends it: UUID, 20 ms packets of 16-bit audio, a digit, a hangup."""
    packets = [b"\x10" + len(frame).to_bytes(2, "big") + frame for frame in frames(audio, 320)]
    return b"\x01\x00\x10" + uuid + b"".join(packets) + b"\x03\x00\x015" + b"\x00\x00\x00"
