"""Sound devices: the callback does next to nothing, and a device that goes comes back in its place.

`SOUND_MINUTES=60 python -m pytest -s tests/test_device.py` lets a loaded machine hear an hour instead of three minutes.
"""

from __future__ import annotations

import ctypes.util
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from devices import BLOCK, RATE, Opened, overflowed

from analyzer.errors import AudioError
from analyzer.sources.device import Input, Microphone, devices, open_stream

BLOCKS = round(3_000 * float(os.environ.get("SOUND_MINUTES", "3")))


def test_what_the_device_hears_is_what_is_read_with_its_place_in_the_call() -> None:
    """Sample for sample, of the right channel, in chunks of whatever has come."""
    device = Opened()
    microphone = Microphone(Input("customer", "x", channel=1), device)
    noise = np.random.default_rng(0).uniform(-1, 1, RATE).astype(np.float32)
    heard = []
    for start in range(0, RATE, 5 * BLOCK):
        device.play(noise[start : start + 5 * BLOCK])
        heard += microphone.read()
    assert [chunk.first_sample for chunk in heard] == list(range(0, RATE, 5 * BLOCK))
    assert np.array_equal(np.concatenate([chunk.samples for chunk in heard]), noise)
    assert {(chunk.speaker, chunk.rate) for chunk in heard} == {("customer", RATE)}
    assert microphone.read() == []


def test_a_device_that_calls_back_at_once_loses_nothing() -> None:
    """PortAudio does, before its start has returned."""

    class Eager(Opened):
        def start(self) -> None:
            self.play(np.ones(BLOCK, np.float32))

    microphone = Microphone(Input("agent", "x", 1), Eager())
    [chunk] = microphone.read()
    assert (chunk.first_sample, len(chunk.samples)) == (0, BLOCK)


def test_a_device_that_will_not_start_again_is_tried_again() -> None:
    """It is there, and cannot be listened to yet: no end of the program, and another try."""
    device, now, is_ready = Opened(), [100.0], [True]

    def start() -> None:
        if not is_ready[0]:
            raise AudioError("cannot listen to the device 'x'")

    device.start = start  # type: ignore[method-assign]
    microphone = Microphone(Input("agent", "x", 1), device, clock=lambda: now[0])
    is_ready[0], now[0] = False, 105.0
    assert microphone.read() == []
    is_ready[0], now[0] = True, 110.0
    assert microphone.read() == []
    device.play(np.ones(BLOCK, np.float32))
    [chunk] = microphone.read()
    assert chunk.first_sample == 10 * RATE


def test_overflows_are_counted() -> None:
    """PortAudio says when it had to drop samples; so do we."""
    device = Opened()
    microphone = Microphone(Input("agent", "x", 1), device)
    device.play(np.zeros(2 * BLOCK, np.float32), status=overflowed())
    assert microphone.overflows == 2
    device.play(np.zeros(BLOCK, np.float32), status=overflowed(False))
    assert microphone.overflows == 2


def test_a_device_that_was_gone_comes_back_at_the_right_time() -> None:
    """Ten seconds of absence are ten seconds of call time, not a cut."""
    device, now = Opened(), [100.0]
    microphone = Microphone(Input("agent", "x", 1), device, clock=lambda: now[0])
    device.play(np.ones(RATE // 2 // BLOCK * BLOCK, np.float32))
    assert len(microphone.read()) == 1
    device.is_there, now[0] = False, 105.0
    assert microphone.read() == []
    assert microphone.is_gone
    device.is_there, now[0] = True, 110.0
    assert microphone.read() == []
    assert device.opened == 2
    device.play(np.ones(BLOCK, np.float32))
    [chunk] = microphone.read()
    assert chunk.first_sample == 10 * RATE
    assert not microphone.is_gone


def test_a_reader_that_was_away_too_long_loses_the_oldest_and_knows_it() -> None:
    """The ring never makes the callback wait; the chunk says at which sample it begins."""
    device = Opened()
    microphone = Microphone(Input("agent", "x", 1), device)
    device.play(np.zeros(12 * RATE, np.float32))
    [chunk] = microphone.read()
    assert chunk.first_sample == 2 * RATE
    assert len(chunk.samples) == 10 * RATE


def test_the_callback_takes_no_time_while_the_machine_is_loaded() -> None:
    """Minutes of sound, another thread computing all the while: under 0.1 ms for 99 blocks in 100, none lost.

    The time is that of this thread's own work: how long the system lets it wait is not the callback's doing.
    """
    device = Opened()
    microphone = Microphone(Input("agent", "x", 1), device)
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            np.sort(np.random.default_rng(0).uniform(size=200_000))

    loader = threading.Thread(target=load)
    loader.start()
    block = np.stack([np.zeros(BLOCK, np.float32), np.ones(BLOCK, np.float32)], axis=1)
    took, read = [], 0
    try:
        assert device.callback is not None
        for number in range(BLOCKS):
            begun = time.thread_time()
            device.callback(block, BLOCK, None, None)
            took.append(time.thread_time() - begun)
            if number % 10 == 9:
                read += sum(len(chunk.samples) for chunk in microphone.read())
    finally:
        stop.set()
        loader.join()
    assert np.percentile(took, 99) < 1e-4
    print(f"the callback: {1e3 * np.percentile(took, 99):.4f} ms at p99 of {BLOCKS} blocks")
    assert read == BLOCKS * BLOCK
    assert microphone.overflows == 0


def grown_by_a_hundred_blocks() -> tuple[int, int]:
    """Bytes that the callback keeps, and the most that it holds at any time."""
    import tracemalloc

    device = Opened()
    microphone = Microphone(Input("agent", "x", 1), device)
    assert device.callback is not None
    block = np.zeros((BLOCK, 2), np.float32)
    for _ in range(1000):
        device.callback(block, BLOCK, None, None)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(100):
        device.callback(block, BLOCK, None, None)
    after, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    microphone.close()
    return after - before, most - before


def test_the_callback_makes_no_arrays() -> None:
    """A hundred blocks later no more memory is held, counted in a process where no other thread runs."""
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        kept, most = alone.submit(grown_by_a_hundred_blocks).result()
    assert kept < 500
    assert most < BLOCK * 4  # never as much as one block's copy


def test_a_device_that_is_not_there_is_told_in_a_line() -> None:
    """With the real PortAudio: its name, and how to see which there are."""
    if ctypes.util.find_library("portaudio") is None:
        pytest.skip("no PortAudio here")
    with pytest.raises(AudioError, match="analyzer live --list-devices") as told:
        open_stream("no such device anywhere", 1, lambda *_: None)
    assert "\n" not in str(told.value)


def test_devices_are_listed_by_the_real_library() -> None:
    """Whatever this machine has; on one without sound there are none."""
    if ctypes.util.find_library("portaudio") is None:
        pytest.skip("no PortAudio here")
    assert all(found.channels > 0 and found.rate > 0 for found in devices())
    assert "sounddevice" in sys.modules
