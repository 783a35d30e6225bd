"""A short call of two speakers with scripted ears, for the tests of live calls and of the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.audio import AudioChunk, Speaker
from analyzer.call import Call, CallSettings
from analyzer.coach import Coach
from analyzer.live.line import About
from analyzer.playbook import default_playbook
from analyzer.record import header
from analyzer.testing import EchoEngine, LoudActivity, TableReader, in_chunks, reading, speech_like

RATE = 16_000
ABOUT = About("c1", "test", {"agent": RATE, "customer": RATE}, max_skew_s=None)
SPANS: dict[Speaker, list[tuple[float, float]]] = {"agent": [(0.5, 2.0)], "customer": [(3.0, 5.0), (7.0, 8.5)]}
SAID: dict[Speaker, list[str]] = {
    "agent": ["hello how can i help"],
    "customer": ["i have called three times", "you people are idiots"],
}


def make_call(about: About) -> Call:
    feels = {"you people are idiots": reading(-0.9, 0.9, ["abuse"])}
    engine = EchoEngine(*(SAID[speaker] for speaker in about.rates))
    settings = CallSettings(max_skew_s=about.max_skew_s)
    return Call(about.rates, engine, LoudActivity, TableReader(feels), Coach(default_playbook()), settings)


def first_line(about: About) -> dict[str, Any]:
    return header(about.call_id, about.source, {"codec": about.codec}, about.rates, {}, {})


def both_sides(size: int = 1600) -> Iterator[AudioChunk]:
    """Ten seconds of the two speakers, in chunks that come in turn."""
    audio = {speaker: speech_like(spans, 10.0) for speaker, spans in SPANS.items()}
    for one, other in zip(*(in_chunks(audio[s], size, s) for s in ("agent", "customer")), strict=True):
        yield one
        yield other
