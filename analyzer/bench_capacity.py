"""How many calls at once this machine carries, against a plain recognition server: the same client for both.

Both servers run in a process of their own and speak vosk-server's protocol; a call is two sockets.  The client sends
100 ms of 16 kHz audio as it comes, waits for nobody, and notes how long after it each reply came.  A word needs some
.3 s of sound behind it before any recognizer tells it, so a reply may take .3 s if the text is to be there in .6 s.
The plain server is a few lines at the end of this file: one fresh recognizer a socket, hops as they come, a pool of as
many threads as there are cores, no gate, no judgement.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import soxr
from aiohttp import WSMsgType, web

from analyzer.audio import ENGINE_RATE, Speaker
from analyzer.bench import SIDES, read_sides
from analyzer.engines.vosk_bare import bare_model, bare_recognizer
from analyzer.engines.vosk_engine import to_pcm16
from analyzer.errors import AnalyzerError

HOP_S = 0.1
HOP_BYTES = 2 * round(HOP_S * ENGINE_RATE)
LATEST_S = 0.3  # p95 of the replies
APART_S = 2.0  # calls do not begin together
SETTLE_S = 3.0  # after the last has begun: from then on replies count
OFFSET_S = 11.0  # nor do two calls of one recording play the same place
READY_S = 60.0
END = '{"eof" : 1}'
"""As vosk-server wants it, to the letter."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a server did with some calls at once."""

    calls: int
    late_s: float  # p95 of the replies, in seconds; infinite where a call was refused or broke off
    cores: float  # processor time it took for each second

    @property
    def is_carried(self) -> bool:
        return self.late_s <= LATEST_S

    @property
    def line(self) -> str:
        """For people."""
        return f"  {self.calls} calls: replies p95 {self.late_s:.2f} s, {self.cores:.2f} cores"


Run = Callable[[int], Step]


def most_calls(run: Run, tell: Callable[[str], None], first: int) -> Step:
    """The step with the most calls that are carried: half as many more until they are not, then the place between."""
    done: dict[int, Step] = {}

    def tried(count: int) -> Step:
        if count not in done:
            done[count] = run(count)
            tell(done[count].line)
        return done[count]

    low, high = 0, first
    while tried(high).is_carried:
        low, high = high, high + max(high // 2, 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tried(middle).is_carried else (low, middle)
    return done.get(low) or Step(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Side:
    """One channel of a recorded call as it is sent: 16-bit PCM at the recognizer's rate."""

    speaker: Speaker
    pcm: bytes

    def hops(self, from_s: float, for_s: float) -> Iterator[bytes]:
        """`for_s` seconds of it, round and round."""
        count = len(self.pcm) // HOP_BYTES
        begin = round(from_s / HOP_S)
        for number in range(begin, begin + round(for_s / HOP_S)):
            at = number % count * HOP_BYTES
            yield self.pcm[at : at + HOP_BYTES]


def sides_of(path: Path) -> list[Side]:
    """Both channels of a recorded call."""
    call = read_sides(path)
    return [
        Side(speaker, to_pcm16(soxr.resample(samples, call.rate, ENGINE_RATE)))
        for speaker, samples in zip(SIDES, call.channels, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most calls of the plain server and of ours, in runs one after the other."""

    plain: Sequence[int]
    ours: Sequence[int]

    @property
    def ratio(self) -> float:
        """How many times as many we carry: the median of the runs' ratios."""
        return statistics.median(our / max(plain, 1) for our, plain in zip(self.ours, self.plain, strict=True))

    @property
    def line(self) -> str:
        """For people."""
        ours, plain = (", ".join(map(str, counts)) for counts in (self.ours, self.plain))
        return (
            f"with replies within {LATEST_S} s: {statistics.median(self.ours):g} calls ({ours}) against "
            f"{statistics.median(self.plain):g} ({plain}), {self.ratio:.1f} times as many"
        )


def capacity(
    recordings: Sequence[Path], model: Path, for_s: float, tell: Callable[[str], None], first: int, repeats: int
) -> Capacity:
    """The most calls of both servers, `for_s` seconds for each number tried; by turns one or the other goes first."""
    calls = [sides_of(path) for path in recordings]
    port = free_port()
    plain = [sys.executable, "-m", "analyzer.bench_capacity", str(model), str(port)]
    ours = [sys.executable, "-m", "analyzer", "serve", "--port", "0", "--vosk-port", str(port), "--calls", "1000"]

    def steps(command: list[str]) -> Run:
        return lambda count: stepped(command, port, calls, count, for_s)

    found: dict[str, list[int]] = {"a plain server": [], "this program": []}
    commands = list(zip(found, (plain, ours), strict=True))
    for number in range(repeats):
        for name, command in reversed(commands) if number % 2 else commands:
            tell(f"{name}, run {number + 1} of {repeats}:")
            found[name].append(most_calls(steps(command), tell, first).calls)
    return Capacity(*found.values())


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def stepped(command: list[str], port: int, calls: Sequence[Sequence[Side]], count: int, for_s: float) -> Step:
    """Start a server, play `count` calls to it, and stop it."""
    import psutil

    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port, server)
            process = psutil.Process(server.pid)
            begun, before = time.monotonic(), sum(process.cpu_times()[:2])
            replies = asyncio.run(played(port, calls, count, for_s))
            cores = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - begun)
        finally:
            server.kill()
    return Step(count, float(np.percentile(replies, 95)) if replies else float("inf"), cores)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until it listens; `AnalyzerError` if it does not."""
    until = time.monotonic() + READY_S
    while server.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AnalyzerError("the server of the bench did not start")


async def played(port: int, calls: Sequence[Sequence[Side]], count: int, for_s: float) -> list[float]:
    """How late each reply of the `for_s` seconds was in which all calls were in progress, in seconds.

    Nothing if a call was not carried to its end.
    """
    async with aiohttp.ClientSession() as web_client:
        start = time.monotonic() + 1.0
        full = start + (count - 1) * APART_S + SETTLE_S
        lanes = [
            lane(web_client, port, side, number // len(calls) * OFFSET_S, start + number * APART_S, full, for_s)
            for number in range(count)
            for side in calls[number % len(calls)]
        ]
        try:
            return [late_s for found in await asyncio.gather(*lanes) for late_s in found]
        except (aiohttp.ClientError, ConnectionError):
            return []


async def lane(
    web_client: aiohttp.ClientSession, port: int, side: Side, from_s: float, start: float, full: float, for_s: float
) -> list[float]:
    """One channel from `start` on: hops as they come, and how late the reply to each from `full` on was."""
    async with web_client.ws_connect(f"ws://127.0.0.1:{port}/", max_msg_size=0) as wire:
        await wire.send_str(json.dumps({"config": {"sample_rate": ENGINE_RATE, "role": side.speaker}}))
        hops = list(side.hops(from_s, full - start + for_s))
        due = [start + (number + 1) * HOP_S for number in range(len(hops))]

        async def send() -> None:
            for hop, at in zip(hops, due, strict=True):
                await asyncio.sleep(max(at - time.monotonic(), 0.0))
                await wire.send_bytes(hop)
            await wire.send_str(END)

        sending = asyncio.create_task(send())
        late = [(at, await replied(wire) - at) for at in due]
        await sending
        return [late_s for at, late_s in late if at > full]


async def replied(wire: aiohttp.ClientWebSocketResponse[Any]) -> float:
    """When the next reply came."""
    message = await wire.receive()
    if message.type is not WSMsgType.TEXT or '"error"' in message.data:
        raise ConnectionError("the server did not carry this call")
    return time.monotonic()


def plain_server(model: Path, port: int) -> None:
    """vosk-server's protocol in a few lines, served for ever."""
    loaded, pool = bare_model(model), ThreadPoolExecutor(os.cpu_count())

    async def recognize(request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(compress=False)
        await wire.prepare(request)
        recognizer, loop = bare_recognizer(loaded), asyncio.get_running_loop()
        async for message in wire:
            if message.type is WSMsgType.BINARY:
                await wire.send_str(await loop.run_in_executor(pool, recognizer, message.data))
        return wire

    app = web.Application()
    app.add_routes([web.get("/", recognize)])
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    plain_server(Path(sys.argv[1]), int(sys.argv[2]))
