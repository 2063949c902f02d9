"""A hardware layer that brings the elements of what it reads in another order."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameElements

__all__ = ("ReorderLayer",)

Places = tuple[int, ...]


@dataclass(frozen=True)
class ReorderLayer(SameElements):
    """``StreamingReorder``: from ``shape`` to ``output_shape``, both those of a stream for one image.

    The element that leaves at (i, j, k) came as ``outer[i] + middle[j] + inner[k]``.
    """

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    outer: Places
    middle: Places
    inner: Places
    input_datatype: BaseDataType
