"""What a whole call costs is measured with the real program, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from clips import clip

from analyzer.bench import read_sides
from analyzer.bench_score import MOST_MB, JudgingCost, cost_of_command, cost_of_judging, cost_of_score
from analyzer.cli.loading import load_engines, load_playbook
from analyzer.engines.vosk_engine import warm_up_audio


def test_a_call_is_heard_judged_and_weighed(vosk_model: Path, tmp_path: Path) -> None:
    """Hearing costs more than judging, and the program with all of its models fits into its promise."""
    voice = np.pad(warm_up_audio(3.0), (8_000, 16_000))
    call = tmp_path / "call.wav"
    soundfile.write(call, np.stack([voice, voice], axis=1), 16_000)
    engines = load_engines()
    cost = cost_of_judging(read_sides(call), engines.speech, engines.activity, engines.reader, load_playbook(None))
    assert 0 < cost.judging_s < cost.ears_s
    ballast = np.ones(100_000_000)  # 800 MB of our own, which are not the program's
    whole = cost_of_score(call)
    assert ballast.nbytes > MOST_MB * 1e6
    assert 100 < whole.peak_mb < MOST_MB
    assert "peak memory" in whole.line


def test_the_whole_command_beside_a_script_of_bare_vosk(vosk_model: Path, tmp_path: Path) -> None:
    """Two calls cost both of them more than one does; a call of seconds costs us more, since more is loaded."""
    calls = [clip("clinic-calm", tmp_path / f"{name}.wav", length_s=4) for name in ("one", "two")]
    one, two = cost_of_command(calls[:1], vosk_model), cost_of_command(calls, vosk_model)
    assert one.ratio > 1
    assert 0 < two.bare_s - one.bare_s < one.bare_s
    assert 0 < two.ours_s - one.ours_s < one.ours_s
    assert "2 calls" in two.line


def test_the_share_is_of_the_whole() -> None:
    """One second of ten."""
    cost = JudgingCost("call", ears_s=9.0, judging_s=1.0)
    assert cost.share == 0.1
    assert "10% of 10.0 s" in cost.line
