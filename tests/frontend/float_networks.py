"""Random float networks of odd sizes, for onnxruntime to quantise."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .integer_networks import IntegerNetwork

__all__ = ("BLOCKS", "FloatNetwork", "float_network")

FUNCTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("Relu", {}), ("LeakyRelu", {"alpha": 0.17}), ("Sigmoid", {}), ("Tanh", {}), ("HardSigmoid", {})),
    *(("HardSwish", {}), ("Elu", {"alpha": 0.7}), ("Softplus", {})),
)


class FloatNetwork(IntegerNetwork):
    """A row of float layers that knows the shape of its current tensor, without the batch."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.here = [int(size) for size in rng.choice(np.arange(3, 12), 3, replace=False)]
        super().__init__(self.here, opset=14, seed=seed)

    def pick(self, *choices: Any) -> Any:
        """One of several, by chance."""
        return choices[int(self.rng.integers(len(choices)))]

    def normal(self, *shape: int) -> np.ndarray:
        """Random weights whose sums stay near one."""
        return (self.rng.normal(size=shape) / max(prod(shape[1:]), 4) ** 0.5).astype(np.float32)

    def apply(self, op_type: str, *inputs: Any, here: list[int] | None = None, **attributes: Any) -> None:
        """An operator, and the shape that it leaves."""
        self.op(op_type, *inputs, **attributes)
        self.here = here or self.here


def _left(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + padding - kernel) // stride + 1


def convolution(network: FloatNetwork) -> None:
    channels, height, width = network.here
    kernel = [int(min(side, network.rng.integers(1, 4))) for side in (height, width)]
    pads = [int(network.rng.integers(side)) for side in kernel * 2]
    strides = [network.pick(1, 1, 2), network.pick(1, 1, 3)]
    outputs = network.pick(5, 6, 7)
    left = [
        _left(side, kernel[axis], strides[axis], pads[axis] + pads[axis + 2])
        for axis, side in enumerate((height, width))
    ]
    weights, bias = network.normal(outputs, channels, *kernel), network.normal(outputs)
    network.apply(
        "Conv", weights, bias, here=[outputs, *left], kernel_shape=kernel, pads=pads, strides=strides
    )  # fmt: skip


def depthwise(network: FloatNetwork) -> None:
    channels = network.here[0]
    network.apply(
        "Conv", network.normal(channels, 1, 3, 3), network.normal(channels),
        kernel_shape=[3, 3], pads=[1] * 4, group=channels,
    )  # fmt: skip


def function(network: FloatNetwork) -> None:
    """With a convolution behind, before which onnxruntime quantises."""
    name, attributes = FUNCTIONS[int(network.rng.integers(len(FUNCTIONS)))]
    network.apply(name, **attributes)
    depthwise(network)


def pool(network: FloatNetwork) -> None:
    """Means of an odd count, as those of an even one are ties for the most part."""
    channels, *sides = network.here
    kind = network.pick("MaxPool", "AveragePool")
    kernel = [size if size <= side else 1 for size, side in zip((3, network.pick(1, 3)), sides, strict=True)]
    strides = [min(size, 2) for size in kernel]
    left = [_left(side, *window, 0) for side, *window in zip(sides, kernel, strides, strict=True)]
    network.apply(kind, here=[channels, *left], kernel_shape=kernel, strides=strides)


def residual(network: FloatNetwork) -> None:
    start, channels = network.tensor, network.here[0]
    depthwise(network)
    network.apply("Relu")
    network.apply("Conv", network.normal(channels, channels, 1, 1), kernel_shape=[1, 1])
    network.apply(network.pick("Add", "Mul"), start)


def joined(network: FloatNetwork) -> None:
    start, (channels, *sides) = network.tensor, network.here
    network.apply("Conv", network.normal(4, channels, 1, 1), kernel_shape=[1, 1])
    first, network.tensor = network.tensor, start
    network.apply("Conv", network.normal(3, channels, 1, 1), kernel_shape=[1, 1])
    network.apply("Concat", first, here=[7, *sides], axis=1)


def gated(network: FloatNetwork) -> None:
    start, channels = network.tensor, network.here[0]
    network.apply("GlobalAveragePool")
    network.apply("Conv", network.normal(channels, channels, 1, 1), kernel_shape=[1, 1])
    network.apply("Sigmoid")
    network.apply("Mul", start)


def cut(network: FloatNetwork) -> None:
    channels, height, width = network.here
    if height > 2:
        ends = (np.array([1]), np.array([height]), np.array([2]))
        network.apply("Slice", *ends, here=[channels, height - 1, width])


BLOCKS: tuple[Callable[[FloatNetwork], None], ...] = (
    convolution, depthwise, function, pool, residual, joined, gated, cut,
)  # fmt: skip


def float_network(seed: int) -> FloatNetwork:
    """A convolution, four blocks by chance, and a dense layer."""
    network = FloatNetwork(seed)
    convolution(network)
    network.apply("Relu")
    for _ in range(4):
        network.pick(*BLOCKS)(network)
    network.apply("Flatten")
    network.apply("Gemm", network.normal(5, prod(network.here)), network.normal(5), transB=1)
    return network
