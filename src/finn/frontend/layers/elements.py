"""What layers have in common that move elements and change none."""

from __future__ import annotations

from qonnx.core.datatype import BaseDataType

__all__ = ("SameElements",)


class SameElements:
    """A layer whose elements stay as they are."""

    input_datatype: BaseDataType

    @property
    def output_datatype(self) -> BaseDataType:
        """The type that comes."""
        return self.input_datatype
