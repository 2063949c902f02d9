"""Operators on integers, as onnxruntime quantises to, in terms of those on what the integers stand for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.reading.linear_quantisation import LINEAR_DOMAINS, ConstantValues
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("FLOAT_OPERATORS", "IntegerOperators")

FLOAT_OPERATORS = {
    "ConvInteger": "Conv",
    "MatMulInteger": "MatMul",
    "QGemm": "Gemm",
    "QLinearAdd": "Add",
    "QLinearAveragePool": "AveragePool",
    "QLinearConcat": "Concat",
    "QLinearConv": "Conv",
    "QLinearGlobalAveragePool": "GlobalAveragePool",
    "QLinearLeakyRelu": "LeakyRelu",
    "QLinearMatMul": "MatMul",
    "QLinearMul": "Mul",
    "QLinearSigmoid": "Sigmoid",
    "QLinearSoftmax": "Softmax",
}
"""The float operator that stands for each, between DequantizeLinear and QuantizeLinear."""

# Of attributes, those of the operators on integers alone.
_OWN = ("channels_last", "opset")


class IntegerOperators(NodeRewrite):
    """Each as DequantizeLinear of what it reads, the float operator, and QuantizeLinear of the result."""

    op_types = tuple(FLOAT_OPERATORS)
    domains = LINEAR_DOMAINS

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One sweep over the graph."""
        self._constants = ConstantValues(model)
        return super().apply(model)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """FinnError where it has its channels last, or leaves open of what type its result is."""
        given = attributes(node)
        if given.get("channels_last"):
            raise refusal(node, "has its channels last; quantise the network with channels first")
        parts = _Parts(model, node, self._constants)
        _FORMS[node.op_type](parts)
        return parts.nodes


class _Parts:
    """The nodes that one operator becomes."""

    def __init__(self, model: ModelWrapper, node: NodeProto, constants: ConstantValues) -> None:
        self.node = node
        self.nodes: list[NodeProto] = []
        self._model, self._constants = model, constants

    def input(self, index: int) -> str:
        """Name of an input; empty where it is left out."""
        return str(self.node.input[index]) if len(self.node.input) > index else ""

    def constant(self, what: str, value: Any) -> str:
        """An initialiser; its name."""
        name = f"{self.node.name}_{what}_of_integers"
        self._model.set_initializer(name, np.asarray(value))
        return name

    def known(self, index: int, what: str) -> Any:
        """The value of a constant input; FinnError where it is computed."""
        value = self._constants.get(self.input(index))
        if value is None:
            raise refusal(self.node, f"takes a {what} that is computed; export it as a constant")
        return value

    def dequantised(self, index: int, scale: str, zero: str, axis: int = 1) -> str:
        """What the integers at an input stand for."""
        target = f"{self.node.name}_input_{index}"
        inputs = [self.input(index), scale, zero] if zero else [self.input(index), scale]
        self._add("DequantizeLinear", inputs, target, axis=axis)
        return target

    def three(self, index: int, axis: int = 1) -> str:
        """That of a tensor whose scale and zero point follow it."""
        return self.dequantised(index, self.input(index + 1), self.input(index + 2), axis)

    def whole(self, index: int, zero: int, axis: int = 1) -> str:
        """The integers at an input less their zero point, which is at ``zero``."""
        name = self.input(zero)
        size = self.known(zero, "zero point").shape if name else ()
        ones = self.constant(f"scale_{index}", np.ones(size, np.float32))
        return self.dequantised(index, ones, name, axis)

    def operator(self, inputs: Sequence[str], **more: Any) -> str:
        """The float operator; its output."""
        values = {k: v for k, v in attributes(self.node).items() if k not in _OWN}
        target = f"{self.node.name}_float"
        self._add(FLOAT_OPERATORS[self.node.op_type], inputs, target, **{**values, **more})
        return target

    def quantised(self, source: str, index: int) -> None:
        """The result, on the scale and zero point at ``index``."""
        scale, zero = self.input(index), self.input(index + 1)
        if not scale:
            self.nodes[-1].output[0] = self.node.output[0]
            return
        if not zero:
            raise refusal(self.node, "leaves out the zero point of its result, which says its type; add it")
        self._add("QuantizeLinear", [source, scale, zero], str(self.node.output[0]))

    def whole_result(self, source: str) -> None:
        """The result as int32."""
        self._add("Cast", [source], str(self.node.output[0]), to=TensorProto.INT32)

    def _add(self, op_type: str, inputs: Sequence[str], target: str, **values: Any) -> None:
        name = self.node.name if op_type == FLOAT_OPERATORS[self.node.op_type] else f"{target}_{op_type}"
        self.nodes.append(helper.make_node(op_type, inputs, [target], name=name, **values))


def _conv(parts: _Parts) -> None:
    inputs = [parts.three(0), parts.three(3, axis=0)]
    if parts.input(8):
        scale = parts.known(1, "scale").astype(np.float64) * parts.known(4, "scale").astype(np.float64)
        bias = parts.known(8, "bias") * scale.reshape(-1)
        inputs.append(parts.constant("bias", bias.astype(np.float32)))
    parts.quantised(parts.operator(inputs), 6)


def _gemm(parts: _Parts) -> None:
    values = attributes(parts.node, alpha=1.0, transB=0)
    inputs = [parts.three(0), parts.three(3, axis=0 if values["transB"] else 1)]
    if parts.input(6):
        scale = parts.known(1, "scale").astype(np.float64) * parts.known(4, "scale").astype(np.float64)
        bias = parts.known(6, "bias") * (scale.reshape(-1) * values["alpha"])
        inputs.append(parts.constant("bias", bias.astype(np.float32)))
    parts.quantised(parts.operator(inputs), 7)


def _matmul(parts: _Parts) -> None:
    parts.quantised(parts.operator([parts.three(0, axis=-2), parts.three(3, axis=-1)]), 6)


def _binary(parts: _Parts) -> None:
    parts.quantised(parts.operator([parts.three(0), parts.three(3)]), 6)


def _unary(parts: _Parts) -> None:
    parts.quantised(parts.operator([parts.three(0)]), 3)


def _softmax(parts: _Parts) -> None:
    axis = int(attributes(parts.node, axis=-1)["axis"])
    parts.quantised(parts.operator([parts.three(0)], axis=axis), 3)


def _concat(parts: _Parts) -> None:
    places = range(2, len(parts.node.input), 3)
    parts.quantised(parts.operator([parts.three(index) for index in places]), 0)


def _conv_integer(parts: _Parts) -> None:
    parts.whole_result(parts.operator([parts.whole(0, 2), parts.whole(1, 3, axis=0)]))


def _matmul_integer(parts: _Parts) -> None:
    parts.whole_result(parts.operator([parts.whole(0, 2, axis=-2), parts.whole(1, 3, axis=-1)]))


_FORMS: dict[str, Callable[[_Parts], None]] = {
    "ConvInteger": _conv_integer,
    "MatMulInteger": _matmul_integer,
    "QGemm": _gemm,
    "QLinearAdd": _binary,
    "QLinearAveragePool": _unary,
    "QLinearConcat": _concat,
    "QLinearConv": _conv,
    "QLinearGlobalAveragePool": _unary,
    "QLinearLeakyRelu": _unary,
    "QLinearMatMul": _matmul,
    "QLinearMul": _binary,
    "QLinearSigmoid": _unary,
    "QLinearSoftmax": _softmax,
}
