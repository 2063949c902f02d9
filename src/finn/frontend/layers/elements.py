"""What layers have in common that leave the shape of a tensor, or its elements, as they are."""

from __future__ import annotations

from qonnx.core.datatype import BaseDataType

__all__ = ("SameElements", "SameShape")


class SameElements:
    """A layer whose elements stay as they are."""

    input_datatype: BaseDataType

    @property
    def output_datatype(self) -> BaseDataType:
        """The type that comes."""
        return self.input_datatype


class SameShape:
    """A layer that makes one element of each, or of each pair; ``shape`` is the tensor's for one image."""

    shape: tuple[int, ...]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result for one image."""
        return self.shape
