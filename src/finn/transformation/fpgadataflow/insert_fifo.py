"""Puts FIFOs between layers."""

from __future__ import annotations

from collections.abc import Mapping

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.kernels.registry import hardware_nodes, kernel_of
from finn.transformation.fpgadataflow.insert_dwc import insert_between

__all__ = ("InsertFIFO",)


class InsertFIFO(Transformation):  # type: ignore[misc]
    """Adds a StreamingFIFO in front of each node that ``depths`` names.

    Parameters
    ----------
    depths
        Beats by name of the consuming node.
    count_occupancy
        Let the FIFOs count their fullest state, for sizing.
    """

    def __init__(self, depths: Mapping[str, int], *, count_occupancy: bool = False) -> None:
        super().__init__()
        self._depths = dict(depths)
        self._count = int(count_occupancy)

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with FIFOs."""
        for consumer in hardware_nodes(model):
            depth = self._depths.get(consumer.name)
            if depth is None:
                continue
            stream = kernel_of(consumer, model).input_streams[0]
            insert_between(
                model,
                consumer,
                "StreamingFIFO",
                f"StreamingFIFO_{consumer.name}",
                depth=depth,
                folded_shape=[1, *stream.folded_shape],
                dataType=stream.datatype.name,
                count_occupancy=self._count,
            )
        return model, False
