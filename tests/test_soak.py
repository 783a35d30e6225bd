"""A day in a minute: two hundred short calls, one in five of them cut off, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import websockets
from live_calls import first_line

from analyzer.call import Call
from analyzer.coach import Coach
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About
from analyzer.playbook import default_playbook
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.testing import EchoEngine, LoudActivity, TableReader, speech_like

RATE = 8000
POOL = 40  # more than the loop's own pool of threads has: it is as large as it gets before anything is counted
MOST_GROWTH_MB = 60  # the heap of a process of its own wavers by 25; 100 calls that stayed would hold 200 of rings
CALLS, AT_ONCE, CUT_OFF = 200, 8, 5  # every fifth is cut off
SETTLED = 100  # calls after which pools and caches are as large as they get
AUDIO = (np.asarray(speech_like([(0.2, 1.5)], 2.0, RATE)) * 32767).astype("<i2").tobytes()


def make_call(about: About) -> Call:
    return Call(about.rates, EchoEngine(["i want my money"]), LoudActivity, TableReader(), Coach(default_playbook()))


async def one_call(port: int, number: int) -> str:
    """What the call's last result said; nothing for one that was cut off."""
    async with websockets.connect(f"ws://127.0.0.1:{port}/vosk") as socket:
        await socket.send(json.dumps({"config": {"sample_rate": RATE, "role": "customer"}}))
        for start in range(0, len(AUDIO), 3200):
            await socket.send(AUDIO[start : start + 3200])
            await socket.recv()
        if number % CUT_OFF == 0:
            socket.transport.abort()
            return ""
        await socket.send('{"eof" : 1}')
        return str(json.loads(await socket.recv())["text"])


def left() -> tuple[float, int, int]:
    """Megabytes, open files and threads of this process."""
    gc.collect()
    me = psutil.Process()
    return me.memory_info().rss / 2**20, me.num_fds(), me.num_threads()


async def two_hundred_calls(folder: Path) -> tuple[list[str], tuple[float, int, int], tuple[float, int, int]]:
    """What the calls said, and what was left of them in this process after the first hundred and after all."""
    settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
    server = Server(Makers(make_call, first_line), settings, DeskSettings(2 * AT_ONCE, folder))
    await server.start()
    gate, said = asyncio.Semaphore(AT_ONCE - 1), []

    async def take(number: int) -> None:
        async with gate:
            said.append(await one_call(server.port, number))
            while len(server.desk.calls) >= 2 * AT_ONCE - 1:  # those that were cut off are still ending
                await asyncio.sleep(0.01)

    await asyncio.gather(*(take(number) for number in range(SETTLED)))
    await calm(server)
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(POOL)))
    before = left()
    await asyncio.gather(*(take(number) for number in range(SETTLED, CALLS)))
    await calm(server)
    after = left()
    await server.stop()
    return said, before, after


def in_a_process_of_its_own(folder: Path) -> tuple[list[str], tuple[float, int, int], tuple[float, int, int]]:
    """The heap of a process that ran a thousand other tests wavers too much to tell anything."""
    return asyncio.run(asyncio.wait_for(two_hundred_calls(folder), 120))


def test_two_hundred_calls_leave_nothing_behind(tmp_path: Path) -> None:
    """Memory, files and threads are what they were after the first hundred; every call has its record."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        said, before, after = alone.submit(in_a_process_of_its_own, tmp_path).result()
    assert said.count("i want my money") == CALLS - CALLS // CUT_OFF
    assert after[0] - before[0] < MOST_GROWTH_MB
    assert after[1] <= before[1] + 2
    assert after[2] <= before[2] + 1
    records = list(tmp_path.glob("*.jsonl"))
    assert len(records) == CALLS
    broken = sum('"ended_abnormally":true' in record.read_text() for record in records)
    assert broken == CALLS // CUT_OFF


async def calm(server: Server) -> None:
    """Wait until no call is in progress."""
    while server.desk.calls:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
