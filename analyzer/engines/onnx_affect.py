"""The text model on onnxruntime: one thread, no torch.

`read_agent` asks the network for the acts and for nothing else, so no emotion of an agent is ever computed; where the
calibration silences the acts, it asks for nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analyzer.affect import ACTS, CUES, DISTRESS, EMOTIONS, Acts, Reading, TurnReading
from analyzer.engines.code_pages import give_back
from analyzer.engines.pieces import Pieces
from analyzer.errors import ModelError, ModelMissing
from analyzer.interrupt import held_back
from analyzer.spoken import spoken

if TYPE_CHECKING:
    import onnxruntime

FORMAT = 2  # of calibration.json
LONGEST = 64  # word pieces of a turn that the network reads at once; see `windows`
LONGEST_BEFORE = 24
MOST_WINDOWS = 8  # of a very long turn: its beginning, and its end
FEELS = ("emotions", "distress", "cues", "acts", "offensive", "feelings", "kind")
KINDS = ("emobank", "vader", "customers")
"""Prose, posts and reviews, and talk with a service: what counts as strong differs, so each has its own scale."""
RATED = (0, 0, 2)  # whose scale of intensity each kind has: nobody rated that of posts, so they borrow that of prose
NEVER = 40.0  # a threshold that no output reaches, which silences a label
RUDE = ("abuse", "profanity-at-thing")
SUSPICION = 0.25  # rude words, with no telling whom they are aimed at, are worth this much and no more
THRESHOLDS = {"emotions": EMOTIONS, "distress": DISTRESS, "cues": CUES, "acts": ACTS}
Floats = npt.NDArray[np.float32]


class Outputs:
    """The network's raw outputs for texts that are already as a recognizer writes them."""

    def __init__(self, folder: Path) -> None:
        """Load the network and its vocabulary from `folder`."""
        if not (folder / "model.onnx").is_file():
            raise ModelMissing(f"no text model at {folder / 'model.onnx'}; reinstall the program, it comes with one")
        self._pieces = Pieces(folder)
        self._session = _session(folder / "model.onnx", len(self._pieces))

    def of(self, texts: Sequence[str], before: Sequence[str], heads: Sequence[str] = FEELS) -> dict[str, Any]:
        """Each head's output, (texts, size) float32; a text longer than a window is the mean of its windows."""
        results: dict[str, list[Floats]] = {head: [] for head in heads}
        for text, other in zip(texts, before, strict=True):
            found = [self._run(window, other, heads) for window in self._windows(text)]
            for position, head in enumerate(heads):
                results[head].append(np.mean([window[position] for window in found], axis=0))
        found_all = {head: np.stack(rows) if rows else np.zeros((0, 1), np.float32) for head, rows in results.items()}
        if "kind" in heads and texts:
            found_all["feeling"] = mixed(found_all["feelings"], found_all["kind"])
        return found_all

    def _windows(self, text: str) -> list[list[int]]:
        pieces = self._pieces.of(text)
        windows = [pieces[i : i + LONGEST] for i in range(0, len(pieces), LONGEST)] or [[]]
        half = MOST_WINDOWS // 2
        return windows if len(windows) <= MOST_WINDOWS else windows[:half] + windows[-half:]

    def _pair(self, window: list[int], before: str) -> tuple[list[int], list[int]]:
        """The turn, then the end of the turn before it: pieces, and which of the two each belongs to."""
        ids = [self._pieces.start, *window, self._pieces.end]
        turn = [0] * len(ids)
        if before:
            more = [*self._pieces.of(before)[-LONGEST_BEFORE:], self._pieces.end]
            ids, turn = ids + more, turn + [1] * len(more)
        return ids, turn

    def _run(self, window: list[int], before: str, heads: Sequence[str]) -> list[Floats]:
        ids, turn = self._pair(window, before)
        row = np.array([ids, [1] * len(ids), turn], dtype=np.int64)
        found = self._session.run(list(heads), {"ids": row[:1], "mask": row[1:2], "turn": row[2:]})
        return [output[0] for output in found]


def mixed(feelings: Floats, kind: Floats) -> Floats:
    """Sentiment and intensity (texts, 2): the scales of all kinds, each as far as the text is of its kind."""
    likely = np.exp(kind - kind.max(axis=-1, keepdims=True))
    likely /= likely.sum(axis=-1, keepdims=True)
    sentiment, intensity = feelings[:, 0::2], feelings[:, 1::2]
    intensity = intensity[:, RATED]
    blend: Floats = np.stack([(sentiment * likely).sum(1), (intensity * likely).sum(1)], axis=1)
    return blend


class OnnxAffect:
    """The shipped text model.  See `affect.TurnReader`."""

    def __init__(self, folder: Path) -> None:
        """Load the model in `folder`; a damaged or foreign one is a `ModelError`."""
        self._outputs = Outputs(folder)
        self._calibration = read_calibration(folder / "calibration.json")

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """One reading a text; a text without words reads as neutral with confidence 0."""
        plain = [spoken(text) for text in texts]
        outputs = self._outputs.of(plain, [spoken(text) for text in before])
        return [
            self._reading({head: rows[i] for head, rows in outputs.items()}, bool(plain[i])) for i in range(len(plain))
        ]

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """What agent turns do."""
        if self._has_silent_acts:
            return [dict.fromkeys(ACTS, 0.0) for _ in texts]
        plain = [spoken(text) for text in texts]
        rows = self._outputs.of(plain, [spoken(text) for text in before], ("acts",))["acts"]
        return [self._probabilities("acts", ACTS, row, bool(text)) for row, text in zip(rows, plain, strict=True)]

    @property
    def _has_silent_acts(self) -> bool:
        return bool(min(self._calibration["thresholds"]["acts"].values()) >= NEVER)

    def _reading(self, outputs: Mapping[str, Floats], has_words: bool) -> TurnReading:
        sentiment, intensity = (
            float(np.clip(slope * value + offset, low, 1.0))
            for (slope, offset), value, low in zip(
                self._calibration["feeling"], outputs["feeling"], (-1.0, 0.0), strict=True
            )
        )
        emotions = self._probabilities("emotions", EMOTIONS, outputs["emotions"], has_words)
        likely_first = sorted(EMOTIONS, key=lambda name: -emotions[name])
        labels = tuple(name for name in likely_first if emotions[name] >= 0.5) or (likely_first[0],)
        affect = Reading(
            sentiment=sentiment if has_words else 0.0,
            intensity=intensity if has_words else 0.0,
            confidence=float(np.interp(sentiment, *self._calibration["confidence"])) if has_words else 0.0,
            emotions=emotions,
            labels=labels if has_words else (),
            distress=self._probabilities("distress", DISTRESS, outputs["distress"], has_words),
            cues=self._cues(outputs, has_words),
        )
        return TurnReading(affect, self._probabilities("acts", ACTS, outputs["acts"], has_words))

    def _cues(self, outputs: Mapping[str, Floats], has_words: bool) -> dict[str, float]:
        cues = self._probabilities("cues", CUES, outputs["cues"], has_words)
        if not has_words:
            return cues
        suspicion = SUSPICION / (1 + float(np.exp(-outputs["offensive"][0])))
        return {**cues, **{cue: max(cues[cue], suspicion) for cue in RUDE}}

    def _probabilities(self, head: str, names: Sequence[str], logits: Floats, has_words: bool) -> dict[str, float]:
        thresholds = self._calibration["thresholds"][head]
        if not has_words:
            return dict.fromkeys(names, 0.0)
        shift = np.array([thresholds[name] for name in names])
        return dict(zip(names, (1 / (1 + np.exp(shift - logits))).tolist(), strict=True))


def _session(path: Path, pieces: int) -> onnxruntime.InferenceSession:
    with held_back():
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        made_for = session.get_modelmeta().custom_metadata_map
    except Exception as broken:
        raise ModelError(f"{path} is not a model that onnxruntime can read; reinstall the program") from broken
    if {node.name for node in session.get_inputs()} != {"ids", "mask", "turn"}:
        raise ModelError(f"{path} is not this program's text model; reinstall the program")
    if int(made_for.get("pieces", pieces)) != pieces:
        raise ModelError(f"{path} has another vocabulary than the one beside it; reinstall the program")
    give_back("onnxruntime")
    return session


def read_calibration(path: Path) -> dict[str, Any]:
    """The thresholds and scales; every one of them must be a number, or cues would fail in silence."""
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["format"] != FORMAT:
            raise ModelError(f"{path} is of format {values['format']}, this program reads {FORMAT}; reinstall it")
        thresholds = values["thresholds"]
        numbers = [thresholds[head][name] for head, names in THRESHOLDS.items() for name in names]
        numbers += [number for line in (*values["feeling"], *values["confidence"]) for number in line]
        if len(values["feeling"]) != 2 or not np.isfinite(np.array(numbers, dtype=np.float64)).all():
            raise ValueError("a number that is none")
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise ModelError(f"the calibration {path} is missing or damaged; reinstall the program") from broken
    return dict(values)
