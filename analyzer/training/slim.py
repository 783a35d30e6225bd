"""Makes the exported model small in memory: only the pieces that can occur, often used ones together, weights mapped.

A recognizer prints a to z and apostrophes, and `spoken` makes every other text the same, so a piece with any
other character can never come up: one in seven of the backbone's vocabulary goes.  The weights go to a file
beside the network, which onnxruntime maps into memory instead of copying it; the rows of the pieces that people
say most come first, so that little of it is ever touched.  Not one answer changes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analyzer.engines.pieces import TOKENIZER, VOCABULARY, Pieces, read_vocabulary

MODEL, WEIGHTS = "model.onnx", "model.bin"
EMBEDDING = "word_embeddings.weight_quantized"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SPOKEN_PIECE = re.compile(r"(##)?[a-z']+")
SMALLEST_MAPPED = 1024  # bytes; smaller tensors stay in the network's own file


def slim(folder: Path, texts: Iterable[str]) -> None:
    """Rewrite the fresh export in `folder`; `texts` are typical of what will be read."""
    import onnx

    numbers = {piece.decode(): number for number, piece in enumerate(read_vocabulary(folder))}
    pieces = Pieces(folder)
    kept = ordered(numbers, Counter(piece for text in texts for piece in pieces.of(text)))
    model = onnx.load(str(folder / MODEL))
    _keep_rows(model, [numbers[piece] for piece in kept])
    onnx.helper.set_model_props(model, {"pieces": str(len(kept))})  # so that no other vocabulary is put beside it
    (folder / WEIGHTS).unlink(missing_ok=True)  # onnx would write behind what is there
    onnx.save_model(
        model,
        str(folder / MODEL),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=WEIGHTS,
        size_threshold=SMALLEST_MAPPED,
    )
    (folder / WEIGHTS).chmod(0o644)
    (folder / VOCABULARY).write_text("\n".join(kept) + "\n", encoding="utf-8")
    (folder / TOKENIZER).unlink(missing_ok=True)


def ordered(numbers: Mapping[str, int], said: Mapping[int, int]) -> list[str]:
    """The pieces that spoken text can be made of: the special ones, then the most often said."""
    possible = [piece for piece in numbers if SPOKEN_PIECE.fullmatch(piece)]
    return [*SPECIAL, *sorted(possible, key=lambda piece: (-said.get(numbers[piece], 0), numbers[piece]))]


def _keep_rows(model: Any, rows: list[int]) -> None:
    from onnx import numpy_helper

    for tensor in model.graph.initializer:
        if tensor.name.endswith(EMBEDDING):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[rows], tensor.name))
            return
    raise ValueError(f"the exported network has no {EMBEDDING}")
