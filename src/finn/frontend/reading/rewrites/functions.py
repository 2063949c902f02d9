"""Functions that operators of the written opset do not have, spelt out by those that it has."""

from __future__ import annotations

import math

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("FUNCTION_REWRITES",)


class _Spelling:
    """The nodes that stand for one, written in a row; the last gives its output."""

    def __init__(self, model: ModelWrapper, node: NodeProto) -> None:
        self._model, self._node = model, node
        self.nodes: list[NodeProto] = []

    def op(self, op_type: str, *operands: str | float, last: bool = False, **values: float) -> str:
        """Add a node; the tensor that it gives."""
        name = f"{self._node.name}_{op_type}_{len(self.nodes)}"
        inputs = [o if isinstance(o, str) else self._constant(name, o) for o in operands]
        output = str(self._node.output[0]) if last else name
        self.nodes.append(helper.make_node(op_type, inputs, [output], name=name, **values))
        return output

    def _constant(self, name: str, value: float) -> str:
        self._model.set_initializer(f"{name}_constant", np.asarray(value, dtype=np.float32))
        return f"{name}_constant"


class HardSwishAsProduct(NodeRewrite):
    """``HardSwish`` x as x * ``HardSigmoid`` x with the slope 1/6."""

    op_types = ("HardSwish",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Two nodes."""
        spelling, x = _Spelling(model, node), str(node.input[0])
        gate = spelling.op("HardSigmoid", x, alpha=1 / 6, beta=0.5)
        spelling.op("Mul", x, gate, last=True)
        return spelling.nodes


class MishAsProduct(NodeRewrite):
    """``Mish`` x as x * ``Tanh`` of ``Softplus`` x."""

    op_types = ("Mish",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Three nodes."""
        spelling, x = _Spelling(model, node), str(node.input[0])
        gate = spelling.op("Tanh", spelling.op("Softplus", x))
        spelling.op("Mul", x, gate, last=True)
        return spelling.nodes


class GeluAsProduct(NodeRewrite):
    """``Gelu`` x as x / 2 * (1 + ``Erf``(x / sqrt(2))), or with ``Tanh`` of a polynomial."""

    op_types = ("Gelu",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses other approximations than onnx has."""
        kind = attributes(node, approximate="none")["approximate"]
        if kind not in ("none", "tanh"):
            raise refusal(
                node, f"has approximate={kind!r}, which is none of 'none' and 'tanh'; check the export"
            )
        spelling, x = _Spelling(model, node), str(node.input[0])
        if kind == "none":
            bent = spelling.op("Erf", spelling.op("Div", x, math.sqrt(2)))
        else:
            cube = spelling.op("Mul", spelling.op("Mul", spelling.op("Mul", x, x), x), 0.044715)
            bent = spelling.op(
                "Tanh", spelling.op("Mul", spelling.op("Add", x, cube), math.sqrt(2 / math.pi))
            )
        half = spelling.op("Mul", x, 0.5)
        spelling.op("Mul", half, spelling.op("Add", bent, 1.0), last=True)
        return spelling.nodes


FUNCTION_REWRITES: tuple[type[Transformation], ...] = (HardSwishAsProduct, MishAsProduct, GeluAsProduct)
"""After constants are evaluated."""
