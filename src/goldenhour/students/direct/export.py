"""From the trained network to what is served: ONNX with 8-bit weights, proved equal to what was trained."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from goldenhour.students.direct.layout import LIKENESS, OUTPUTS, Floats
from goldenhour.students.direct.network import Network

OPSET = 18


def export(network: Network, path: Path, eight_bits: bool = True) -> None:
    """Write the network as ONNX: inputs ``input_ids`` and ``attention_mask`` (n, length) int64, outputs of ``forward``.

    Weights have a scale for each column and use seven of their eight bits: the products of processors without VNNI would
    overflow with eight, and those of unsigned weights, which do not, take a fifth longer.
    """
    network = network.eval().float().cpu()
    ids = torch.ones((2, 7), dtype=torch.long)
    n, length = torch.export.Dim("n", min=1, max=4096), torch.export.Dim("length", min=2, max=512)
    shapes = {0: n, 1: length}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        exact, small = Path(folder) / "exact.onnx", Path(folder) / "small.onnx"
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
            logging.getLogger().setLevel(logging.ERROR)
            quantize_dynamic(
                exact,
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


def run(path: Path, batches: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Floats]:
    """The outputs of an exported network on batches of inputs, rows in order."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    results = [session.run(names, dict(batch)) for batch in batches]
    return {name: np.concatenate([result[number] for result in results]) for number, name in enumerate(names)}
