"""Puts FIFOs between layers."""

from __future__ import annotations

from collections.abc import Mapping

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.transformation.fpgadataflow.edges import Edge, edges_of, insert_on

__all__ = ("InsertFIFO", "fifo_name")


def fifo_name(edge: Edge) -> str:
    """Name of the FIFO on an edge."""
    return f"StreamingFIFO_{edge}"


class InsertFIFO(Transformation):  # type: ignore[misc]
    """Adds a StreamingFIFO on each edge that ``depths`` names.

    Parameters
    ----------
    depths
        Beats by edge.
    count_occupancy
        Let the FIFOs count their fullest state, for sizing.
    """

    def __init__(self, depths: Mapping[Edge, int], *, count_occupancy: bool = False) -> None:
        super().__init__()
        self._depths = dict(depths)
        self._count = int(count_occupancy)

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with FIFOs."""
        for edge, _, stream in edges_of(model):
            if edge in self._depths:
                insert_on(
                    model,
                    edge,
                    "StreamingFIFO",
                    fifo_name(edge),
                    depth=self._depths[edge],
                    folded_shape=[1, *stream.folded_shape],
                    dataType=stream.datatype.name,
                    count_occupancy=self._count,
                )
        return model, False
