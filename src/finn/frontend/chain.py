"""The row of operators from a network's input on, cut at its products, convolutions and poolings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError

__all__ = (
    "ELEMENTWISE",
    "LAYOUT",
    "MONOTONE",
    "POOLINGS",
    "QUANTISERS",
    "WINDOWED",
    "Stage",
    "network_input",
    "stages_of",
)

QUANTISERS = ("Quant", "BipolarQuant", "MultiThreshold", "Trunc")
LAYOUT = ("Reshape", "Transpose")
POOLINGS = ("MaxPool", "AveragePool", "GlobalAveragePool")
WINDOWED = ("Conv", *POOLINGS)
MONOTONE = (
    *QUANTISERS,
    *("Add", "Sub", "Mul", "BatchNormalization", "Neg", "Relu", "Clip", "Max", "Min", "Identity"),
    *("Sigmoid", "HardSigmoid", "Tanh", "Exp", "Floor", "Ceil", "Round"),
)
ELEMENTWISE = (*MONOTONE, "Div", "Pow", "Abs", "Sqrt", "LeakyRelu", "PRelu")


@dataclass(frozen=True)
class Stage:
    """Element-wise and layout operators, then the product, convolution or pooling that reads them.

    ``linear`` is None in the last stage: what follows the last of them.
    """

    nodes: tuple[NodeProto, ...]
    linear: NodeProto | None


def network_input(model: ModelWrapper) -> str:
    """Name of the one graph input; FinnError where there are several."""
    names = [tensor.name for tensor in model.graph.input]
    if len(names) != 1:
        raise FinnError(f"the model has {len(names)} inputs ({', '.join(names)}); one is supported")
    return str(names[0])


def stages_of(model: ModelWrapper, constants: Mapping[str, NDArray[Any]]) -> list[Stage]:
    """The stages from the graph input to the first fork, graph output or other operator."""
    outputs = {tensor.name for tensor in model.graph.output}
    stages: list[Stage] = []
    nodes: list[NodeProto] = []
    tensor = network_input(model)
    while tensor not in outputs:
        readers = [node for node in model.graph.node if tensor in node.input]
        kind = _kind(readers[0], tensor, constants) if len(readers) == 1 else None
        if kind is None:
            break
        if kind == "linear":
            stages.append(Stage(tuple(nodes), readers[0]))
            nodes = []
        else:
            nodes.append(readers[0])
        tensor = readers[0].output[0]
    return [*stages, Stage(tuple(nodes), None)]


def _kind(node: NodeProto, tensor: str, constants: Mapping[str, NDArray[Any]]) -> str | None:
    others = [name for name in node.input if name and name != tensor]
    if list(node.input).count(tensor) != 1 or any(name not in constants for name in others):
        return None
    if node.op_type == "MatMul":
        matrix = node.input[0] == tensor and constants[node.input[1]].ndim == 2
        return "linear" if matrix else None
    if node.op_type in WINDOWED:
        return "linear" if node.input[0] == tensor else None
    return "elementwise" if node.op_type in (*ELEMENTWISE, *LAYOUT) else None
