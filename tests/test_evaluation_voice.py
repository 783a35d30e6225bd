"""The figures of the voice, on made-up speakers whose anger is certain."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from analyzer.audio import ENGINE_RATE
from analyzer.errors import AudioError
from analyzer.evaluation_voice import CONDITIONS, Clip, auc, band, evaluate, judged, main, mulaw, read, speech_level

from talker import shout, talk

RATE = 8_000
CALM, RAISED = ("01", "02", "04"), ("03", "05", "06")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two speakers, both sentences, two takes of six emotions, and a file that is something else."""
    path = tmp_path_factory.mktemp("speech")
    seed = 0
    for emotion in (*CALM, *RAISED):
        for sentence in ("01", "02"):
            for take in ("01", "02"):
                for speaker in ("01", "02"):
                    seed += 1
                    make = talk if emotion in CALM else shout
                    name = f"03-01-{emotion}-01-{sentence}-{take}-{speaker}.flac"
                    sf.write(path / name, make(2.0, seed=seed, rate=RATE), RATE)
    (path / "README.md").write_text("no clip")
    return path


def test_certain_anger_is_told_from_calm(folder: Path) -> None:
    """All conditions, all clips, by the documented protocol."""
    results = evaluate(folder)
    assert [found.condition for found in results] == list(CONDITIONS)
    assert all(found.clips == 48 for found in results)
    assert all(found.arousal > 0.95 for found in results)
    assert all(len(found.speakers) == 2 for found in results)


def test_a_gain_that_wanders_spoils_the_loudness_alone(folder: Path) -> None:
    results = {found.condition: found for found in evaluate(folder)}
    clean, wandering = results["as recorded"], results["gain +-10 dB"]
    assert wandering.loudness < clean.loudness
    assert wandering.pitch == clean.pitch


def test_the_figures_repeat(folder: Path) -> None:
    assert evaluate(folder) == evaluate(folder)


def test_a_clip_is_judged_by_the_other_sentence() -> None:
    """With one sentence spoken 8 dB louder throughout, its clips all sound loud, and those of the other soft."""
    names = [Clip(emotion, "01", sentence, take, "01") for emotion in CALM for sentence in "12" for take in "123"]
    clips = {
        clip._replace(sentence=f"0{clip.sentence}"): talk(2.0, level_db=-20 if clip.sentence == "1" else -28, seed=seed)
        for seed, clip in enumerate(names)
    }
    found = judged(clips, ENGINE_RATE)
    assert found.keys() == clips.keys()
    assert all(voice is not None and (voice.loudness_z > 0) == (clip.sentence == "01") for clip, voice in found.items())


def test_auc_counts_pairs_and_halves_ties() -> None:
    clips = [Clip(emotion, "01", "01", "01", "01") for emotion in ("01", "04", "05", "06")]
    assert auc(dict(zip(clips, (0.1, 0.2, 0.3, 0.4), strict=True))) == 1.0
    assert auc(dict(zip(clips, (0.4, 0.3, 0.2, 0.1), strict=True))) == 0.0
    assert auc(dict(zip(clips, (0.1, 0.3, 0.3, 0.2), strict=True))) == pytest.approx(0.625)
    assert np.isnan(auc({}))


def test_the_band_limit_keeps_the_middle_and_stops_the_rest() -> None:
    at_s = np.arange(RATE) / RATE
    tones = {hz: np.sin(2 * np.pi * hz * at_s).astype(np.float32) for hz in (100, 1000, 3800)}
    levels = {hz: float(np.std(band(tone, RATE))) for hz, tone in tones.items()}
    assert levels[1000] == pytest.approx(np.std(tones[1000]), rel=0.01)
    assert max(levels[100], levels[3800]) < 0.3 * levels[1000]


def test_mulaw_is_coarse_but_close() -> None:
    samples = np.linspace(-1.2, 1.2, 1001, dtype=np.float32)
    there_and_back = mulaw(samples)
    assert np.abs(there_and_back - np.clip(samples, -1, 1)).max() < 0.03
    assert len(np.unique(there_and_back)) <= 256


def test_the_level_of_speech_ignores_pauses() -> None:
    voice = talk(2.0, rate=RATE)
    padded = np.concatenate([voice, np.zeros(4 * RATE, dtype=np.float32)])
    assert speech_level(padded, RATE) == pytest.approx(speech_level(voice, RATE), rel=1e-3)


def test_a_folder_without_clips_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no clips"):
        read(tmp_path)
    with pytest.raises(SystemExit, match="no clips"):
        main([str(tmp_path)])


def test_the_table_and_the_json_lines_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(folder)])
    table = capsys.readouterr().out.splitlines()
    main([str(folder), "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(table) == len(lines) + 2
    assert all(f"**{line['arousal']:.3f}**" in row for line, row in zip(lines, table[2:], strict=True))
