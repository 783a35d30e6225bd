"""chan_websocket as Asterisk speaks it; the messages are written by hand, after its page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import AudioChunk
from analyzer.errors import WireBroken, WireError
from analyzer.sources.chan_websocket import FORMATS, ChanWebsocketSettings, ChanWebsocketWire
from analyzer.sources.wire import Closed, Opened, WireEvent

PLAIN = "MEDIA_START connection_id:media1 channel:WebSocket/media1/0x5140001a0040 format:ulaw optimal_frame_size:160 ptime:20"
JSON = (
    '{"event": "MEDIA_START", "connection_id": "media1", "channel": "WebSocket/media1/0x51", "channel_id": "17.1",'
    '"format": "slin16", "optimal_frame_size": 640, "ptime": 20, "channel_variables": {"ANALYZER_CALL": "c-17",'
    '"ANALYZER_SIDE": "agent", "ANALYZER_AGENT": "Joe", "MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE": "640"}}'
)


def test_the_plain_form_says_the_format() -> None:
    """Audio is as it is on the line, counted by samples; other messages are left alone."""
    wire = ChanWebsocketWire()
    [opened] = wire.receive(PLAIN)
    assert opened == Opened("media1", {"unknown": 8000}, "PCMU")
    [first] = wire.receive(b"\x00\x80" + b"\xff" * 158)
    assert wire.receive("DTMF_END digit:5 duration_ms:100") == []
    assert wire.receive('{"event": "MEDIA_XOFF", "channel_id": "17.1"}') == []
    [second] = wire.receive(b"\xff" * 80)
    assert isinstance(first, AudioChunk)
    assert isinstance(second, AudioChunk)
    assert [round(float(sample) * 32768) for sample in first.samples[:3]] == [-32124, 32124, 0]
    assert (first.first_sample, first.end_sample, second.end_sample) == (0, 160, 240)
    assert wire.lost(orderly=True) == [Closed("hangup", normal=True)]
    assert wire.receive(b"\xff") == []
    assert wire.lost() == []


def test_the_json_form_brings_the_call_and_the_side() -> None:
    """In channel variables; the other side is awaited."""
    wire = ChanWebsocketWire()
    [opened] = wire.receive(JSON)
    assert opened == Opened("c-17", {"agent": 16_000}, "L16", "Joe", awaits=("customer",))
    [chunk] = wire.receive(b"\x00\x40")
    assert isinstance(chunk, AudioChunk)
    assert chunk.samples.tolist() == [0.5]


def test_the_address_may_say_it_as_well() -> None:
    """And counts before the variables."""
    query = {"call": "c-18", "side": "customer", "agent": "Ann", "token": "secret"}
    [opened] = ChanWebsocketWire(ChanWebsocketSettings(query)).receive(JSON)
    assert opened == Opened("c-18", {"customer": 16_000}, "L16", "Ann", ("agent",), "secret")
    [opened] = ChanWebsocketWire(ChanWebsocketSettings({"side": "both"}, alone="customer")).receive(PLAIN)
    assert opened == Opened("media1", {"customer": 8000}, "PCMU")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_its_rate(name: str) -> None:
    """As its name says it."""
    [opened] = ChanWebsocketWire().receive(PLAIN.replace("ulaw", name))
    assert isinstance(opened, Opened)
    [rate] = opened.rates.values()
    assert rate == {"ulaw": 8000, "alaw": 8000, "slin": 8000, "slin44": 44_100}.get(name, int(name[4:] or 0) * 1000)


def test_a_format_that_is_not_heard_ends_the_connection_in_words() -> None:
    """With what to set in the dialplan."""
    for frame in (PLAIN.replace("ulaw", "opus"), PLAIN.replace("format:ulaw", "")):
        with pytest.raises(WireBroken, match=r"c\(ulaw\)"):
            ChanWebsocketWire().receive(frame)


@pytest.mark.parametrize(
    "frame", ["", "  ", "{", '{"event"', "[" * 9, PLAIN, JSON, "x" * 70_000, b"\0" * 70_000, "{" * 60_000]
)
def test_garbage_is_refused_and_the_connection_goes_on(frame: str | bytes) -> None:
    """In one line that quotes none of it."""
    wire = ChanWebsocketWire()
    wire.receive(PLAIN)
    if frame == "[" * 9:  # an unknown word of the plain form: a later release may have it
        assert wire.receive(frame) == []
        return
    with pytest.raises(WireError) as told:
        wire.receive(frame)
    assert len(str(told.value)) < 120
    assert len(wire.receive(b"\xff")) == 1


def test_audio_before_its_format_or_of_half_a_sample_is_refused() -> None:
    """Nobody knows what it is."""
    wire = ChanWebsocketWire()
    with pytest.raises(WireError, match="before MEDIA_START"):
        wire.receive(b"\xff")
    wire.receive(JSON)
    with pytest.raises(WireError, match="no whole number"):
        wire.receive(b"\xff")


words = st.sampled_from(
    ("MEDIA_START", "format:ulaw", "format:slin", "format:opus", "connection_id:x", ":", "event:MEDIA_START", "::")
)
odd = st.recursive(
    st.none() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)


@given(
    st.lists(
        st.binary(max_size=400)
        | st.text(max_size=30)
        | st.lists(words, max_size=6).map(" ".join)
        | st.sampled_from([PLAIN, JSON])
        | st.builds(lambda a, b, c: json.dumps({"event": a, "format": b, "channel_variables": c}), st.just("MEDIA_START") | odd, st.just("alaw") | odd, odd),
        max_size=30,
    )
)  # fmt: skip
def test_any_frames_give_events_or_a_wire_error(frames: list[str | bytes]) -> None:
    """Never anything else; positions never go back."""
    wire, end, events = ChanWebsocketWire(), 0, list[WireEvent]()
    for frame in frames:
        try:
            events += wire.receive(frame)
        except WireError:
            continue
    events += wire.lost()
    for event in events:
        if isinstance(event, AudioChunk):
            assert event.first_sample == end
            end = event.end_sample
    kinds = [type(event) for event in events]
    assert kinds.count(Opened) <= 1
    assert AudioChunk not in kinds or kinds[0] is Opened
