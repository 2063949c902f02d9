"""``QuantizeLinear`` and ``DequantizeLinear`` of the float64 evaluation."""

from __future__ import annotations

import numpy as np
from onnx import NodeProto, helper

from finn.frontend.host.exact_operators import Arrays
from finn.frontend.reading.linear_quantisation import ConstantValues, linear_of

__all__ = ("exact_linear",)


def exact_linear(node: NodeProto, values: Arrays, constants: ConstantValues) -> Arrays:
    """Either of the two; integers are of the type that the node gives, those of 4 bits of one with 16.

    Raises
    ------
    FinnError
        If scale and zero point do not fit the tensor.
    """
    x = values[node.input[0]]
    linear = linear_of(node, constants, x.shape)
    if node.op_type == "DequantizeLinear":
        return {node.output[0]: (x - linear.zero) * linear.scale.astype(np.float64)}
    kind = helper.tensor_dtype_to_np_dtype(linear.kind)
    held = kind if kind.kind in "iu" else np.dtype(np.int16)
    return {node.output[0]: linear.quantised(x).astype(held)}
