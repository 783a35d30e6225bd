"""A second run over the same archive: what is there stays, and a new playbook needs no ears."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from clips import clip

from analyzer.affect import TurnReader
from analyzer.batch.archive import Archive
from analyzer.batch.plan import Task, plan
from analyzer.batch.readings import NotingReader, RecallingReader, coached_again
from analyzer.batch.work import Scorer, Wish
from analyzer.cli.loading import Engines, identities, load_engines, load_playbook
from analyzer.errors import OutputError, RecordError
from analyzer.playbook import DEFAULT, Playbook, read_playbook
from analyzer.record import Identity, read

PLAIN = Wish(report=False)
OURS = load_playbook(None)


@pytest.fixture(scope="module")
def engines(vosk_model: Path) -> Engines:
    """The real ones, loaded once."""
    return load_engines()


@pytest.fixture(scope="module")
def scored(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of one call with prompts in it, with its page."""
    root = tmp_path_factory.mktemp("archive")
    clip("photos-stuck", root / "in" / "stuck.wav", length_s=24)
    score(root, engines, Wish())
    return root


@pytest.fixture
def root(scored: Path, tmp_path: Path) -> Path:
    """A copy to spoil; times of writing stay as they were."""
    return Path(shutil.copytree(scored, tmp_path / "root"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    """A playbook that says other things, and one thing less."""
    path = tmp_path_factory.mktemp("playbook") / "mine.yaml"
    text = DEFAULT.read_text("utf-8").replace("Breathe. Slow and low. It isn't about you.", "Breathe.")
    card = "tactic: encourage,"
    assert card in text
    path.write_text(text.replace(card, f"{card} silent: true,").replace("version: ", "version: 9", 1))
    return read_playbook(path)


def opened(
    root: Path, wish: Wish = PLAIN, playbook: Playbook = OURS, models: dict[str, Identity] | None = None
) -> Archive:
    return Archive(root / "out", playbook, models or identities(), wish)


def the_task(root: Path) -> Task:
    [task] = plan([str(root / "in")]).tasks
    return task


def score(root: Path, engines: Engines, wish: Wish, playbook: Playbook = OURS) -> None:
    task = the_task(root)
    with closing(opened(root, wish, playbook)) as archive:
        archive.keep(task, Scorer(engines, playbook, wish)(task, lambda at_s: None), "")


def standing(root: Path, **how: object) -> str:
    with closing(opened(root, **how)) as archive:  # type: ignore[arg-type]
        return archive.standing(the_task(root))


def test_a_record_that_fits_is_found_and_then_known(root: Path) -> None:
    """By its hash first; then by size and time of the recording, without reading either."""
    assert standing(root) == "found"
    with closing(opened(root)) as archive:
        archive.found(the_task(root))
        assert archive.standing(the_task(root)) == "there"
    (root / "out" / ".archive" / "kept" / "stuck.json.gz").unlink()
    assert standing(root) == "there"


def test_a_recording_that_was_only_touched_is_read_once_more(root: Path) -> None:
    """Its time is new, its sound is not."""
    with closing(opened(root)) as archive:
        archive.found(the_task(root))
        os.utime(root / "in" / "stuck.wav")
        assert archive.standing(the_task(root)) == "found"
        archive.found(the_task(root))
        assert archive.standing(the_task(root)) == "there"


def spoil_sound(root: Path) -> None:
    clip("clinic-calm", root / "in" / "stuck.wav")


def spoil_record(root: Path) -> None:
    with (root / "out" / "stuck.jsonl").open("a") as file:
        file.write("{}\n")


def spoil_proof(root: Path) -> None:
    path = root / "out" / ".archive" / "kept" / "stuck.json.gz"
    path.write_bytes(path.read_bytes()[:50])


def lose_record(root: Path) -> None:
    (root / "out" / "stuck.jsonl").unlink()


@pytest.mark.parametrize("spoil", [spoil_sound, spoil_record, spoil_proof, lose_record])
def test_what_does_not_fit_together_is_scored_again(root: Path, spoil: object) -> None:
    """Whatever part of it has changed."""
    assert callable(spoil)
    spoil(root)
    assert standing(root) == "score"


def test_other_models_or_settings_are_another_record(root: Path) -> None:
    """A page that is wanted and not there, too; one that is there and not wanted harms nobody."""
    strange = {**identities(), "speech": Identity("other", "0" * 64)}
    assert standing(root, models=strange) == "score"
    assert standing(root, wish=replace(PLAIN, agent_channel=1)) == "score"
    assert standing(root, wish=Wish()) == "found"
    assert standing(root, wish=Wish(embed_audio=False)) == "score"


def test_whose_call_it_is_may_be_told_later(root: Path, engines: Engines, tmp_path: Path) -> None:
    """Agent, queue and date come into the record without hearing it again, byte for byte as if known before."""
    for sidecar in ('{"agent": "dana", "queue": "bills", "date": "2026-03-02"}', '{"queue": "sales"}'):
        (root / "in" / "stuck.json").write_text(sidecar)
        assert standing(root, wish=Wish()) == "coach"
        with closing(opened(root, Wish())) as archive:
            assert archive.coach(the_task(root)) is not None
            assert archive.standing(the_task(root)) == "there"
    fresh = tmp_path / "fresh"
    shutil.copytree(root / "in", fresh / "in")
    score(fresh, engines, Wish())
    for name in ("stuck.jsonl", "stuck.html"):
        assert (root / "out" / name).read_bytes() == (fresh / "out" / name).read_bytes()
    header = read(root / "out" / "stuck.jsonl").header
    assert (header["queue"], header.get("agent"), header["started_at"]) == ("sales", None, None)


def test_a_new_playbook_gives_the_record_that_hearing_again_would_give(
    root: Path, engines: Engines, other: Playbook, tmp_path: Path
) -> None:
    """Byte for byte, the page too; and the recording may be gone by then, but for its name."""
    assert standing(root, playbook=other, wish=Wish()) == "coach"
    with closing(opened(root, Wish(), other)) as archive:
        entry = archive.coach(the_task(root))
        assert entry is not None
        assert entry.how == "coached"
        assert archive.standing(the_task(root)) == "there"
    fresh = tmp_path / "fresh"
    shutil.copytree(root / "in", fresh / "in")
    score(fresh, engines, Wish(), other)
    for name in ("stuck.jsonl", "stuck.html"):
        assert (root / "out" / name).read_bytes() == (fresh / "out" / name).read_bytes()
    lines = [prompt["line"] for prompt in read(Path(str(root)) / "out" / "stuck.jsonl").prompts]
    assert "Breathe." in lines


def test_coaching_again_tells_what_it_cannot_know(root: Path, reader: TurnReader, other: Playbook) -> None:
    """Lost audio, or readings of another call."""
    record = read(root / "out" / "stuck.jsonl")
    with pytest.raises(RecordError, match="another call"):
        coached_again(record, [], other)
    with pytest.raises(RecordError, match="lost audio"):
        coached_again(replace(record, lost=[{"type": "lost"}]), [], other)


def test_readings_are_recalled_as_they_were(reader: TurnReader) -> None:
    """To the last digit, in their order, and for no other words."""
    noting = NotingReader(reader)
    customer = noting.read_customer(["this is the third time i call"], ["how can i help"])
    agent = noting.read_agent(["i am sorry about that"], ["this is the third time i call"])
    recalling = RecallingReader(noting.kept)
    assert recalling.read_customer(["this is the third time i call"], ["how can i help"]) == customer
    with pytest.raises(RecordError, match="another call"):
        recalling.read_agent(["i am sorry"], ["this is the third time i call"])
    assert noting.kept[1]["acts"] == agent[0]
    assert "affect" not in noting.kept[1]


def test_one_run_at_a_time(root: Path) -> None:
    """The second is told, before it spoils anything."""
    with closing(opened(root)), pytest.raises(OutputError, match="another run"):
        opened(root)
