"""qonnx' operators on tensors with channels last."""

from __future__ import annotations

from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import attributes
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("CHANNELS_LAST_DOMAIN", "ChannelsLastOperators")

CHANNELS_LAST_DOMAIN = "qonnx.custom_op.channels_last"


class ChannelsLastOperators(NodeRewrite):
    """qonnx' operators on channels-last tensors as ONNX' own between two transpositions."""

    op_types = ("Conv", "MaxPool", "BatchNormalization")
    domains = (CHANNELS_LAST_DOMAIN,)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """A convolution's weights have their channels last too."""
        shape = list(model.get_tensor_shape(node.output[0]) or [])
        rank = len(shape) or 2 + len(attributes(node).get("kernel_shape", (1, 1)))
        first = [0, rank - 1, *range(1, rank - 1)]
        moved = 2 if node.op_type == "Conv" else 1
        names = [f"{node.name}_input", f"{node.name}_weights"][:moved]
        nodes = [self._transpose(model, node.input[i], name, first) for i, name in enumerate(names)]
        own = helper.make_node(
            node.op_type, [*names, *node.input[moved:]], [f"{node.name}_output"], name=node.name
        )
        own.attribute.extend(node.attribute)
        if shape:
            model.set_tensor_shape(own.output[0], [shape[axis] for axis in first])
        last = [0, *range(2, rank), 1]
        return [*nodes, own, self._transpose(model, own.output[0], node.output[0], last)]

    @staticmethod
    def _transpose(model: ModelWrapper, source: str, target: str, perm: list[int]) -> NodeProto:
        shape = model.get_tensor_shape(source)
        if shape:
            model.set_tensor_shape(target, [shape[axis] for axis in perm])
        return helper.make_node("Transpose", [source], [target], name=f"{target}_Transpose", perm=perm)
