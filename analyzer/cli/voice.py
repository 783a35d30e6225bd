"""`analyzer voice`: clips of one customer's voice against that customer's usual voice."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from analyzer.audio import Samples
from analyzer.cli.logs import say
from analyzer.sources.decode import open_recording
from analyzer.voice import Baseline, Voice, judge, learn

CLIP = click.Path(path_type=Path)
SCORES = ("loudness_z", "pitch_z", "rate_z")


@click.command()
@click.argument("clips", nargs=-1, required=True, type=CLIP)
@click.option(
    "--baseline", "usual", multiple=True, required=True, type=CLIP, help="A calm clip of the speaker; repeat it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a clip.")
def voice(clips: tuple[Path, ...], usual: tuple[Path, ...], as_json: bool) -> int:
    """Measure clips of one customer's voice against that customer's usual voice.

    CLIPS are recordings of one speaker, each one utterance; the baselines, together at least 4 s of speech, say
    what is usual.  Arousal is 0..1 with the usual at 0.5.  Where the voice cannot tell (too short, too noisy,
    too little baseline), the values are null.

    \b
    Examples:
      analyzer voice --baseline hello.wav --baseline name.wav complaint.wav
      analyzer voice --baseline hello.wav --baseline name.wav turns/*.wav --json
    """
    baseline = Baseline()
    for path in usual:
        baseline = learn(baseline, *_read(path))
    for path in clips:
        _tell(path, judge(baseline, *_read(path)), as_json)
    return 0


def _read(path: Path) -> tuple[Samples, int]:
    """The samples of a clip, its channels mixed, and its rate."""
    recording = open_recording(path)
    blocks = recording.blocks(lambda note: say(f"{path}: {note}"))
    mono: Samples = np.concatenate([block.mean(axis=1, dtype=np.float32) for block in blocks])
    return mono, recording.rate


def _tell(path: Path, heard: Voice | None, as_json: bool) -> None:
    values = asdict(heard) if heard else dict.fromkeys((*SCORES, "arousal"))
    if as_json:
        told = {name: None if value is None else round(value, 4) for name, value in values.items()}
        click.echo(json.dumps({"clip": str(path), **told}, ensure_ascii=False))
    elif heard is None:
        click.echo(f"{path}: cannot tell")
    else:
        scores = ", ".join(f"{name[:-2]} {values[name]:+.1f}" for name in SCORES)
        click.echo(f"{path}: arousal {heard.arousal:.2f} ({scores})")
