"""What the axes of a network's input are: batch, channels, height, width."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes
from finn.frontend.planning.network import Network

__all__ = ("input_layout", "per_element_of")

_FIRST = {2: "NC", 3: "NCW", 4: "NCHW"}
_LAST = {2: "NC", 3: "NWC", 4: "NHWC"}


def input_layout(network: Network, name: str) -> str:
    """One letter for each axis of the input ``name``, the batch first; empty for a rank that has no names.

    Windowed operators read channels first, products channels last; transpositions before them are
    followed back. What only a reshape follows is taken as ONNX has images.
    """
    rank = len(network.shape(name)) + 1
    if rank not in _FIRST:
        return ""
    axes, last = list(range(rank)), None
    for node in _way(network, name):
        last = node
        if node.op_type == "Transpose":
            axes = [axes[axis] for axis in attributes(node)["perm"]]
    letters = _LAST if last is not None and last.op_type == "MatMul" else _FIRST
    return _back(letters[rank], axes)


def _way(network: Network, name: str) -> Iterator[NodeProto]:
    """From an input through element-wise operators and transpositions to the first other operator."""
    readers = network.readers(name)
    while readers:
        yield readers[0]
        if network.kind(readers[0]) != "elementwise" or readers[0].op_type == "Reshape":
            return
        readers = network.readers(str(readers[0].output[0]))


def _back(letters: str, axes: list[int]) -> str:
    """The letters of axes before they were put in the order ``axes``."""
    return "".join(letters[axes.index(axis)] for axis in range(len(axes)))


def per_element_of(network: Network, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """One value, or one per channel, for each element of the shape of the input ``name``."""
    shape = network.shape(name)
    if values.size > 1:
        axis = input_layout(network, name).index("C") - 1
        values = values.reshape([-1 if place == axis else 1 for place in range(len(shape))])
    return np.broadcast_to(values, shape)
