"""A recorded caller, played to the person who practises."""

from __future__ import annotations

from pathlib import Path

import soundfile
import soxr

from analyzer.errors import AudioError
from analyzer.sources.device import portaudio

CALLER = 1  # the channel of the sample calls on which the customer is
BREATH_S = 0.15  # played before and after a turn, so that no word is cut off


class Voice:
    """The caller's side of a two-channel recording."""

    def __init__(self, recording: Path) -> None:
        """Open no device yet; a recording that cannot be read is an `AudioError`."""
        try:
            with soundfile.SoundFile(recording) as file:
                self._rate, self._samples = file.samplerate, file.frames
        except (OSError, soundfile.LibsndfileError) as error:
            raise AudioError(f"cannot read the voice {recording}: {error}") from error
        self._recording = recording

    def play(self, start_s: float, end_s: float) -> None:
        """Play a stretch on the default output and wait for its end; `AudioError` where nothing can be played."""
        first = max(0, round((start_s - BREATH_S) * self._rate))
        last = min(self._samples, round((end_s + BREATH_S) * self._rate))
        samples, _ = soundfile.read(self._recording, start=first, stop=last, dtype="float32", always_2d=True)
        sounddevice = portaudio()
        try:
            rate = round(sounddevice.query_devices(kind="output")["default_samplerate"])
            sounddevice.play(soxr.resample(samples[:, CALLER], self._rate, rate), rate, blocking=True)
        except (ValueError, sounddevice.PortAudioError) as error:
            raise AudioError(f"no sound can be played: {error}") from error
