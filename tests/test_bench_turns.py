"""A turn costs next to nothing, and no more at the end of a long call than at its beginning."""

from __future__ import annotations

from analyzer.bench_turns import MOST_MS, cost_of_turns
from analyzer.models import shipped
from analyzer.playbook import default_playbook
from analyzer.record import read


def test_a_turn_costs_under_three_milliseconds_however_long_the_call() -> None:
    """Patterns, dialogue, state, every card of the playbook and the summary's notes."""
    records = [read(path) for path in sorted(shipped("samples/calls").glob("*.jsonl"))]
    cost = cost_of_turns(records, default_playbook())
    assert 0 < cost.early_ms < MOST_MS
    assert cost.late_ms < MOST_MS
    assert cost.late_ms < 2 * cost.early_ms
