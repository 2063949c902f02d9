"""Random networks of the kinds that users reported, of odd sizes and scales: one function for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from qonnx.core.modelwrapper import ModelWrapper

from .qonnx_networks import Network
from .test_images import batch_norm, convolution

__all__ = ("KINDS",)

FUNCTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("Elu", {"alpha": 0.7}), ("Selu", {}), ("Celu", {"alpha": 1.3}), ("Softplus", {}), ("Softsign", {})),
    *(("HardSwish", {}), ("HardSigmoid", {}), ("Mish", {}), ("Gelu", {}), ("Abs", {}), ("Tanh", {})),
    *(("LeakyRelu", {"alpha": 0.13}), ("ThresholdedRelu", {"alpha": 0.4}), ("Sigmoid", {})),
)
OPSET = 20


def sizes(network_rng: np.random.Generator, count: int, low: int = 3, high: int = 9) -> list[int]:
    """Sizes of which no two are alike."""
    return [int(size) for size in network_rng.choice(np.arange(low, high + 1), count, replace=False)]


def quant(network: Network, **options: Any) -> Network:
    """A quantiser of 3 to 6 bits on a scale that is no power of two."""
    bits, scale = float(network.rng.integers(3, 7)), float(network.rng.uniform(0.09, 0.41))
    return network.quant(scale, bits=bits, **options)


def vector(seed: int) -> Network:
    """A quantised input and a dense layer."""
    rng = np.random.default_rng(seed)
    inputs, outputs = sizes(rng, 2)
    return quant(Network(inputs, seed=seed, opset=OPSET)).dense(outputs, bits=4.0).batch_norm()


def image(seed: int) -> Network:
    """A quantised input and a convolution of one pixel."""
    rng = np.random.default_rng(seed)
    channels, height, width, outputs = sizes(rng, 4)
    network = quant(Network((channels, height, width), seed=seed, opset=OPSET))
    return batch_norm(convolution(network, outputs, (1, 1)))


def steps(seed: int) -> Network:
    """A quantised row of vectors, and a dense layer over time."""
    rng = np.random.default_rng(seed)
    count, features, outputs = sizes(rng, 3)
    return quant(quant(Network((count, features), seed=seed, opset=OPSET)).dense(outputs))


def flat(network: Network) -> Network:
    """What is left as one vector, and a dense layer."""
    network.op("Flatten").shape = [1, int(np.prod(network.shape[1:]))]
    return network.dense(5)


def function_behind_dense(seed: int) -> Network:
    name, attributes = FUNCTIONS[seed % len(FUNCTIONS)]
    return quant(vector(seed).op(name, **attributes)).dense(4)


def function_behind_convolution(seed: int) -> Network:
    name, attributes = FUNCTIONS[(seed + 7) % len(FUNCTIONS)]
    return convolution(quant(image(seed).op(name, **attributes)), 3, (2, 2))


def scale_per_channel(seed: int) -> Network:
    network = image(seed)
    scales = 0.13 * network.rng.integers(1, 6, (1, network.shape[1], 1, 1))
    return convolution(network.quant(scales), 3, (2, 1))


def broadcast_sum(seed: int) -> Network:
    network = quant(image(seed), signed=0)
    features, shape = network.tensor, network.shape
    quant(network.op("GlobalAveragePool")).shape = [1, shape[1], 1, 1]
    pixel = quant(convolution(network, shape[1], (1, 1))).tensor
    network.shape = shape
    first, second = (features, pixel) if seed % 2 else (pixel, features)
    return convolution(quant(network.op("Add", second, source=first)), 3, (1, 1))


def joined_scales(seed: int) -> Network:
    network = quant(image(seed))
    source, shape = network.tensor, network.shape
    first = quant(convolution(network, 3, (1, 1))).tensor
    network.tensor, network.shape = source, shape
    second = network.quant(0.25 if seed % 2 else 0.173).tensor
    network.op("Concat", second, source=first, axis=1).shape = [1, 3 + shape[1], *shape[2:]]
    return convolution(network, 4, (2, 2))


def decoder(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    channels, height, width = sizes(rng, 3, 2, 5)
    network = quant(vector(seed)).dense(channels * height * width)
    quant(network).op("Reshape", np.array([-1, channels, height, width])).shape = [1, channels, height, width]
    return convolution(network, 3, (2, 2), pads=[1, 0, 0, 1])


def mean_over_time(seed: int) -> Network:
    network, axis = steps(seed), 1 + seed % 2
    network.op("ReduceMean", network.constant(np.array([axis])), keepdims=0)
    network.shape = [1, network.shape[3 - axis]]
    return quant(network).dense(4)


def last_step(seed: int) -> Network:
    network = steps(seed)
    index = np.array(-1 if seed % 2 else network.shape[1] - 2)
    network.op("Gather", index, axis=1).shape = [1, network.shape[2]]
    return network.dense(4)


def pooled(seed: int) -> Network:
    network = quant(image(seed))
    kernel = [int(size) for size in network.rng.integers(2, 4, 2)]
    strides = [int(size) for size in network.rng.integers(1, 4, 2)]
    pads = [int(size) for size in network.rng.integers(0, 2, 4)]
    options: dict[str, Any] = {
        "kernel_shape": kernel,
        "strides": strides,
        "pads": pads,
        "ceil_mode": seed % 2,
    }
    if seed % 4 > 1:
        network.op("AveragePool", **options)
    else:
        network.op("MaxPool", **options)
    return convolution(quant(network), 3, (1, 1))


def sliced(seed: int) -> Network:
    network = quant(image(seed))
    axis = 1 + seed % 3
    start, end = sorted(network.rng.choice(network.shape[axis] + 1, 2, replace=False).tolist())
    network.op("Slice", *(np.array([value]) for value in (start, end, axis)))
    network.shape = [*network.shape[:axis], end - start, *network.shape[axis + 1 :]]
    return convolution(network, 4, (1, 1))


def gated(seed: int) -> Network:
    network = quant(image(seed))
    features, shape = network.tensor, network.shape
    axes = network.constant(np.array([2, 3]))
    quant(network.op("ReduceMean", axes, keepdims=0)).shape = [1, shape[1]]
    quant(network.dense(3).op("Relu"), signed=0).dense(shape[1]).op("HardSigmoid").quant(0.0171, bits=6.0)
    gate = network.op("Reshape", np.array([-1, shape[1], 1, 1])).tensor
    network.shape = shape
    first, second = (features, gate) if seed % 2 else (gate, features)
    return convolution(quant(network.op("Mul", second, source=first)), 3, (2, 2))


def enlarged(seed: int) -> Network:
    network = quant(image(seed))
    shape, scales = network.shape, [2, 3] if seed % 2 else [3, 1]
    larger = [*shape[:2], shape[2] * scales[0], shape[3] * scales[1]]
    modes = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    last = network.constant(np.array(larger)) if seed % 4 > 1 else ""
    factors = "" if last else network.constant(np.array([1.0, 1.0, *scales]))
    network.op("Resize", "", factors, *([last] if last else []), **modes).shape = larger
    return convolution(network, 3, (2, 2))


def residual(seed: int) -> Network:
    network = quant(image(seed))
    source, channels = network.tensor, network.shape[1]
    network = quant(convolution(network, channels, (3, 3), pads=[1, 1, 1, 1]))
    network.op(("Add", "Sub")[seed % 2], source)
    return convolution(quant(network.op("Relu"), signed=0), 3, (1, 1))


def two_inputs(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    first, second, shared = sizes(rng, 3)
    network = Network(first, seed=seed, opset=OPSET).quant(0.23).dense(shared)
    left = quant(network).tensor
    network.enter("z", [second])
    return quant(quant(network.quant(0.31).dense(shared)).op("Add", left)).dense(4)


def weights_on_a_grid(seed: int) -> Network:
    network = quant(vector(seed).op("Relu"), signed=0)
    values = network.rng.integers(-7, 8, (network.shape[1], 4)) * np.float32(0.0371)
    network.op("MatMul", values).shape = [1, 4]
    return network


def truncated(seed: int) -> Network:
    network = vector(seed).quant(0.25, bits=8.0)
    network.op("Trunc", 0.25, 0.0, 8.0, float(4 + seed % 3), rounding_mode=("FLOOR", "ROUND")[seed % 2])
    return network.dense(4)


def modes(seed: int) -> Network:
    mode = ("ROUND", "CEIL", "FLOOR", "DOWN", "UP", "HALF_UP", "HALF_DOWN", "ROUND_TO_ZERO")[seed % 8]
    return quant(vector(seed), zero=float(seed % 4), mode=mode, narrow=seed % 2).dense(4)


def several_axes(seed: int) -> Network:
    network = quant(image(seed))
    axes = ([1], [2], [3], [1, 2], [1, 3], [1, 2, 3])[seed % 6]
    op_type = ("ReduceMean", "ReduceMax", "ReduceSum")[seed % 3]
    network.op(op_type, network.constant(np.array(axes)), keepdims=1)
    network.shape = [1 if axis in axes else size for axis, size in enumerate(network.shape)]
    return flat(quant(network))


def normalised(seed: int) -> Network:
    """A quantised image, or activation, less a mean and by a deviation per channel."""
    rng = np.random.default_rng(seed)
    channels, height, width, outputs = sizes(rng, 4)
    if seed % 2:
        network = quant(image(seed))
    else:
        network = Network((channels, height, width), seed=seed, opset=OPSET)
        network.quant(float(rng.uniform(0.005, 0.03)), bits=8.0, signed=seed // 2 % 2)
    for op_type, low in (("Sub", -0.5), ("Div", 0.2)):
        network.op(op_type, rng.uniform(low, 0.9, (1, network.shape[1], 1, 1)))
    height, width = network.shape[2:]
    network = quant(convolution(network, outputs, (2, 3)))
    network.shape[2:] = [height - 1, width - 2]
    return flat(network)


def input_per_channel(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    channels, height, width, outputs = sizes(rng, 4)
    scale = rng.uniform(0.03, 0.3, (1, channels, 1, 1))
    network = Network((channels, height, width), seed=seed, opset=OPSET).quant(scale, bits=3.0 + seed % 6)
    network = quant(convolution(network, outputs, (3, 2), pads=[1, seed % 2, 0, 1]))
    network.shape[2:] = [height - 1, width + seed % 2]
    return flat(network)


def several_outputs(seed: int) -> Network:
    """A network with an output within, and two at its end that read the same."""
    network = quant(vector(seed))
    shape = list(network.shape)
    inner = quant(network.dense(6).batch_norm()).also_out().tensor
    network.dense(3).also_out()
    network.tensor, network.shape = inner, [1, 6]
    return network.dense(shape[1])


def head(seed: int) -> Network:
    """Two convolutions of one image, each as rows of anchors, joined, with a function at the end."""
    network = quant(image(seed).op("Relu"), signed=0)
    start, shape = network.tensor, list(network.shape)
    rows = []
    for anchors in (2, 3):
        network.tensor, network.shape = start, list(shape)
        convolution(network, 4 * anchors, (1, 1)).op("Transpose", perm=[0, 2, 3, 1])
        rows.append(network.op("Reshape", np.array([0, -1, 4])).tensor)
    network.op("Concat", rows[0], source=rows[1], axis=1)
    return network.op(("Sigmoid", "Softmax", "Tanh")[seed % 3])


KINDS: dict[str, Callable[[int], ModelWrapper]] = {
    make.__name__: lambda seed, make=make: make(seed).model()
    for make in (
        *(function_behind_dense, function_behind_convolution, scale_per_channel, broadcast_sum),
        *(joined_scales, decoder, mean_over_time, last_step, pooled, sliced, gated, enlarged, residual),
        *(two_inputs, weights_on_a_grid, truncated, modes, several_axes, normalised, input_per_channel),
        *(several_outputs, head),
    )
}
