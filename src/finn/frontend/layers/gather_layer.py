"""A hardware layer that keeps some rows, columns and channels of what it reads."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameElements

__all__ = ("GatherLayer",)

Places = tuple[int, ...]


@dataclass(frozen=True)
class GatherLayer(SameElements):
    """``StreamingGather``: ``shape`` is (height, width, channels), (vectors, channels) or (channels,)."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    rows: Places
    columns: Places
    channels: Places
    input_datatype: BaseDataType

    @property
    def image(self) -> tuple[int, int]:
        """(height, width); vectors lie below one another."""
        height, width = (*self.shape[:-1], 1, 1)[:2]
        return height, width

    @property
    def output_shape(self) -> tuple[int, ...]:
        """As many axes as ``shape`` has."""
        kept = (len(self.rows), len(self.columns))[: len(self.shape) - 1]
        return (*kept, len(self.channels))
