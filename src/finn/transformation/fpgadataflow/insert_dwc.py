"""Puts a width converter on every edge whose two ends move different numbers of elements a beat."""

from __future__ import annotations

from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.kernels.base import Stream
from finn.kernels.node import DOMAIN
from finn.kernels.registry import hardware_nodes, kernel_of

__all__ = ("InsertDWC", "insert_between")


class InsertDWC(Transformation):  # type: ignore[misc]
    """Adds StreamingDataWidthConverter nodes; outcome: every edge has one width."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with converters."""
        for consumer in hardware_nodes(model):
            producer = model.find_producer(consumer.input[0])
            if producer is None:
                continue
            source = kernel_of(producer, model).output_streams[0]
            sink = kernel_of(consumer, model).input_streams[0]
            if source.lanes != sink.lanes:
                _insert(model, consumer, source, sink)
        return model, False


def _insert(model: ModelWrapper, consumer: NodeProto, source: Stream, sink: Stream) -> None:
    count = sum(n.op_type == "StreamingDataWidthConverter" for n in model.graph.node)
    insert_between(
        model,
        consumer,
        "StreamingDataWidthConverter",
        f"StreamingDataWidthConverter_{count}",
        shape=list(model.get_tensor_shape(consumer.input[0])),
        inWidth=source.width,
        outWidth=sink.width,
        dataType=source.datatype.name,
    )


def insert_between(
    model: ModelWrapper, consumer: NodeProto, op_type: str, name: str, **attributes: object
) -> None:
    """Put a node that changes no value in front of the consumer's first input."""
    before = consumer.input[0]
    after = f"{name}_out"
    shape, datatype = model.get_tensor_shape(before), model.get_tensor_datatype(before)
    node = helper.make_node(op_type, [before], [after], name=name, domain=DOMAIN, **attributes)
    position = next(i for i, n in enumerate(model.graph.node) if n.name == consumer.name)
    model.graph.node.insert(position, node)
    model.graph.value_info.append(helper.make_tensor_value_info(after, TensorProto.FLOAT, shape))
    model.set_tensor_datatype(after, datatype)
    model.graph.node[position + 1].input[0] = after
