"""The same text model on torch, on a GPU or as a reference (extra `train`).

It computes with the shipped weights, made 32-bit numbers again, and leaves out the rounding of what flows between the
layers, which is all that sets it apart from `OnnxAffect`: answers agree within `TOLERANCE` (a test holds them to it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analyzer.engines.onnx_affect import OnnxAffect, Outputs, read_calibration
from analyzer.engines.pieces import Pieces
from analyzer.errors import ModelError, ModelMissing

if TYPE_CHECKING:
    import torch

TOLERANCE = 0.1  # of sentiment and intensity in any turn (measured: .07), and a fifth of it on average (.013)
HEADS_OF_ATTENTION = 12
EPSILON = 1e-12  # of the layer norms, as in the backbone
Floats = npt.NDArray[np.float32]


class TorchAffect(OnnxAffect):
    """The shipped text model on `device`.  See `affect.TurnReader`."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load the model in `folder`; a damaged or foreign one is a `ModelError`."""
        self._outputs = TorchOutputs(folder, device)
        self._calibration = read_calibration(folder / "calibration.json")


class TorchOutputs(Outputs):
    """The network's raw outputs, computed by torch."""

    def __init__(self, folder: Path, device: str) -> None:
        import torch

        self._pieces = Pieces(folder)
        self._device = device
        self._weights = {name: torch.from_numpy(w).to(device) for name, w in dequantized(folder / "model.onnx").items()}
        self._layers = sum(name.endswith(".intermediate.dense.weight") for name in self._weights)

    def _run(self, window: list[int], before: str, heads: Sequence[str]) -> list[Floats]:
        import torch

        ids, turn = self._pair(window, before)
        with torch.inference_mode():
            pooled = self._encoded(torch.tensor(ids, device=self._device), torch.tensor(turn, device=self._device))
            return [self._linear(pooled, f"heads.{head}").cpu().numpy() for head in heads]

    def _encoded(self, ids: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
        """Pieces (length,) to the mean of their last states (width,)."""
        table = self._weights
        found = (
            table["encoder.embeddings.word_embeddings.weight"][ids]
            + table["encoder.embeddings.token_type_embeddings.weight"][turn]
            + table["encoder.embeddings.position_embeddings.weight"][: len(ids)]
        )
        states = self._norm(found, "encoder.embeddings.LayerNorm")
        for layer in range(self._layers):
            states = self._layer(states, f"encoder.encoder.layer.{layer}")
        return states.mean(0)

    def _layer(self, states: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        length = len(states)
        query, key, value = (
            self._linear(states, f"{name}.attention.self.{part}").view(length, HEADS_OF_ATTENTION, -1).transpose(0, 1)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(0, 1).reshape(length, -1)
        attended = self._linear(mixed, f"{name}.attention.output.dense")
        states = self._norm(states + attended, f"{name}.attention.output.LayerNorm")
        inner = functional.gelu(self._linear(states, f"{name}.intermediate.dense"))
        return self._norm(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return values @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _norm(self, values: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(values, (len(weight),), weight, bias, EPSILON)


def dequantized(path: Path) -> dict[str, Floats]:
    """The weights of the network in `path` as float32, matrices as (in, out), by their names in training."""
    import onnx
    from onnx import numpy_helper

    if not path.is_file():
        raise ModelMissing(f"no text model at {path}; reinstall the program, it comes with one")
    try:
        model: Any = onnx.load(str(path))
        raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    except Exception as broken:  # protobuf raises what it likes
        raise ModelError(f"{path} cannot be read; reinstall the program") from broken
    owners = {
        tensor: node.name for node in model.graph.node if node.op_type == "MatMulInteger" for tensor in node.input
    }
    found: dict[str, Floats] = {}
    for name, values in raw.items():
        stem = name.removesuffix("_quantized")
        if stem == name:
            if re.search(r"\.(weight|bias)$", name):
                found[name.removeprefix("network.")] = np.array(values, dtype=np.float32)
            continue
        known = stem if stem.endswith(".weight") else _name_of(owners[name])
        numbers = (values.astype(np.float32) - raw[f"{stem}_zero_point"]) * raw[f"{stem}_scale"]
        found[known.removeprefix("network.")] = np.asarray(numbers, dtype=np.float32)
    return found


def _name_of(node: str) -> str:
    """The weight that a node such as /network/encoder/encoder/layer.0/output/dense/MatMul_quant multiplies by."""
    parts = node.strip("/").split("/")[:-1]
    return ".".join([*parts, "weight"] if "encoder" in parts else ["network", "heads", parts[-1], "weight"])
