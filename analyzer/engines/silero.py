"""Silero's voice-activity detector (models/vad, MIT licence) on onnxruntime, one thread.

The network takes a window of 512 samples at 16 kHz with the 64 samples before it, and carries a state
of (2, 1, 128) from window to window.  It costs 0.3% of real time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analyzer.audio import ENGINE_RATE, Samples
from analyzer.errors import ModelError, ModelMissing
from analyzer.interrupt import held_back
from analyzer.speech import VAD_SAMPLES

if TYPE_CHECKING:
    import onnxruntime

CONTEXT_SAMPLES = 64
STATE_SHAPE = (2, 1, 128)
_RATE = np.array(ENGINE_RATE, dtype=np.int64)


class SileroActivity:
    """The detector for one speaker: `speech_probability` of one window after another."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._input = np.zeros((1, CONTEXT_SAMPLES + VAD_SAMPLES), dtype=np.float32)

    def speech_probability(self, samples: Samples) -> float:
        """0..1 that (512,) float32 samples at `ENGINE_RATE` hold speech, given all that came before."""
        self._input[0, :CONTEXT_SAMPLES] = self._input[0, VAD_SAMPLES:]
        self._input[0, CONTEXT_SAMPLES:] = samples
        probability, self._state = self._session.run(None, {"input": self._input, "state": self._state, "sr": _RATE})
        return float(probability[0, 0])


class SileroEngine:
    """The loaded network, shared by all speakers of the process.  Call it for a detector of one speaker."""

    def __init__(self, path: Path) -> None:
        """Load `path`; a file that is not there is `ModelMissing`, one that is no such network `ModelError`."""
        if not path.is_file():
            raise ModelMissing(f"no speech detector at {path}; reinstall the program, it comes with one")
        self._session = _session(path)

    def __call__(self) -> SileroActivity:
        """A detector that has heard nothing yet."""
        return SileroActivity(self._session)


def _session(path: Path) -> onnxruntime.InferenceSession:
    with held_back():
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as broken:  # its errors share no base class of their own
        raise ModelError(f"{path} is not a model that onnxruntime can read; reinstall the program") from broken
    if {node.name for node in session.get_inputs()} != {"input", "state", "sr"}:
        raise ModelError(f"{path} is not the speech detector; reinstall the program")
    return session
