"""AudioHook as Genesys speaks it; the messages are written by hand, after its pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.affect import join
from analyzer.audio import AudioChunk
from analyzer.dialogue import Turn
from analyzer.errors import WireBroken, WireError
from analyzer.playbook import Prompt
from analyzer.sources.audiohook import AudioHookSettings, AudioHookWire, duration
from analyzer.sources.wire import Closed, Opened, Paused, Reply, Resumed, WireEvent
from analyzer.speech import Partial, Utterance, spread_words
from analyzer.testing import reading

SESSION = "30b0e395-84d3-4570-ac13-9a62d8f514c0"
ORGANIZATION = "d7934305-0972-4844-938e-9060eef73d05"
CONVERSATION = "090eaa2f-72fa-480a-83e0-8667ff89c0ec"
NULL = "00000000-0000-0000-0000-000000000000"
STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}
MONO = {"type": "audio", "format": "L16", "channels": ["external"], "rate": 8000}


class Genesys:
    """The client's side of a session: numbers its messages, remembers the server's."""

    def __init__(self, wire: AudioHookWire) -> None:
        self.wire = wire
        self.seq = 0
        self.serverseq = 0

    def says(self, kind: str, parameters: Any, **other: Any) -> list[WireEvent]:
        """Everything that comes of a message; replies are checked for their envelope and taken note of."""
        self.seq += 1
        said = {"version": "2", "id": SESSION, "type": kind, "seq": self.seq, "serverseq": self.serverseq, "position": "PT0S", "parameters": parameters}  # fmt: skip
        events = self.wire.receive(json.dumps(said | other))
        for event in events:
            if isinstance(event, Reply):
                self.takes(event.data)
        return events

    def takes(self, data: str | bytes) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(data)
        assert (body["version"], body["id"], body["seq"], body["clientseq"]) == (
            "2",
            SESSION,
            self.serverseq + 1,
            self.seq,
        )
        self.serverseq += 1
        return body

    def opens(self, media: Any = (STEREO,), conversation: str = CONVERSATION, **other: Any) -> list[WireEvent]:
        participant = {"id": "883efee8-3d6c-4537-b500-6d7ca4b92fa0", "ani": "+1-555-555-1234", "aniName": "John Doe", "dnis": "+1-800-555-6789"}  # fmt: skip
        asked = {"organizationId": ORGANIZATION, "conversationId": conversation, "participant": participant, "media": list(media), "language": "en-US"}  # fmt: skip
        return self.says("open", asked | other)


def reply(event: WireEvent) -> tuple[str, dict[str, Any]]:
    assert isinstance(event, Reply)
    body = json.loads(event.data)
    return body["type"], body["parameters"]


def begun(settings: AudioHookSettings = AudioHookSettings(), **other: Any) -> Genesys:
    genesys = Genesys(AudioHookWire(settings))
    genesys.opens(**other)
    return genesys


def test_a_session_from_open_to_closed() -> None:
    """The reply first, then the call; both sides by their channel; pong; closed when the call has finished."""
    genesys = Genesys(AudioHookWire())
    answer, opened = genesys.opens(customConfig={"agent": "Joe"})
    assert reply(answer) == ("opened", {"media": [STEREO], "startPaused": False})
    assert opened == Opened(CONVERSATION, {"customer": 8000, "agent": 8000}, "PCMU", "Joe")
    customer, agent = genesys.wire.receive(b"\x00\x80" * 1600)
    assert isinstance(customer, AudioChunk)
    assert isinstance(agent, AudioChunk)
    assert (customer.speaker, agent.speaker, customer.end_sample, agent.end_sample) == ("customer", "agent", 1600, 1600)
    assert {round(float(sample) * 32768) for sample in customer.samples} == {-32124}
    assert {round(float(sample) * 32768) for sample in agent.samples} == {32124}
    assert [reply(event) for event in genesys.says("ping", {"rtt": "PT0.03S"})] == [("pong", {})]
    assert genesys.says("update", {"language": "es-ES"}) == []
    assert genesys.says("a message of a later version", {}) == []
    assert genesys.says("close", {"reason": "end"}) == [Closed("close", normal=True)]
    [last] = genesys.wire.finished()
    assert genesys.takes(last)["type"] == "closed"
    assert genesys.wire.receive(b"\xff\xff") == []
    assert genesys.wire.lost() == []


def test_a_connection_probe_keeps_nothing() -> None:
    """It is answered like a session, and there is no call."""
    for other in ({"conversation": NULL}, {"participant": {"id": NULL}}):
        genesys = Genesys(AudioHookWire())
        [answer] = genesys.opens(**other)
        assert reply(answer)[0] == "opened"
        assert genesys.wire.receive(b"\xff" * 160) == []
        assert genesys.says("close", {"reason": "end"}) == [Closed("close", normal=True)]
        assert genesys.takes(genesys.wire.finished()[0])["type"] == "closed"


def test_a_session_without_audio_is_legal() -> None:
    """An empty list of media."""
    [answer] = Genesys(AudioHookWire()).opens(media=[])
    assert reply(answer) == ("opened", {"media": [], "startPaused": False})


def test_the_offer_with_both_sides_is_taken() -> None:
    """Whatever its place in the list; mono where there is nothing else."""
    genesys = Genesys(AudioHookWire())
    answer, _ = genesys.opens(media=[MONO, {"type": "video"}, STEREO])
    assert reply(answer)[1]["media"] == [STEREO]
    genesys = Genesys(AudioHookWire())
    _, opened = genesys.opens(media=[MONO])
    assert opened == Opened(CONVERSATION, {"customer": 8000}, "L16")
    [chunk] = genesys.wire.receive(b"\x00\x40\x00\x80")
    assert isinstance(chunk, AudioChunk)
    assert chunk.samples.tolist() == [0.5, -1.0]


def test_what_was_held_back_is_a_gap() -> None:
    """A pause moves the place of what comes next; audio while paused is refused."""
    genesys = begun(media=[MONO])
    genesys.wire.receive(bytes(16_000))
    assert genesys.says("paused", {}) == [Paused()]
    assert genesys.says("paused", {}) == []
    with pytest.raises(WireError, match="paused"):
        genesys.wire.receive(bytes(16_000))
    assert genesys.says("resumed", {"start": "PT1.0S", "discarded": "PT2.5S"}) == [Resumed()]
    [chunk] = genesys.wire.receive(bytes(1600))
    assert isinstance(chunk, AudioChunk)
    assert chunk.first_sample == 28_000
    genesys.says("discarded", {"start": "PT3.6S", "discarded": "PT.4S"})
    genesys.says("discarded", {"start": "PT0S", "discarded": "PT1S"})  # of the past: it never goes back
    [chunk] = genesys.wire.receive(bytes(1600))
    assert isinstance(chunk, AudioChunk)
    assert chunk.first_sample == 32_000


@pytest.mark.parametrize(("text", "seconds"), [("PT1.2S", 1.2), ("PT0S", 0.0), ("PT.5S", 0.5), ("PT1S ", None), ("PT1.S", None), ("PT-1S", None), ("PT" + "9" * 400 + "S", None), ("PT١S", None), (3, None), (None, None)])  # fmt: skip
def test_durations_are_read_strictly(text: object, seconds: float | None) -> None:
    """As the protocol writes them."""
    assert duration(text) == seconds


def test_a_session_of_another_organization_is_turned_away() -> None:
    """The header was signed; the message must say the same."""
    settings = AudioHookSettings(organization=ORGANIZATION)
    assert len(Genesys(AudioHookWire(settings)).opens()) == 2
    answer, closed = Genesys(AudioHookWire(settings)).opens(organizationId=NULL)
    assert reply(answer) == ("disconnect", {"reason": "unauthorized"})
    assert closed == Closed("another organization", normal=False)


def test_a_call_that_cannot_be_taken_is_said_so() -> None:
    """By a disconnect, in words."""
    genesys = begun()
    [data] = genesys.wire.refused("no room")
    assert genesys.takes(data)["parameters"] == {"reason": "error", "info": "no room"}


BREAKS = (
    {"seq": 7}, {"seq": 1}, {"seq": None}, {"seq": True}, {"serverseq": 9}, {"serverseq": -1}, {"version": "1"},
    {"version": None}, {"id": NULL}, {"id": None},
)  # fmt: skip


@pytest.mark.parametrize("other", BREAKS)
def test_a_message_out_of_its_turn_breaks_the_session(other: dict[str, Any]) -> None:
    """Sequence, session and version must fit."""
    with pytest.raises(WireBroken):
        begun().says("ping", {}, **other)


@pytest.mark.parametrize("frame", ["", "nonsense", "[]", "7", "{}", "[" * 60_000, '"' + "x" * 65_536 + '"'])
def test_garbage_breaks_the_session_in_words_that_quote_none_of_it(frame: str) -> None:
    """Genesys does the same: after it the numbers would not fit."""
    with pytest.raises(WireBroken) as told:
        begun().wire.receive(frame)
    assert len(str(told.value)) < 120
    assert "nonsense" not in str(told.value)


def test_audio_that_is_none_is_left_out() -> None:
    """Half a frame, far too much, or before the open; the session goes on."""
    with pytest.raises(WireError):
        AudioHookWire().receive(b"\xff\xff")
    genesys = begun()
    for frame in (b"\xff", bytes(400_000)):
        with pytest.raises(WireError):
            genesys.wire.receive(frame)
    assert len(genesys.wire.receive(b"\xff\xff")) == 2


def test_offers_that_cannot_be_heard_break_the_session() -> None:
    """With what could be."""
    for media in (
        [{"type": "audio", "format": "OPUS", "channels": ["external"], "rate": 8000}],
        [MONO | {"channels": ["a"]}],
        [MONO | {"rate": 100}],
        [7],
    ):
        with pytest.raises(WireBroken, match="PCMU or L16"):
            Genesys(AudioHookWire()).opens(media=media)
    with pytest.raises(WireBroken, match="without media"):
        Genesys(AudioHookWire()).says("open", {})


def test_a_close_with_an_error_is_no_ordinary_end() -> None:
    """And a socket that breaks is none either."""
    assert begun().says("close", {"reason": "error"}) == [Closed("Genesys reports an error", normal=False)]
    wire = begun().wire
    assert wire.lost() == [Closed("the connection broke", normal=False)]
    assert wire.finished() == []


def turn(text: str) -> Turn:
    utterance = Utterance("customer", spread_words(text, 1.0, 2.0))
    return Turn(0, utterance, join(reading(), None, utterance), None, {})


PROMPT = Prompt(3.0, "mirror", "validate", "Say <b> what you heard", "an angry turn", (), 9.0, "card")


def test_nothing_of_the_call_is_sent_unless_asked_for() -> None:
    """By default it stays on this machine."""
    wire = begun().wire
    assert [wire.tell(event) for event in (turn("hello"), Partial("customer", "hi", 1.0, 1.2), PROMPT)] == [[], [], []]


def test_transcripts_and_prompts_where_they_are_asked_for() -> None:
    """An utterance has one id from its first words to its last; a prompt is HTML."""
    genesys = begun(AudioHookSettings(tells=frozenset(("transcript", "agentassist"))))
    events = (Partial("customer", "hel", 1.0, 1.2), turn("hello there"), turn("again"), PROMPT)
    partial, final, next_one, prompt = (
        genesys.takes(data)["parameters"]["entities"][0]["data"]
        for event in events
        for data in genesys.wire.tell(event)
    )
    assert (partial["isFinal"], final["isFinal"]) == (False, True)
    assert partial["id"] == final["id"] != next_one["id"]
    assert (final["channel"], final["offset"], final["duration"]) == ("external", "PT1.000S", "PT1.000S")
    [shown] = final["alternatives"][0]["interpretations"]
    assert shown["transcript"] == "hello there"
    assert [token["value"] for token in shown["tokens"]] == ["hello", "there"]
    assert prompt["suggestions"][0]["answer"] == "Say &lt;b&gt; what you heard"


names = ("organizationId", "conversationId", "participant", "media", "start", "discarded", "reason", "customConfig")
odd = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["PT1S", "PT0.5S", "audio", NULL]), lambda inner: st.lists(inner, max_size=2) | st.just([STEREO]) | st.dictionaries(st.sampled_from(names), inner, max_size=4))  # fmt: skip
kinds = st.sampled_from(("open", "ping", "paused", "resumed", "discarded", "close", "update", "error", "x"))


@given(st.lists(st.tuples(kinds, odd) | st.binary(max_size=64) | st.text(max_size=20) | st.just(("open", {"media": [STEREO], "conversationId": "c"})), max_size=30))  # fmt: skip
def test_any_frames_give_events_or_a_wire_error(frames: list[Any]) -> None:
    """Never anything else; positions never go back, and there is one beginning and one end."""
    genesys, ends, found = Genesys(AudioHookWire()), {"agent": 0, "customer": 0}, list[WireEvent]()
    for frame in frames:
        try:
            found += genesys.says(*frame) if isinstance(frame, tuple) else genesys.wire.receive(frame)
        except WireError:
            genesys.seq = genesys.wire._received
    found += genesys.wire.lost()
    for event in found:
        if isinstance(event, AudioChunk):
            assert event.first_sample >= ends[event.speaker]
            ends[event.speaker] = event.end_sample
    order = [type(event) for event in found]
    assert order.count(Opened) <= 1
    assert order.index(Closed) == len(order) - 1
    assert AudioChunk not in order or order.index(Opened) < order.index(AudioChunk)
