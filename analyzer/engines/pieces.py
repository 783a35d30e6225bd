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
        self._numbers = read_vocabulary(folder)
        try:
            self.padding, self.start, self.end, self._unknown = (
                self._numbers[name] for name in ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
            )
        except KeyError as missing:
            raise ModelError(f"the vocabulary in {folder} has no {missing}; reinstall the program") from missing
        self._cut = lru_cache(REMEMBERED)(self._cut_word)

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        return [number for word in _WORD.findall(text) for number in self._cut(word)]

    def _cut_word(self, word: str) -> tuple[int, ...]:
        """The longest piece that the word begins with, then the longest that goes on, and so forth."""
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(mark + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def read_vocabulary(folder: Path) -> dict[str, int]:
    """Each piece and its number; one line of error where there is none."""
    plain = folder / VOCABULARY
    path = plain if plain.is_file() else folder / TOKENIZER
    if plain.is_file() and (folder / TOKENIZER).is_file():
        raise ModelError(f"{folder} holds two vocabularies, {VOCABULARY} and {TOKENIZER}: of two models, it seems")
    if not path.is_file():
        raise ModelMissing(f"no text model at {plain}; reinstall the program, it comes with one")
    try:
        text = path.read_text("utf-8")
        if path == plain:
            return {piece: number for number, piece in enumerate(text.splitlines())}
        return dict(json.loads(text)["model"]["vocab"])
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise ModelError(f"{path} is damaged; reinstall the program") from broken
