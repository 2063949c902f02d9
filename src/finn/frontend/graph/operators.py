"""The operators of a normalised network, by how the front end treats them."""

from __future__ import annotations

from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.integer_operators import INTEGER_QUANTISERS

__all__ = (
    "COMPARISONS",
    "ELEMENTWISE",
    "JOINS",
    "LAYOUT",
    "MONOTONE",
    "ON_CHIP",
    "OPSET",
    "PAIRED",
    "PICKING",
    "POOLINGS",
    "QUANTISERS",
    "REDUCTIONS",
    "RESAMPLING",
    "SUMS",
    "WINDOWED",
    "network_inputs",
)

OPSET = 13
"""The ONNX operators that graphs are written for."""

QUANTISERS = ("Quant", "BipolarQuant", "MultiThreshold", "Trunc", *INTEGER_QUANTISERS)
LAYOUT = ("Reshape", "Transpose")
POOLINGS = ("MaxPool", "AveragePool", "GlobalAveragePool", "ReduceSum")
# Pixels repeated, moved, or constant ones added: a transposed convolution is left to these and a Conv.
RESAMPLING = ("Pad", "Resize", "ConvTranspose", "DepthToSpace")
WINDOWED = ("Conv", *POOLINGS, *RESAMPLING)
SUMS = ("Add", "Sub")
PAIRED = ("Mul", "Max", "Min")
# What takes parts of a tensor.
PICKING = ("Slice", "Gather", "Split")
REDUCTIONS = ("ReduceMean", "ReduceSum", "ReduceMax")
JOINS = (*SUMS, *PAIRED, *PICKING, "Concat", "RequantizedAdd")
# What the host does not run.
ON_CHIP = ("Conv", "AveragePool", *RESAMPLING)
MONOTONE = (
    *QUANTISERS,
    *("Add", "Sub", "Mul", "BatchNormalization", "Neg", "Relu", "Clip", "Max", "Min", "Identity"),
    *("Sigmoid", "HardSigmoid", "Tanh", "Exp", "Floor", "Ceil", "Round", "Cast"),
    *("Celu", "Erf", "Sign", "Softplus", "Softsign"),
)
COMPARISONS = ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Xor", "Not")
ELEMENTWISE = (
    *MONOTONE,
    *(
        "Div",
        "Pow",
        "Abs",
        "Sqrt",
        "Log",
        "Reciprocal",
        "LeakyRelu",
        "PRelu",
        "Elu",
        "Selu",
        "ThresholdedRelu",
    ),
    *("Where", *COMPARISONS),
)


def network_inputs(model: ModelWrapper) -> tuple[str, ...]:
    """Names of the graph inputs; FinnError where there is none."""
    names = tuple(str(tensor.name) for tensor in model.graph.input)
    if not names:
        raise FinnError("the model has no input; export it with the tensors that it reads")
    return names
