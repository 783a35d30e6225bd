"""A day in a minute: two hundred short calls with scripted ears, two dozen with the real ones; nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import psutil
import pytest
import websockets
from live_calls import first_line

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.call import Call
from analyzer.cli.live import makers
from analyzer.cli.loading import load_engines, load_playbook
from analyzer.coach import Coach
from analyzer.engines.vosk_engine import VoskEngine, warm_up_audio
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About
from analyzer.playbook import default_playbook
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.speech import SpeechEngine
from analyzer.testing import EchoEngine, LoudActivity, TableReader, speech_like

POOL = 40  # more than the loop's own pool of threads has: it is as large as it gets before anything is counted
CUT_OFF = 5  # every fifth is cut off
SPARE = 2  # recognizers


@dataclass(frozen=True, slots=True)
class Soak:
    """Some short calls of one speaker, and what may be left of them."""

    ears: Literal["scripted", "real"]
    calls: int
    at_once: int
    settled: int  # calls after which pools and caches are as large as they get
    most_growth_mb: int
    said: str


SAID, HEARD = "i want my money", "okay i would like to talk about the bill please"
SCRIPTED = Soak(
    "scripted", 200, 8, 100, 60, SAID
)  # the heap wavers by 25; 100 calls that stayed would hold 200 of rings
REAL = Soak("real", 20, 4, 10, 150, HEARD)  # recognizers make it waver by 70; each call that stayed would hold 80


class Left(NamedTuple):
    """What a process holds."""

    megabytes: float
    files: int
    threads: int


def left() -> Left:
    gc.collect()
    me = psutil.Process()
    return Left(me.memory_info().rss / 2**20, me.num_fds(), me.num_threads())


def scripted_call(about: About) -> Call:
    engine = EchoEngine([SCRIPTED.said])
    return Call(about.rates, engine, LoudActivity, TableReader(), Coach(default_playbook()))


def sound_of(soak: Soak) -> tuple[Samples, int]:
    """What each call sends, and its rate in Hz."""
    if soak.ears == "scripted":
        return speech_like([(0.2, 1.5)], 2.0, 8000), 8000
    return np.pad(warm_up_audio(3.0), (3_200, 8_000)), ENGINE_RATE


async def one_call(port: int, pcm: bytes, rate: int, is_cut_off: bool) -> str:
    """All that the call's results said; nothing for one that was cut off."""
    said = []
    async with websockets.connect(f"ws://127.0.0.1:{port}/vosk") as socket:
        await socket.send(json.dumps({"config": {"sample_rate": rate, "role": "customer"}}))
        for start in range(0, len(pcm), 3200):
            await socket.send(pcm[start : start + 3200])
            said.append(json.loads(await socket.recv()).get("text", ""))
        if is_cut_off:
            socket.transport.abort()
            return ""
        await socket.send('{"eof" : 1}')
        said.append(json.loads(await socket.recv())["text"])
    return " ".join(filter(None, said))


async def many_calls(soak: Soak, folder: Path) -> tuple[list[str], Left, Left]:
    """What the calls said, and what was left of them in this process after the first ones and after all."""
    made, speech = Makers(scripted_call, first_line), None
    if soak.ears == "real":
        engines = load_engines(SPARE, spare=SPARE, pace="live")
        made, speech = makers(engines, load_playbook(None)), engines.speech
    settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
    server = Server(made, settings, DeskSettings(2 * soak.at_once, folder))
    await server.start()
    samples, rate = sound_of(soak)
    pcm = (np.asarray(samples) * 32767).astype("<i2").tobytes()
    gate, said = asyncio.Semaphore(soak.at_once - 1), []

    async def take(number: int) -> None:
        async with gate:
            said.append(await one_call(server.port, pcm, rate, number % CUT_OFF == 0))
            while len(server.desk.calls) >= 2 * soak.at_once - 1:  # those that were cut off are still ending
                await asyncio.sleep(0.01)

    await asyncio.gather(*(take(number) for number in range(soak.settled)))
    await calm(server, speech)
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(POOL)))
    before = left()
    await asyncio.gather(*(take(number) for number in range(soak.settled, soak.calls)))
    await calm(server, speech)
    after = left()
    await server.stop()
    return said, before, after


async def calm(server: Server, speech: SpeechEngine | None) -> None:
    """Wait until no call is in progress, and the ears of those that were are put away."""
    while server.desk.calls:
        await asyncio.sleep(0.01)
    if isinstance(speech, VoskEngine):
        while not (speech._chores and speech._chores.empty() and len(speech._ready) == SPARE):
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)  # the last of the chores is still being done
    await asyncio.sleep(0.2)


def in_a_process_of_its_own(soak: Soak, folder: Path) -> tuple[list[str], Left, Left]:
    """The heap of a process that ran a thousand other tests wavers too much to tell anything."""
    return asyncio.run(asyncio.wait_for(many_calls(soak, folder), 480))


@pytest.mark.parametrize("soak", [SCRIPTED, REAL], ids=lambda soak: soak.ears)
def test_many_calls_leave_nothing_behind(soak: Soak, tmp_path: Path, vosk_model: Path) -> None:
    """Memory, files and threads are what they were after the first ones; every call has its record."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        said, before, after = alone.submit(in_a_process_of_its_own, soak, tmp_path).result()
    print(f"{soak.ears} ears: {before} after {soak.settled} calls, {after} after {soak.calls}")
    assert said.count(soak.said) == soak.calls - -(-soak.calls // CUT_OFF)
    assert after.megabytes - before.megabytes < soak.most_growth_mb
    assert after.files <= before.files + 2
    assert after.threads <= before.threads + 1
    records = list(tmp_path.glob("*.jsonl"))
    assert len(records) == soak.calls
    broken = sum('"ended_abnormally":true' in record.read_text() for record in records)
    assert broken == -(-soak.calls // CUT_OFF)
