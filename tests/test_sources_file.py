"""Recordings of every kind become chunks; files that are none become one line."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import sys
import threading
import time
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.audio import Samples, Speaker
from analyzer.bench_score import peak_memory_mb
from analyzer.errors import AudioError
from analyzer.record import safe_name
from analyzer.sources import decode
from analyzer.sources.bleed import likeness
from analyzer.sources.decode import Frames
from analyzer.sources.file import CallAudio, open_call, open_pair

RATE = 8_000


def voice(seconds: float, seed: int, rate: int = RATE) -> Samples:
    """Bursts of coloured noise with pauses, (n,) float32: as far as correlation goes, somebody speaking."""
    random = np.random.default_rng(seed)
    noise = np.convolve(random.normal(size=round(seconds * rate)), np.ones(6) / 6, mode="same")
    bursts = np.repeat(random.random(round(seconds * 2) + 1) < 0.5, rate // 2)[: len(noise)]
    return (noise * np.where(bursts, 0.3, 0.001)).astype(np.float32)


def stereo(seconds: float = 2.3) -> Frames:
    return np.stack((voice(seconds, 1), voice(seconds, 2)), axis=1)


def heard(call: CallAudio) -> dict[Speaker, Samples]:
    """All samples of each speaker; the chunks must be in order, without gaps, and short."""
    pieces: dict[Speaker, list[Samples]] = {speaker: [] for speaker in call.speakers}
    ends = dict.fromkeys(call.speakers, 0)
    for chunk in call.chunks():
        assert chunk.first_sample == ends[chunk.speaker]
        assert chunk.rate == call.rates[chunk.speaker]
        assert 0 < len(chunk.samples) <= 2 * chunk.rate
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.flags.c_contiguous
        ends[chunk.speaker] = chunk.end_sample
        pieces[chunk.speaker].append(chunk.samples)
    return {speaker: np.concatenate(found) for speaker, found in pieces.items()}


def write(path: Path, samples: npt.NDArray[np.floating], rate: int = RATE, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def refusal(path: Path, agent_channel: int = 0) -> str:
    """Why a file is refused: one line that names it."""
    with pytest.raises(AudioError) as refused:
        heard(open_call(path, agent_channel))
    message = str(refused.value)
    assert "\n" not in message
    assert path.name in message
    return message


# What can be read

FORMATS = {
    # suffix and coding: how far a sample may be off
    ("wav", "PCM_U8"): 0.01,
    ("wav", "PCM_16"): 1e-4,
    ("wav", "PCM_24"): 1e-6,
    ("wav", "PCM_32"): 1e-6,
    ("wav", "FLOAT"): 1e-7,
    ("wav", "DOUBLE"): 1e-7,
    ("wav", "ULAW"): 0.03,
    ("wav", "ALAW"): 0.03,
    ("flac", "PCM_16"): 1e-4,
    ("flac", "PCM_24"): 1e-6,
}


@pytest.mark.parametrize(("suffix", "coding"), FORMATS)
def test_lossless_and_telephone_codings_come_out_as_they_went_in(suffix: str, coding: str, tmp_path: Path) -> None:
    """Both speakers, every sample."""
    samples = stereo()
    call = open_call(write(tmp_path / f"call.{suffix}", samples, subtype=coding))
    found = heard(call)
    assert found["agent"] == pytest.approx(samples[:, 0], abs=FORMATS[suffix, coding])
    assert found["customer"] == pytest.approx(samples[:, 1], abs=FORMATS[suffix, coding])
    assert call.codec == f"{suffix.upper()} {coding}"
    assert call.duration_s == pytest.approx(2.3)
    assert call.notes == []


@pytest.mark.parametrize(("suffix", "coding"), [("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"), ("wav", "GSM610")])
def test_lossy_codings_have_the_right_length(suffix: str, coding: str, tmp_path: Path) -> None:
    """Their samples differ, their clock must not."""
    samples = stereo() if coding != "GSM610" else stereo()[:, 0]
    found = heard(open_call(write(tmp_path / f"call.{suffix}", samples, subtype=coding)))
    for side in found.values():
        assert len(side) / RATE == pytest.approx(2.3, abs=0.15)
        assert 0.01 < np.abs(side).max() <= 1


def encode(path: Path, codec: str, rate: int, samples: Frames) -> Path:
    """Through FFmpeg: (n, 2) float32 at `rate`."""
    av = pytest.importorskip("av")
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo" if samples.shape[1] == 2 else "mono")
        stream.bit_rate = 64_000
        pcm = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=stream.layout.name)
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.m4a", "aac", 16_000),
        ("a.wma", "wmav2", 16_000),
        ("a.webm", "libopus", 48_000),
        ("a.opus", "libopus", 48_000),
    ],
)
def test_what_telephones_and_browsers_record_is_read_through_ffmpeg(
    name: str, codec: str, rate: int, tmp_path: Path
) -> None:
    """Both channels, at their own rate, and about as long as they were."""
    samples = np.stack((voice(2.3, 1, rate), voice(2.3, 2, rate)), axis=1)
    call = open_call(encode(tmp_path / name, codec, rate, samples))
    found = heard(call)
    assert call.rates == {"agent": rate, "customer": rate}
    assert [len(side) / rate for side in found.values()] == pytest.approx([2.3, 2.3], abs=0.15)
    assert likeness(found["agent"][:rate], samples[:rate, 0], rate // 5) > 0.5
    assert likeness(found["agent"][:rate], samples[:rate, 1], rate // 5) < 0.4


def test_amr_is_mono_and_known_by_its_first_bytes(tmp_path: Path) -> None:
    """Whatever the file is called."""
    pytest.importorskip("av")
    path = tmp_path / "call.dat"
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + bytes(range(31))) * 100)  # 100 frames of 20 ms
    call = open_call(path)
    assert call.speakers == ("unknown",)
    assert len(heard(call)["unknown"]) == 100 * 160


def test_without_pyav_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One package, by the name of the extra."""
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / "call.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    assert "pip install 'call-analyzer[formats]'" in refusal(path)


def test_a_playlist_is_not_followed(tmp_path: Path) -> None:
    """A file must not make this machine open other files or addresses."""
    pytest.importorskip("av")
    write(tmp_path / "secret.wav", stereo())
    path = tmp_path / "call.mp4"
    path.write_text(f"#EXTM3U\n#EXTINF:2,\n{tmp_path / 'secret.wav'}\n#EXT-X-ENDLIST\n")
    refusal(path)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_every_rate_of_telephones_and_studios(rate: int, tmp_path: Path) -> None:
    """Chunks keep the rate of the file."""
    found = heard(open_call(write(tmp_path / "call.wav", np.zeros((rate + 7, 2)) + 0.1, rate)))
    assert [len(side) for side in found.values()] == [rate + 7, rate + 7]


def test_a_stream_whose_length_nobody_wrote(tmp_path: Path) -> None:
    """A FLAC of an encoder that could not go back to its beginning: all of it, and nothing to complain of."""
    frames = stereo(2.3)
    path = write(tmp_path / "call.flac", frames)
    header = bytearray(path.read_bytes())
    header[21] &= 0xF0  # the 36 bits of the number of samples
    header[22:26] = bytes(4)
    path.write_bytes(header)
    call = open_call(path)
    assert call.duration_s is None
    assert len(heard(call)["agent"]) == len(frames)
    assert call.notes == []


@pytest.mark.parametrize("frames", [1, 7, 7_999, 8_000, 8_001, 16_001])
def test_odd_lengths(frames: int, tmp_path: Path) -> None:
    """Not a sample too many or too few around the size of a block."""
    found = heard(open_call(write(tmp_path / "call.wav", np.full((frames, 2), 0.1))))
    assert [len(side) for side in found.values()] == [frames, frames]


# Who speaks


def test_the_agents_channel_is_the_callers_choice(tmp_path: Path) -> None:
    """Channel 0 unless said otherwise."""
    samples = stereo()
    path = write(tmp_path / "call.wav", samples, subtype="FLOAT")
    assert heard(open_call(path, agent_channel=1))["agent"] == pytest.approx(samples[:, 1])
    assert heard(open_call(path))["agent"] == pytest.approx(samples[:, 0])
    assert "cannot be on 2" in refusal(path, agent_channel=2)


def test_a_mono_file_is_nobody_in_particular_unless_said(tmp_path: Path) -> None:
    """Speakers are honestly unknown."""
    path = write(tmp_path / "call.wav", stereo()[:, 0])
    assert open_call(path).speakers == ("unknown",)
    assert open_call(path, mono_speaker="customer").speakers == ("customer",)


def test_two_files_are_one_call_even_at_different_rates_and_lengths(tmp_path: Path) -> None:
    """Each side keeps its rate; the shorter one simply ends."""
    agent = write(tmp_path / "call-7-agent.wav", voice(1.5, 1))
    customer = write(tmp_path / "call-7-customer.flac", voice(3.2, 2, 16_000), 16_000)
    call = open_pair(agent, customer)
    found = heard(call)
    assert call.call_id == "call-7"
    assert call.rates == {"agent": 8_000, "customer": 16_000}
    assert {speaker: len(side) for speaker, side in found.items()} == {"agent": 12_000, "customer": 51_200}
    assert call.duration_s == pytest.approx(3.2)
    assert call.codec == "WAV PCM_16 + FLAC PCM_16"


def test_the_speakers_take_turns_by_the_second(tmp_path: Path) -> None:
    """So that a call can be scored while it is read."""
    call = open_call(write(tmp_path / "call.wav", stereo(3.0)))
    assert [(chunk.speaker, chunk.first_sample) for chunk in call.chunks()] == [
        (speaker, second * RATE) for second in range(3) for speaker in ("agent", "customer")
    ]


def test_a_call_can_be_read_twice(tmp_path: Path) -> None:
    """The report plays what the record heard; notes are not said twice."""
    samples = stereo()
    samples[:, 1] = 0
    call = open_call(write(tmp_path / "call.wav", samples))
    assert [chunk.first_sample for chunk in call.chunks()] == [chunk.first_sample for chunk in call.chunks()]
    assert call.notes == ["the customer's side is silent throughout; is the channel the right one?"]


def test_a_pair_must_be_two_mono_files(tmp_path: Path) -> None:
    """Not one with both, and not one twice."""
    mono, both = write(tmp_path / "a.wav", stereo()[:, 0]), write(tmp_path / "b.wav", stereo())
    with pytest.raises(AudioError, match=r"b\.wav has two channels"):
        open_pair(mono, both)
    with pytest.raises(AudioError, match=r"a\.wav was given for both sides"):
        open_pair(mono, mono)


@pytest.mark.parametrize(
    ("agent", "customer", "name"),
    [
        ("call-7-agent", "call-7-customer", "call-7"),
        ("caller adam", "caller alice", "caller"),
        ("agent", "customer", "folder"),
        ("0017", "0018", "0017"),
    ],
)
def test_a_pair_is_named_by_what_its_names_share(agent: str, customer: str, name: str, tmp_path: Path) -> None:
    """Or by its folder, where the names only say who speaks."""
    folder = tmp_path / "folder"
    folder.mkdir()
    first, second = (write(folder / f"{stem}.wav", stereo()[:, 0]) for stem in (agent, customer))
    assert open_pair(first, second).call_id == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("call 12:30 (2)", "call_12_30_2"),
        ("../../etc/passwd", "etc_passwd"),
        ("Gespräch-1", "Gespräch-1"),
        ("\udcff", "call"),
        ("...", "call"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_call_id_is_safe_in_a_file_name(name: str, safe: str) -> None:
    """On every system."""
    assert safe_name(name) == safe


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    """So that an auditor can check it with any tool; a pair has one of its own."""
    mono = write(tmp_path / "a.wav", stereo()[:, 0])
    other = write(tmp_path / "b.wav", stereo()[:, 1])
    assert open_call(mono).sha256 == hashlib.sha256(mono.read_bytes()).hexdigest()
    assert open_pair(mono, other).sha256 != open_pair(other, mono).sha256


# What is odd, and said


def test_a_silent_call_is_refused(tmp_path: Path) -> None:
    """Nobody said a word on either side: there is nothing to score, and somebody ought to look at the recorder."""
    call = open_call(write(tmp_path / "call.wav", np.zeros((RATE, 2))))
    with pytest.raises(AudioError, match=r"call\.wav is silent throughout; export it again"):
        heard(call)


def test_a_silent_side_is_no_error(tmp_path: Path) -> None:
    """It is noted."""
    samples = stereo()
    samples[:, 0] = 0
    call = open_call(write(tmp_path / "call.wav", samples))
    heard(call)
    assert call.notes == ["the agent's side is silent throughout; is the channel the right one?"]


def test_a_recording_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """And a note says how far that is."""
    path = write(tmp_path / "call.wav", stereo(4.0))
    path.write_bytes(path.read_bytes()[: 44 + 2 * RATE * 4])
    call = open_call(path)
    assert len(heard(call)["agent"]) == 2 * RATE
    assert not call.is_whole
    assert call.notes == ["breaks off after 2.0 s of 4.0 s; copy or export it again for the rest"]


def test_a_flac_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """Its decoder complains, what came before is kept, and one note says how much that is."""
    path = write(tmp_path / "call.flac", stereo(8.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    call = open_call(path)
    read_s = len(heard(call)["agent"]) / RATE
    assert 2 < read_s < 5
    assert not call.is_whole
    assert call.notes == [f"is damaged after {read_s:.1f} s of 8.0 s; copy or export it again for the rest"]


def test_a_damaged_mp3_is_told_by_us_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its decoder writes to the terminal by itself; a person gets one line that helps."""
    path = tmp_path / "call.mp3"
    path.write_bytes(np.random.default_rng(0).bytes(5_000))
    assert "is not audio" in refusal(path)
    assert capfd.readouterr().err == ""


def test_two_threads_that_read_do_not_lose_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """The second waits for the first; otherwise it would take nowhere for the terminal, and put that back."""
    first_is_in, first_may_go, first_has_left = (threading.Event() for _ in range(3))

    def first() -> None:
        with decode._hushed():
            first_is_in.set()
            first_may_go.wait(10)
        first_has_left.set()

    def second() -> None:
        first_is_in.wait(10)
        with decode._hushed():
            first_has_left.wait(10)

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    first_is_in.wait(10)
    time.sleep(0.2)  # the second has come as far as it gets
    first_may_go.set()
    for thread in threads:
        thread.join()
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def with_data_size(path: Path, size: int) -> Path:
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + struct.pack("<I", size) + data[at + 4 :])
    return path


def test_a_streamed_header_without_a_size_is_no_fault(tmp_path: Path) -> None:
    """Recorders that write to a pipe say "as much as possible"."""
    call = open_call(with_data_size(write(tmp_path / "call.wav", stereo()), 0xFFFFFFFF))
    assert len(heard(call)["agent"]) == round(2.3 * RATE)
    assert call.notes == []


@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24", "ULAW", "FLOAT"])
@pytest.mark.parametrize("seconds", [0.001, 2.3])
def test_a_header_that_counts_nothing_is_no_fault_either(coding: str, seconds: float, tmp_path: Path) -> None:
    """Its recorder was stopped before it could write the size, or wrote to a pipe: all that is there."""
    path = write(tmp_path / "call.wav", stereo(seconds), subtype=coding)
    whole = open_call(path)
    right = heard(whole)
    call = open_call(with_data_size(path, 0))
    found = heard(call)
    assert (call.notes, call.codec, call.duration_s) == (whole.notes, whole.codec, whole.duration_s)
    assert all((found[speaker] == samples).all() for speaker, samples in right.items())


def test_a_scale_beyond_full_is_clipped_and_noted(tmp_path: Path) -> None:
    """Floats that were written as if they were integers; a little above full scale is not worth a note."""
    call = open_call(write(tmp_path / "loud.wav", stereo() * 1000, subtype="FLOAT"))
    assert np.abs(heard(call)["agent"]).max() == 1
    assert call.notes == ["is louder than full scale; it was clipped"]
    call = open_call(write(tmp_path / "hot.wav", stereo() / np.abs(stereo()).max() * 1.2, subtype="FLOAT"))
    assert np.abs(heard(call)["agent"]).max() <= 1
    assert call.notes == []


def test_a_note_about_a_pair_says_which_file_it_means(tmp_path: Path) -> None:
    """One of two breaks off."""
    agent, customer = (write(tmp_path / f"{name}.wav", voice(4.0, seed)) for seed, name in enumerate("ac"))
    agent.write_bytes(agent.read_bytes()[: 44 + RATE * 2])
    call = open_pair(agent, customer)
    heard(call)
    assert call.notes == ["a.wav breaks off after 1.0 s of 4.0 s; copy or export it again for the rest"]


# What is refused


def test_files_that_are_none(tmp_path: Path) -> None:
    """Missing, empty, a folder, a text, a device."""
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "letter.wav").write_text("Dear Sir, " * 100)
    assert "no such file" in refusal(tmp_path / "missing.wav")
    assert "is empty" in refusal(tmp_path / "empty.wav")
    assert "is a folder" in refusal(tmp_path / "folder.wav")
    assert "not audio" in refusal(tmp_path / "letter.wav")
    if Path("/dev/zero").exists():
        assert "is not a file" in refusal(Path("/dev/zero"))


def test_a_header_without_audio(tmp_path: Path) -> None:
    """Nothing was recorded."""
    assert "holds no audio" in refusal(write(tmp_path / "call.wav", np.zeros((0, 2))))


def test_a_header_that_is_cut_off(tmp_path: Path) -> None:
    """It is a WAV file, but a damaged one."""
    path = write(tmp_path / "call.wav", stereo())
    path.write_bytes(path.read_bytes()[:30])
    assert "damaged at its beginning" in refusal(path)


def test_six_channels(tmp_path: Path) -> None:
    """Which two are the speakers cannot be guessed."""
    assert "has 6 channels" in refusal(write(tmp_path / "call.wav", np.zeros((RATE, 6))))


@pytest.mark.parametrize("rate", [1, 4_000, 96_000, 192_000])
def test_rates_that_no_call_has(rate: int, tmp_path: Path) -> None:
    """Vosk would hang or abort on some of them."""
    assert f"sample rate of {rate} Hz" in refusal(write(tmp_path / "call.wav", np.zeros((100, 2)), rate))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(value: float, tmp_path: Path) -> None:
    """Wherever in the file they are."""
    samples = stereo()
    samples[2 * RATE + 5, 1] = value
    assert "no numbers, near 2 s" in refusal(write(tmp_path / "call.wav", samples, subtype="FLOAT"))


def test_a_raw_file_has_no_rate(tmp_path: Path) -> None:
    """It could be anything."""
    path = tmp_path / "call.raw"
    path.write_bytes(bytes(1000))
    refusal(path)


def test_names_with_any_bytes(tmp_path: Path) -> None:
    """A line break or a byte that is no text in a name does not break the message."""
    path = tmp_path / os.fsdecode(b"ca\xffll.wav")
    try:
        path.write_text("no audio")
    except OSError:
        pytest.skip("this file system has only names that are text")
    with pytest.raises(AudioError) as refused:
        open_call(path)
    str(refused.value).encode()


# Bleed


def test_a_clean_call_is_not_accused(tmp_path: Path) -> None:
    """Not with the same hum on both lines either."""
    samples = stereo(40)
    hum = 0.02 * np.sin(2 * np.pi * 60 * np.arange(len(samples)) / RATE)
    for noise in (0.0, hum[:, None]):
        call = open_call(write(tmp_path / "call.wav", samples + noise))
        heard(call)
        assert call.notes == []


@pytest.mark.parametrize("decibels", [-10, -20, -30])
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_a_voice_that_leaks_into_the_other_channel_is_noticed(decibels: int, rate: int, tmp_path: Path) -> None:
    """However faint the copy, and though it comes 10 ms late."""
    agent, customer = voice(30, 1, rate), voice(30, 2, rate)
    leak = np.roll(agent, rate // 100) * 10 ** (decibels / 20)
    call = open_call(write(tmp_path / "call.wav", np.stack((agent, customer + leak), axis=1), rate))
    heard(call)
    assert len(call.notes) == 1
    assert "same voice is in both channels" in call.notes[0]


def test_a_leak_between_two_files_of_different_rates_is_noticed(tmp_path: Path) -> None:
    """They are compared at one rate."""
    agent, customer = voice(60, 1, 16_000), voice(60, 2, 16_000)
    mixed = (customer + 0.2 * agent).reshape(-1, 2).mean(axis=1)  # to 8 kHz
    call = open_pair(write(tmp_path / "a.wav", agent, 16_000), write(tmp_path / "b.wav", mixed, 8_000))
    heard(call)
    assert any("same voice" in note for note in call.notes)


@pytest.mark.parametrize("gain", [1.0, 0.3, -1.0])
def test_a_mono_recording_saved_with_two_channels_is_noticed(gain: float, tmp_path: Path) -> None:
    """Louder, quieter or upside down, it is the same."""
    mono = voice(20, 1)
    call = open_call(write(tmp_path / "call.wav", np.stack((mono, mono * gain), axis=1)))
    heard(call)
    assert len(call.notes) == 1
    assert "both channels are the same recording" in call.notes[0]


# Long files, and hostile ones


def mulaw_wav(path: Path, seconds: int) -> Path:
    """A telephone recording of that length, two channels."""
    minute = np.random.default_rng(0).integers(0, 256, 60 * RATE * 2, dtype=np.uint8).tobytes()
    size = seconds * RATE * 2
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 7, 2, RATE, RATE * 2, 2, 8, b"data", size
    )
    with path.open("wb") as file:
        file.write(header)
        for _ in range(seconds // 60):
            file.write(minute)
    return path


def peak_mb(path: Path) -> float:
    """The peak resident memory of a process that reads a call to its end, in MB."""
    code = (
        "import sys; from pathlib import Path; from analyzer.sources.file import open_call\n"
        "assert sum(len(chunk.samples) for chunk in open_call(Path(sys.argv[1])).chunks())"
    )
    return peak_memory_mb([sys.executable, "-c", code, str(path)])


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_three_hours_take_the_memory_of_three_minutes(tmp_path: Path) -> None:
    """172 MB of file, and less than 5 MB of difference."""
    short, long = mulaw_wav(tmp_path / "short.wav", 180), mulaw_wav(tmp_path / "long.wav", 3 * 3600)
    assert peak_mb(long) - peak_mb(short) < 5


def seeds() -> dict[str, bytes]:
    """Small good files to damage."""
    samples, found = stereo(0.5), {}
    for kind, coding in (("WAV", "PCM_16"), ("WAV", "ULAW"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")):
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, RATE, format=kind, subtype=coding)
        found[f"{kind} {coding}"] = buffer.getvalue()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((2, 2, RATE, 0, "NONE", ""))
        file.writeframes(bytes(4000))
    return {**found, "plain": buffer.getvalue(), "amr": b"#!AMR\n" + (b"\x3c" + bytes(range(31))) * 10}


SEEDS = seeds()
damage = st.tuples(st.integers(0, 199), st.binary(min_size=1, max_size=8))


def read_whatever_it_is(data: bytes, folder: Path) -> None:
    """Either our own error, one line, or clean samples; soon."""
    path = folder / "fuzz.wav"
    path.write_bytes(data)
    began = time.monotonic()
    try:
        call = open_call(path)
        for chunk in call.chunks():
            assert np.isfinite(chunk.samples).all()
            assert np.abs(chunk.samples).max() <= 1
    except AudioError as error:
        assert "\n" not in str(error)
        assert "fuzz.wav" in str(error)
    assert time.monotonic() - began < 5


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_random_bytes(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Noise is not audio, or if by chance it is, it is clean."""
    read_whatever_it_is(data, tmp_path_factory.getbasetemp())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(SEEDS)), edits=st.lists(damage, max_size=5), keep=st.floats(0.1, 1))
def test_damaged_headers(
    kind: str, edits: list[tuple[int, bytes]], keep: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever a header promises."""
    data = bytearray(SEEDS[kind])
    for at, new in edits:
        data[at : at + len(new)] = new
    read_whatever_it_is(bytes(data[: int(len(data) * keep)]), tmp_path_factory.getbasetemp())
