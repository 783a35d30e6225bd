"""Any chunks in, one unbroken stream at 16 kHz out; what was lost is said, and time stays true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.audio import ENGINE_RATE, AudioChunk, AudioLost, Samples
from analyzer.errors import AudioError
from analyzer.intake import Intake
from analyzer.testing import in_chunks, speech_like


def streamed(chunks: list[AudioChunk]) -> tuple[Samples, list[AudioLost]]:
    """The whole stream, and the losses in it."""
    intake = Intake("customer", chunks[0].rate)
    pieces = [piece for chunk in chunks for piece in intake.take(chunk)] + list(intake.finish())
    losses = [piece for piece in pieces if isinstance(piece, AudioLost)]
    return np.concatenate([piece for piece in pieces if not isinstance(piece, AudioLost)]), losses


def noise(count: int) -> Samples:
    return np.random.default_rng(7).uniform(-0.5, 0.5, count).astype(np.float32)


def test_the_engine_rate_passes_untouched() -> None:
    """What is already at 16 kHz is not resampled."""
    samples = noise(5_001)
    assert np.array_equal(streamed(list(in_chunks(samples, 1_000)))[0], samples)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("size", [97, 1_013, 10**9])
def test_chunks_change_nothing(rate: int, size: int) -> None:
    """To the last bit, at every common rate."""
    samples = noise(rate // 2 + 3)
    whole, _ = streamed(list(in_chunks(samples, rate, rate=rate)))
    pieces, _ = streamed(list(in_chunks(samples, size, rate=rate)))
    assert np.array_equal(whole, pieces)
    assert abs(len(whole) - len(samples) * ENGINE_RATE / rate) < 2


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_the_stream_is_hardly_late(rate: int) -> None:
    """A live word waits for it: at no time is more than .04 s of the audio behind whole blocks held back."""
    intake, heard_s, late_s = Intake("customer", rate), 0.0, []
    for chunk in in_chunks(noise(2 * rate), rate // 50, rate=rate):
        pieces = [piece for piece in intake.take(chunk) if not isinstance(piece, AudioLost)]
        heard_s += sum(map(len, pieces)) / ENGINE_RATE
        late_s.append(intake.received_s - heard_s)
    assert max(late_s) < 0.04


def test_one_sample_at_a_time_changes_nothing() -> None:
    """The smallest chunk there is."""
    samples = noise(2_345)
    whole, _ = streamed(list(in_chunks(samples, 10_000, rate=8_000)))
    assert np.array_equal(streamed(list(in_chunks(samples, 1, rate=8_000)))[0], whole)


def test_a_tone_keeps_its_place_and_height() -> None:
    """Resampling moves nothing: the tone is where it was, as loud as it was."""
    stream, _ = streamed(list(in_chunks(speech_like([(0.5, 0.8)], 1.0, rate=8_000), 160, rate=8_000)))
    loud = np.flatnonzero(np.abs(stream) > 0.05) / ENGINE_RATE
    assert loud[0] == pytest.approx(0.5, abs=0.005)
    assert loud[-1] == pytest.approx(0.8, abs=0.005)
    assert np.abs(stream).max() == pytest.approx(0.3, abs=0.01)


def test_a_gap_is_silence_and_is_told() -> None:
    """Times after a gap stay true, because the gap is filled."""
    before, after = AudioChunk(noise(800), 0, 8_000, "customer"), AudioChunk(noise(800), 2_400, 8_000, "customer")
    stream, losses = streamed([before, after])
    assert losses == [AudioLost("customer", 0.1, 0.2, "the line skipped")]
    assert len(stream) == 6_400
    assert np.abs(stream[2_000:4_400]).max() < 1e-3


def test_a_repeated_packet_is_heard_once() -> None:
    """Overlap is trimmed; a chunk that brings nothing new is nothing."""
    samples = noise(1_600)
    chunks = list(in_chunks(samples, 400))
    again = [chunks[0], chunks[0], chunks[1], AudioChunk(samples[600:1_200], 600, ENGINE_RATE, "customer"), *chunks[3:]]
    assert np.array_equal(streamed(again)[0], samples)


@pytest.mark.parametrize("first_sample", [-ENGINE_RATE * 3, 16_000 * 4_000])
def test_a_wild_jump_is_refused(first_sample: int) -> None:
    """Far back or hours ahead is a broken counter, and filling it would take for ever."""
    intake = Intake("customer", ENGINE_RATE)
    with pytest.raises(AudioError, match="jumps by"):
        list(intake.take(AudioChunk(noise(100), first_sample, ENGINE_RATE, "customer")))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_silence_and_is_told(bad: float) -> None:
    """A broken driver's NaN never reaches an engine."""
    samples = noise(3_200)
    samples[400:500] = bad
    for size in (1, 450, 3_200):
        stream, losses = streamed(list(in_chunks(samples, size)))
        assert losses == [AudioLost("customer", 0.025, 0.00625, "not a number")]
        assert not stream[400:500].any()
        assert np.array_equal(stream[500:], samples[500:])


def test_what_is_too_loud_is_clipped() -> None:
    """Float files may exceed full scale; nothing after this does."""
    assert np.abs(streamed(list(in_chunks(noise(3_200) * 40, 320)))[0]).max() == 1.0


@pytest.mark.parametrize("change", [{"speaker": "agent"}, {"rate": 8_000}, {"samples": np.zeros((4, 2), np.float32)}])
def test_audio_of_another_line_is_refused(change: dict[str, object]) -> None:
    """Of the other speaker, at another rate, or with both channels in it."""
    chunk = replace(AudioChunk(noise(160), 0, ENGINE_RATE, "customer"), **change)  # type: ignore[arg-type]
    with pytest.raises(AudioError):
        list(Intake("customer", ENGINE_RATE).take(chunk))


@pytest.mark.parametrize("rate", [0, -1, 7_999, 48_001])
def test_rates_that_hang_the_recognizer_are_refused(rate: int) -> None:
    """Vosk hangs or aborts on these, so they stop at the door."""
    with pytest.raises(AudioError, match="sample rate"):
        Intake("customer", rate)


def test_no_audio_at_all_is_an_empty_stream() -> None:
    """A call of nothing ends without a word."""
    for rate in (8_000, ENGINE_RATE):
        intake = Intake("customer", rate)
        assert sum(len(piece) for piece in intake.finish() if not isinstance(piece, AudioLost)) == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=20), st.sampled_from([8_000, ENGINE_RATE]))
def test_any_cut_gives_the_same_stream(sizes: list[int], rate: int) -> None:
    """However the network cuts it, empty chunks included."""
    samples, chunks, at = noise(sum(sizes)), [], 0
    for size in sizes:
        chunks.append(AudioChunk(samples[at : at + size], at, rate, "customer"))
        at += size
    whole = AudioChunk(samples, 0, rate, "customer")
    assert np.array_equal(streamed(chunks)[0], streamed([whole])[0])
