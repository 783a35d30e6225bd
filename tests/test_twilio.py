"""Media streams as Twilio and Telnyx send them; the messages are written by hand, after their pages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import AudioChunk, Speaker
from analyzer.errors import WireBroken, WireError
from analyzer.sources.twilio import TwilioSettings, TwilioWire, signature_error
from analyzer.sources.wire import Closed, Opened, WireEvent

CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
START = (
    '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC11","streamSid":"MZ22","callSid":"CA33",'
    '"tracks":["inbound","outbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
    '"customParameters":{"token":"secret","agent":"Joe"}},"streamSid":"MZ22"}'
)
STOP = '{"event":"stop","sequenceNumber":"9","streamSid":"MZ22","stop":{"accountSid":"AC11","callSid":"CA33"}}'
TELNYX_START = (
    '{"event":"start","sequence_number":"1","stream_id":"32DE","start":{"user_id":"3E6F","call_control_id":"v2:T02",'
    '"call_session_id":"ff55a038","from":"+1","to":"+2","client_state":"aGF2","custom_parameters":{"inbound":"agent"},'
    '"media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}}}'
)


def media(at_ms: int, audio: bytes, track: str = "inbound", **other: Any) -> str:
    body = {"track": track, "chunk": "1", "timestamp": str(at_ms), "payload": base64.b64encode(audio).decode()}
    return json.dumps({"event": "media", "sequenceNumber": "3", "streamSid": "MZ22", "media": body | other})


def begun(settings: TwilioSettings = TwilioSettings(), start: str = START) -> TwilioWire:
    wire = TwilioWire(settings)
    assert wire.receive(CONNECTED) == []
    wire.receive(start)
    return wire


def places(events: list[WireEvent]) -> list[tuple[Speaker, int, int]]:
    return [(e.speaker, e.first_sample, e.end_sample) for e in events if isinstance(e, AudioChunk)]


def test_a_stream_from_connected_to_stop() -> None:
    """The call's id, both sides, the token; audio by its timestamp; an ordinary end."""
    wire = TwilioWire()
    assert wire.receive(CONNECTED) == []
    [opened] = wire.receive(START)
    assert opened == Opened("CA33", {"customer": 8000, "agent": 8000}, "PCMU", "Joe", token="secret")
    assert places(wire.receive(media(0, b"\xff" * 160))) == [("customer", 0, 160)]
    assert places(wire.receive(media(0, b"\xff" * 160, "outbound"))) == [("agent", 0, 160)]
    assert places(wire.receive(media(20, b"\xff" * 99))) == [("customer", 160, 259)]
    assert wire.receive('{"event":"mark","streamSid":"MZ22","mark":{"name":"x"}}') == []
    assert wire.receive(STOP) == [Closed("stop", normal=True)]
    assert wire.receive(media(40, b"\xff" * 160)) == []
    assert wire.lost() == []


def test_the_bytes_are_mu_law() -> None:
    """The loudest of both signs, and silence, as G.711 has them."""
    [chunk] = begun().receive(media(0, b"\x00\x80\xff\x7f"))
    assert isinstance(chunk, AudioChunk)
    assert [round(float(sample) * 32768) for sample in chunk.samples] == [-32124, 32124, 0, 0]


def test_telnyx_spells_its_keys_otherwise() -> None:
    """And says A-law; the call itself may say who is inbound."""
    wire = TwilioWire()
    [opened] = wire.receive(TELNYX_START)
    assert opened == Opened("ff55a038", {"agent": 8000, "customer": 8000}, "PCMA")
    said = {
        "track": "inbound",
        "chunk": "2",
        "timestamp": "5",
        "payload": base64.b64encode(b"\xaa\x2a\xd5\x55").decode(),
    }
    [chunk] = (
        wire.receive(json.dumps({"event": "media", "sequence_number": "4", "stream_id": "32DE", "media": said}))
        or wire.lost()[:1]
    )
    assert isinstance(chunk, AudioChunk)
    assert chunk.speaker == "agent"
    assert [round(float(sample) * 32768) for sample in chunk.samples] == [32256, -32256, 8, -8]


@pytest.mark.parametrize(("inbound", "first"), [("customer", "customer"), ("agent", "agent")])
def test_which_track_is_whom_is_a_setting(inbound: Speaker, first: Speaker) -> None:
    """On a call that the centre made, inbound is the agent."""
    wire = begun(TwilioSettings(inbound=inbound))
    assert places(wire.receive(media(0, b"\xff" * 160)))[0][0] == first


def test_one_track_is_one_speaker() -> None:
    """A stream of inbound_track only; the other track's audio would be left alone."""
    wire = TwilioWire()
    [opened] = wire.receive(START.replace('["inbound","outbound"]', '["inbound"]'))
    assert isinstance(opened, Opened)
    assert opened.rates == {"customer": 8000}
    assert wire.receive(media(0, b"\xff" * 160, "outbound")) == []


def test_packets_out_of_order_twice_or_lost() -> None:
    """Order is restored, a duplicate counted, a loss is a jump; what waited is heard when the line breaks."""
    wire = begun()
    found: list[WireEvent] = []
    for at_ms in (0, 40, 20, 20, 60, 100):
        found += wire.receive(media(at_ms, b"\xff" * 160))
    assert [first for _, first, _ in places(found)] == [0, 160, 320, 480]
    assert wire.dropped == 1
    *rest, closed = wire.lost()
    assert places(rest) == [("customer", 800, 960)]
    assert closed == Closed("the connection broke", normal=False)


def test_a_stream_of_another_account_ends() -> None:
    """Where an account is set."""
    begun(TwilioSettings(account="AC11"))
    with pytest.raises(WireBroken, match="another account"):
        begun(TwilioSettings(account="AC99"))


GARBAGE = (
    "", "7", "[]", "{}", '{"event":7}', "not json", '{"event":"start"', "[" * 50_000, START, "x" * 70_000,
    media(0, b"", payload="***"), media(0, b"", payload="abc"), media(-20, b"\xff"), media(10**9, b"\xff"),
    media(0, b"\xff", timestamp=None), media(0, b"\xff", timestamp="1e3"), media(0, b"\xff", timestamp="9" * 400),
    media(0, b"\xff").replace("MZ22", "MZ99"), b"\xff" * 160,
)  # fmt: skip


@pytest.mark.parametrize("frame", GARBAGE)
def test_garbage_is_refused_and_the_stream_goes_on(frame: str | bytes) -> None:
    """In one line that quotes none of it."""
    wire = begun()
    with pytest.raises(WireError) as told:
        wire.receive(frame)
    assert len(str(told.value)) < 120
    assert places(wire.receive(media(0, b"\xff" * 160))) == [("customer", 0, 160)]


@pytest.mark.parametrize(("old", "new"), [("audio/x-mulaw", "audio/opus"), ('"channels":1', '"channels":2')])
def test_audio_that_cannot_be_heard_ends_the_stream_in_words(old: str, new: str) -> None:
    """With what to set on the other side."""
    with pytest.raises(WireBroken, match="set PCMU"):
        TwilioWire().receive(START.replace(old, new))


def test_audio_before_the_start_is_refused() -> None:
    """Nobody knows whose it is."""
    with pytest.raises(WireError, match="before the start"):
        TwilioWire().receive(media(0, b"\xff"))


def test_the_signature_of_the_address() -> None:
    """Twilio's own example of the algorithm, HMAC-SHA1 over the address, computed with openssl."""
    url, token = "wss://calls.example/twilio", "12345"
    assert signature_error("eVHE6uLr4WMBP5GYOycMdtuyKLs=", url, token) is None
    assert signature_error("eVHE6uLr4WMBP5GYOycMdtuyKLs=", url + "?x", token)
    assert signature_error("", url, token)
    assert signature_error("é", url, token)


odd = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(("track", "timestamp", "payload", "mediaFormat", "sampleRate", "tracks", "encoding")),
            inner,
            max_size=3,
        )
    ),
)


@given(
    st.lists(
        st.text(max_size=40)
        | st.binary(max_size=20)
        | st.sampled_from([CONNECTED, START, TELNYX_START, STOP])
        | st.builds(media, st.integers(-100, 10_000), st.binary(max_size=300), st.sampled_from(["inbound", "outbound", "x"]))
        | st.builds(lambda kind, body: json.dumps({"event": kind, kind: body}), st.sampled_from(["start", "media", "stop"]), odd),
        max_size=30,
    )
)  # fmt: skip
def test_any_frames_give_events_or_a_wire_error(frames: list[str | bytes]) -> None:
    """Never anything else; positions never go back, and there is one beginning and one end."""
    wire, ends, kinds = TwilioWire(), {"agent": 0, "customer": 0}, []
    for frame in [*frames, None]:
        try:
            events = wire.lost() if frame is None else wire.receive(frame)
        except WireError:
            continue
        for event in events:
            kinds.append(type(event))
            if isinstance(event, AudioChunk):
                assert event.first_sample >= ends[event.speaker]
                ends[event.speaker] = event.end_sample
    assert kinds.count(Opened) <= 1
    assert kinds.index(Closed) == len(kinds) - 1
    assert AudioChunk not in kinds or kinds[0] is Opened
