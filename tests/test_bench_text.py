"""What the text model costs is measured in processes of its own."""

from __future__ import annotations

from analyzer.bench_text import MOST_MB, TextCost, cost_of_text


def test_the_text_model_keeps_to_its_memory() -> None:
    """A bound that is promised; what a turn takes is printed, and not tested on a busy machine."""
    cost = cost_of_text()
    assert 20 < cost.memory_mb <= MOST_MB
    assert cost.turn_ms > 0


def test_both_figures_stand_beside_their_targets() -> None:
    """As in every line of the bench."""
    line = TextCost(3.2, 58.4).line
    assert "3.2 ms" in line
    assert "58 MB" in line
