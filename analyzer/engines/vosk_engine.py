"""Vosk on this machine: a shared model, and a recognizer for each speaker.

What holds, and why (measured on the small US-English model, Vosk 0.3.45):

* **Noise helps.**  Kaldi dithers: without noise in the silent band above a telephone line, or under a
  clean recording, the model loses words (13.8 against 10.1 errors in a hundred).  Kaldi's own noise is new
  every time; ours is fixed, and stronger where the telephone carries nothing (8.5 in a hundred).
* **The same audio gives the same words, times and confidences, to the last digit**, in any process and
  whatever other calls were heard before.  Three things are needed for it: none of Kaldi's own dithering (a
  private copy of the model's configuration says so), fixed hops, and recognizers with the same past.  A
  recognizer composes its search graph while it listens, and the order in which it met the states can tip a
  confidence; so each one is new, and serves one call.
* **A warm-up costs more than it saves.**  The first words make a recognizer work harder, whoever says them; so only a
  live call, where they must come at once, gets one that has heard a recording before, and only it has partials.
* With `reuse_s` a recognizer serves further calls, which halves the work.  The words stayed the same in
  all our trials, but one confidence in a thousand moved by up to .07: an archive that must be
  byte-identical leaves it off.
* `Result()` ends an utterance and keeps what was learnt of the speaker; `FinalResult()` forgets it, but
  only if some audio came since the last `Result()`.  Without that audio it does nothing at all, and the
  next call is heard with the ears for the last speaker (a quarter of its words were lost).
* A recognizer keeps every state of the graph that it ever composed: 0.7 MB for each second of speech, 170 MB
  after ten minutes.  So it is exchanged for a fresh one after `renew_s`, between two utterances; a call of
  half an hour then stays flat from its quarter hour on, for up to a tenth more work; longer was not tried.
* Vosk counts frames of 30 ms since its front end was last started; it restarts that by itself after
  ten minutes of speech and may drop a word.  We do it before, between two utterances.
* One recognizer in two threads aborts the process; a rate of 0 hangs it.  Both are refused here.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.cores import cores
from analyzer.engines.language_graph import unpacked
from analyzer.errors import ModelError, ModelMissing
from analyzer.speech import Word

if TYPE_CHECKING:
    import vosk

FRAME_S = 0.03  # Vosk counts in frames of 10 ms, three at a time
FIRST_FRAME, NEXT_FRAME = 240, ENGINE_RATE // 100  # samples: where they end, one after the other, 10 ms apart
LONGEST_ACCEPT = ENGINE_RATE // 5  # Vosk works in steps of 200 ms and looks for an endpoint once a call
NOISE_SAMPLES = 4 * ENGINE_RATE
TELEPHONE_HZ = 3_700.0  # a telephone line carries nothing above; the model was trained on full bands
HIGH_DITHER = 4.0  # times as much up there: an empty band costs words, and it masks no speech
RESTART_S = 480.0  # of speech; Vosk itself restarts its front end after 600
NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "ivector/final.ie")
GRAPHS = (("graph/HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst"))  # one or the other
AGAIN = "copy or fetch it again"


@dataclass(frozen=True, slots=True)
class VoskSettings:
    """How the model searches, and how recognizers are kept."""

    search: tuple[str, ...] = (
        "--beam=8.5",  # the model says 10: a sixth more work, and not one word better
    )
    chunk_frames: int = 24  # of 10 ms at a time through the network: a sixth less work than 12; 80 loses words
    unpack: bool = True  # read the language graph in its faster form; the words are the same
    dither: float = 1.0  # standard deviation of the noise in steps of 16-bit PCM: what the model was trained with
    partials: bool = False  # tell the text so far
    warm: bool = False  # let recognizers that are made ahead hear a recording first: the first words come sooner
    renew_s: float = 60.0  # of audio; after it a recognizer is exchanged: under 600 MB for both sides of any call
    reuse_s: float = 0.0  # how much audio a recognizer may have heard and still serve another call

    @property
    def options(self) -> tuple[str, ...]:
        """As Kaldi reads them."""
        return (*self.search, f"--frames-per-chunk={self.chunk_frames}")


Pace: TypeAlias = Literal["archive", "replay", "live"]
PACES: Mapping[Pace, VoskSettings] = {
    "archive": VoskSettings(),
    "replay": VoskSettings(partials=True),  # told as it comes, and to the last digit what an archive hears
    # words come .06 s earlier than with 24 frames; with 6 .1 s, for a fifth more work
    "live": VoskSettings(chunk_frames=12, partials=True, warm=True, renew_s=75.0),
}
WARM_UP_S = 2.0  # of the recording beside this file
BUSY = 0.65  # of all cores: from here on the calls in progress need what is left, and no recognizer is made ahead
LOOK_AGAIN_S = 0.25


@dataclass(frozen=True, slots=True)
class Beat:
    """When a text can change: the network takes frames by the block, and from one block to the next nothing is new.

    To ask for the text at every hop is work for nothing, and more of it the longer a turn is; a model of another build
    has another beat, so it is learnt from a recording.
    """

    every: int = 1  # samples; with 1 it can change at any time
    at: int = 0

    def falls_in(self, begin: int, end: int) -> bool:
        """Whether samples `begin` to `end`, counted since the front end was started, complete a block."""
        return (end - self.at) // self.every > (begin - self.at) // self.every


class VoskEngine:
    """The loaded model.  Calls from any thread are safe; each recognizer belongs to one."""

    def __init__(self, model_path: Path, settings: VoskSettings = VoskSettings()) -> None:
        """Load the model folder; one that is absent is `ModelMissing`, one that is broken `ModelError`."""
        self._settings, self._path = settings, model_path
        self._model = load_model(model_path, settings.options, unpack=settings.unpack)
        self._warm_up = warm_up_audio(WARM_UP_S)
        self._ready: list[_Ear] = []
        self._lock = threading.Lock()
        self.beat = Beat()
        if settings.partials:
            self._learn_beat()
        self._chores: queue.SimpleQueue[_Ear | None] | None = None  # to put away; None: look if any is to be made

    @property
    def has_partials(self) -> bool:
        return self._settings.partials

    def prepare(self, count: int = 2) -> None:
        """Have `count` recognizers ready, so that the next calls start without a stall."""
        while len(self._ready) < count:
            self._keep(self._ear_ahead())

    def keep_ready(self, count: int) -> None:
        """From now on a thread of its own makes one for each that is taken, until `count` are ready again.

        It does so while the calls in progress leave time for it, and puts away what is used up.  So no live call waits
        for either, in the middle of a turn.
        """
        self._chores = chores = queue.SimpleQueue[_Ear | None]()
        for _ in range(count - len(self._ready)):
            chores.put(None)
        threading.Thread(target=self._do_chores, args=(chores, count), name="ears", daemon=True).start()

    def open(self) -> VoskRecognizer:
        """A recognizer that knows nothing of any speaker."""
        return VoskRecognizer(self, self.take())

    def take(self) -> _Ear:
        """One that is ready, or a new one without a warm-up, to be there at once."""
        with self._lock:
            ear = self._ready.pop() if self._ready else None
        if self._chores is not None:
            self._chores.put(None)
        return ear or self._new_ear()

    def exchange(self, ear: _Ear) -> _Ear:
        """A fresh one for one that is used up; nobody may use that afterwards."""
        if self._chores is None:
            ear.put_away()  # first: its memory goes to the next
        else:
            self._chores.put(ear)
        return self.take()

    def is_used_up(self, ear: _Ear) -> bool:
        """Whether it has grown so large that a fresh one is better, even for the same speaker."""
        return ear.heard_s > max(self._settings.renew_s, self._settings.reuse_s)

    def _do_chores(self, chores: queue.SimpleQueue[_Ear | None], count: int) -> None:
        """What is used up goes at once; new ones are made while the calls in progress leave time for it."""
        step_back()
        load = Load()
        while True:
            try:
                ear = chores.get(timeout=LOOK_AGAIN_S if len(self._ready) < count else None)
            except queue.Empty:
                ear = None
            if ear is not None:
                ear.put_away()
            elif len(self._ready) < count and load.share() < BUSY:
                self._keep(self._ear_ahead())
            del ear

    def _new_ear(self) -> _Ear:
        return _Ear(self._model, self._settings.dither, self._path, self.beat)

    def _ear_ahead(self) -> _Ear:
        """One for a later call, which has time for a warm-up."""
        ear = self._new_ear()
        if self._settings.warm:
            for frame in frames(self._warm_up):
                ear.accept(frame)
            ear.forget()
        return ear

    def _learn_beat(self) -> None:
        """From a recognizer that asks all the while; it has had its warm-up by that."""
        ear = self._new_ear()
        self.beat = ear.beat = ear.learn_beat(self._warm_up, self._settings.chunk_frames)
        if self._settings.warm:
            ear.forget()
            self._keep(ear)
        else:
            ear.put_away()

    def _keep(self, ear: _Ear) -> None:
        with self._lock:
            self._ready.append(ear)

    def take_back(self, ear: _Ear) -> None:
        """Keep a used recognizer for another call if the settings allow it, or put it away."""
        if ear.heard_s < self._settings.reuse_s:
            ear.forget()
            self._keep(ear)
        elif self._chores is None:
            ear.put_away()
        else:
            self._chores.put(ear)


class VoskRecognizer:
    """Hears one speaker of one call.  See `speech.Recognizer`."""

    def __init__(self, engine: VoskEngine, ear: _Ear) -> None:
        self._engine = engine
        self._ear: _Ear | None = ear
        self._owner: int | None = None
        self._words: list[Word] = []
        self._begin = ear.samples  # what was fed when the present utterance began

    def accept(self, samples: Samples) -> str:
        """Take (n,) float32 samples at `ENGINE_RATE`; the text so far, or "" where the settings want no partials."""
        ear = self._owned()
        for hop in hops(samples):
            if ear.accept(hop):  # Vosk heard a pause: the words are kept, the utterance goes on
                self._words += ear.result(self._begin)
        if not self._engine.has_partials:
            return ""
        return " ".join([*(word.word for word in self._words), *ear.partial()])

    def finish(self) -> tuple[Word, ...]:
        """The words since the last `finish`; a word begun before it may have a time below 0."""
        ear = self._owned()
        words = (*self._words, *ear.result(self._begin))
        self._words = []
        if self._engine.is_used_up(ear):
            self._ear = None
            self._ear = ear = self._engine.exchange(ear)
        elif ear.since_restart_s > RESTART_S:
            ear.forget()
        self._begin = ear.samples
        return words

    def close(self) -> None:
        """Give it back; closing twice is fine."""
        if self._ear is not None:
            ear, self._ear = self._owned(), None
            self._engine.take_back(ear)

    def _owned(self) -> _Ear:
        """The ear, for the one thread that may use it: two in it at once would abort the process."""
        if self._ear is None:
            raise RuntimeError("a closed recognizer was used")
        if self._owner is None:
            self._owner = threading.get_ident()
        if self._owner != threading.get_ident():
            raise RuntimeError("a recognizer was used by two threads; open one for each")
        return self._ear


class _Ear:
    """One Vosk recognizer, with an exact count of what it was fed."""

    def __init__(self, model: vosk.Model, dither: float, path: Path, beat: Beat) -> None:
        import vosk

        try:
            self._kaldi = quiet_end(vosk.KaldiRecognizer)(model, ENGINE_RATE)
        except Exception as broken:  # Vosk raises nothing more precise
            raise ModelError(f"the speech model in {path} is damaged: its graph cannot be used; {AGAIN}") from broken
        self._kaldi.SetWords(True)
        self._noise = fixed_noise(dither)
        self.beat = beat
        self.samples = 0  # fed in all
        self._restarted = 0  # `samples` when the front end was last started
        self._text: list[str] = []
        self._is_stale = False  # whether the text may be another by now

    @property
    def heard_s(self) -> float:
        return self.samples / ENGINE_RATE

    @property
    def since_restart_s(self) -> float:
        return (self.samples - self._restarted) / ENGINE_RATE

    def accept(self, hop: Samples) -> bool:
        """Whether Vosk saw an endpoint behind it."""
        begin = self.samples - self._restarted
        self.samples += len(hop)
        self._is_stale |= self.beat.falls_in(begin, begin + len(hop))
        begin %= NOISE_SAMPLES
        return bool(self._kaldi.AcceptWaveform(to_pcm16(hop + self._noise[begin : begin + len(hop)])))

    def partial(self) -> list[str]:
        if self._is_stale:
            self._text = json.loads(self._kaldi.PartialResult()).get("partial", "").split()  # absent before any audio
            self._is_stale = False
        return self._text

    def learn_beat(self, audio: Samples, chunk_frames: int) -> Beat:
        """Hear `audio` and note where its text changes; no beat at all if that is not always at the same place."""
        every, changes, text = -(-chunk_frames // 3) * 3 * NEXT_FRAME, list[int](), self._text
        for frame in frames(audio):
            self.accept(frame)
            if self.partial() != text:
                changes.append(self.samples % every)
                text = self._text
        return Beat(every, changes[0]) if len(changes) > 2 and len(set(changes)) == 1 else Beat()

    def result(self, begin: int) -> list[Word]:
        """The words since the last result, timed from sample number `begin`."""
        shift_s = (begin - self._restarted) / ENGINE_RATE
        self._text, self._is_stale = [], False
        found = json.loads(self._kaldi.Result()).get("result", [])
        return [self._word(word, shift_s) for word in found]

    def forget(self) -> None:
        """Drop the speaker and the clock; a little audio first, or `FinalResult` does nothing."""
        self.accept(np.zeros(ENGINE_RATE // 10, dtype=np.float32))
        self._kaldi.FinalResult()
        self._text, self._is_stale = [], False
        self._restarted = self.samples

    def put_away(self) -> None:
        """The end of it: its memory goes back to the system."""
        del self._kaldi
        give_back_memory()

    def _word(self, word: dict[str, Any], shift_s: float) -> Word:
        """Vosk's times are single precision and grow for ever; whole frames since the restart are exact."""
        start, end = (
            round((word[edge] - self._restarted / ENGINE_RATE) / FRAME_S) * FRAME_S - shift_s
            for edge in ("start", "end")
        )
        return Word(word["word"], round(start, 4), round(end, 4), round(word["conf"], 3))


@functools.cache
def quiet_end(kind: type) -> Any:
    """Vosk's class, of which one that Ctrl-C left half made goes without a complaint from the interpreter."""

    class QuietEnd(kind):  # type: ignore[misc]
        def __del__(self) -> None:
            if "_handle" in vars(self):
                super().__del__()

    return QuietEnd


class Load:
    """How much of the cores the other threads of the program use; to be asked by one thread."""

    def __init__(self) -> None:
        self._at, self._used, self._share = time.monotonic(), self._others(), 0.0

    def share(self) -> float:
        """0..1, since the last answer; the same answer again if that was a moment ago."""
        at, used = time.monotonic(), self._others()
        if at - self._at >= LOOK_AGAIN_S:
            self._share = (used - self._used) / (at - self._at) / cores()
            self._at, self._used = at, used
        return self._share

    def _others(self) -> float:
        return time.process_time() - time.thread_time()


def step_back() -> None:
    """Let every other thread of the program go before this one, where the system can do that for one thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def give_back_memory() -> None:
    """Return to the system what glibc keeps of freed memory in small pieces: two recognizers leave some 40 MB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def fixed_noise(dither: float) -> Samples:
    """Noise of `dither` steps of 16-bit PCM and more above `TELEPHONE_HZ`, the same every time.

    Long enough to begin anywhere in `NOISE_SAMPLES`.
    """
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(NOISE_SAMPLES))
    spectrum[np.fft.rfftfreq(NOISE_SAMPLES, 1 / ENGINE_RATE) > TELEPHONE_HZ] *= HIGH_DITHER
    once = np.fft.irfft(spectrum) * dither / 32768.0
    return np.concatenate([once, once[:LONGEST_ACCEPT]]).astype(np.float32)


def hops(samples: Samples) -> Iterator[Samples]:
    """Pieces short enough for one call into Vosk."""
    for start in range(0, len(samples), LONGEST_ACCEPT):
        yield samples[start : start + LONGEST_ACCEPT]


def frames(samples: Samples) -> Iterator[Samples]:
    """Pieces that end where Kaldi's frames do."""
    yield samples[:FIRST_FRAME]
    for start in range(FIRST_FRAME, len(samples), NEXT_FRAME):
        yield samples[start : start + NEXT_FRAME]


def to_pcm16(samples: Samples) -> bytes:
    """Float32 in -1..1 as signed 16-bit little-endian PCM; louder is clipped."""
    pcm: bytes = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2").tobytes()
    return pcm


def warm_up_audio(seconds: float) -> Samples:
    """The first seconds of a recording of speech, (n,) float32 at `ENGINE_RATE`."""
    import soundfile

    samples: Samples = soundfile.read(Path(__file__).with_name("warm_up.flac"), dtype="float32")[0]
    return samples[: round(seconds * ENGINE_RATE)]


def load_model(path: Path, search: tuple[str, ...] = (), *, unpack: bool = True) -> vosk.Model:
    """Vosk's model without dithering, its search set by Kaldi options; Vosk prints nothing."""
    check_model(path)
    import vosk

    vosk.SetLogLevel(-1)
    with tempfile.TemporaryDirectory(prefix="analyzer-vosk-") as folder:
        configured = private_copy(path, Path(folder), search, unpack=unpack)
        try:
            return quiet_end(vosk.Model)(model_path=str(configured))
        except Exception as broken:  # Vosk raises nothing more precise
            raise ModelError(f"the speech model in {path} is damaged: Vosk cannot read it; {AGAIN}") from broken


def check_model(path: Path) -> None:
    """Say what is missing before C++ does: it would print to the terminal or end the process."""
    if not path.is_dir():
        raise ModelMissing(f"no speech model at {path}; run: analyzer models pull")
    graph = next((files for files in GRAPHS if (path / files[0]).is_file()), GRAPHS[-1])
    for name in (*NEEDED, *graph):
        file = path / name
        if not file.is_file() or not file.stat().st_size:
            raise ModelError(f"the speech model in {path} is damaged: it has no {name}; {AGAIN}")


def private_copy(path: Path, folder: Path, search: tuple[str, ...], *, unpack: bool) -> Path:
    """The model with our settings: `conf` copied and added to, a faster graph, everything else linked."""
    shutil.copytree(path / "conf", folder / "conf")
    (folder / "graph").mkdir()
    for entry in (*path.iterdir(), *(path / "graph").iterdir()):
        if entry.name not in ("conf", "graph"):
            link(entry.resolve(), folder / entry.relative_to(path))
    language = path / "graph" / "Gr.fst"
    if unpack and language.is_file() and (faster := unpacked(language)):
        (folder / "graph" / "Gr.fst").unlink()
        link(faster, folder / "graph" / "Gr.fst")
    add_lines(folder / "conf" / "mfcc.conf", "--dither=0")
    add_lines(folder / "conf" / "model.conf", *search)
    return folder


def add_lines(file: Path, *lines: str) -> None:
    """Options at the end of a Kaldi configuration: the last one of a name holds."""
    file.write_text("\n".join([file.read_text().rstrip(), *lines, ""]))


def link(source: Path, target: Path) -> None:
    """A link, or a copy where the system allows no links."""
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
