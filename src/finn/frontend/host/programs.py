"""Turns ONNX nodes that stay on the host into a program of ``finn.runtime.host_program``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import UNSUPPORTED, attributes, channel_axis, refusal
from finn.frontend.graph.guard import at_node
from finn.runtime.quantisers import ROUNDING, integer_range
from finn.runtime.shaping import REDUCTIONS

__all__ = ("HOST_OPERATORS", "Arrays", "Program", "host_program", "program_of")

Arrays = dict[str, NDArray[Any]]
Program = list[dict[str, Any]]
_CAST_TYPES = (1, 2, 3, 4, 5, 6, 7, 11)
_MAX_BITS = 32


def host_program(nodes: Sequence[NodeProto], model: ModelWrapper) -> tuple[Program, Arrays]:
    """The program of ``nodes`` and its constants by name.

    Raises
    ------
    FinnError
        If an operator is not supported on the host; the text names the node.
    """
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    return program_of(nodes, constants)


def program_of(nodes: Sequence[NodeProto], constants: Mapping[str, NDArray[Any]]) -> tuple[Program, Arrays]:
    """As ``host_program``, with the constants given."""
    program: Program = []
    made: Arrays = {}
    for node in nodes:
        converter = _CONVERTERS.get(node.op_type)
        if converter is None:
            raise refusal(node, UNSUPPORTED)
        step = {"op": node.op_type, "inputs": list(node.input), "outputs": list(node.output)}
        with at_node(node):
            program.append({**step, "attributes": {}, **converter(node, constants, made)})
    names = {name for step in program for name in step["inputs"]}
    made.update({name: constants[name] for name in names if name in constants})
    return program, made


Converter = Callable[[NodeProto, Mapping[str, NDArray[Any]], Arrays], dict[str, Any]]


def _plain(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    return {}


def _with(**defaults: Any) -> Converter:
    """A converter that writes the attributes named, with these defaults."""

    def convert(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
        values = attributes(node, **defaults)
        return {"attributes": {key: values[key] for key in defaults}}

    return convert


def _with_all(*names: str) -> Converter:
    """A converter that writes the attributes named, which the node has."""

    def convert(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
        values = attributes(node)
        return {"attributes": {name: values[name] for name in names}}

    return convert


def _cast(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    target = int(attributes(node)["to"])
    if target not in _CAST_TYPES:
        raise refusal(node, "casts to a type other than float32, float64, int8 to int64, uint8 and uint16")
    return {"attributes": {"to": target}}


def _transpose(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    perm = list(attributes(node).get("perm", []))
    if not perm or perm[0] != 0:
        raise refusal(node, "moves the batch axis; keep the first axis as the batch")
    return {"attributes": {"perm": [int(axis) for axis in perm]}}


def _arg_max(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    values = attributes(node, axis=0, keepdims=1, select_last_index=0)
    if values["select_last_index"] or values["axis"] == 0:
        raise refusal(node, "must take the lowest index over an axis other than the batch")
    return {"attributes": {key: values[key] for key in ("axis", "keepdims")}}


def constant(node: NodeProto, index: int, constants: Mapping[str, NDArray[Any]], what: str) -> NDArray[Any]:
    """The constant at input ``index`` of ``node``; FinnError if it is computed at run time."""
    if len(node.input) <= index or node.input[index] not in constants:
        raise refusal(node, f"has {what} that is not a constant; export it with a constant")
    return constants[node.input[index]]


def bit_width(node: NodeProto, index: int, constants: Mapping[str, NDArray[Any]]) -> int:
    """The bit width at input ``index``: a whole number from 1 to 32."""
    bits = np.unique(constant(node, index, constants, "a bit width"))
    if bits.size != 1 or bits[0] != int(bits[0]) or not 1 <= bits[0] <= _MAX_BITS:
        raise refusal(node, f"has bit width {bits.tolist()}; it must be one whole number up to {_MAX_BITS}")
    return int(bits[0])


def _rounding(node: NodeProto, default: str) -> str:
    mode = str(attributes(node, rounding_mode=default)["rounding_mode"]).upper()
    if mode not in ROUNDING:
        raise refusal(node, f"has rounding mode {mode}; supported are {', '.join(ROUNDING)}")
    return mode


def _quant(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    constant(node, 1, constants, "a scale")
    constant(node, 2, constants, "a zero point")
    bit_width(node, 3, constants)
    values = attributes(node, signed=1, narrow=1)
    chosen = {"signed": int(values["signed"]), "narrow": int(values["narrow"])}
    order = {"round_first": 1} if values.get("round_first") else {}
    return {"attributes": {**chosen, "rounding_mode": _rounding(node, "ROUND"), **order}}


def _integers(node: NodeProto, index: int, constants: Mapping[str, NDArray[Any]], what: str) -> list[int]:
    return [int(value) for value in constant(node, index, constants, what).reshape(-1)]


def _sliced(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    keys = ("starts", "ends", "axes", "steps")
    values = {key: _integers(node, index, constants, f"a list of {key}") for index, key in enumerate(keys, 1)}
    return {"inputs": list(node.input[:1]), "attributes": values}


def _gathered(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    if node.input[1] not in constants:
        raise refusal(node, "takes elements at places that are computed; only constant indices are supported")
    return {"attributes": {"axis": int(attributes(node, axis=0)["axis"])}}


def _split(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    sizes = _integers(node, 1, constants, "a list of sizes")
    axis = int(attributes(node, axis=0)["axis"])
    return {"inputs": list(node.input[:1]), "attributes": {"axis": axis, "sizes": sizes}}


def _expanded(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    shape = _integers(node, 1, constants, "a shape")
    return {"inputs": list(node.input[:1]), "attributes": {"shape": shape[1:]}}


def _tiled(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    repeats = _integers(node, 1, constants, "a list of repeats")
    return {"inputs": list(node.input[:1]), "attributes": {"repeats": repeats}}


def _reduced(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    values = attributes(node, keepdims=1)
    axes = _integers(node, 1, constants, "axes") if len(node.input) > 1 else list(values["axes"])
    return {"inputs": list(node.input[:1]), "attributes": {"axes": axes, "keepdims": int(values["keepdims"])}}


def _bipolar(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    constant(node, 1, constants, "a scale")
    return {}


def _multithreshold(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    constant(node, 1, constants, "a table of thresholds")
    values = attributes(node, out_scale=1.0, out_bias=0.0, data_layout="")
    chosen = {key: values[key] for key in ("out_scale", "out_bias")}
    return {"attributes": {**chosen, "channel_axis": channel_axis(values["data_layout"])}}


def _trunc(node: NodeProto, constants: Mapping[str, NDArray[Any]], made: Arrays) -> dict[str, Any]:
    scale = constant(node, 1, constants, "a scale")
    constant(node, 2, constants, "a zero point")
    bits = bit_width(node, 3, constants)
    shift_name = f"{node.name}_shift"
    chosen: dict[str, Any] = {"rounding_mode": _rounding(node, "FLOOR")}
    if len(node.input) == 5:
        made[shift_name] = np.asarray(2.0 ** (bits - bit_width(node, 4, constants)), dtype=np.float32)
        return {"inputs": [*node.input[:3], shift_name, node.input[1]], "attributes": chosen}
    output_scale = constant(node, 4, constants, "an output scale")
    made[shift_name] = np.asarray(2.0 ** np.rint(np.log2(output_scale / scale)), dtype=np.float32)
    values = attributes(node, signed=1, narrow=0)
    clamp = integer_range(bit_width(node, 5, constants), bool(values["signed"]), bool(values["narrow"]))
    chosen["clamp"] = list(clamp)
    return {"inputs": [*node.input[:3], shift_name, node.input[4]], "attributes": chosen}


_PLAIN = (
    "Add Sub Mul Div Pow Neg Abs Sqrt Exp Tanh Floor Ceil Round Relu PRelu Sigmoid Clip Max Min Identity"
    " MatMul Reshape Erf Log Reciprocal Sign Softplus Softsign Where Greater GreaterOrEqual Less LessOrEqual"
    " Equal And Or Xor Not"
)
_CONVERTERS: dict[str, Converter] = {
    **dict.fromkeys(_PLAIN.split(), _plain),
    "Cast": _cast,
    "Transpose": _transpose,
    "LeakyRelu": _with(alpha=0.01),
    "HardSigmoid": _with(alpha=0.2, beta=0.5),
    "Elu": _with(alpha=1.0),
    "Selu": _with(alpha=1.6732632423543772, gamma=1.0507009873554805),
    "Celu": _with(alpha=1.0),
    "ThresholdedRelu": _with(alpha=1.0),
    "BatchNormalization": _with(epsilon=1e-5),
    "Gemm": _with(alpha=1.0, beta=1.0, transA=0, transB=0),
    "Softmax": _with(axis=-1),
    "LogSoftmax": _with(axis=-1),
    "TopK": _with(axis=-1, largest=1),
    "ArgMax": _arg_max,
    "ArgMin": _arg_max,
    "Concat": _with(axis=0),
    "Expand": _expanded,
    "Gather": _gathered,
    "GlobalAveragePool": _plain,
    "MaxPool": _with(kernel_shape=[], strides=[], dilations=[], pads=[]),
    "Slice": _sliced,
    "Split": _split,
    "Tile": _tiled,
    **dict.fromkeys(REDUCTIONS, _reduced),
    "Quant": _quant,
    "BipolarQuant": _bipolar,
    "MultiThreshold": _multithreshold,
    "Trunc": _trunc,
    "Requantize": _with_all("zero_point", "low", "high", "twice"),
    "RoundedMean": _with_all("count", "low", "high"),
    "Lookup": _with_all("table", "start"),
    "RequantizedOffset": _with_all(
        *("zero_points", "left_shift", "multipliers", "shifts", "sign", "low", "high")
    ),
    "RequantizedAdd": _with_all(
        *("left_shift", "zero_points", "multipliers", "shifts", "low", "high", "subtract")
    ),
    "IntegerSoftmax": _with_all("multiplier", "shift", "least"),
    "AsInt8": _plain,
    "QuantizeFloat": _with_all("scale", "zero_point", "low", "high"),
    "AsFloat": _with_all("scale", "zero_point"),
}
HOST_OPERATORS = tuple(_CONVERTERS)
"""What the host runs of a normalised network, before the hardware and behind it alike."""
