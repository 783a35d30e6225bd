"""The network: one small encoder, a linear head for each thing that a turn can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import nn

from analyzer.training.corpora import HEADS

BACKBONE = "bge-small-en-v1.5"
WIDTH = 384  # of the backbone
LAYERS = 10  # of its 12: the last two were made for search, and the file stays under 30 MB
LONGEST = 64  # word pieces of the turn itself
LONGEST_BEFORE = 24  # of the turn before it
DROPOUT = 0.1
WORDS = "word_embeddings.weight"

Encoded = tuple[list[int], list[int]]  # word pieces, and which of the two turns each belongs to


class Network(nn.Module):
    """`forward` gives the raw output of each head, (batch, HEADS[name])."""

    def __init__(self, backbone: Path) -> None:
        """Load the backbone from its ONNX file; the heads start at random."""
        super().__init__()
        self.encoder = encoder_of(backbone)
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)  # half the weights, and nothing lost
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, size) for name, size in HEADS.items()})
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, turn: torch.Tensor) -> dict[str, torch.Tensor]:
        """Mean-pooled pieces (batch, length), then the heads."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=turn).last_hidden_state
        weight = mask.unsqueeze(-1).float()
        pooled = self.dropout((hidden * weight).sum(1) / weight.sum(1))
        return {name: head(pooled) for name, head in self.heads.items()}


def resumed(network: Network, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Go on from the weights of a shipped model (`torch_affect.dequantized`).

    The embeddings of words stay the backbone's: they never learn, and the shipped ones lack the pieces that speech
    has not.
    """
    state = network.state_dict()
    for name, values in weights.items():
        if not name.endswith(WORDS):  # matrices of products are stored the other way round
            is_product = values.ndim == 2 and "embeddings" not in name
            state[name] = torch.from_numpy(values.T.copy() if is_product else values)
    network.load_state_dict(state)


def encoder_of(path: Path) -> Any:
    """The first `LAYERS` layers of the BERT network in an ONNX file, to be trained on.

    The export keeps the names of all weights but those of the matrix products, which are stored the other way
    round and nameless; each is known by the bias that is added to its product.
    """
    import onnx
    from onnx import numpy_helper
    from transformers import BertConfig, BertModel

    graph = onnx.load(str(path)).graph
    stored = {tensor.name: torch.tensor(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    bias_after = {name: node for node in graph.node if node.op_type == "Add" for name in node.input}
    weights = {name: value for name, value in stored.items() if name.startswith(("embeddings.", "encoder."))}
    for product in (node for node in graph.node if node.op_type == "MatMul" and node.input[1] in stored):
        [bias] = [name for name in bias_after[product.output[0]].input if name in stored]
        weights[bias.removesuffix("bias") + "weight"] = stored[product.input[1]].T.contiguous()
    config = BertConfig(num_hidden_layers=LAYERS, hidden_size=WIDTH, intermediate_size=4 * WIDTH)
    config._attn_implementation = "eager"
    encoder = BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict({name: weights[name] for name in encoder.state_dict()})
    return encoder


def encoded(tokenizer: Tokenizer, text: str, before: str = "") -> Encoded:
    """The turn, and behind it the end of the turn before it."""
    start, end = (tokenizer.encode(name, add_special_tokens=False).ids[0] for name in ("[CLS]", "[SEP]"))
    ids = [start, *tokenizer.encode(text, add_special_tokens=False).ids[:LONGEST], end]
    turn = [0] * len(ids)
    if before:
        more = [*tokenizer.encode(before, add_special_tokens=False).ids[-LONGEST_BEFORE:], end]
        ids, turn = ids + more, turn + [1] * len(more)
    return ids, turn


def batch_of(texts: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Padded pieces, mask and turns, each (batch, longest) int64."""
    longest = max(len(ids) for ids, _ in texts)

    def padded(values: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor([[*row, *[0] * (longest - len(row))] for row in values])

    return (
        padded([ids for ids, _ in texts]),
        padded([[1] * len(ids) for ids, _ in texts]),
        padded([turn for _, turn in texts]),
    )


def export(network: Network, path: Path) -> None:
    """Write the network as 8-bit ONNX, with one named output a head."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Flat(nn.Module):
        def forward(self, ids: torch.Tensor, mask: torch.Tensor, turn: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return tuple(network(ids, mask, turn)[name] for name in HEADS)

    network.eval()
    flat = Flat()
    flat.network = network
    example = batch_of([([101, 2000, 2001, 102], [0, 0, 0, 0]), ([101, 2000, 102, 2001, 102], [0, 0, 0, 1, 1])])
    names: dict[str, Any] = {"input_names": ["ids", "mask", "turn"], "output_names": list(HEADS)}
    names["dynamic_axes"] = {name: {0: "batch", 1: "length"} for name in names["input_names"]}
    names["dynamic_axes"] |= {name: {0: "batch"} for name in HEADS}
    whole = path.with_suffix(".fp32.onnx")
    torch.onnx.export(flat, example, str(whole), opset_version=17, dynamo=False, **names)
    quantize_dynamic(str(whole), str(path), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
