"""The gate opens on speech, bridges the pauses inside a sentence, and cuts only what is too long."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.audio import Samples
from analyzer.gate import WINDOW_S, Edge, GateSettings, Hush, SpeechGate, enough_quiet_s
from analyzer.speech import VAD_SAMPLES

SETTINGS = GateSettings(opens_at=0.5, holds_at=0.3, hangover_s=4 * WINDOW_S, long_s=1.0, longest_s=2.0)


def edges(*probabilities: float) -> list[Edge]:
    gate = SpeechGate(SETTINGS)
    return [gate.hear(probability) for probability in probabilities]


def test_a_word_opens_and_a_pause_closes() -> None:
    """The closing window is the last of the hangover."""
    assert edges(0.1, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1) == [
        "shut", "opens", "open", "open", "open", "open", "closes", "shut",
    ]  # fmt: skip


def test_a_breath_inside_a_sentence_does_not_close() -> None:
    """Three quiet windows of the four are not enough, and the count starts anew."""
    assert "closes" not in edges(0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1)


def test_the_weak_end_of_a_word_holds_it_open() -> None:
    """What would not open the gate still holds it: hysteresis."""
    assert edges(0.4)[-1] == "shut"
    assert edges(0.9, *[0.4] * 10)[-1] == "open"


def test_a_monologue_is_cut_at_a_short_pause() -> None:
    """After `long_s` one quiet window or two will do where four were needed."""
    talking = [0.9] * round(1.6 / WINDOW_S)
    assert "closes" in edges(*talking, 0.1, 0.1)
    assert "closes" not in edges(*talking)
    assert "closes" not in edges(*[0.9] * 5, 0.1, 0.1)


def test_nobody_talks_past_the_longest_turn() -> None:
    """Without any pause the cut comes at `longest_s`, and the next word opens again at once."""
    told = edges(*[0.9] * round(2.2 / WINDOW_S))
    assert abs(told.index("closes") * WINDOW_S - SETTINGS.longest_s) <= WINDOW_S
    assert told[told.index("closes") + 1] == "opens"


@given(st.floats(0.0, 100.0), st.floats(0.0, 100.0))
def test_the_longer_the_turn_the_shorter_the_pause(one_s: float, other_s: float) -> None:
    """Never negative, never more than the hangover, and never rising."""
    short_s, long_s = sorted((one_s, other_s))
    more, less = enough_quiet_s(short_s, SETTINGS), enough_quiet_s(long_s, SETTINGS)
    assert 0.0 <= less <= more <= SETTINGS.hangover_s


@given(st.lists(st.floats(0.0, 1.0), max_size=200))
def test_edges_come_in_pairs(probabilities: list[float]) -> None:
    """Whatever it hears: it opens before it closes, and says that it is open in between."""
    gate, was_open = SpeechGate(SETTINGS), False
    for probability in probabilities:
        edge = gate.hear(probability)
        assert edge in (("open", "closes") if was_open else ("shut", "opens"))
        was_open = gate.is_open
        assert was_open == (edge in ("opens", "open"))


def noise(level: float, windows: int) -> list[Samples]:
    source = np.random.default_rng(3)
    return [source.normal(0, level, VAD_SAMPLES).astype(np.float32) for _ in range(windows)]


def test_the_noise_of_a_quiet_line_is_soon_known() -> None:
    """After the first seconds, nothing but noise is taken for empty."""
    hush = Hush(1.4)
    told = [hush.is_empty(window) for window in noise(0.001, 600)]
    assert np.mean(told[300:]) > 0.99


def test_a_soft_voice_is_no_noise() -> None:
    """Twice the level of the line is enough to be listened to, after however long a silence."""
    hush = Hush(1.4)
    for window in noise(0.0005, 3_000):
        hush.is_empty(window)
    assert not any(hush.is_empty(window) for window in noise(0.001, 10))


def test_a_loud_line_is_always_listened_to() -> None:
    """Music or a crowd is never written off as noise, since somebody may talk over it."""
    hush = Hush(1.4)
    assert not any(hush.is_empty(window) for window in noise(0.02, 3_000))


def test_digital_silence_is_empty_from_the_start() -> None:
    """A muted side costs nothing; unless everything is to be asked about."""
    assert Hush(1.4).is_empty(np.zeros(VAD_SAMPLES, np.float32))
    assert not Hush(0.0).is_empty(np.zeros(VAD_SAMPLES, np.float32))
