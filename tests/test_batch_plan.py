"""Which recordings an archive has, under which names."""

from __future__ import annotations

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from analyzer.batch.files import at_hand, stamp
from analyzer.batch.names import About, compiled
from analyzer.batch.plan import Plan, plan
from analyzer.errors import AudioError, RecordError


def files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"sound")
    return folder


def ids(found: Plan) -> list[str]:
    return [task.call_id for task in found.tasks]


def test_folders_globs_and_files_each_once(tmp_path: Path) -> None:
    """Whatever way leads to a recording, it is one call; what is none is passed by."""
    files(tmp_path, "a.wav", "deep/er/b.FLAC", "notes.txt", "b.jsonl")
    everything = plan([str(tmp_path), str(tmp_path / "**" / "*.FLAC"), str(tmp_path / "a.wav")])
    assert ids(plan([str(tmp_path)])) == ["a", "b"]
    assert ids(plan([str(tmp_path / "**" / "*.FLAC")])) == ["b"]
    assert ids(everything) == ["a", "b"]


def test_hidden_copies_are_no_calls(tmp_path: Path) -> None:
    """As those that the audit keeps beside records of a folder that recordings are in, too."""
    files(tmp_path, "a.wav", ".audit/1234.mp3", "._a.wav", "sub/.thumbs/b.wav")
    assert ids(plan([str(tmp_path)])) == ["a"]


def test_where_nothing_is_says_so(tmp_path: Path) -> None:
    """A file that is missing is told when its turn comes: it may be one of thousands."""
    with pytest.raises(AudioError, match="no recordings in it"):
        plan([str(tmp_path)])
    with pytest.raises(AudioError, match="fits no recording"):
        plan([str(tmp_path / "*.wav")])
    assert ids(plan([str(tmp_path / "none.wav")])) == ["none"]


def test_twins_get_names_of_their_own_that_stay(tmp_path: Path) -> None:
    """Whatever else comes or goes; and capitals make no difference, as on many disks."""
    files(tmp_path, "mon/call.wav", "tue/Call.wav", "wed/other.wav")
    first = {task.name: task.call_id for task in plan([str(tmp_path)]).tasks}
    assert len({name.casefold() for name in first.values()}) == 3
    assert first[str(tmp_path / "wed" / "other.wav")] == "other"
    files(tmp_path, "thu/call.wav")
    again = {task.name: task.call_id for task in plan([str(tmp_path)]).tasks}
    assert {name: again[name] for name in first} == first


def test_two_calls_that_were_given_one_name_are_refused(tmp_path: Path) -> None:
    """Somebody meant something by it; the others go on."""
    files(tmp_path, "mon/1_7.wav", "tue/2_7.wav", "tue/3_8.wav")
    found = plan([str(tmp_path)], pattern=compiled("{_}_{call_id}"))
    assert ids(found) == ["8"]
    assert [file for file, _ in found.refused] == [str(tmp_path / "mon/1_7.wav"), str(tmp_path / "tue/2_7.wav")]
    assert "the name 7 is taken" in found.refused[0][1]


def test_names_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """And the calls are scored all the same."""
    files(tmp_path, "billing_1.wav", "stray.wav")
    found = plan([str(tmp_path)], pattern=compiled("{queue}_{call_id}"))
    assert (ids(found), found.unnamed) == (["1", "stray"], (str(tmp_path / "stray.wav"),))
    assert found.tasks[0].about.queue == "billing"


def test_a_broken_sidecar_is_one_call_only(tmp_path: Path) -> None:
    """The call is refused rather than scored under the wrong name."""
    files(tmp_path, "a.wav", "b.wav")
    (tmp_path / "a.json").write_text("not json")
    found = plan([str(tmp_path)])
    assert ids(found) == ["b"]
    assert "a.json" in found.refused[0][1]


MANIFESTS = {
    "calls.csv": "path,call_id,agent,queue,date\na.wav,one,dana,billing,2026-11-23\n,two,,,\n",
    "calls.jsonl": json.dumps(
        {"path": "a.wav", "call_id": "one", "agent": "dana", "queue": "billing", "date": "2026-11-23"}
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_names_calls(tmp_path: Path, name: str) -> None:
    """In CSV and in JSON lines; paths are seen from its folder."""
    manifest = files(tmp_path, "a.wav") / name
    manifest.write_text(MANIFESTS[name].replace("\n,two,,,", ""))
    [task] = plan([], manifest).tasks
    assert (task.call_id, task.files) == ("one", (str(tmp_path / "a.wav"),))
    assert task.about == About("one", "dana", "billing", "2026-11-23")


def test_a_manifest_pairs_the_sides_of_a_call(tmp_path: Path) -> None:
    """Two mono files."""
    manifest = files(tmp_path, "a.wav", "c.wav") / "calls.csv"
    manifest.write_text("agent_path,customer_path,call_id\na.wav,c.wav,both\n")
    [task] = plan([], manifest).tasks
    assert task.files == (str(tmp_path / "a.wav"), str(tmp_path / "c.wav"))


def test_a_manifest_with_a_mistake_names_the_row(tmp_path: Path) -> None:
    """Before anything is scored."""
    manifest = tmp_path / "calls.csv"
    manifest.write_text(MANIFESTS["calls.csv"])
    with pytest.raises(RecordError, match="row 2 has no path"):
        plan([], manifest)
    with pytest.raises(RecordError, match="cannot read the manifest"):
        plan([], tmp_path / "none.csv")


def test_recordings_may_be_wherever_fsspec_looks(tmp_path: Path) -> None:
    """Here in its own memory: listed, stamped, and brought here for as long as they are needed."""
    system = fsspec.filesystem("memory")
    for name in ("a.wav", "b.txt"):
        system.pipe(f"/calls/{name}", b"sound")
    [task] = plan(["memory://calls"]).tasks
    assert (task.call_id, plan(["memory://calls/*.wav"]).tasks) == ("a", (task,))
    before = stamp(task.files)
    with at_hand(task.files) as [path]:
        assert (path.name, path.read_bytes()) == ("a.wav", b"sound")
    assert not path.exists()
    system.pipe("/calls/a.wav", b"another sound")
    assert stamp(task.files) != before != ""


def test_a_recording_of_a_web_server_that_has_grown_is_seen(tmp_path: Path) -> None:
    """Its address alone says nothing of what is there."""
    files(tmp_path, "a.wav")
    serve = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        [task] = plan([f"http://127.0.0.1:{server.server_port}/"]).tasks
        before = stamp(task.files)
        (tmp_path / "a.wav").write_bytes(b"another sound")
        fsspec.filesystem("http").invalidate_cache()
        assert stamp(task.files) != before != ""
        server.shutdown()
