"""The ablation reads golden records; the joined intensity must be worth its two halves."""

from __future__ import annotations

from analyzer.evaluation_joined import Spoken, ablation, spoken_turns
from analyzer.models import shipped


def turn(feel: str, words: float, voice: float | None, both: float) -> Spoken:
    """A turn by its three intensities."""
    return Spoken(feel, {"text_intensity": words, "voice_intensity": voice, "intensity": both})


def test_each_way_is_scored_on_the_turns_that_it_can_score() -> None:
    """A turn without a voice counts for the words, and for both together, on the right only."""
    turns = [turn("angry", 0.3, 0.9, 0.8), turn("calm", 0.4, 0.1, 0.2), turn("furious", 0.9, None, 0.9)]
    table = ablation(turns).splitlines()
    assert table[0] == "|  | turns with a voice (2) | all turns (3) |"
    assert table[2:] == [
        "| words alone | 0.000 | 0.500 |",
        "| voice alone | 1.000 |  |",
        "| both, joined | 1.000 | 1.000 |",
    ]


def test_words_and_voice_together_know_more_than_either() -> None:
    """On the sample calls, whose lines were spoken with a feeling that their scripts name."""
    turns = list(spoken_turns(shipped("samples/calls"), shipped("samples/dialogues")))
    assert {"calm", "angry", "furious"} <= {turn.feel for turn in turns}
    scores = {line.split("|")[1].strip(): float(line.split("|")[2]) for line in ablation(turns).splitlines()[2:]}
    assert scores["both, joined"] > max(scores["words alone"], scores["voice alone"])
