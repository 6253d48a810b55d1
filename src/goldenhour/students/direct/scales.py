"""Fixed eight-bit scales: what a text is answered no longer depends on the texts that share its batch.

Dynamic quantisation scales each product's input by what the whole batch reaches. Fixed scales are those that the
training's intents reach, one by one; they are as quick, and as good where activations hardly vary from text to text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

STEPS = 255  # of an unsigned byte
RARE = 1  # percent of the texts whose lowest or highest values may lie beyond; chosen on dev
FUSED = "com.microsoft"  # the domain of ONNX Runtime's own operations


def fix_scales(path: Path, batches: Iterable[Mapping[str, np.ndarray]]) -> None:
    """Rewrite a dynamically quantised network: each product's input gets one scale, of what nearly all batches reach.

    A batch should be one text, since what stands for nothing in a padded one counts too. Raises ValueError without any.
    """
    model = onnx.load(path)
    ranges = _ranges(model, batches)
    for name, (low, high) in ranges.items():
        scale = max(high - low, 1e-9) / STEPS
        zero = round(min(max(-low / scale, 0), STEPS))
        for kind, value in (("scale", np.float32(scale)), ("zero", np.uint8(zero))):
            model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), f"{name}_{kind}_fixed"))
    nodes = _Graph(model.graph).fixed()
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    if FUSED not in {version.domain for version in model.opset_import}:
        model.opset_import.append(helper.make_opsetid(FUSED, 1))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _ranges(model: onnx.ModelProto, batches: Iterable[Mapping[str, np.ndarray]]) -> dict[str, tuple[float, float]]:
    """The lowest and the highest value, 0 among them, that each dynamically scaled tensor has in nearly all batches."""
    scaled = [node for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"]
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    wanted = [name for node in scaled for name in node.output[1:]]
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in wanted)
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    found: list[NDArray[np.float64]] = []
    for batch in batches:
        scales, zeros = np.array(session.run(wanted, dict(batch)), np.float64).reshape(-1, 2).T
        found.append(np.stack([-zeros * scales, (STEPS - zeros) * scales]))
    if not found:
        raise ValueError("there are no texts to fix the scales by")
    low, high = np.percentile(found, RARE, axis=0)[0], np.percentile(found, 100 - RARE, axis=0)[1]
    return {node.input[0]: (float(a), float(b)) for node, a, b in zip(scaled, low, high, strict=True)}


class _Graph:
    """A graph of which each dynamically scaled product becomes one operation with fixed scales."""

    def __init__(self, graph: onnx.GraphProto):
        self._nodes = list(graph.node)
        self._constants = {constant.name for constant in graph.initializer}
        self._maker = {name: node for node in self._nodes for name in node.output}
        self._users: dict[str, list[NodeProto]] = defaultdict(list)
        for node in self._nodes:
            for name in node.input:
                self._users[name].append(node)

    def fixed(self) -> list[NodeProto]:
        """The nodes, in an order in which they can run."""
        new: dict[int, NodeProto] = {}  # by the node that stood in the place
        gone: set[int] = set()
        for node in self._nodes:
            if node.op_type == "DynamicQuantizeLinear":
                value = node.input[0]
                inputs = [value, f"{value}_scale_fixed", f"{value}_zero_fixed"]
                new[id(node)] = helper.make_node("QuantizeLinear", inputs, node.output[:1])
            elif node.op_type == "MatMulInteger":
                product, old = self._product(node)
                new[id(old[-1])] = product
                gone |= {id(part) for part in old[:-1]}
        return [new.get(id(node), node) for node in self._nodes if id(node) not in gone]

    def _product(self, node: NodeProto) -> tuple[NodeProto, list[NodeProto]]:
        """One operation for the product, its scales and its bias, and those that did it, in order."""
        scaling = self._maker[node.input[0]]
        value = scaling.input[0]
        (cast,) = self._users[node.output[0]]
        (scaled,) = self._users[cast.output[0]]
        (scales,) = (self._maker[name] for name in scaled.input if name != cast.output[0])
        (weight_scale,) = (name for name in scales.input if name != scaling.output[1])
        old, bias = [scales, node, cast, scaled], []
        following = self._users[scaled.output[0]]
        if len(following) == 1 and following[0].op_type == "Add":
            bias = [name for name in following[0].input if name in self._constants]
            old += following if bias else []
        inputs = [*node.input[:2], f"{value}_scale_fixed", weight_scale, f"{value}_zero_fixed", node.input[3], *bias]
        return helper.make_node("MatMulIntegerToFloat", inputs, old[-1].output, domain=FUSED), old
