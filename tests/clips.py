"""Short pieces of the sample calls, for tests that need many recordings and little time."""

from __future__ import annotations

from pathlib import Path

import soundfile

from analyzer.models import shipped

CALLS = shipped("samples/calls")


def clip(call: str, to: Path, begin_s: float = 0.0, length_s: float = 9.0) -> Path:
    """A stretch of a sample call as a WAV file of its own."""
    path = CALLS / f"{call}.flac"
    rate = soundfile.info(path).samplerate
    frames, _ = soundfile.read(path, start=int(begin_s * rate), frames=int(length_s * rate), dtype="int16")
    to.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(to, frames, rate)
    return to
