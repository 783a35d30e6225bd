"""An Ogg file that is cut short, wherever: told, though its decoder finds nothing amiss."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.errors import AudioError
from analyzer.sources.file import open_call
from analyzer.sources.ogg import PAGE, breaks_off

RATE = 8_000


def vorbis(seconds: float) -> bytes:
    """Two channels of noise."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.05, (round(seconds * RATE), 2))
    soundfile.write(buffer, noise, RATE, format="OGG", subtype="VORBIS")
    return buffer.getvalue()


WHOLE = vorbis(6.0)
PAGES = [at for at in range(len(WHOLE)) if WHOLE.startswith(PAGE, at)]


def test_a_whole_file_does_not_break_off(tmp_path: Path) -> None:
    """Nor does one that is no Ogg, or nothing at all."""
    path = tmp_path / "call.ogg"
    for data in (WHOLE, b"", b"Ogg", b"RIFF" + WHOLE):
        path.write_bytes(data)
        assert not breaks_off(path)
    path.write_bytes(WHOLE)
    call = open_call(path)
    list(call.chunks())
    assert call.is_whole


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.integers(len(PAGE), len(WHOLE) - 1))
def test_a_file_that_is_cut_breaks_off(keep: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """But for a cut just between two pages, which looks like the end of a recording."""
    path = tmp_path_factory.getbasetemp() / "cut.ogg"
    path.write_bytes(WHOLE[:keep])
    assert breaks_off(path) == (keep not in PAGES)


def test_a_file_that_is_cut_within_the_name_of_a_page_breaks_off(tmp_path: Path) -> None:
    """As little as one letter of the next page is a page that is missing."""
    for more in range(1, len(PAGE)):
        (tmp_path / "cut.ogg").write_bytes(WHOLE[: PAGES[1] + more])
        assert breaks_off(tmp_path / "cut.ogg")


def test_a_call_that_is_cut_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """With a note, so that it is not taken for all of it."""
    path = tmp_path / "call.ogg"
    path.write_bytes(WHOLE[: len(WHOLE) // 2])
    call = open_call(path)
    read_s = sum(len(chunk.samples) for chunk in call.chunks()) / RATE / 2
    assert 1 < read_s < 5
    assert call.notes == [f"breaks off after {read_s:.1f} s; copy or export it again for the rest"]


def test_a_cut_beginning_is_refused(tmp_path: Path) -> None:
    """There is nothing to read."""
    path = tmp_path / "call.ogg"
    path.write_bytes(WHOLE[:40])
    with pytest.raises(AudioError, match="damaged at its beginning"):
        open_call(path)
