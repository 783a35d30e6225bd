"""The same archive on a Ray cluster of several nodes, one of which dies: nothing is lost, nothing is different."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from clips import clip

from analyzer.batch.archive import Archive
from analyzer.batch.cluster import Actors
from analyzer.batch.plan import plan
from analyzer.batch.run import ToDo, look_through, work_off
from analyzer.batch.work import Wish
from analyzer.cli.archive import make_scorer
from analyzer.cli.loading import identities, load_playbook

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray leaves sockets and futures open

CALLS = ("phone-abusive", "clinic-calm", "sofa-recovers", "bank-manager")
PLAIN = Wish(report=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, vosk_model: Path) -> Path:
    """Eight short calls and a file that is none."""
    folder = tmp_path_factory.mktemp("calls")
    for number in range(8):
        clip(CALLS[number % 4], folder / f"call-{number}.wav", begin_s=4.0 * (number // 4), length_s=8)
    (folder / "junk.wav").write_bytes(b"no sound")
    return folder


def test_a_node_that_is_killed_costs_no_call(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vosk_model: Path
) -> None:
    """Two nodes of one processor; the second dies as soon as the first record is there."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        doomed = cluster.add_node(num_cpus=1)
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        playbook = load_playbook(None)
        archive = Archive(tmp_path / "ray", playbook, identities(), PLAIN)
        [to_do] = [step for step in look_through(archive, plan([str(folder)]), False) if isinstance(step, ToDo)]
        states = []
        for step in work_off(
            archive, to_do.score, lambda _: Actors(partial(make_scorer, "vosk", playbook, PLAIN), 2), most_tries=5
        ):
            states += [step.entry.state] if step.entry else []
            if doomed is not None and "done" in states:
                cluster.remove_node(doomed, allow_graceful=False)
                doomed = None
        archive.close()
    finally:
        cluster.shutdown()
    assert doomed is None
    assert "retried" in states, "the node died with a call in its hands"
    assert states.count("done") == 8
    assert states.count("failed") == 1
    command = [sys.executable, "-m", "analyzer", "score", str(folder), "-o", str(tmp_path / "local"), "--no-report"]
    subprocess.run(command, capture_output=True, check=False, timeout=300)
    for number in range(8):
        name = f"call-{number}.jsonl"
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


def test_the_verb_runs_on_ray_of_this_machine(folder: Path, tmp_path: Path) -> None:
    """Without an address Ray is started here, and ended with the run."""
    command = [
        *(sys.executable, "-m", "analyzer", "score", str(folder / "call-0.wav"), "-o", str(tmp_path)),
        *("--engine", "ray", "--workers", "1", "--no-report"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "1 scored" in done.stdout
    assert (tmp_path / "call-0.jsonl").is_file()
