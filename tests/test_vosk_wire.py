"""The protocol of vosk-server: its own clients work unchanged, and get the sentiment as an extra."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_calls import first_line

from analyzer.affect import join
from analyzer.audio import AudioChunk, Speaker
from analyzer.call import Call
from analyzer.coach import Coach
from analyzer.dialogue import Turn
from analyzer.errors import WireError
from analyzer.live.desk import DeskSettings, Makers
from analyzer.live.line import About
from analyzer.playbook import default_playbook
from analyzer.server.access import access_for
from analyzer.server.app import Server, ServerSettings
from analyzer.sources.vosk_wire import VoskWire
from analyzer.sources.wire import Closed, Opened, Reply
from analyzer.speech import Partial, Utterance, spread_words
from analyzer.testing import EchoEngine, LoudActivity, TableReader, reading, speech_like

RATE = 16_000
KEYS = ("sample_rate", "words", "max_alternatives", "role", "call_id", "agent_name")


def pcm(samples: Any) -> bytes:
    return bytes((np.asarray(samples) * 32767).astype("<i2").tobytes())


def test_audio_opens_the_call_at_the_rate_of_the_config() -> None:
    """The config gets no reply; later chunks follow on by their count of samples."""
    wire = VoskWire("a-call")
    assert (
        wire.receive('{"config" : {"sample_rate" : 16000.0, "words": 1, "model": "/etc/passwd", "role": "customer"}}')
        == []
    )
    opened, first = wire.receive(pcm(np.zeros(3200)))
    [second] = wire.receive(pcm(np.zeros(1600)) + b"\0")  # an odd byte at the end
    assert opened == Opened("a-call", {"customer": RATE}, "pcm_s16le")
    assert isinstance(first, AudioChunk)
    assert isinstance(second, AudioChunk)
    assert (first.first_sample, second.first_sample, second.end_sample) == (0, 3200, 4800)


def test_without_a_config_it_is_8_kilohertz_of_nobody_known() -> None:
    """As the original has it."""
    opened, _ = VoskWire("x").receive(b"\0\0")
    assert opened == Opened("x", {"unknown": 8000}, "pcm_s16le")


@pytest.mark.parametrize("text", ['{"eof" : 1}', '{"eof":1}', ' { "eof": 1 } '])
def test_the_end_is_understood_however_it_is_spaced(text: str) -> None:
    """The original insists on its spaces; we don't."""
    wire = VoskWire("x")
    wire.receive(b"\0\0")
    assert wire.receive(text) == [Closed("eof", normal=True)]
    assert wire.lost() == []
    assert wire.receive(b"\0\0") == []


def test_a_reset_is_answered_and_the_session_goes_on() -> None:
    """With an empty result where no audio came."""
    wire = VoskWire("x")
    for text in ('{"reset" : 1}', '{"eof":1}'):
        [reply] = [event for event in wire.receive(text) if isinstance(event, Reply)]
        assert json.loads(reply.data) == {"text": ""}


@pytest.mark.parametrize(
    "frame",
    ["", "[]", "7", "nonsense", "{}", '{"config": 3}', '{"config": {"sample_rate": "fast"}}',
     '{"config": {"sample_rate": 1e400}}', '{"config": {"sample_rate": 100}}', "[" * 100_000, '{"config": {"sample_rate": true}}',
     '{"config": {"sample_rate": "' + "9" * 5000 + '"}}'],
)  # fmt: skip
def test_garbage_is_a_wire_error_that_quotes_none_of_it(frame: str | bytes) -> None:
    """What was sent may be somebody's words."""
    with pytest.raises(WireError) as told:
        VoskWire("x").receive(frame)
    assert "nonsense" not in str(told.value)
    assert len(str(told.value)) < 100


def turn(text: str, start_s: float, end_s: float, speaker: Speaker = "customer") -> Turn:
    utterance = Utterance(speaker, spread_words(text, start_s, end_s))
    return Turn(0, utterance, join(reading(-0.8, 0.7, ["churn"]), None, utterance), None, {})


def replied(wire: VoskWire) -> dict[str, Any]:
    [reply] = wire.answered()
    found: dict[str, Any] = json.loads(reply)
    return found


def customers(config: str = "") -> VoskWire:
    wire = VoskWire("x", "customer")
    wire.receive('{"config": {"sample_rate": 8000' + config + "}}")
    return wire


def test_every_chunk_has_one_reply_in_order_even_when_they_come_faster_than_answers() -> None:
    """What is known when a chunk has been worked on is its reply; an utterance that ended is told once."""
    wire = customers()
    for _ in range(3):
        wire.receive(bytes(3200))
    wire.receive('{"eof" : 1}')
    wire.tell(Partial("customer", "i want", 0.1, 0.2))
    assert replied(wire) == {"partial": "i want"}
    wire.tell(turn("i want", 0.0, 0.3))
    wire.tell(turn("to leave", 0.4, 0.6))
    told = replied(wire)
    assert (told["text"], told["sentiment"], told["intensity"], told["cues"]) == (
        "i want to leave",
        -0.8,
        0.7,
        ["churn"],
    )
    assert [word["word"] for word in told["result"]] == ["i", "want", "to", "leave"]
    assert replied(wire) == {"partial": ""}
    wire.tell(turn("bye", 0.7, 0.9))
    assert replied(wire)["text"] == "bye"
    assert wire.answered() == []


def test_what_the_other_side_says_is_not_this_clients() -> None:
    """Where a call has another."""
    wire = customers(', "role": "customer", "call_id": "c 7", "agent_name": "Joe"')
    opened, _ = wire.receive(bytes(320))
    assert opened == Opened("c 7", {"customer": 8000}, "pcm_s16le", "Joe")
    wire.tell(Partial("agent", "hello", 0.0, 0.1))
    wire.tell(turn("hello there", 0.0, 0.1, "agent"))
    assert replied(wire) == {"partial": ""}


def test_the_next_utterances_text_survives_the_result_of_the_one_before() -> None:
    """Its first words may be known before the utterance before it is told."""
    wire = customers()
    wire.receive(bytes(320))
    wire.receive(bytes(320))
    wire.tell(Partial("customer", "and", 1.0, 1.2))
    wire.tell(turn("hello", 0.0, 0.5))
    assert replied(wire)["text"] == "hello"
    assert replied(wire) == {"partial": "and"}


def test_a_long_chunk_is_heard_in_pieces_and_has_one_reply() -> None:
    """However long; and a sample cut in two by the network is put together again."""
    wire = customers()
    _, *pieces = wire.receive(bytes(8000 * 5 + 1))
    chunks = [piece for piece in pieces if isinstance(piece, AudioChunk)]
    assert [chunk.end_sample for chunk in chunks] == [8000, 16000, 20000]
    assert [len(wire.answered()) for _ in chunks] == [0, 0, 1]
    [chunk] = wire.receive(b"\x40")
    assert isinstance(chunk, AudioChunk)
    assert chunk.samples.tolist() == [0.5]


def test_results_come_in_the_forms_that_a_client_may_ask_for() -> None:
    """Without words; as alternatives."""
    wire = customers(', "words": false')
    wire.receive(bytes(320))
    wire.tell(turn("hello", 0.0, 0.5))
    assert "result" not in replied(wire)
    wire = customers(', "max_alternatives": 3')
    wire.receive(bytes(320))
    wire.tell(turn("hello", 0.0, 0.5))
    [one] = replied(wire)["alternatives"]
    assert one["text"] == "hello"
    assert set(one["result"][0]) == {"word", "start", "end"}


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=500),
            st.text(max_size=60),
            st.sampled_from(['{"reset":1}', '{"eof" : 1}']),
            st.recursive(st.one_of(st.none(), st.floats(), st.integers(), st.text()), st.lists).map(
                lambda odd: json.dumps({"config": dict.fromkeys(KEYS, odd)})
            ),
        ),
        max_size=20,
    )
)
def test_any_frames_give_events_or_a_wire_error(frames: list[str | bytes]) -> None:
    """Never anything else, and positions never go back."""
    wire, end = VoskWire("x"), 0
    for frame in frames:
        try:
            events = wire.receive(frame)
        except WireError:
            continue
        for event in events:
            if isinstance(event, AudioChunk):
                assert event.first_sample == end
                end = event.end_sample


def served(check: Any, most_calls: int = 4) -> None:
    """A server with scripted ears on a vosk port of its own, and a check against it."""

    def call(about: About) -> Call:
        feels = {"i am fed up": reading(-0.8, 0.7)}
        engine = EchoEngine(["i am fed up", "with this"])
        return Call(about.rates, engine, LoudActivity, TableReader(feels), Coach(default_playbook()))

    async def main() -> None:
        settings = ServerSettings("127.0.0.1", 0, access_for("127.0.0.1", "", ()), vosk_port=0)
        server = Server(Makers(call, first_line), settings, DeskSettings(most_calls))
        await server.start()
        try:
            await check(server)
        finally:
            await server.stop()

    asyncio.run(asyncio.wait_for(main(), 60))


async def spoken(socket: Any, audio: Any, config: dict[str, Any]) -> list[dict[str, Any]]:
    """What the original's own test client does: config, 0.2 s at a time, one reply each, the end."""
    await socket.send(json.dumps({"config": config}))
    replies = []
    for start in range(0, len(audio), RATE // 5):
        await socket.send(pcm(audio[start : start + RATE // 5]))
        replies.append(json.loads(await socket.recv()))
    await socket.send('{"eof" : 1}')
    return [*replies, json.loads(await socket.recv())]


def test_a_reset_ends_the_utterance_and_times_go_on_as_if_nothing_had_been_put_in() -> None:
    """Its result comes at once, though nobody had paused."""
    import websockets

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.vosk_port}") as socket:
            await socket.send(json.dumps({"config": {"sample_rate": RATE}}))
            await socket.send(pcm(speech_like([(0.5, 2.0)], 2.0)))
            assert "partial" in json.loads(await socket.recv())
            await socket.send('{"reset" : 1}')
            first = json.loads(await socket.recv())
            await socket.send(pcm(speech_like([(1.0, 2.0)], 4.0)))
            second = json.loads(await socket.recv())
        assert (first["text"], second["text"]) == ("i am fed up", "with this")
        assert first["result"][0]["start"] == pytest.approx(0.5, abs=0.05)
        assert second["result"][0]["start"] == pytest.approx(3.0, abs=0.05)

    served(check)


AUDIO = speech_like([(0.5, 3.0), (5.0, 6.5)], 7.0)


def test_a_client_gets_one_reply_a_chunk_and_the_sentiment_as_an_extra() -> None:
    """Partials, a result with word times, the last result after the end; over a real socket."""
    import websockets

    async def check(server: Server) -> None:
        config = {"sample_rate": RATE}
        async with websockets.connect(f"ws://127.0.0.1:{server.vosk_port}") as socket:
            replies = await spoken(socket, AUDIO, config)
        assert len(replies) == 36
        results = [reply for reply in replies if "text" in reply]
        assert [result["text"] for result in results] == ["i am fed up", "with this"]
        assert set(results[0]["result"][0]) == {"conf", "end", "start", "word"}
        assert results[0]["sentiment"] < -0.5
        assert any(reply.get("partial") for reply in replies)

    served(check)


def test_a_client_of_nobody_known_gets_words_and_no_sentiment() -> None:
    """A speaker who may be the agent is not judged."""
    import websockets

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/vosk") as socket:
            replies = await spoken(socket, AUDIO, {"sample_rate": RATE, "role": "unknown"})
        results = [reply for reply in replies if "text" in reply]
        assert results
        assert all("sentiment" not in result for result in results)

    served(check)


def test_garbage_ends_that_connection_and_no_other() -> None:
    """In words, with the code for it."""
    import websockets

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.vosk_port}"
        async with websockets.connect(url) as good, websockets.connect(url) as bad:
            await bad.send("nonsense")
            assert "not JSON" in json.loads(await bad.recv())["error"]
            with pytest.raises(websockets.ConnectionClosed):
                await bad.recv()
            assert bad.close_code == 1008
            replies = await spoken(good, AUDIO, {"sample_rate": RATE})
            assert replies[-1]["text"] == "with this"

    served(check)


def test_a_call_too_many_is_refused_in_words() -> None:
    """With the code for trying again later; the call in progress does not notice."""
    import websockets

    async def check(server: Server) -> None:
        url = f"ws://127.0.0.1:{server.vosk_port}"
        async with websockets.connect(url) as first, websockets.connect(url) as second:
            await first.send(pcm(np.zeros(RATE)))
            await first.recv()
            await second.send(pcm(np.zeros(RATE)))
            assert "no room" in json.loads(await second.recv())["error"]
            with pytest.raises(websockets.ConnectionClosed):
                await second.recv()
            assert second.close_code == 1013
            await first.send('{"eof" : 1}')
            assert json.loads(await first.recv()) == {"text": ""}

    served(check, most_calls=1)


def test_a_client_that_goes_away_ends_its_call_as_broken_off() -> None:
    """Its words are kept, and the desk is free again."""
    import websockets

    async def check(server: Server) -> None:
        async with websockets.connect(f"ws://127.0.0.1:{server.vosk_port}") as socket:
            await socket.send(pcm(AUDIO[:RATE]))
            await socket.recv()
            [line] = server.desk.calls
            socket.transport.abort()
        await asyncio.to_thread(line.join, 10)
        assert line.why == "the connection broke"
        assert server.desk.calls == []

    served(check)
