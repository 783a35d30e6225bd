"""What live calls cost in time: words and prompts from the moment of their audio to the page, several calls at once.

Sample calls are played in real time into one server of this process, each frame handed to its call as a socket's
handler would hand it on; a reader in a process of its own follows the pages' stream over HTTP and notes when each
message comes.  So player, server and ears share one process; the way out is measured over a real socket, the way in is
not: `bench_capacity` has calls that come over sockets, and the comparison with a plain server.

A word counts as told when a partial text (or the finished turn) first holds it in its place; its time is the
end of the word in the finished turn.  What lies between the message and the paint is the browser's: one frame.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from analyzer.errors import CallRefused
from analyzer.escalation import ORDER
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About
from analyzer.record import Line, read
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.sources.file import open_call
from analyzer.sources.paced import in_frames, in_time

PARTIAL_P50_S, PARTIAL_P95_S, PROMPT_P95_S = 0.3, 0.6, 0.7  # what we promise
KNOCK_S = 3.0
EARLY_S = 3.0  # a page takes back by then what was not confirmed
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays in seconds of some calls that ran together."""

    calls: int
    partial_s: Sequence[float]
    prompt_s: Sequence[float]
    lost_s: float
    while_speaking: tuple[int, int]  # escalations shown while the customer still spoke, of all
    taken_back: tuple[int, int] = (0, 0)  # prompts shown early that the finished turn did not confirm, of all
    refused: int = 0  # further calls that asked to be taken meanwhile, and were told no in words

    @property
    def line(self) -> str:
        """For people."""
        told, all_of_them = self.while_speaking
        back, early = self.taken_back
        return (
            f"{self.calls} calls: word to partial p50 {at(self.partial_s, 50):.2f} s, "
            f"p95 {at(self.partial_s, 95):.2f} s ({len(self.partial_s)} words); "
            f"moment to prompt p95 {at(self.prompt_s, 95):.2f} s "
            f"({len(self.prompt_s)} prompts); lost {self.lost_s:.1f} s of audio; "
            f"level shown while the customer still spoke {told} of {all_of_them}; "
            f"prompts shown early and taken back {back} of {early}; "
            f"further calls refused {self.refused} "
            "(played inside the server's process, without a socket; noted at the end of an HTTP stream by another)"
        )


def at(values: Sequence[float], percent: int) -> float:
    """A percentile; not a number where there are no values."""
    return float(np.percentile(values, percent)) if values else float("nan")


async def measure(makers: Makers, calls: Sequence[Path], count: int, for_s: float) -> Delays:
    """Play `count` calls at once, each beginning another when it ends, for at least `for_s` seconds."""
    settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()))
    folder = Path(tempfile.mkdtemp(prefix="analyzer-bench-"))
    server = Server(makers, settings, DeskSettings(count, folder))
    await server.start()
    notes = folder / "notes"  # a file: a pipe would fill up and make the reader wait
    with notes.open("wb") as file:
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "analyzer.bench_live", server.url, stdout=file
        )
    while not notes.stat().st_size:  # until it is connected
        await asyncio.sleep(0.05)
    begun: dict[str, float] = {}
    until = time.monotonic() + for_s
    knocking = asyncio.create_task(_knocked(server, count, until))
    lost = await asyncio.gather(*(_player(server, calls, number, begun, until) for number in range(count)))
    await asyncio.sleep(1.0)
    await server.stop()
    await reader.wait()
    told = [json.loads(line) for line in notes.read_bytes().splitlines()[1:]]
    records = {path.stem: read(path).turns for path in folder.glob("*.jsonl")}
    shutil.rmtree(folder)
    return replace(delays(count, told, records, begun, sum(lost)), refused=await knocking)


async def _knocked(server: Server, count: int, until: float) -> int:
    """As many further calls again ask to be taken, every few seconds; how often one was refused."""
    refused = 0
    while time.monotonic() < until:
        await asyncio.sleep(KNOCK_S)
        for number in range(count if len(server.desk.calls) == count else 0):
            try:
                server.desk.open(About(f"further-{number}", "bench", {"customer": 8_000})).end()
            except CallRefused:
                refused += 1
    return refused


async def _player(server: Server, calls: Sequence[Path], number: int, begun: dict[str, float], until: float) -> float:
    """One call after another; the audio that found no room, in seconds."""
    lost_s = 0.0
    await asyncio.sleep(number * 0.37)  # calls do not begin together
    while time.monotonic() < until:
        audio = open_call(calls[number % len(calls)])
        name = f"{audio.call_id}-{number}-{len(begun)}"
        try:
            line = server.desk.open(About(name, "bench", audio.rates, audio.codec))
        except CallRefused as refused:  # the calls in progress are late: they go on, and this one waits
            _say(f"{refused}; trying again")
            await asyncio.sleep(1.0)
            continue
        begun[name] = time.monotonic()
        async for frame, _ in in_time(in_frames(audio.chunks())):
            line.hear(frame)
            if time.monotonic() > until:
                break
        line.end()
        await asyncio.to_thread(line.join)
        lost_s += line.dropped_s
        number += 1
    return lost_s


def delays(
    count: int,
    told: Iterable[Message],
    records: Mapping[str, Sequence[Line]],
    begun: Mapping[str, float],
    lost_s: float,
) -> Delays:
    """The delays in what a reader noted (`came` is when) of the calls whose finished turns are in `records`."""
    of_call: dict[str, list[Message]] = {}
    for message in told:
        of_call.setdefault(message["call_id"], []).append(message)
    words: list[float] = []
    prompts: list[float] = []
    in_speech: list[bool] = []
    kept: list[bool] = []
    for call, messages in of_call.items():
        if call not in begun:
            continue
        for speaker in ("agent", "customer"):
            words += _words(messages, [turn for turn in records[call] if turn["speaker"] == speaker], begun[call])
        final = [message for message in messages if message["type"] == "prompt"]
        early = [message for message in messages if message["type"] == "early" and message["prompt"]]
        prompts += [_first_shown(prompt, early) - begun[call] - prompt["at_s"] for prompt in final]
        kept += [any(_is_ahead(one, prompt) for prompt in final) for one in early]
        in_speech += _escalations(messages, begun[call])
    taken_back = (kept.count(False), len(kept))
    return Delays(count, words, prompts, lost_s, (sum(in_speech), len(in_speech)), taken_back)


def _first_shown(prompt: Message, early: Iterable[Message]) -> float:
    """When a prompt came to the page: with its turn, or ahead of it."""
    return min((one["came"] for one in early if _is_ahead(one, prompt)), default=float(prompt["came"]))


def _is_ahead(early: Message, prompt: Message) -> bool:
    """Whether an early prompt was this one."""
    same = early["prompt"]["line"] == prompt["line"] and early["prompt"]["number"] == prompt["number"]
    return bool(same and 0 <= prompt["came"] - early["came"] <= EARLY_S)


def _words(messages: Sequence[Message], turns: Sequence[Line], begun: float) -> list[float]:
    """For each word of one speaker's finished turns: how long after its end it was first told."""
    found: list[float] = []
    for turn in turns:
        told = [
            (message["text"].split(), message["came"])
            for message in messages
            if message.get("speaker") == turn["speaker"]
            and (_is_about(message, turn) if message["type"] == "turn" else _is_within(message, turn))
        ]
        for place, word in enumerate(turn["words"]):  # an earlier word may still change, and move it by one
            first = next((came for text, came in told if word["word"] in text[max(place - 1, 0) : place + 2]), None)
            if first is not None:
                found.append(first - begun - word["end_s"])
    return found


def _is_about(message: Message, turn: Line) -> bool:
    return bool(message["start_s"] == turn["start_s"])


def _is_within(message: Message, turn: Line) -> bool:
    return message["type"] == "partial" and bool(turn["start_s"] <= message["at_s"] <= turn["end_s"] + 1.0)


def _escalations(messages: Sequence[Message], begun: float) -> list[bool]:
    """For each rise of the level: whether the page showed it before the customer's last word on that floor."""
    found: list[bool] = []
    turns = [message for message in messages if message["type"] == "turn"]
    levels = [message for message in messages if message["type"] == "level"]
    early = [message for message in messages if message["type"] == "early" and message["level"]]
    before = "calm"
    for level in levels:
        if ORDER.index(level["level"]) > ORDER.index(before):
            begun_s, end_s = _floor(turns, level["at_s"])
            shown = [one for one in (*early, level) if one["level"] == level["level"]]
            found.append(any(begun_s < one["came"] - begun < end_s for one in shown))
        before = level["level"]
    return found


def _floor(turns: Sequence[Message], at_s: float) -> tuple[float, float]:
    """From the start of the turn that ended at `at_s` to the customer's last word before the agent's next turn."""
    begun_s = min((turn["start_s"] for turn in turns if turn["end_s"] == at_s), default=at_s)
    end_s = at_s
    for turn in sorted((turn for turn in turns if turn["end_s"] > at_s), key=lambda turn: float(turn["start_s"])):
        if turn["speaker"] != "customer":
            break
        end_s = turn["end_s"]
    return begun_s, end_s


async def note(url: str) -> None:
    """Follow a server's stream, and print each message that is measured with the time at which it came."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=2**20) as web, web.get(f"{url}events") as answer:
        _write({})
        async for line in answer.content:
            if line.startswith(b"data: "):
                message = json.loads(line[6:])
                if message["type"] in ("partial", "early", "turn", "prompt", "level") and not message.get("missed"):
                    _write(message | {"came": time.monotonic()})


def _write(message: Message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    asyncio.run(note(sys.argv[1]))
