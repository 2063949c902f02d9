"""Executes a graph of whole numbers exactly, node by node: the reference of builds from TFLite files.

Products are sums of float64, which are exact: whole numbers of at most 16 bits times as wide ones, at most
2^20 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.guard import at_node
from finn.frontend.graph.integer_operators import INTEGER_DOMAIN
from finn.frontend.host.programs import HOST_OPERATORS, Arrays, program_of
from finn.runtime.host_program import run_program

__all__ = ("integer_execution", "is_whole")


def is_whole(model: ModelWrapper) -> bool:
    """Whether a model is a graph of whole numbers, as one that was read from a TensorFlow Lite file."""
    return any(node.domain == INTEGER_DOMAIN for node in model.graph.node)


def integer_execution(model: ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """The graph's outputs by name, for a batch of any size.

    Raises
    ------
    FinnError
        If an input is missing or its shape is not the model's, or a node cannot be evaluated.
    """
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    tensors = {tensor.name: _input(model, tensor.name, inputs) for tensor in model.graph.input}
    for node in model.graph.node:
        with at_node(node):
            tensors.update(_outputs(node, {**constants, **tensors}))
    return {tensor.name: tensors[tensor.name] for tensor in model.graph.output}


def _input(model: ModelWrapper, name: str, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    if name not in inputs:
        raise FinnError(f"input {name!r} is missing; give it by that name")
    values, shape = np.asarray(inputs[name]), tuple(model.get_tensor_shape(name)[1:])
    if values.shape[1:] != shape:
        text = ", ".join(map(str, shape))
        raise FinnError(f"input {name!r} has shape {values.shape}; the model takes (N, {text})")
    return values.astype(np.float64)


def _outputs(node: NodeProto, values: Arrays) -> Arrays:
    if node.op_type in _IMAGES:
        return {node.output[0]: _IMAGES[node.op_type](node, values)}
    if node.op_type == "Cast":
        return {node.output[0]: values[node.input[0]]}
    if node.op_type not in HOST_OPERATORS:
        raise refusal(node, "cannot be evaluated on whole numbers; compare with another reference")
    program, constants = program_of([node], values)
    made = run_program(program, constants, {})
    return {name: np.asarray(made[name]) for name in node.output}


def _convolution(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    """(N, outputs, height, width): the sum over taps of products with (outputs, channels of a group)."""
    weights, group = values[node.input[1]].astype(np.float64), attributes(node)["group"]
    outputs = len(weights) // group
    total: Any = 0.0
    for tap, part in _taps(node, values[node.input[0]], 0.0):
        channels = part.shape[1] // group
        grouped = part.reshape(len(part), group, channels, -1)
        kernel = weights[(..., *tap)].reshape(group, outputs, channels)
        total = total + np.matmul(kernel, grouped).reshape(len(part), -1, *part.shape[2:])
    return np.asarray(total)


def _transposed_convolution(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    """(N, outputs, height, width): every pixel adds its products with (channels, outputs) for each tap."""
    image, weights = values[node.input[0]], values[node.input[1]].astype(np.float64)
    window, kernel = attributes(node), weights.shape[2:]
    top, left, bottom, right = window["pads"]
    steps = [(n - 1) * s + 1 for n, s in zip(image.shape[2:], window["strides"], strict=True)]
    sizes = [n + k - 1 + p for n, k, p in zip(steps, kernel, window["output_padding"], strict=True)]
    total = np.zeros((len(image), weights.shape[1], *sizes))
    for tap in product(*map(range, kernel)):
        places = [slice(t, t + n, s) for t, n, s in zip(tap, steps, window["strides"], strict=True)]
        share = np.tensordot(weights[:, :, tap[0], tap[1]], image, (0, 1))
        total[:, :, places[0], places[1]] += np.moveaxis(share, 0, 1)
    return total[:, :, top : sizes[0] - bottom, left : sizes[1] - right]


def _largest(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    parts = [part for _, part in _taps(node, values[node.input[0]], -np.inf)]
    return np.asarray(np.max(parts, axis=0))


def _mean(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    """Of the pixels that a window covers of the image."""
    x = values[node.input[0]]
    total, count = (sum(part for _, part in _taps(node, each, 0.0)) for each in (x, np.ones_like(x)))
    return np.asarray(total / count)


def _sum(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    axes = tuple(values[node.input[1]].tolist())
    return np.asarray(values[node.input[0]].sum(axis=axes, keepdims=bool(attributes(node)["keepdims"])))


def _padded(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    pads = values[node.input[1]].reshape(2, -1).T
    return np.pad(values[node.input[0]], pads, constant_values=float(values[node.input[2]]))


def _joined(node: NodeProto, values: Arrays) -> NDArray[np.float64]:
    return np.concatenate([values[name] for name in node.input], axis=attributes(node)["axis"])


def _taps(node: NodeProto, image: NDArray[np.float64], fill: float) -> Any:
    """For each place in the kernel, the pixels (N, channels, rows, places) that it meets."""
    window = attributes(node, dilations=[1, 1])
    top, left, bottom, right = window["pads"]
    padded = np.pad(image, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    kernel, strides, dilations = window["kernel_shape"], window["strides"], window["dilations"]
    reach = [d * (k - 1) for k, d in zip(kernel, dilations, strict=True)]
    for tap in product(*map(range, kernel)):
        starts = [t * d for t, d in zip(tap, dilations, strict=True)]
        cut = [
            slice(start, start + size - r, stride)
            for start, size, r, stride in zip(starts, padded.shape[2:], reach, strides, strict=True)
        ]
        yield tap, padded[:, :, cut[0], cut[1]]


_IMAGES = {
    "Conv": _convolution,
    "ConvTranspose": _transposed_convolution,
    "MaxPool": _largest,
    "AveragePool": _mean,
    "ReduceSum": _sum,
    "Pad": _padded,
    "Concat": _joined,
}
