"""AudioSocket as Asterisk speaks it; the bytes are written by hand, after its page."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import AudioChunk
from analyzer.errors import WireBroken, WireError
from analyzer.sources.audiosocket import AudioSocketSettings, AudioSocketWire, Leg, pairing, rate_of_11
from analyzer.sources.wire import Closed, Opened, WireEvent

CUSTOMER = bytes.fromhex("01 0010 40325ec2-5efd-4bd3-805f-53576e58 0001".replace("-", ""))
AGENT = CUSTOMER[:-1] + b"\x02"
HANGUP = b"\x00\x00\x00"
DIGIT = b"\x03\x00\x015"
CALL = "40325ec2-5efd-4bd3-805f-53576e58"


def slin(count: int, kind: int = 0x10, value: int = 0x4000) -> bytes:
    return bytes([kind]) + (2 * count).to_bytes(2, "big") + value.to_bytes(2, "little") * count


def test_a_leg_from_its_uuid_to_the_hangup() -> None:
    """The call opens with its first audio; digits are left alone; samples are counted."""
    wire = AudioSocketWire()
    assert wire.receive(CUSTOMER) == []
    opened, first = wire.receive(slin(160))
    assert opened == Opened(CALL, {"customer": 8000}, "pcm_s16le", awaits=("agent",))
    assert isinstance(first, AudioChunk)
    assert (first.first_sample, first.end_sample, first.rate, first.speaker) == (0, 160, 8000, "customer")
    assert first.samples.tolist() == [0.5] * 160
    [second] = wire.receive(DIGIT + slin(1, value=0x8000))
    assert isinstance(second, AudioChunk)
    assert (second.first_sample, second.samples.tolist()) == (160, [-1.0])
    assert wire.receive(HANGUP) == [Closed("hangup", normal=True)]
    assert wire.receive(slin(160)) == []
    assert wire.lost() == []


@given(st.lists(st.integers(1, 200), max_size=60))
def test_the_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    """However TCP cuts it, the same events."""
    stream = CUSTOMER + slin(160) + DIGIT + slin(7) + slin(0) + slin(160) + HANGUP
    wire, events, at = AudioSocketWire(), [], 0
    for cut in [*cuts, len(stream)]:
        events += wire.receive(stream[at : at + cut])
        at += cut
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    assert [len(chunk.samples) for chunk in chunks] == [160, 7, 0, 160]
    assert [chunk.first_sample for chunk in chunks] == [0, 160, 167, 167]
    assert isinstance(events[0], Opened)
    assert events[-1] == Closed("hangup", normal=True)


def test_two_uuids_that_differ_in_their_ending_are_two_sides_of_a_call() -> None:
    """Any other is a call by itself, of a speaker who may be either and is not judged."""
    customer, agent = (pairing(UUID(bytes=packet[3:])) for packet in (CUSTOMER, AGENT))
    assert customer == Leg(CALL, "customer", ("agent",))
    assert agent == Leg(CALL, "agent", ("customer",))
    other = UUID("40325ec2-5efd-4bd3-805f-53576e581234")
    assert pairing(other) == Leg(str(other), "unknown", ())
    assert pairing(other, AudioSocketSettings({"1234": "agent"})) == Leg(CALL, "agent", ())
    assert pairing(other, AudioSocketSettings(alone="customer")).speaker == "customer"


@pytest.mark.parametrize(("size", "stated", "rate"), [(480, 12_000, 12_000), (640, 12_000, 16_000), (640, 16_000, 16_000), (480, 16_000, 12_000), (960, 12_000, 12_000), (960, 16_000, 16_000), (7, 12_000, 12_000)])  # fmt: skip
def test_kind_11_is_12_or_16_kilohertz(size: int, stated: int, rate: int) -> None:
    """20 ms of the other rate are no whole number of 10 ms at this one; where both fit, the setting holds."""
    assert rate_of_11(size, stated) == rate
    wire = AudioSocketWire(AudioSocketSettings(rate_of_11=stated))
    wire.receive(CUSTOMER)
    if size % 2 == 0:
        opened, _ = wire.receive(slin(size // 2, 0x11))
        assert isinstance(opened, Opened)
        assert opened.rates == {"customer": rate}


@pytest.mark.parametrize(("kind", "rate"), [(0x12, 16_000), (0x13, 24_000), (0x14, 32_000), (0x15, 44_100), (0x16, 48_000)])  # fmt: skip
def test_the_kind_says_the_rate(kind: int, rate: int) -> None:
    """Up to the highest that can be heard."""
    wire = AudioSocketWire()
    opened, _ = wire.receive(CUSTOMER + slin(100, kind))
    assert isinstance(opened, Opened)
    assert opened.rates == {"customer": rate}


@pytest.mark.parametrize(
    "stream",
    [b"GET / HTTP/1.1\r\n\r\n", slin(160), HANGUP, CUSTOMER + CUSTOMER, b"\x01\x00\x0fxxx", b"\x01\xff\xff",
     CUSTOMER + b"\x10\xff\xff", CUSTOMER + b"\x10\x00\x03", CUSTOMER + b"\x42\x00\x00", CUSTOMER + b"\x00\x00\x01",
     CUSTOMER + slin(10, 0x17), CUSTOMER + slin(10, 0x18)],
)  # fmt: skip
def test_what_is_not_this_protocol_breaks_the_connection(stream: bytes) -> None:
    """At the header, before anything of an absurd length is kept; and for good."""
    wire = AudioSocketWire()
    with pytest.raises(WireBroken):
        wire.receive(stream)
    assert len(wire._buffer) == 0
    assert wire.lost() == [Closed("the connection broke", normal=False)]


def test_good_packets_before_a_bad_one_are_heard() -> None:
    """And end the call, at once: no further piece may come."""
    for bad, said in ((b"\x77\0\0", "not a packet"), (slin(160, 0x12), "another rate"), (b"\x10\0\1\0", "1 bytes")):
        wire = AudioSocketWire()
        *heard, closed = wire.receive(CUSTOMER + slin(160) + bad + slin(160))
        assert len(heard) == 2
        assert isinstance(closed, Closed)
        assert (said in closed.reason, closed.normal) == (True, False)


def test_the_end_comes_in_three_ways() -> None:
    """A hangup, a connection closed between two packets, an error of Asterisk's; anything else is a break."""
    for last, orderly, normal in ((b"", True, True), (b"\x10\x01", True, False), (b"", False, False)):
        wire = AudioSocketWire()
        wire.receive(CUSTOMER + slin(160) + last)
        [closed] = wire.lost(orderly)
        assert isinstance(closed, Closed)
        assert closed.normal is normal
    for code, normal in ((b"\xff\0\1\1", True), (b"\xff\0\1\4", False), (b"\xff\0\0", False)):
        [closed] = AudioSocketWire().receive(CUSTOMER + code)
        assert closed == Closed("Asterisk reports an error", normal)


packets = st.builds(lambda kind, body: bytes([kind]) + len(body).to_bytes(2, "big") + body, st.integers(0, 255), st.binary(max_size=40))  # fmt: skip


@given(st.lists(st.binary(max_size=40) | packets | st.sampled_from([CUSTOMER, slin(8), DIGIT, HANGUP]) | st.text(max_size=5), max_size=40))  # fmt: skip
def test_any_bytes_give_events_or_a_wire_error(pieces: list[str | bytes]) -> None:
    """Never anything else; positions never go back, and little is kept."""
    wire, end, events = AudioSocketWire(), 0, list[WireEvent]()
    for piece in pieces:
        with suppress(WireError):
            events += wire.receive(piece)
        assert len(wire._buffer) < 33_000
    events += wire.lost()
    for event in events:
        if isinstance(event, AudioChunk):
            assert event.first_sample == end
            end = event.end_sample
            assert np.isfinite(event.samples).all()
    assert [isinstance(event, Closed) for event in events].index(True) == len(events) - 1
