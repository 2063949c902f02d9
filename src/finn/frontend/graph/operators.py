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
    "POOLINGS",
    "QUANTISERS",
    "RESAMPLING",
    "WINDOWED",
    "network_input",
)

OPSET = 13
"""The ONNX operators that graphs are written for."""

QUANTISERS = ("Quant", "BipolarQuant", "MultiThreshold", "Trunc", *INTEGER_QUANTISERS)
LAYOUT = ("Reshape", "Transpose")
POOLINGS = ("MaxPool", "AveragePool", "GlobalAveragePool", "ReduceSum")
# Pixels repeated, moved, or constant ones added: a transposed convolution is left to these and a Conv.
RESAMPLING = ("Pad", "Resize", "ConvTranspose", "DepthToSpace")
WINDOWED = ("Conv", *POOLINGS, *RESAMPLING)
JOINS = ("Add", "Sub", "Concat", "Split", "RequantizedAdd")
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


def network_input(model: ModelWrapper) -> str:
    """Name of the one graph input; FinnError where there are several."""
    names = [tensor.name for tensor in model.graph.input]
    if len(names) != 1:
        raise FinnError(f"the model has {len(names)} inputs ({', '.join(names)}); one is supported")
    return str(names[0])
