"""From the trained network to what is served: ONNX with 8-bit weights, proved equal to what was trained."""

from __future__ import annotations

import contextlib
import copy
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn
from transformers.models.bert.modeling_bert import BertSelfAttention

from goldenhour.students.direct.layout import LIKENESS, OUTPUTS, Floats
from goldenhour.students.direct.network import Network

OPSET = 18


def export(network: Network, path: Path, eight_bits: bool = True) -> None:
    """Write the network as ONNX: inputs ``input_ids`` and ``attention_mask`` (n, length) int64, outputs of ``forward``.

    Weights have a scale for each column and use seven of their eight bits: with eight, the products of processors
    without VNNI would overflow, and those of unsigned weights, which do not, take a fifth longer.
    """
    network = _lean(copy.deepcopy(network).eval().float().cpu())
    ids = torch.ones((2, 7), dtype=torch.long)
    n, length = torch.export.Dim("n", min=1, max=4096), torch.export.Dim("length", min=2, max=512)
    shapes = {0: n, 1: length}
    with tempfile.TemporaryDirectory() as folder, _errors_only(), torch.no_grad():
        exact, fused, small = (Path(folder) / f"{name}.onnx" for name in ("exact", "fused", "small"))
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids)),
            exact,
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=[*OUTPUTS, LIKENESS],
            dynamic_shapes=(shapes, shapes),
            verbose=False,
        )
        if eight_bits:
            optimize_model(str(exact), opt_level=0).save_model_to_file(str(fused))
            quantize_dynamic(
                fused,
                small,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                op_types_to_quantize=["MatMul", "Gemm", "Gather"],
            )
        model = onnx.load(small if eight_bits else exact)
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, model.graph):
        del part.metadata_props[:]  # where in whose source files each operation came from: half a megabyte
    onnx.save(model, path)


@contextlib.contextmanager
def _errors_only() -> Iterator[None]:
    """What the exporter and the quantizer say about themselves, the latter by the root logger, is not said."""
    loggers = [logging.getLogger(name) for name in (None, "torch.onnx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _lean(network: Network) -> Network:
    """The same network with fewer and larger steps: of a short text every step costs more than its arithmetic."""
    network.encoder.set_attn_implementation("eager")  # type: ignore[operator]
    for layer in network.encoder.modules():
        for name, part in layer.named_children():
            if isinstance(part, BertSelfAttention):
                setattr(layer, name, _Attention(part))
    return network


class _Attention(nn.Module):
    """BERT's self-attention with one product for query, key and value."""

    def __init__(self, part: BertSelfAttention):
        super().__init__()
        parts = (part.query, part.key, part.value)
        self.merged = nn.Linear(part.query.in_features, 3 * part.all_head_size)
        self.merged.weight = nn.Parameter(torch.cat([linear.weight for linear in parts]))
        self.merged.bias = nn.Parameter(torch.cat([linear.bias for linear in parts]))
        self.heads, self.scaling = part.num_attention_heads, part.scaling

    def forward(self, hidden_states: Tensor, attention_mask: Tensor | None = None, **_: Any) -> tuple[Tensor, None]:
        n, length, width = hidden_states.shape
        merged = self.merged(hidden_states).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = merged.permute(2, 0, 3, 1, 4).unbind()
        scores = query @ key.transpose(-1, -2) * self.scaling
        if attention_mask is not None:
            scores = scores + attention_mask
        return (scores.softmax(-1) @ value).transpose(1, 2).reshape(n, length, width), None


def run(path: Path, batches: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Floats]:
    """The outputs of an exported network on batches of inputs, rows in order."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    results = [session.run(names, dict(batch)) for batch in batches]
    return {name: np.concatenate([result[number] for result in results]) for number, name in enumerate(names)}
