"""Vosk as its own examples use it: the yardstick of `analyzer bench`, never part of the program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.engines.vosk_engine import check_model, to_pcm16

if TYPE_CHECKING:
    import vosk

HOP_SAMPLES = ENGINE_RATE // 10


def bare_model(path: Path) -> vosk.Model:
    """The model with the configuration it came with."""
    check_model(path)
    import vosk

    vosk.SetLogLevel(-1)
    return vosk.Model(model_path=str(path))


def bare_recognizer(model: vosk.Model) -> Callable[[bytes], str]:
    """A fresh recognizer as a plain server has one for each socket: 16-bit PCM in, the reply out as JSON text."""
    import vosk

    recognizer = vosk.KaldiRecognizer(model, ENGINE_RATE)
    recognizer.SetWords(True)

    def reply(pcm: bytes) -> str:
        ended = recognizer.AcceptWaveform(pcm)
        return str(recognizer.Result() if ended else recognizer.PartialResult())

    return reply


def bare_text(model: vosk.Model, samples: Samples) -> str:
    """All words of one channel, (n,) float32 at `ENGINE_RATE`: a fresh recognizer, 100 ms at a time."""
    import vosk

    recognizer, texts = vosk.KaldiRecognizer(model, ENGINE_RATE), []
    recognizer.SetWords(True)
    for start in range(0, len(samples), HOP_SAMPLES):
        if recognizer.AcceptWaveform(to_pcm16(samples[start : start + HOP_SAMPLES])):
            texts.append(json.loads(recognizer.Result())["text"])
    texts.append(json.loads(recognizer.FinalResult())["text"])
    return " ".join(text for text in texts if text)


if __name__ == "__main__":  # a model, and calls: every channel of each
    loaded = bare_model(Path(sys.argv[1]))
    for call in sys.argv[2:]:
        frames, rate = soundfile.read(call, dtype="float32", always_2d=True)
        for channel in soxr.resample(frames, rate, ENGINE_RATE).T:
            sys.stdout.write(f"{bare_text(loaded, np.ascontiguousarray(channel))}\n")
