"""The ONNX domain ``finn.custom_op.integer``, as qonnx wants it for its inference of shapes."""

from __future__ import annotations

from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.custom_op.base import CustomOp

from finn.frontend.graph.integer_operators import INTEGER_OPERATORS

__all__ = ("custom_op",)


class IntegerOperator(CustomOp):  # type: ignore[misc]
    """An operator whose result has the shape of its first input."""

    def get_nodeattr_types(self) -> dict[str, tuple[str, bool, int]]:
        """None that qonnx need know."""
        return {}

    def make_shape_compatible_op(self, model: ModelWrapper) -> NodeProto:
        """A standard operator of the same shapes and type."""
        node = self.onnx_node
        kind = TensorProto.INT8 if node.op_type == "AsInt8" else TensorProto.FLOAT
        return helper.make_node("Cast", [node.input[0]], [node.output[0]], to=kind)

    def infer_node_datatype(self, model: ModelWrapper) -> None:
        """qonnx' annotations are not used for these."""

    def execute_node(self, context: dict[str, object], graph: object) -> None:
        """Left to `finn.frontend.host`, which is exact where float32 is not."""
        raise NotImplementedError(f"{self.onnx_node.op_type} is run by finn, not by qonnx")

    def verify_node(self) -> list[str]:
        """Nothing to say."""
        return []


custom_op: dict[str, type[CustomOp]] = dict.fromkeys(INTEGER_OPERATORS, IntegerOperator)
