"""Puts a width converter on every edge whose two ends move different numbers of elements a beat."""

from __future__ import annotations

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.kernels.base import Stream
from finn.transformation.fpgadataflow.edges import Edge, edges_of, insert_on

__all__ = ("InsertDWC",)


class InsertDWC(Transformation):  # type: ignore[misc]
    """Adds StreamingDataWidthConverter nodes; outcome: every edge has one width."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with converters."""
        for edge, source, sink in edges_of(model):
            if source.lanes != sink.lanes:
                _insert(model, edge, source, sink)
        return model, False


def _insert(model: ModelWrapper, edge: Edge, source: Stream, sink: Stream) -> None:
    count = sum(n.op_type == "StreamingDataWidthConverter" for n in model.graph.node)
    insert_on(
        model,
        edge,
        "StreamingDataWidthConverter",
        f"StreamingDataWidthConverter_{count}",
        shape=list(model.get_tensor_shape(edge.tensor(model))),
        inWidth=source.width,
        outWidth=sink.width,
        dataType=source.datatype.name,
    )
