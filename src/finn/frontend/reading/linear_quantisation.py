"""What ``QuantizeLinear`` and ``DequantizeLinear`` state: scales, zero points and integer types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import STANDARD_DOMAINS, attributes, refusal
from finn.frontend.reading.constant_folding import LINEAR, evaluate_constant

__all__ = ("LINEAR", "LINEAR_DOMAINS", "ConstantValues", "Linear", "integer_bits", "linear_of")

# That of onnxruntime's own operators, and of these two for types that an older opset does not have.
LINEAR_DOMAINS = (*STANDARD_DOMAINS, "com.microsoft")
_STATIC = "quantise it with static scales (onnxruntime: quantize_static)"
_BITS = {
    **{"INT4": (4, True), "UINT4": (4, False), "INT8": (8, True), "UINT8": (8, False)},
    **{"INT16": (16, True), "UINT16": (16, False), "INT32": (32, True)},
}
_OF_4_BITS = {"int4": np.int8, "uint4": np.uint8}


@dataclass(frozen=True)
class Linear:
    """An integer q stands for (q - zero) * scale.

    Attributes
    ----------
    scale
        float32; one value, or values that broadcast with the tensor.
    zero
        int64, of the same shape.
    kind
        The type of q, an ONNX ``TensorProto.DataType``.
    low, high
        The least and largest q.
    """

    scale: NDArray[np.float32]
    zero: NDArray[np.int64]
    kind: int
    low: int
    high: int

    @property
    def is_uniform(self) -> bool:
        """Whether one scale and one zero point are for the whole tensor."""
        return bool(self.scale.size == 1)

    def means_the_same(self, other: Linear) -> bool:
        """Whether the integers of both stand for the same numbers."""
        same_scale = self.scale.shape == other.scale.shape and np.array_equal(self.scale, other.scale)
        return same_scale and np.array_equal(self.zero, other.zero)

    def quantised(self, x: NDArray[np.float32]) -> NDArray[np.int64]:
        """``QuantizeLinear`` in float32: q for numbers ``x``."""
        q = np.rint(x / self.scale) + self.zero
        return np.asarray(np.clip(q, self.low, self.high), dtype=np.int64)

    def dequantised(self, q: NDArray[Any]) -> NDArray[np.float32]:
        """``DequantizeLinear`` in float32: what integers ``q`` stand for."""
        return np.asarray((q - self.zero).astype(np.float32) * self.scale, dtype=np.float32)


class ConstantValues:
    """Values of a model's tensors that do not depend on its inputs, computed where they are asked for.

    Parameters
    ----------
    model
        Its initialisers, and its nodes on constants alone.
    """

    def __init__(self, model: ModelWrapper) -> None:
        self._model = model
        self._tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self._makers = {name: node for node in model.graph.node for name in node.output if name}
        self._values: dict[str, NDArray[Any] | None] = {}
        self._inputs = {tensor.name for tensor in model.graph.input} - set(self._tensors)

    def get(self, name: str) -> NDArray[Any] | None:
        """The value of a tensor; None where it is not constant.

        Raises
        ------
        FinnError
            If a node on constants cannot be computed.
        """
        if name not in self._values:
            self._values[name] = self._found(name)
        return self._values[name]

    def kind(self, name: str) -> int:
        """The ONNX type of a constant, by how it is stored where it was not computed."""
        if name in self._tensors:
            return int(self._tensors[name].data_type)
        value = self.get(name)
        kind = TensorProto.UNDEFINED if value is None else helper.np_dtype_to_tensor_dtype(value.dtype)
        return int(kind)

    def _found(self, name: str) -> NDArray[Any] | None:
        if name in self._tensors:
            return _plain(numpy_helper.to_array(self._tensors[name]))
        node = self._makers.get(name)
        if node is None or name in self._inputs:
            return None
        found = {source: self.get(source) for source in node.input if source}
        known = {source: value for source, value in found.items() if value is not None}
        if len(known) < len(found):
            return None
        if node.op_type in LINEAR and node.domain in LINEAR_DOMAINS:
            return self._computed(node, known)
        if node.domain not in STANDARD_DOMAINS:
            return None
        values = evaluate_constant(self._model, node, known)
        return values[list(node.output).index(name)]

    def _computed(self, node: NodeProto, known: dict[str, NDArray[Any]]) -> NDArray[Any]:
        x = known[node.input[0]]
        linear = linear_of(node, self, x.shape)
        if node.op_type == "DequantizeLinear":
            return linear.dequantised(x)
        kind = _plain(np.zeros(0, helper.tensor_dtype_to_np_dtype(linear.kind))).dtype
        return linear.quantised(x).astype(kind)


def _plain(value: NDArray[Any]) -> NDArray[Any]:
    """Integers of 4 bits in a type that NumPy itself has."""
    kind = _OF_4_BITS.get(value.dtype.name)
    return value if kind is None else value.astype(kind)


def integer_bits(kind: int) -> tuple[int, bool] | None:
    """Bits of an ONNX type and whether it is signed; None where it is no integer that a scale goes with."""
    name = TensorProto.DataType.Name(kind) if kind in TensorProto.DataType.values() else ""
    return _BITS.get(name)


def linear_of(node: NodeProto, constants: ConstantValues, shape: tuple[int, ...] | None) -> Linear:
    """What a ``QuantizeLinear`` or ``DequantizeLinear`` states.

    Parameters
    ----------
    node
        With its scale at input 1 and its zero point, if any, at input 2.
    constants
        Of its model.
    shape
        Of its tensor, as far as it is known; needed where the scales are those of an axis.

    Raises
    ------
    FinnError
        If the scale is computed, no positive float32, or does not fit the tensor, or the type is none
        of 4 to 32 bits.
    """
    scale = constants.get(node.input[1])
    zero_name = node.input[2] if len(node.input) > 2 else ""
    zero = constants.get(zero_name) if zero_name else np.zeros(1, np.int64)
    if scale is None or zero is None:
        raise refusal(node, f"takes a scale or zero point that is computed; {_STATIC}")
    kind = _kind(node, constants, zero_name)
    bits = integer_bits(kind)
    if bits is None:
        name = TensorProto.DataType.Name(kind)
        raise refusal(node, f"is of type {name}; integers of 4, 8, 16 and 32 bits are supported")
    if scale.dtype != np.float32:
        raise refusal(node, f"has a scale of type {scale.dtype}; export it as float32")
    if not np.all(np.isfinite(scale) & (scale > 0)):
        raise refusal(node, "has a scale that is not positive; check the export")
    width, signed = bits
    low, high = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, 2**width - 1)
    zero = np.broadcast_to(zero.astype(np.int64).reshape(-1), scale.size).reshape(scale.shape)
    placed = _placing(node, scale, shape)
    return Linear(placed(scale), placed(zero), kind, low, high)


def _kind(node: NodeProto, constants: ConstantValues, zero_name: str) -> int:
    if zero_name:
        return constants.kind(zero_name)
    if node.op_type == "QuantizeLinear":
        return int(attributes(node, output_dtype=0)["output_dtype"]) or TensorProto.UINT8
    return constants.kind(node.input[0]) or TensorProto.UINT8


def _placing(
    node: NodeProto, scale: NDArray[Any], shape: tuple[int, ...] | None
) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """How scales, and zero points, are laid along the tensor's axes."""
    if scale.size == 1:
        return lambda values: values.reshape(())
    if shape is None:
        reason = "has scales for an axis of a tensor whose shape is not known"
        raise refusal(node, f"{reason}; export the model with shapes")
    values = attributes(node, axis=1, block_size=0)
    axis, block = int(values["axis"]), int(values["block_size"])
    if not -len(shape) <= axis < len(shape):
        raise refusal(node, f"has scales for axis {axis} of a tensor of {len(shape)} axes; check the export")
    if block:
        return lambda values: np.repeat(values, block, axis)
    sizes = [1] * len(shape)
    sizes[axis] = scale.size
    if scale.ndim != 1 or shape[axis] not in (0, scale.size):
        reason = f"has scales of shape {scale.shape} for axis {axis} of a tensor of shape {shape}"
        raise refusal(node, f"{reason}; check the export")
    return lambda values: values.reshape(sizes)
