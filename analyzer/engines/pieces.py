"""Words cut into the pieces that the network knows: BERT's WordPiece, for spoken text only.

Spoken text is a to z, apostrophes and spaces (`analyzer.spoken`), so none of the general rules for accents, scripts
and punctuation are needed, and a third of a page of Python does what a library of 10 MB would.  A test holds it
to that library's answers.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import numpy as np

from analyzer.errors import ModelError, ModelMissing

VOCABULARY = "vocabulary.txt"  # a piece a line, numbered from 0
TOKENIZER = "tokenizer.json"  # what a fresh export has instead
LONGEST_WORD = 100  # letters; BERT's own limit
REMEMBERED = 4_000  # words: most of what is ever said
_WORD = re.compile(r"[a-z]+|'")


class Pieces:
    """The vocabulary of a model.  `start`, `end` and `padding` are the numbers of the special pieces."""

    def __init__(self, folder: Path) -> None:
        """Read the vocabulary of the model in `folder`."""
        pieces = np.array(read_vocabulary(folder), dtype=np.bytes_)  # a dict of them would take eight times the memory
        self._numbers = np.argsort(pieces).astype(np.int32)
        self._sorted = pieces[self._numbers]
        self.padding, self.start, self.end, self._unknown = (
            self._special(name, folder) for name in ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
        )
        self._cut = lru_cache(REMEMBERED)(self._cut_word)

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        return [number for word in _WORD.findall(text) for number in self._cut(word)]

    def _number(self, piece: str) -> int | None:
        """The number of a piece, or None where the vocabulary has no such piece."""
        wanted = piece.encode()
        place = int(np.searchsorted(self._sorted, wanted))
        known = place < len(self._sorted) and self._sorted[place] == wanted
        return int(self._numbers[place]) if known else None

    def _special(self, name: str, folder: Path) -> int:
        number = self._number(name)
        if number is None:
            raise ModelError(f"the vocabulary in {folder} has no {name!r}; reinstall the program")
        return number

    def _cut_word(self, word: str) -> tuple[int, ...]:
        """The longest piece that the word begins with, then the longest that goes on, and so forth."""
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._number(mark + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def read_vocabulary(folder: Path) -> list[bytes]:
    """The pieces in the order of their numbers; one line of error where there is none."""
    plain = folder / VOCABULARY
    path = plain if plain.is_file() else folder / TOKENIZER
    if plain.is_file() and (folder / TOKENIZER).is_file():
        raise ModelError(f"{folder} holds two vocabularies, {VOCABULARY} and {TOKENIZER}: of two models, it seems")
    if not path.is_file():
        raise ModelMissing(f"no text model at {plain}; reinstall the program, it comes with one")
    try:
        if path == plain:
            return path.read_bytes().splitlines()
        numbers = dict(json.loads(path.read_bytes())["model"]["vocab"])
        return [piece.encode() for piece in sorted(numbers, key=numbers.__getitem__)]
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise ModelError(f"{path} is damaged; reinstall the program") from broken
