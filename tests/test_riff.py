"""The header of a WAV: what cannot be true is refused, and nothing of a call is left out without a word."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.errors import AudioError
from analyzer.sources.file import CallAudio, open_call
from analyzer.sources.riff import read_wav

RATE = 8_000
TWO_S = np.random.default_rng(0).integers(-9_000, 9_000, (2 * RATE, 2), dtype="<i2")
AGREEING = {"tag": 1, "channels": 2, "rate": RATE, "byte_rate": 4 * RATE, "frame": 4, "bits": 16}
LIST = b"LIST\x0a\0\0\0INFOISFT\0\0"


def wav(path: Path, behind: bytes = b"", **said: int) -> Path:
    """Two seconds of two channels of 16 bits, with a header that says so or something else."""
    data = TWO_S.tobytes()
    *header, size = (AGREEING | {"size": len(data)} | said).values()
    chunks = b"fmt \x10\0\0\0" + struct.pack("<HHIIHH", *header) + b"data" + struct.pack("<I", size) + data + behind
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)
    return path


def heard(path: Path) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], CallAudio]:
    """Both channels, (n, 2), and the call."""
    call = open_call(path)
    found: dict[str, list[np.ndarray[tuple[int], np.dtype[np.float32]]]] = {speaker: [] for speaker in call.speakers}
    for chunk in call.chunks():
        found[chunk.speaker].append(chunk.samples)
    return np.stack([np.concatenate(pieces) for pieces in found.values()], axis=1), call


def refusal(path: Path) -> str:
    """Why a file is refused: one line that names it."""
    with pytest.raises(AudioError) as refused:
        heard(path)
    assert "\n" not in str(refused.value)
    assert path.name in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"frame": 3}, "frames of 3 bytes for 2 x 16 bits"),
        ({"bits": 24}, "frames of 4 bytes for 2 x 24 bits"),
        ({"bits": 8}, "frames of 4 bytes for 2 x 8 bits"),
        ({"channels": 1}, "frames of 4 bytes for 1 x 16 bits"),
        ({"tag": 7}, "frames of 4 bytes for 2 x 8 bits"),
        ({"rate": 16_000}, "32000 bytes a second for 16000 frames of 4 bytes"),
        ({"byte_rate": 31_999}, "31999 bytes a second for 8000 frames of 4 bytes"),
        ({"size": 63_998}, "63998 bytes of samples in frames of 4"),
        ({"bits": 24, "frame": 6, "byte_rate": 6 * RATE}, "64000 bytes of samples in frames of 6"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields: dict[str, int], what: str, tmp_path: Path) -> None:
    """Whichever is believed, the call could come out as noise, or at twice its speed."""
    said = refusal(wav(tmp_path / "call.wav", b"", **fields))
    assert f"contradicts itself ({what})" in said
    assert "ffmpeg -i call.wav" in said


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("coding", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_plain_coding_agrees_with_itself(kind: str, coding: str, channels: int, tmp_path: Path) -> None:
    """As the library writes it, whose files all the world reads."""
    path = tmp_path / "call.wav"
    soundfile.write(path, TWO_S[:, :channels] / 20_000, RATE, format=kind, subtype=coding)
    found = read_wav(path)
    assert found is not None
    assert (found.contradiction, found.beyond, found.channels, found.rate) == ("", 0, channels, RATE)
    assert found.size == 2 * RATE * found.frame


@pytest.mark.parametrize("coding", ["IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_codings_in_blocks_are_left_to_the_library(coding: str, tmp_path: Path) -> None:
    """Their frames are no samples."""
    path = tmp_path / "call.wav"
    soundfile.write(path, TWO_S[:, 0], RATE, subtype=coding)
    found = read_wav(path)
    assert found is not None
    assert (found.contradiction, found.beyond_s) == ("", 0.0)


def test_big_endian_files_are_read_alike(tmp_path: Path) -> None:
    """RIFX, of old workstations."""
    path = tmp_path / "call.wav"
    soundfile.write(path, TWO_S, RATE, subtype="PCM_16", endian="BIG", format="WAV")
    found = read_wav(path)
    assert found is not None
    assert (found.contradiction, found.rate, found.frame) == ("", RATE, 4)


@pytest.mark.parametrize("size", [0x7FFFF000, 0x7FFFFF00, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFDB])
def test_sizes_of_recorders_that_write_to_a_pipe(size: int, tmp_path: Path) -> None:
    """Those of sox, arecord, FFmpeg and others: all that is there, and nothing to complain of."""
    samples, call = heard(wav(tmp_path / "call.wav", size=size))
    assert len(samples) == 2 * RATE
    assert call.notes == []


def test_a_size_of_nothing_before_chunks_is_the_truth(tmp_path: Path) -> None:
    """Nothing was recorded, and an editor wrote a title."""
    path = wav(tmp_path / "call.wav", size=0)
    path.write_bytes(path.read_bytes()[:44] + LIST * 100)
    assert "holds no audio" in refusal(path)


def test_sound_behind_what_the_header_counts_is_told(tmp_path: Path) -> None:
    """Its recorder was stopped after it had last written the size: the rest is not lost in silence."""
    samples, call = heard(wav(tmp_path / "call.wav", size=4 * RATE))
    assert len(samples) == RATE
    assert not call.is_whole
    assert call.notes == [
        "has 1.0 s more behind the 1.0 s that its header counts; copy or export it again for the rest"
    ]


def test_two_recordings_put_behind_each_other_are_refused(tmp_path: Path) -> None:
    """`cat a.wav b.wav` makes no longer WAV: which of the two is meant?"""
    path = wav(tmp_path / "call.wav")
    path.write_bytes(2 * path.read_bytes())
    assert "perhaps a second recording" in refusal(path)


@pytest.mark.parametrize(
    "behind",
    [
        LIST,
        LIST * 3,
        b"id3 \x03\0\0\0abc\0" + LIST,  # filled up to an even number, as it should be
        b"bext" + struct.pack("<I", 40_000) + bytes(40_000),
        b"\0" * 7,
        b"\xff" * 15_000,  # less than half a second of it
    ],
)
def test_what_editors_put_behind_the_samples_is_no_sound(behind: bytes, tmp_path: Path) -> None:
    """Titles, cue points, artwork, filling."""
    samples, call = heard(wav(tmp_path / "call.wav", behind=behind))
    assert len(samples) == 2 * RATE
    assert call.notes == []


def test_chunks_behind_an_odd_number_of_bytes_need_no_filling(tmp_path: Path) -> None:
    """Not every recorder fills up to an even number."""
    for filling in (b"", b"\0"):
        path, data = tmp_path / "call.wav", bytes(range(100, 151)) * 81
        header = struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8)
        chunks = b"fmt \x10\0\0\0" + header + b"data" + struct.pack("<I", len(data)) + data + filling
        path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks + LIST * 300)
        found = read_wav(path)
        assert found is not None
        assert (len(data) % 2, found.beyond) == (1, 0)


def test_what_is_no_wav_is_not_judged(tmp_path: Path) -> None:
    """Nor one whose chunks lead nowhere: that is the library's business."""
    path = tmp_path / "call.wav"
    for data in (
        b"",
        b"RIFF",
        b"fLaC" + bytes(50),
        b"RIFF\0\0\0\0AVI " + bytes(50),
        b"RIFF\0\0\0\0WAVE" + bytes(90_000),
    ):
        path.write_bytes(data)
        assert read_wav(path) is None


FIELDS = st.sampled_from(["tag", "channels", "rate", "byte_rate", "frame", "bits", "size"])
WIDE = {"rate", "byte_rate", "size"}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=FIELDS, value=st.integers(0, 70_000) | st.integers(0, 0xFFFFFFFF), width=st.sampled_from([1, 4]))
def test_one_lie_is_refused_or_told_or_changes_nothing(
    field: str, value: int, width: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever one field says: no noise, no other speed, and no half a second less without a note."""
    value = min(value * width, 0xFFFFFFFF) if field in WIDE else value & 0xFFFF
    path = wav(tmp_path_factory.getbasetemp() / "lie.wav", b"", **{field: value})
    try:
        samples, call = heard(path)
    except AudioError as refused:
        assert "\n" not in str(refused)
        assert "lie.wav" in str(refused)
        return
    assert samples == pytest.approx(TWO_S[: len(samples)] / 32_768)
    assert len(samples) > 1.5 * RATE or call.notes
