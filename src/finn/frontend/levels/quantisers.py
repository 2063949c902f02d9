"""What integers a quantiser gives, and on what scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes
from finn.frontend.graph.integer_operators import INTEGER_QUANTISERS
from finn.frontend.graph.operators import LAYOUT
from finn.frontend.host.programs import Arrays, bit_width, program_of
from finn.runtime.host_program import run_program
from finn.runtime.quantisers import integer_range

__all__ = (
    "MAX_BITS",
    "Lattice",
    "declared_bits",
    "declared_values",
    "lattice_of",
    "scaled",
)

MAX_BITS = 16
"""Of a quantiser whose values are told apart."""

_MAX_DIVISOR = 16
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Lattice:
    """Values ``integer * scale``.

    Attributes
    ----------
    scale
        float64: one value, or one per element of an image, flattened.
    low, high
        The smallest and largest integer that the quantiser can give.
    bipolar
        Whether exactly -1 and +1 occur.
    """

    scale: NDArray[np.float64]
    low: int
    high: int
    bipolar: bool


def declared_values(
    node: NodeProto, constants: Mapping[str, NDArray[Any]], rank: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]] | None:
    """Every value that a quantiser can give (along axis 0), and its step.

    None where there are more than 2^16, or the zero point is not a whole number.
    """
    levels = _declared_levels(node, constants)
    if levels is None:
        return None
    q = levels.astype(np.float32).reshape(-1, *(1,) * (rank - 1))
    if node.op_type in INTEGER_QUANTISERS:
        return q, np.ones(1)
    if node.op_type == "MultiThreshold":
        values = attributes(node, out_scale=1.0, out_bias=0.0)
        step, bias = (np.float32(values[key]) for key in ("out_scale", "out_bias"))
        return np.asarray(step * q + bias), np.array([step], dtype=np.float64)
    position = 4 if node.op_type == "Trunc" and len(node.input) == 6 else 1
    scale = constants[node.input[position]]
    zero_point = constants[node.input[2]] if node.op_type == "Quant" else np.float32(0)
    if np.any(zero_point != np.rint(zero_point)):
        return None
    return np.asarray((q - zero_point) * scale, dtype=np.float32), scale.astype(np.float64)


def declared_bits(node: NodeProto, constants: Mapping[str, NDArray[Any]]) -> int:
    """The bit width that a ``Quant`` or ``Trunc`` states; 1 of other quantisers."""
    if node.op_type not in ("Quant", "Trunc"):
        return 1
    return bit_width(node, 3 if node.op_type == "Quant" else len(node.input) - 1, constants)


def _declared_levels(node: NodeProto, constants: Mapping[str, NDArray[Any]]) -> NDArray[np.int64] | None:
    if node.op_type == "BipolarQuant":
        return np.array([-1, 1])
    if node.op_type == "MultiThreshold":
        return np.arange(constants[node.input[1]].shape[1] + 1)
    if node.op_type in INTEGER_QUANTISERS:
        return np.arange(attributes(node)["low"], attributes(node)["high"] + 1)
    settings = attributes(node, signed=1, narrow=1 if node.op_type == "Quant" else 0)
    bits = declared_bits(node, constants)
    if bits > MAX_BITS:
        return None
    if bits == 1 and settings["signed"] and node.op_type == "Quant":
        return np.array([-1, 1])
    low, high = integer_range(bits, bool(settings["signed"]), bool(settings["narrow"]))
    return np.arange(low, high + 1)


def lattice_of(
    nodes: Sequence[NodeProto], constants: Mapping[str, NDArray[Any]], shape: tuple[int, ...]
) -> Lattice | None:
    """The lattice behind ``nodes``: a quantiser and the element-wise operators that follow it.

    ``shape`` is the quantiser's for one image. Products scale the step; a sum may refine it by a
    small whole factor. None where the values that the
    operators make of the quantiser's are not whole multiples of one step.
    """
    declared = declared_values(nodes[0], constants, len(shape) + 1)
    if declared is None:
        return None
    values, scale = declared
    moved = any(node.op_type in LAYOUT for node in nodes)
    if moved:
        values, scale = np.broadcast_to(values, (len(values), *shape)), _spread(scale, shape)
    program, arrays = program_of(nodes[1:], constants)
    first = str(nodes[0].output[0])
    tensors, scales = {first: values}, {first: scale}
    for step in program:
        name = step["outputs"][0]
        values = tensors[name] = _result(step, arrays, tensors)
        moves = step["op"] in LAYOUT and scale.size > 1
        scale = _result(step, arrays, scales) if moves else _scale_behind(step, arrays, scales)
        scale = scales[name] = _spread(scale, values.shape[1:]) if moved else scale
    flat = scale.reshape(-1)
    common = flat[:1] if np.all(flat == flat[0]) else flat
    return _whole(values.reshape(len(values), -1).astype(np.float64), common)


def _result(step: dict[str, Any], arrays: Arrays, tensors: Arrays) -> NDArray[Any]:
    """What a step gives for the tensors that it reads."""
    given = {name: tensors[name] for name in step["inputs"] if name in tensors}
    with np.errstate(all="ignore"):
        return np.asarray(run_program([step], arrays, given)[step["outputs"][0]])


def _scale_behind(
    step: dict[str, Any], arrays: Mapping[str, NDArray[Any]], scales: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The scale of what a step gives: where tensors meet in a product, that of both."""
    moving = [scales[name] for name in step["inputs"] if name in scales]
    if len(moving) > 1:
        return moving[0] * moving[1] if step["op"] == "Mul" else moving[0]
    return scaled(step, arrays, moving[0])


def _spread(scale: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A scale for each element of an image, where there is more than one."""
    return scale if scale.size == 1 else np.broadcast_to(scale, (1, *shape))


def scaled(
    step: dict[str, Any], arrays: Mapping[str, NDArray[Any]], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``scale`` behind one element-wise step: a product or a quotient changes it."""
    factors = [arrays[name].astype(np.float64) for name in step["inputs"] if name in arrays]
    if step["op"] == "Mul":
        return scale * factors[0]
    return scale / factors[0] if step["op"] == "Div" and step["inputs"][1] in arrays else scale


def _whole(values: NDArray[np.float64], scale: NDArray[np.float64]) -> Lattice | None:
    """The coarsest step that divides ``scale`` and every value."""
    if scale.size not in (1, values.shape[1]) or not np.all(np.isfinite(scale)) or np.any(scale == 0):
        return None
    for divisor in range(1, _MAX_DIVISOR + 1):
        ratio = values / (scale / divisor)
        whole = np.rint(ratio)
        if np.all(np.abs(ratio - whole) <= _TOLERANCE * np.maximum(1, np.abs(whole))):
            bipolar = set(np.unique(whole)) == {-1, 1}
            return Lattice(scale / divisor, int(whole.min()), int(whole.max()), bipolar)
    return None
