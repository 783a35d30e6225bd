"""A speech model that nobody vouches for is first opened in a process of its own.

Vosk checks little of what it reads: a file cut short can end the whole process from C++, or leave a recognizer
that hears nothing.  `try_out` finds that out at no risk: it runs `python -m analyzer.engines.vosk_trial FOLDER`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from analyzer.engines.vosk_engine import AGAIN, VoskEngine, warm_up_audio
from analyzer.errors import AnalyzerError, ModelError

HEARD_S = 3.0  # of the recording that warms recognizers up: ten words in English, some in any language
PATIENCE_S = 300.0  # the largest model loads in half a minute


def try_out(path: Path) -> None:
    """Hear a few words with the model in `path`; `ModelError` in one line if it cannot."""
    command = [sys.executable, "-m", "analyzer.engines.vosk_trial", str(path)]
    try:
        trial = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as stuck:
        raise ModelError(f"the speech model in {path} is damaged: Vosk hangs on it; {AGAIN}") from stuck
    if trial.returncode == 1 and trial.stdout.strip():
        raise ModelError(trial.stdout.strip().splitlines()[-1])
    if trial.returncode:
        raise ModelError(f"the speech model in {path} is damaged: Vosk breaks down on it; {AGAIN}")


def hear_something(path: Path) -> None:
    """In this process: open the model and let it hear; one without a word is a `ModelError`."""
    recognizer = VoskEngine(path).open()
    recognizer.accept(warm_up_audio(HEARD_S))
    if not recognizer.finish():
        raise ModelError(f"the speech model in {path} is damaged: it hears no words; {AGAIN}")


if __name__ == "__main__":
    try:
        hear_something(Path(sys.argv[1]))
    except AnalyzerError as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(1)
