"""The mistakes that the recognizer makes: heard once with synthetic speech, then made at will.

`python -m analyzer.training.recognizer_errors TEXTS --speech-model FOLDER` (extra `samples`) speaks JSON lines
that have a `text` through a telephone into the recognizer, with the pace, the noise and the codec varied, and
writes what was heard beside what was said.  The table of confusions in recognizer_errors.json is counted from
such pairs; `garbled` makes the same mistakes in any text, at any rate, without speaking it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from analyzer.spoken import spoken

TABLE = Path(__file__).with_name("recognizer_errors.json")
ANY = "*"  # the row of words that were never misheard, or never said
OFTEN = 3  # a confusion is kept from so many times on ...
MOST = 8  # ... or if it is among a word's most frequent
SPEECH_RATE = 16_000
LINE_HZ = 8_000
MU = 255.0
SILENCE_S = 0.4

Floats = npt.NDArray[np.float32]
Confusions = Mapping[str, Sequence[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Line:
    """How a text is spoken and carried."""

    name: str
    pace: float  # 1 is the voice's own
    noise_db: float  # of the signal above pink noise
    companded: bool


LINES = (
    Line("clear", 1.0, 60.0, False),
    Line("mu-law", 1.1, 30.0, True),
    Line("noisy", 1.2, 12.0, True),
    Line("bad", 1.3, 6.0, True),
    Line("awful", 1.35, 2.0, True),
)


def aligned(said: str, heard: str) -> Iterator[tuple[str, str]]:
    """Pairs of what was said and heard in its place; an equal word is paired with itself."""
    before, after = said.split(), heard.split()
    for kind, i, k, m, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(before[i:k], before[i:k], strict=True)
        elif k - i == n - m:
            yield from zip(before[i:k], after[m:n], strict=True)
        elif k > i:  # the first word takes all that was heard, the rest were lost
            yield before[i], " ".join(after[m:n])
            yield from ((word, "") for word in before[i + 1 : k])


def word_errors(said: str, heard: str) -> float:
    """Word error rate: changes, losses and additions over the words said."""
    before, after = said.split(), heard.split()
    row = list(range(len(after) + 1))
    for i, word in enumerate(before, start=1):
        last, row[0] = row[0], i
        for k, other in enumerate(after, start=1):
            last, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, last + (word != other))
    return row[-1] / max(1, len(before))


def counted(pairs: Iterable[tuple[str, str]]) -> Confusions:
    """The table of confusions: word -> what was heard instead and how often, most frequent first."""
    found: dict[str, Counter[str]] = {}
    for said, heard in pairs:
        for word, other in aligned(said, heard):
            if word != other:
                found.setdefault(word, Counter())[other] += 1
                found.setdefault(ANY, Counter())[other] += 1
    return {
        word: [
            (other, count)
            for place, (other, count) in enumerate(counts.most_common())
            if count >= OFTEN or place < MOST
        ]
        for word, counts in sorted(found.items())
    }


@cache
def confusions() -> Confusions:
    """The table that comes with the program."""
    table: Confusions = json.loads(TABLE.read_text("utf-8"))
    return table


def garbled(text: str, rate: float, chance: random.Random, table: Confusions | None = None) -> str:
    """`text` with about `rate` of its words misheard, each as the recognizer mishears it."""
    table = confusions() if table is None else table
    heard = [_misheard(word, chance, table) if chance.random() < rate else word for word in text.split()]
    return " ".join(" ".join(heard).split())


def _misheard(word: str, chance: random.Random, table: Confusions) -> str:
    choices = table.get(word) or table.get(ANY) or [("", 1)]
    return chance.choices([other for other, _ in choices], [count for _, count in choices])[0]


def carried(speech: Floats, line: Line, noise: np.random.Generator) -> Floats:
    """Speech at `SPEECH_RATE` as the far end of a telephone line hears it, at the same rate."""
    import soxr

    narrow = soxr.resample(speech, SPEECH_RATE, LINE_HZ)
    narrow = narrow * 0.25 / max(1e-6, float(np.abs(narrow).max()))
    level = float(np.sqrt(np.mean(narrow**2))) * 10 ** (-line.noise_db / 20)
    narrow = narrow + level * _pink(len(narrow), noise)
    if line.companded:
        squeezed = np.sign(narrow) * np.log1p(MU * np.abs(narrow)) / np.log1p(MU)
        steps = np.round(squeezed * 127) / 127
        narrow = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU
    wide: Floats = soxr.resample(narrow.astype(np.float32), LINE_HZ, SPEECH_RATE)
    return wide


def _pink(length: int, noise: np.random.Generator) -> npt.NDArray[np.float64]:
    spectrum = np.fft.rfft(noise.standard_normal(length))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), length)
    return np.asarray(pink / np.sqrt(np.mean(pink**2)), dtype=np.float64)


def heard(
    texts: Sequence[str], lines: Sequence[Line], speech_model: Path, seed: int
) -> Iterator[tuple[int, Line, str]]:
    """Speak each text over each line into the recognizer: (which text, line, what was heard)."""
    import soxr
    from hibari import Hibari

    from analyzer.engines.vosk_engine import VoskEngine

    voice, recognizer = Hibari(), VoskEngine(speech_model).open()
    noise = np.random.default_rng(seed)
    pause = np.zeros(round(SILENCE_S * SPEECH_RATE), np.float32)
    for line in lines:
        for number, text in enumerate(texts):
            speech = soxr.resample(np.asarray(voice(text, speed=line.pace, seed=seed), np.float32), 24_000, SPEECH_RATE)
            recognizer.accept(carried(np.concatenate([pause, speech, pause]), line, noise))
            yield number, line, " ".join(word.word for word in recognizer.finish())
    recognizer.close()


@click.command()
@click.argument("files", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option(
    "--speech-model", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of the model."
)
@click.option("--pairs", type=click.Path(path_type=Path), required=True, help="Where the rows go, as heard.")
@click.option("--table", type=click.Path(path_type=Path), default=None, help="Where the confusions go, if anywhere.")
@click.option("--most", default=1500, show_default=True, help="Texts to speak, chosen at random.")
@click.option("--seed", default=0, show_default=True)
def main(files: tuple[Path, ...], speech_model: Path, pairs: Path, table: Path | None, most: int, seed: int) -> None:
    """Speak the texts of JSON lines over five telephone lines and write what the recognizer heard."""
    from analyzer.training.corpora import filled, rows

    chance = random.Random(seed)
    chosen: list[dict[str, Any]] = [row for path in files for row in rows(path)]
    chosen = chance.sample(chosen, min(most, len(chosen)))
    texts = [spoken(filled(row["text"], chance)) for row in chosen]
    both: list[tuple[str, str]] = []
    with pairs.open("w", encoding="utf-8") as out:
        for number, line, text in heard(texts, LINES, speech_model, seed):
            errors = round(word_errors(texts[number], text), 4)
            out.write(
                json.dumps(
                    {**chosen[number], "said": texts[number], "text": text, "line": line.name, "word_errors": errors}
                )
                + "\n"
            )
            both.append((texts[number], text))
    if table:
        table.write_text(json.dumps(counted(both), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    said = sum(len(text.split()) for text, _ in both)
    wrong = sum(word_errors(*pair) * len(pair[0].split()) for pair in both)
    click.echo(f"{len(both)} texts heard, {wrong / said:.1%} of the words wrong")


if __name__ == "__main__":
    main()
