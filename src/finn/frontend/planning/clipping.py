"""What of a network's input its first quantisers can tell apart: beyond it, values are clipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.operators import LAYOUT
from finn.frontend.graph.order import behind, plain_order
from finn.frontend.host.programs import bit_width, program_of
from finn.frontend.levels.evaluate import run
from finn.frontend.levels.rounding import as_double, widened
from finn.frontend.planning.network import Network
from finn.runtime.quantisers import integer_range

__all__ = ("Unclipped", "unclipped")

Vector = NDArray[np.float64]
_AFFINE = ("Add", "Sub", "Mul", "Div", "BatchNormalization", "Cast", "Identity")


@dataclass(frozen=True)
class Unclipped:
    """The values of the input that the first quantiser does not clip.

    Attributes
    ----------
    low, high
        float64, for each element of one image.
    quantiser
        The first one.
    before
        What is computed between the input and it.
    """

    low: Vector
    high: Vector
    quantiser: NodeProto
    before: tuple[NodeProto, ...]


def unclipped(network: Network, name: str) -> Unclipped | None:
    """The widest of what the quantisers take that the input ``name`` reaches; None at another reader.

    Only quantisers behind products and sums with constants count, of more than one bit.
    """
    found = []
    for row in _rows(network, name, ()):
        one = _taken(network, name, row)
        if one is None:
            return None
        found.append(one)
    if not found:
        return None
    low, high = np.min([one.low for one in found], axis=0), np.max([one.high for one in found], axis=0)
    return Unclipped(low, high, found[0].quantiser, found[0].before)


def _rows(network: Network, tensor: str, before: tuple[NodeProto, ...]) -> Iterator[tuple[NodeProto, ...]]:
    """All ways from a tensor through affine operators and layouts, each with the operator that ends it."""
    for node in network.readers(tensor):
        row = (*before, node)
        if node.op_type in (*_AFFINE, *LAYOUT) and network.moving(node) == [tensor]:
            yield from _rows(network, str(node.output[0]), row)
        else:
            yield row


def _taken(network: Network, name: str, row: Sequence[NodeProto]) -> Unclipped | None:
    *before, node = row
    if node.op_type != "Quant" or network.moving(node) != [node.input[0]]:
        return None
    bits, settings = bit_width(node, 3, network.constants), attributes(node, signed=1, narrow=1)
    if bits == 1:
        return None
    scale, zero_point = (network.constants[c].astype(np.float64) for c in node.input[1:3])
    shape = network.shape(name)
    order = behind(before, network.constants, plain_order(shape))
    start, step = _line(network, name, before)
    limits = integer_range(bits, bool(settings["signed"]), bool(settings["narrow"]))
    # Half a step more is rounded to the last level, not clipped to it.
    ends = [(limit + half - zero_point) * scale for limit, half in zip(limits, (-0.5, 0.5), strict=True)]
    if np.any(step == 0):
        return None
    bounds = np.sort([np.broadcast_to((end - start) / step, (1, *order.shape))[0] for end in ends], axis=0)
    low, high = (_placed(bound, order, shape) for bound in bounds)
    return Unclipped(low, high, node, tuple(before))


def _line(network: Network, name: str, nodes: Sequence[NodeProto]) -> tuple[Vector, Vector]:
    """What affine ``nodes`` make of an input that is 0, and how much 1 adds, element by element."""
    program, arrays = program_of(nodes, network.constants)
    zero = np.zeros((1, *network.shape(name)))
    first, second = (run(widened(program), as_double(arrays), name, zero + value) for value in (0.0, 1.0))
    return first, second - first


def _placed(values: Vector, order: NDArray[np.int64], shape: tuple[int, ...]) -> Vector:
    """Values of elements behind layouts, for the elements before them."""
    placed = np.empty(order.size)
    placed[order.reshape(-1)] = values.reshape(-1)
    return placed.reshape(shape)
