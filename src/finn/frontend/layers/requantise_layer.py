"""An activation whose thresholds lie on a line, as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from qonnx.core.datatype import BaseDataType

from finn.frontend.layers.elements import SameShape
from finn.frontend.levels.activations import Activation
from finn.frontend.levels.multiply_shift import MultiplyShift

__all__ = ("RequantiseLayer",)


@dataclass(frozen=True)
class RequantiseLayer(SameShape):
    """``Requantise``: what ``activation`` gives, by ``line``; ``shape`` is for one image, channels last."""

    origin: tuple[str, ...]
    shape: tuple[int, ...]
    input_datatype: BaseDataType
    activation: Activation
    line: MultiplyShift

    @property
    def output_datatype(self) -> BaseDataType:
        """Type of the result."""
        return self.activation.datatype

    @property
    def steps(self) -> int:
        """Results but the lowest."""
        return int(self.activation.thresholds.shape[1])
