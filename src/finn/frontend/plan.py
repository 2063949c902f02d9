"""The cut of a network into host prefix, hardware layers and host tail."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType

from finn.frontend.affine import Affine
from finn.frontend.layers import Layer

__all__ = ("IntegerInput", "Plan")


@dataclass(frozen=True)
class IntegerInput:
    """A graph input that carries integers: their type and what one unit stands for.

    ``required`` where an option says so: the hardware must then begin at the input.
    """

    datatype: BaseDataType
    scale: float
    required: bool = False


@dataclass
class Plan:
    """The cut of a network.

    Attributes
    ----------
    prefix
        Host nodes before the hardware.
    entry
        The tensor whose integers enter the hardware; for an integer input, that one or a layout of it.
    entry_scale
        ``float = integer * entry_scale``.
    integer_entry
        Whether the graph input is taken as integers, not a quantiser's output.
    entry_image
        (channels, height, width) where an image enters, which is streamed channels last.
    layers
        The hardware layers in order.
    exit
        The float tensor that the last layer's integers stand for.
    exit_value
        How they stand for it.
    exit_image
        Whether that tensor is an image, or its flattened form, with channels first.
    consumed
        Names of the nodes that are in the hardware.
    warnings
        Sentences on layers left on the host.
    """

    prefix: list[NodeProto] = field(default_factory=list)
    entry: str = ""
    entry_scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    integer_entry: bool = False
    entry_image: tuple[int, ...] = ()
    layers: list[Layer] = field(default_factory=list)
    exit: str = ""
    exit_value: Affine = field(default_factory=lambda: Affine(np.ones(1)))
    exit_image: bool = False
    consumed: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
