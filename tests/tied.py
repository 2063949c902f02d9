"""A small network with decimal scales whose sums fall on ties of the quantiser behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

QONNX = "qonnx.custom_op.general"
SHAPE = (3, 6, 4)


def write_tied_network(path: Path) -> Path:
    """Input quantised at 0.1, weights at 0.125, sums at 0.2: one in sixteen is a tie, and exactly so."""
    rng = np.random.default_rng(0)
    constants: dict[str, NDArray[np.float32]] = {"zero": np.float32(0), "four": np.float32(4)}
    nodes: list[Any] = []

    def quantised(source: str, scale: float, signed: int, narrow: int = 0) -> str:
        name = f"q{len(nodes)}"
        constants[f"{name}_scale"] = np.float32(scale)
        inputs = [source, f"{name}_scale", "zero", "four"]
        kind = {"signed": signed, "narrow": narrow, "rounding_mode": "ROUND"}
        nodes.append(helper.make_node("Quant", inputs, [name], name=f"Quant_{name}", domain=QONNX, **kind))
        return name

    def convolved(source: str, outputs: int, inputs: int, kernel: tuple[int, int], target: str) -> str:
        weights = rng.normal(size=(outputs, inputs, *kernel)) * 0.3
        constants[f"{target}_weights"] = weights.astype(np.float32)
        held = quantised(f"{target}_weights", 0.125, 1, 1)
        nodes.append(helper.make_node("Conv", [source, held], [target], name=f"Conv_{target}"))
        return target

    sums = convolved(quantised("x", 0.1, 1), 5, SHAPE[0], (3, 2), "h")
    nodes.append(helper.make_node("Relu", [sums], ["r"], name="Relu"))
    convolved(quantised("r", 0.2, 0), 7, 5, (1, 1), "y")
    graph = helper.make_graph(
        nodes,
        "tied",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, *SHAPE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 7, 4, 3])],
    )
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, 1)]
    model = ModelWrapper(helper.make_model(graph, opset_imports=opsets))
    for name, value in constants.items():
        model.set_initializer(name, np.asarray(value))
    model.save(str(path))
    return path


def tied_images(count: int) -> NDArray[np.float32]:
    """Seeded images for it."""
    return np.random.default_rng(1).uniform(-0.75, 0.7, (count, *SHAPE)).astype(np.float32)
