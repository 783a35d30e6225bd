"""The bench of two servers: the search for the most calls, and one call to each of the real ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analyzer import bench_capacity
from analyzer.bench_capacity import HOP_BYTES, Capacity, Side, Step, capacity, free_port, most_calls, sides_of, stepped
from analyzer.models import shipped


@pytest.mark.parametrize("carried", [0, 1, 5, 12, 17, 40])
def test_the_most_calls_are_found_in_a_few_steps(carried: int) -> None:
    """Never by one too many or too few."""
    tried: list[int] = []

    def run(count: int) -> Step:
        tried.append(count)
        return Step(count, 0.1 if count <= carried else 5.0, count / 10)

    assert most_calls(run, lambda _: None, 12).calls == carried
    assert len(tried) == len(set(tried)) <= 9


def test_the_sides_take_turns_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else the machine does falls on both; the ratio is the median of the runs', not that of the medians."""
    most = {"plain": iter((7, 6, 8)), "serve": iter((10, 9, 8))}
    carried: list[tuple[str, int]] = []

    def run(command: list[str], port: int, calls: object, count: int, for_s: float) -> Step:
        name = "serve" if "serve" in command else "plain"
        if count == 1:
            carried.append((name, next(most[name])))
        return Step(count, 0.1 if count <= carried[-1][1] else 5.0, 1.0)

    monkeypatch.setattr(bench_capacity, "stepped", run)
    found = capacity([], Path("model"), 1.0, lambda _: None, 1, 3)
    assert [name for name, _ in carried] == ["plain", "serve", "serve", "plain", "plain", "serve"]
    assert found == Capacity([7, 6, 8], [10, 9, 8])
    assert found.ratio == pytest.approx(10 / 7)
    assert "9 calls (10, 9, 8) against 7 (7, 6, 8), 1.4 times as many" in found.line


def test_a_call_goes_round_from_where_it_began() -> None:
    """Whole hops only."""
    side = Side("agent", bytes([1]) * HOP_BYTES + bytes([2]) * HOP_BYTES + bytes([3]) * HOP_BYTES + b"rest")
    assert [hop[0] for hop in side.hops(0.1, 0.5)] == [2, 3, 1, 2, 3]
    assert {len(hop) for hop in side.hops(0.1, 0.5)} == {HOP_BYTES}


@pytest.mark.parametrize("server", ["plain", "ours"])
def test_both_servers_answer_the_same_client(server: str, vosk_model: Path) -> None:
    """Every hop of both sides of a real call gets its reply; one whose server refuses it counts as not carried."""
    calls = [sides_of(shipped("samples/calls") / "clinic-calm.flac")]
    port = free_port()
    commands = {
        "plain": ["-m", "analyzer.bench_capacity", str(vosk_model), str(port)],
        "ours": ["-m", "analyzer", "serve", "--port", "0", "--vosk-port", str(port), "--calls", "2"],
    }
    command = [sys.executable, *commands[server]]
    step = stepped(command, port, calls, 1, 3.0)
    assert step.late_s < float("inf")
    assert step.cores > 0
    if server == "ours":
        assert stepped(command, port, calls, 2, 1.0).late_s == float("inf")
