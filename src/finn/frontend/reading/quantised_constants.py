"""Constants that went through a quantiser, as exact integers and a scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import QONNX_DOMAIN
from finn.frontend.graph.guard import at_node
from finn.frontend.host.programs import Arrays, bit_width, program_of
from finn.frontend.levels.quantised import Quantised
from finn.frontend.reading.constant_folding import evaluate_constant
from finn.frontend.reading.fitting import require_quantisable
from finn.frontend.reading.folded_weights import folded_weights
from finn.runtime.host_program import run_program
from finn.runtime.quantisers import levels

__all__ = ("fold_quantised",)

_MAX_PLAIN = 2**15
_LAYOUT = ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Gather")


def fold_quantised(model: ModelWrapper) -> dict[str, Quantised]:
    """Replace every node on constants by an initialiser, and return what is known to be integer.

    An initialiser that holds small integers only is quantised too, with scale 1, and so are weights that
    are such integers times a constant, whether qonnx' annotation says so (SCALEDINT) or not.

    Raises
    ------
    FinnError
        If a node on constants cannot be computed.
    """
    values: Arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    quantised: dict[str, Quantised] = {}
    nodes = []
    for node in model.graph.node:
        with at_node(node):
            if _fold(model, node, values, quantised):
                nodes.append(node)
    for node in nodes:
        for name in node.output:
            model.set_initializer(name, values[name])
        model.graph.node.remove(node)
    quantised.update({k: _plain(v) for k, v in values.items() if k not in quantised and _is_integer(v)})
    quantised.update(_on_grids(model, {k: v for k, v in values.items() if k not in quantised}))
    return quantised


def _on_grids(model: ModelWrapper, values: Arrays) -> dict[str, Quantised]:
    """The floats among ``values`` that are weights on a grid."""
    floats = {name: value for name, value in values.items() if value.dtype == np.float32 and value.ndim > 1}
    readers = {name: [n for n in model.graph.node if name in n.input] for name in floats}
    found = {name: folded_weights(value, readers[name]) for name, value in floats.items()}
    return {name: value for name, value in found.items() if value is not None}


def _plain(value: NDArray[Any]) -> Quantised:
    return Quantised(value.astype(np.int64), np.ones(value.shape))


def _is_integer(value: NDArray[Any]) -> bool:
    """Whether a matrix holds integers of at most 16 bits only."""
    matrix = value.ndim >= 2 and value.size > 0 and np.issubdtype(value.dtype, np.floating)
    return matrix and bool(np.all((value == np.rint(value)) & (np.abs(value) < _MAX_PLAIN)))


def _fold(model: ModelWrapper, node: NodeProto, values: Arrays, quantised: dict[str, Quantised]) -> bool:
    if not all(name in values for name in node.input if name):
        return False
    if node.domain == QONNX_DOMAIN:
        require_quantisable(node, [values[name] for name in node.input if name])
        program, arrays = program_of([node], values)
        values.update(run_program(program, arrays, {}))
        result = _quantise(node, values)
    else:
        values.update(zip(node.output, evaluate_constant(model, node, values), strict=False))
        result = _carry(model, node, values, quantised.get(node.input[0]))
    if result is not None:
        quantised[node.output[0]] = result
    return True


def _quantise(node: NodeProto, values: Arrays) -> Quantised | None:
    """Integers of a ``Quant`` or ``BipolarQuant`` on constants; None for others and odd zero points."""
    weights, scale = values[node.input[0]], values[node.input[1]]
    if node.op_type == "BipolarQuant":
        return _exact(np.where(weights >= 0, 1, -1), scale, True)
    if node.op_type != "Quant":
        return None
    zero_point, bits = values[node.input[2]], bit_width(node, 3, values)
    if np.any(zero_point != np.rint(zero_point)):
        return None
    settings = program_of([node], values)[0][0]["attributes"]
    integers = levels(weights, scale, zero_point, bits, settings) - zero_point
    return _exact(integers, scale, bits == 1 and bool(settings["signed"]) and not np.any(zero_point))


def _exact(integers: NDArray[Any], scale: NDArray[Any], bipolar: bool) -> Quantised:
    shape = np.broadcast_shapes(integers.shape, scale.shape)
    full = np.broadcast_to(integers, shape).astype(np.int64)
    return Quantised(full, np.broadcast_to(scale.astype(np.float64), shape), bipolar)


def _carry(model: ModelWrapper, node: NodeProto, values: Arrays, data: Quantised | None) -> Quantised | None:
    """Integers behind a layout operator, or behind a product with a constant."""
    if data is None:
        return None
    if node.op_type in _LAYOUT:
        parts = [
            evaluate_constant(model, node, {**values, node.input[0]: part})[0]
            for part in (data.levels.astype(np.float64), np.ascontiguousarray(data.scale))
        ]
        return Quantised(parts[0].astype(np.int64), parts[1], data.bipolar)
    if node.op_type in ("Mul", "Div"):
        factor = values[node.input[1]].astype(np.float64)
        scale = data.scale * factor if node.op_type == "Mul" else data.scale / factor
        return _exact(data.levels, scale, data.bipolar) if scale.shape == data.levels.shape else None
    return None
