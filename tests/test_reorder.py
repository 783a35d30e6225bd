"""Packets put back in order: no delay while there is order, no audio twice, nothing backwards."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import Samples
from analyzer.sources.reorder import WINDOW, Reorder

RATE = 8_000
SIZE = 160  # 20 ms


def packet(number: int, size: int = SIZE) -> tuple[int, Samples]:
    """A packet whose samples are their own places."""
    return number * size, np.arange(number * size, (number + 1) * size, dtype=np.float32)


def heard(numbers: list[int], size: int = SIZE) -> tuple[list[float], Reorder]:
    """Every sample that was passed on, and the reorderer."""
    track = Reorder("customer", RATE)
    chunks = [chunk for number in numbers for chunk in track.take(*packet(number, size))] + track.flush()
    for one, other in pairwise(chunks):
        assert other.first_sample >= one.end_sample
    for chunk in chunks:
        assert chunk.samples.tolist() == list(range(chunk.first_sample, chunk.end_sample))
    return [sample for chunk in chunks for sample in chunk.samples.tolist()], track


def test_packets_in_order_are_passed_on_at_once() -> None:
    """Order costs nothing."""
    track = Reorder("customer", RATE)
    for number in range(10):
        assert [chunk.first_sample for chunk in track.take(*packet(number))] == [number * SIZE]


def test_a_packet_that_was_overtaken_is_put_back() -> None:
    """By one, or by several."""
    for numbers in ([0, 2, 1, 3], [0, 4, 3, 2, 1, 5], [1, 0, 3, 2]):
        samples, track = heard(numbers)
        assert samples == list(range((max(numbers) + 1) * SIZE))
        assert track.dropped == 0


def test_a_packet_that_came_twice_is_heard_once() -> None:
    """Also short ones, of 5 ms."""
    for size in (SIZE, 40):
        samples, track = heard([0, 1, 1, 2, 0, 3], size)
        assert samples == list(range(4 * size))
        assert track.dropped == 2


def test_a_gap_waits_for_a_few_packets_and_is_then_a_jump() -> None:
    """The packet that was missing is too late after that, and counted."""
    track = Reorder("customer", RATE)
    track.take(*packet(0))
    for number in range(2, 2 + WINDOW):
        assert track.take(*packet(number)) == []
    chunks = track.take(*packet(2 + WINDOW))
    assert [chunk.first_sample // SIZE for chunk in chunks] == list(range(2, 3 + WINDOW))
    assert track.take(*packet(1)) == []
    assert track.dropped == 1


def test_timestamps_may_waver_by_a_few_milliseconds() -> None:
    """Packets that wander by 3 ms are one unbroken stream."""
    track = Reorder("customer", RATE)
    chunks = []
    for number in range(20):
        place, samples = packet(number)
        chunks += track.take(max(place + (24 if number % 2 else -24), 0), samples)
    assert [chunk.first_sample for chunk in chunks] == [number * SIZE for number in range(20)]


def test_a_packet_that_overlaps_brings_only_its_new_part() -> None:
    """Never the same sample twice."""
    track = Reorder("customer", RATE)
    track.take(*packet(0))
    [chunk] = track.take(80, np.arange(80, 240, dtype=np.float32))
    assert (chunk.first_sample, chunk.samples[0], chunk.end_sample) == (160, 160.0, 240)


def test_a_place_far_outside_the_call_is_not_possible() -> None:
    """It would make everything after it late."""
    track = Reorder("customer", RATE)
    assert track.is_possible(0)
    assert track.is_possible(1800 * RATE)
    assert not track.is_possible(-1)
    assert not track.is_possible(2 * 3600 * RATE)


@given(st.data())
def test_small_disorder_loses_nothing(data: st.DataObject) -> None:
    """However packets are shuffled within the window, every sample comes once and in order."""
    count = data.draw(st.integers(1, 40))
    delays = [data.draw(st.integers(0, WINDOW - 1)) for _ in range(count)]
    numbers = sorted(range(count), key=lambda number: number + delays[number])
    samples, track = heard(numbers)
    assert samples == list(range(count * SIZE))
    assert track.dropped == 0


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 500)), max_size=60))
def test_whatever_comes_nothing_goes_backwards_and_little_waits(packets: list[tuple[int, int]]) -> None:
    """Odd lengths, overlaps, gaps, repeats."""
    track, end = Reorder("agent", RATE), 0
    for place, length in packets:
        for chunk in track.take(place, np.zeros(length, dtype=np.float32)):
            assert chunk.first_sample >= end
            end = chunk.end_sample
        assert len(track._waiting) <= WINDOW
    for chunk in track.flush():
        assert chunk.first_sample >= end
        end = chunk.end_sample
    assert track._waiting == []
