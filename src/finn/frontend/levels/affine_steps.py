"""What integers stand for behind products and sums with constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto

from finn.frontend.graph.operators import LAYOUT
from finn.frontend.graph.order import Order, behind
from finn.frontend.host.programs import Arrays, Program, program_of
from finn.frontend.levels.activations import per_channel, per_element
from finn.frontend.levels.affine import Affine, Vector
from finn.frontend.levels.evaluate import run
from finn.frontend.levels.rounding import as_double, widened

__all__ = ("affine_behind",)

_KINDS = ("Add", "Sub", "Mul", "Div", "BatchNormalization", "Neg", "Identity", *LAYOUT)
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)
# Of a BatchNormalization's inputs: what is added and what is subtracted.
_SHIFTS = slice(2, 4)


def affine_behind(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]],
    value: Affine,
    order: Order,
    channels: int,
) -> Affine | None:
    """What a tensor stands for behind ``nodes``.

    Parameters
    ----------
    nodes
        Element-wise operators and layouts, one behind the other.
    constants
        Values of all constant tensors.
    value, order, channels
        What the tensor stands for before them, its order in its stream, and the stream's channels.

    Returns
    -------
    Affine or None
        None where a node is neither a product nor a sum with constants, or pixels are treated differently.
    """
    if not nodes or value.knots is not None:
        return value if not nodes else None
    program, arrays = program_of(nodes, constants)
    arrays = as_double(arrays)
    program = widened(program)
    if any(not _is_affine(step) or _divides_by_it(step, arrays) for step in program):
        return None
    source = next(str(name) for name in nodes[0].input if name not in arrays)
    place = behind(nodes, constants, order)
    found = []
    for steps, part in ((_linear(program, arrays), value.scale), ((program, arrays), value.offset)):
        start = np.broadcast_to(per_element(part, order, channels), (1, *order.shape))
        found.append(_by_channel(run(*steps, source, start), place, channels))
    scale, offset = found
    return None if scale is None or offset is None else Affine(scale, offset)


def _is_affine(step: dict[str, Any]) -> bool:
    """A product, a sum, a layout, or a cast that keeps whole numbers."""
    keeps = step["op"] == "Cast" and step["attributes"]["to"] in _FLOATS
    return keeps or step["op"] in _KINDS


def _by_channel(values: Vector, place: Order, channels: int) -> Vector | None:
    return per_channel(values, place, channels) if values.size == place.size else None


def _divides_by_it(step: dict[str, Any], arrays: Arrays) -> bool:
    return bool(step["op"] == "Div" and step["inputs"][0] in arrays)


def _linear(program: Program, arrays: Arrays) -> tuple[Program, Arrays]:
    """The program without what it adds."""
    zeros: Arrays = {}
    steps: Program = []
    for step in program:
        inputs = list(step["inputs"])
        if step["op"] in ("Add", "Sub"):
            turned = step["op"] == "Sub" and inputs[0] in arrays
            moving = [name for name in inputs if name not in arrays]
            steps.append({**step, "op": "Neg" if turned else "Identity", "inputs": moving})
            continue
        if step["op"] == "BatchNormalization":
            shifts = inputs[_SHIFTS]
            inputs[_SHIFTS] = [f"{name} as zero" for name in shifts]
            zeros |= {f"{name} as zero": np.zeros_like(arrays[name]) for name in shifts}
        steps.append({**step, "inputs": inputs})
    return steps, {**arrays, **zeros}
