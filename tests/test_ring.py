"""The ring keeps the newest samples, says honestly what is gone, and never holds up its writer."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import Samples
from analyzer.ring import RingBuffer


def counting(first: int, count: int) -> Samples:
    """Samples that carry their own number (exact in float32 up to 2**24)."""
    return np.arange(first, first + count, dtype=np.float32)


def test_what_was_written_can_be_read() -> None:
    """The plain case: a few samples in, the same out."""
    ring = RingBuffer(8)
    ring.write(0, counting(0, 5))
    first, samples = ring.read(1, 3)
    assert (first, samples.tolist(), ring.dropped) == (1, [1.0, 2.0, 3.0], 0)


def test_the_oldest_samples_give_way() -> None:
    """A slow reader loses the beginning, and is told how much."""
    ring = RingBuffer(4)
    ring.write(0, counting(0, 6))
    first, samples = ring.read(0, 6)
    assert (first, samples.tolist(), ring.dropped) == (2, [2.0, 3.0, 4.0, 5.0], 2)


def test_what_is_still_to_come_is_not_there() -> None:
    """A fast reader gets what there is, and that is no loss."""
    ring = RingBuffer(4)
    ring.write(0, counting(0, 2))
    assert ring.read(1, 3)[1].tolist() == [1.0]
    assert ring.read(7, 3)[1].tolist() == []
    assert ring.dropped == 0


def test_a_jump_leaves_silence() -> None:
    """Old samples never show through where audio was lost."""
    ring = RingBuffer(4)
    ring.write(0, np.full(4, 9.0, dtype=np.float32))
    ring.write(6, np.full(1, 7.0, dtype=np.float32))
    assert ring.read(3, 4)[1].tolist() == [9.0, 0.0, 0.0, 7.0]


def test_going_back_is_refused() -> None:
    """There is one past only."""
    ring = RingBuffer(4)
    ring.write(0, counting(0, 3))
    with pytest.raises(ValueError, match="written before"):
        ring.write(2, counting(2, 1))


def test_an_empty_ring_is_refused() -> None:
    """A capacity of nothing would divide by zero later."""
    with pytest.raises(ValueError, match="0 samples"):
        RingBuffer(0)


def test_a_reading_is_a_copy() -> None:
    """What the reader holds does not change under it."""
    ring = RingBuffer(4)
    ring.write(0, counting(0, 4))
    _, samples = ring.read(0, 4)
    ring.write(4, counting(4, 4))
    assert samples.tolist() == [0.0, 1.0, 2.0, 3.0]


@given(
    capacity=st.integers(1, 50),
    writes=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 120)), max_size=20),
    ask=st.tuples(st.integers(0, 1500), st.integers(0, 120)),
)
def test_it_agrees_with_a_plain_list(capacity: int, writes: list[tuple[int, int]], ask: tuple[int, int]) -> None:
    """Whatever is written and asked for: the ring is the tail of the whole stream."""
    ring, whole = RingBuffer(capacity), np.zeros(0, dtype=np.float32)
    for gap, count in writes:
        samples = counting(len(whole) + gap, count) + 1
        ring.write(len(whole) + gap, samples)
        whole = np.concatenate([whole, np.zeros(gap, dtype=np.float32), samples])
    first, count = ask
    begin, samples = ring.read(first, count)
    assert ring.end == len(whole)
    assert begin + len(samples) == max(first, min(first + count, len(whole)), begin)
    assert np.array_equal(samples, whole[begin : begin + len(samples)])
    assert begin == first or begin - first == ring.dropped
    assert len(samples) <= capacity


def test_a_racing_reader_never_sees_a_torn_sample() -> None:
    """With a writer far ahead, every sample that is handed out is the one asked for."""
    ring, total = RingBuffer(1_000), 300_000

    def write() -> None:
        for start in range(0, total, 100):
            ring.write(start, counting(start, 100))

    writer = threading.Thread(target=write)
    writer.start()
    at = received = 0
    while at < total:
        first, samples = ring.read(at, 700)
        assert np.array_equal(samples, counting(first, len(samples)))
        received += len(samples)
        at = max(first, ring.oldest if not len(samples) else first) + len(samples)
    writer.join()
    assert 0 < received <= total
