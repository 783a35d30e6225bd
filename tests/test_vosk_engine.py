"""The real recognizer: the same words every time, whoever was heard before, in any thread."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.channel import HOP_SAMPLES, Channel, Heard
from analyzer.engines import vosk_engine
from analyzer.engines.silero import SileroEngine
from analyzer.engines.vosk_engine import (
    LOOK_AGAIN_S,
    NEEDED,
    PACES,
    Beat,
    Load,
    VoskEngine,
    VoskRecognizer,
    VoskSettings,
    check_model,
    fixed_noise,
    private_copy,
    quiet_end,
    to_pcm16,
    warm_up_audio,
)
from analyzer.errors import ModelError, ModelMissing
from analyzer.speech import Recognizer, Utterance, Word
from analyzer.testing import in_chunks

VAD = Path(__file__).parents[1] / "models" / "vad" / "silero_vad_16k.onnx"
SPOKEN = "okay i would like to talk about the bill please"  # the first three seconds of the warm-up


@pytest.fixture(scope="module")
def engine(vosk_model: Path) -> VoskEngine:
    return VoskEngine(vosk_model)


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Two sentences with pauses around them, by the voice of the warm-up."""
    pause = np.zeros(ENGINE_RATE, np.float32)
    return np.concatenate([pause, warm_up_audio(3.0), pause, warm_up_audio(10.6)[ENGINE_RATE * 8 :], pause])


def words_of(recognizer: Recognizer, samples: Samples) -> tuple[Word, ...]:
    for start in range(0, len(samples), HOP_SAMPLES):
        recognizer.accept(samples[start : start + HOP_SAMPLES])
    return recognizer.finish()


def utterances(engine: VoskEngine, samples: Samples) -> list[Utterance]:
    channel = Channel("customer", ENGINE_RATE, engine.open(), SileroEngine(VAD)())
    found = [event for chunk in in_chunks(samples, 1_600) for event in channel.feed(chunk)] + channel.finish()
    return [event.utterance for _, event in found if isinstance(event, Heard)]


def test_it_hears_what_was_said(engine: VoskEngine) -> None:
    """Words with rising times inside the audio, and confidences."""
    words = words_of(engine.open(), np.pad(warm_up_audio(3.0), (0, ENGINE_RATE // 2)))
    assert " ".join(word.word for word in words) == SPOKEN
    edges = [edge for word in words for edge in (word.start_s, word.end_s)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= 3.1
    assert all(0 < word.confidence <= 1 for word in words)


@pytest.mark.parametrize("has_partials", [True, False])
def test_partials_grow_toward_the_words(vosk_model: Path, has_partials: bool) -> None:
    """What it says while it listens becomes what it says in the end; an archive, which reads no partials, has none."""
    recognizer, texts = VoskEngine(vosk_model, VoskSettings(partials=has_partials)).open(), []
    voice = np.pad(warm_up_audio(3.0), (0, ENGINE_RATE // 2))
    for start in range(0, len(voice), HOP_SAMPLES):
        texts.append(recognizer.accept(voice[start : start + HOP_SAMPLES]))
    assert texts[0] == ""
    assert any(text and SPOKEN.startswith(text) and text != SPOKEN for text in texts) == has_partials
    assert " ".join(word.word for word in recognizer.finish()) == SPOKEN


@pytest.mark.parametrize("settings", [PACES["replay"], PACES["live"]])
def test_a_text_that_cannot_have_changed_is_not_asked_for(
    vosk_model: Path, speech: Samples, settings: VoskSettings
) -> None:
    """The beat is learnt from a recording, and who asks by it misses nothing."""
    texts, engine = [], VoskEngine(vosk_model, settings)
    assert engine.beat.every == settings.chunk_frames * ENGINE_RATE // 100
    for beat in (engine.beat, Beat()):  # the second asks at every hop
        engine.beat = beat
        recognizer = engine.open()
        hops = [speech[start : start + HOP_SAMPLES] for start in range(0, len(speech), HOP_SAMPLES)]
        texts.append([recognizer.accept(hop) for hop in hops])
    assert texts[0] == texts[1]
    assert "bill" in texts[0][-1]


def test_the_second_utterance_is_timed_from_its_own_start(engine: VoskEngine) -> None:
    """Vosk counts from the first sample it ever heard; we count from the last `finish`."""
    recognizer = engine.open()
    voice = np.pad(warm_up_audio(3.0), (0, ENGINE_RATE // 2))
    first, second = words_of(recognizer, voice), words_of(recognizer, voice)
    assert second[-1].end_s == pytest.approx(first[-1].end_s, abs=0.1)


def test_two_runs_are_equal_to_the_last_digit(vosk_model: Path, engine: VoskEngine, speech: Samples) -> None:
    """Twice with one engine, and once with another: words, times and confidences."""
    once = utterances(engine, speech)
    assert len(once) >= 2
    assert utterances(engine, speech) == once
    assert utterances(VoskEngine(vosk_model), speech) == once


def test_what_was_heard_before_changes_nothing(engine: VoskEngine, speech: Samples) -> None:
    """A call of another voice in between leaves no trace."""
    once = utterances(engine, speech)
    utterances(engine, np.concatenate([speech[::2], np.zeros(ENGINE_RATE, np.float32)]))  # twice as high and fast
    assert utterances(engine, speech) == once


def test_a_reused_recognizer_forgets_its_speaker(vosk_model: Path, speech: Samples) -> None:
    """With reuse on, the words are still those of a new one."""
    engine = VoskEngine(vosk_model, VoskSettings(reuse_s=3_600.0))
    other = np.concatenate([speech[::2], np.zeros(ENGINE_RATE, np.float32)])
    once = utterances(engine, speech)
    for _ in range(2):
        utterances(engine, other)
        again = utterances(engine, speech)
        assert [one.text for one in again] == [one.text for one in once]
        assert [one.start_s for one in again] == [one.start_s for one in once]


def test_a_long_call_does_not_grow(vosk_model: Path, speech: Samples) -> None:
    """After `renew_s` a fresh recognizer takes over between two utterances; words and times are those of a first."""
    engine = VoskEngine(vosk_model, VoskSettings(renew_s=5.0))
    recognizer = engine.open()
    first, again = words_of(recognizer, speech), words_of(recognizer, speech)
    assert [word.word for word in again] == [word.word for word in first]
    assert again == first  # nothing is left of what was heard before
    assert words_of(VoskEngine(vosk_model).open(), speech) == first


def test_live_calls_find_recognizers_ready(vosk_model: Path, speech: Samples) -> None:
    """What is taken, at the start or in exchange, is made up for by another thread; the words stay the same."""
    engine = VoskEngine(vosk_model, VoskSettings(renew_s=5.0))
    engine.keep_ready(2)
    wait_for(lambda: len(engine._ready) == 2)
    made_by: list[int] = []
    make = engine._new_ear

    def noted(**how: Any) -> Any:
        made_by.append(threading.get_ident())
        return make(**how)

    engine._new_ear = noted  # type: ignore[method-assign]
    recognizer = engine.open()
    first = words_of(recognizer, speech)
    wait_for(lambda: len(engine._ready) == 2)
    assert words_of(recognizer, speech) == first
    assert made_by
    assert threading.get_ident() not in made_by


def test_none_is_made_ahead_while_the_calls_in_progress_need_the_cores(
    vosk_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as they leave time for it, all are."""
    monkeypatch.setattr(vosk_engine, "BUSY", -1.0)  # no share is below it
    engine = VoskEngine(vosk_model)
    engine.keep_ready(2)
    time.sleep(3 * LOOK_AGAIN_S)
    assert engine._ready == []
    engine.exchange(engine.take())  # nobody waits for the thread that makes them
    monkeypatch.setattr(vosk_engine, "BUSY", 2.0)
    wait_for(lambda: len(engine._ready) == 2)


def test_load_is_what_the_other_threads_use() -> None:
    """Whoever asks is not counted."""
    load, done = Load(), threading.Event()

    def work() -> None:
        while not done.is_set():
            pass

    threading.Thread(target=work, daemon=True).start()
    time.sleep(2 * LOOK_AGAIN_S)
    busy = load.share()
    assert load.share() == busy, "asked again at once, it gives the same answer"
    done.set()
    until = time.monotonic() + 2 * LOOK_AGAIN_S
    while time.monotonic() < until:
        pass
    assert 0 <= load.share() < busy / 2


def test_who_finds_none_ready_waits_for_no_warm_up(vosk_model: Path, speech: Samples) -> None:
    """When many calls begin at once, the last get a recognizer without a past: it hears the same words."""
    engine = VoskEngine(vosk_model, PACES["live"])
    engine.prepare(1)
    warm, cold = engine.take(), engine.take()
    assert (warm.samples > 0, cold.samples) == (True, 0)
    heard = [[word.word for word in words_of(VoskRecognizer(engine, ear), speech)] for ear in (warm, cold)]
    assert heard[0] == heard[1]


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_two_engines_at_once_do_not_disturb_each_other(vosk_model: Path, engine: VoskEngine, speech: Samples) -> None:
    """Two calls in two threads, a model each: the same as one after the other."""
    once, other = utterances(engine, speech), VoskEngine(vosk_model)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda each: utterances(each, speech), (engine, other)))
    assert both == [once, once]


def test_one_model_serves_two_threads(engine: VoskEngine, speech: Samples) -> None:
    """Two speakers on one engine."""
    once = utterances(engine, speech)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: utterances(engine, speech), range(2))) == [once, once]


def test_a_recognizer_belongs_to_one_thread(engine: VoskEngine) -> None:
    """The second thread is told, before Kaldi would abort the process."""
    recognizer, refused = engine.open(), []
    recognizer.accept(np.zeros(1_600, np.float32))

    def intrude() -> None:
        try:
            recognizer.accept(np.zeros(1_600, np.float32))
        except RuntimeError as error:
            refused.append(str(error))

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert refused == ["a recognizer was used by two threads; open one for each"]


def test_a_closed_recognizer_is_closed(engine: VoskEngine) -> None:
    """It may be serving somebody else by then."""
    recognizer = engine.open()
    recognizer.close()
    recognizer.close()
    with pytest.raises(RuntimeError, match="closed"):
        recognizer.accept(np.zeros(1_600, np.float32))


def test_odd_audio_is_survived(engine: VoskEngine) -> None:
    """Nothing at all, a single sample, full-scale noise, ten seconds in one go."""
    recognizer = engine.open()
    assert recognizer.finish() == ()
    assert recognizer.accept(np.zeros(0, np.float32)) == ""
    assert recognizer.accept(np.zeros(1, np.float32)) == ""
    recognizer.accept(np.random.default_rng(1).uniform(-1, 1, 16_001).astype(np.float32))
    recognizer.accept(np.zeros(ENGINE_RATE * 10, np.float32))
    assert all(word.end_s <= 12 for word in recognizer.finish())
    assert recognizer.finish() == ()


def test_samples_become_pcm() -> None:
    """Rounded, not truncated; the loudest are clipped rather than wrapped."""
    samples = np.array([0.0, 1.0, -1.0, 0.5, 2.0, 0.4 / 32_768, 0.6 / 32_768], np.float32)
    assert np.frombuffer(to_pcm16(samples), "<i2").tolist() == [0, 32_767, -32_768, 16_384, 32_767, 0, 1]


def test_the_noise_is_small_fixed_and_fills_the_empty_band() -> None:
    """One step of PCM where speech is, four above a telephone's band; the same every time."""
    noise = fixed_noise(1.0)
    assert np.array_equal(noise, fixed_noise(1.0))
    power = np.abs(np.fft.rfft(noise[: 4 * ENGINE_RATE])) ** 2
    low, high = power[:14_000].mean(), power[16_000:].mean()
    assert np.sqrt(low / (4 * ENGINE_RATE)) * 32_768 == pytest.approx(1.0, abs=0.05)
    assert np.sqrt(high / low) == pytest.approx(4.0, abs=0.2)
    assert not fixed_noise(0.0).any()


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    """One line, and nothing on the terminal from C++."""
    with pytest.raises(ModelMissing, match="analyzer models pull"):
        VoskEngine(tmp_path / "none")


@pytest.mark.parametrize("gone", [*NEEDED, "graph/Gr.fst", "graph/HCLr.fst"])
def test_a_model_with_a_hole_is_refused(vosk_model: Path, tmp_path: Path, gone: str) -> None:
    """A file that is absent or empty is named before C++ looks for it."""
    for source in vosk_model.rglob("*"):
        if source.is_file() and source.relative_to(vosk_model).as_posix() != gone:
            target = tmp_path / source.relative_to(vosk_model)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    with pytest.raises(ModelError, match=gone):
        check_model(tmp_path)
    (tmp_path / gone).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / gone).touch()
    with pytest.raises(ModelError, match=gone):
        check_model(tmp_path)


def test_an_unreadable_model_says_what_to_do(
    vosk_model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Files cut short by a broken download: our error, not Vosk's."""
    for source in vosk_model.rglob("*"):
        if source.is_file():
            target = tmp_path / source.relative_to(vosk_model)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    (tmp_path / "am" / "final.mdl").unlink()
    (tmp_path / "am" / "final.mdl").write_bytes((vosk_model / "am" / "final.mdl").read_bytes()[:100_000])
    with pytest.raises(ModelError, match="copy or fetch it again"):
        VoskEngine(tmp_path)


def test_the_model_itself_is_never_touched(vosk_model: Path, tmp_path: Path) -> None:
    """Our options go into a copy of the two small files; the large ones are linked."""
    before = (vosk_model / "conf" / "mfcc.conf").read_bytes()
    copy = private_copy(vosk_model, tmp_path, ("--beam=9",), unpack=False)
    assert (copy / "conf" / "mfcc.conf").read_text().splitlines()[-1] == "--dither=0"
    assert (copy / "conf" / "model.conf").read_text().splitlines()[-1] == "--beam=9"
    assert (vosk_model / "conf" / "mfcc.conf").read_bytes() == before
    assert (copy / "am" / "final.mdl").samefile(vosk_model / "am" / "final.mdl")


def test_a_half_made_recognizer_goes_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while Vosk makes one: its own class would complain of the handle that it never got."""
    import vosk

    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    class Struck(vosk.KaldiRecognizer):  # type: ignore[misc]
        def __init__(self) -> None:
            raise KeyboardInterrupt

    for kind, expected in ((Struck, 1), (quiet_end(Struck), 0)):
        complaints.clear()
        with pytest.raises(KeyboardInterrupt):
            kind()
        gc.collect()
        assert len(complaints) == expected
