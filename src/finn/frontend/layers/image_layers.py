"""Hardware layers that work on images: padding, windows, pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.sizes import MAX_WINDOWS
from finn.frontend.layers.elements import SameElements
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.ranges import smallest_datatype

__all__ = (
    "GlobalPoolLayer",
    "PadLayer",
    "PoolLayer",
    "TiledPoolLayer",
    "Window",
    "WindowLayer",
    "padded",
    "padded_type",
    "padding_value",
    "pair",
    "window_of",
    "windowed",
)

Pair = tuple[int, int]
FLOAT32_STEPS = 2.0**-22
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """Places of a kernel on an image; pairs are (vertical, horizontal).

    ``padding`` is rows on top, pixels on the left, rows at the bottom, pixels on the right.
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]

    @property
    def taps(self) -> int:
        """Pixels that a place covers."""
        return self.kernel[0] * self.kernel[1]

    @property
    def is_tiled(self) -> bool:
        """Whether places lie side by side."""
        return self.kernel == self.stride and self.dilation == (1, 1)


@dataclass(frozen=True)
class PadLayer:
    """``FMPadding``: ``shape`` is the image's (height, width, channels)."""

    origin: tuple[str, ...]
    shape: Shape
    padding: tuple[int, int, int, int]
    input_datatype: BaseDataType
    output_datatype: BaseDataType
    fill: int

    @property
    def output_shape(self) -> Shape:
        """(height, width, channels) of the larger image."""
        top, left, bottom, right = self.padding
        height, width, channels = self.shape
        return (top + height + bottom, left + width + right, channels)


@dataclass(frozen=True)
class WindowLayer(SameElements):
    """``ConvolutionInputGenerator``: ``shape`` is the image's (height, width, channels)."""

    origin: tuple[str, ...]
    shape: Shape
    window: Window
    input_datatype: BaseDataType

    @property
    def output_shape(self) -> Shape:
        """(rows, windows in a row, elements of a window)."""
        one = self.window
        sizes = zip(self.shape[:2], one.kernel, one.stride, one.dilation, strict=True)
        places = tuple((size - d * (k - 1) - 1) // s + 1 for size, k, s, d in sizes)
        return (*places, one.taps * self.shape[2])


@dataclass(frozen=True)
class PoolLayer:
    """``Pool``: ``shape`` is (rows, windows in a row, elements of a window).

    ``value`` is what a sum, or the largest, stands for.
    """

    origin: tuple[str, ...]
    shape: Shape
    kernel: Pair
    function: str
    input_datatype: BaseDataType
    value: Affine

    @property
    def output_datatype(self) -> BaseDataType:
        """The elements' own for MaxPool, for SumPool the smallest that holds every sum."""
        if self.function == "MaxPool":
            return self.input_datatype
        taps = self.kernel[0] * self.kernel[1]
        low, high = int(self.input_datatype.min()), int(self.input_datatype.max())
        return smallest_datatype(taps * low, taps * high)

    @property
    def output_shape(self) -> Shape:
        """(rows, windows in a row, channels)."""
        return (*self.shape[:2], self.shape[2] // (self.kernel[0] * self.kernel[1]))


@dataclass(frozen=True)
class GlobalPoolLayer(PoolLayer):
    """``GlobalAccPool``: ``shape`` is the image's (height, width, channels), all of it the window."""

    @property
    def output_shape(self) -> Shape:
        """One pixel."""
        return (1, 1, self.shape[2])


@dataclass(frozen=True)
class TiledPoolLayer(PoolLayer):
    """``StreamingMaxPool``: ``shape`` is the image's (height, width, channels), windows lie side by side."""

    @property
    def output_shape(self) -> Shape:
        """(rows, windows in a row, channels); what fills no window is dropped."""
        height, width, channels = self.shape
        return (height // self.kernel[0], width // self.kernel[1], channels)


def window_of(node: NodeProto, shape: Shape) -> Window:
    """The window of a normalised Conv or pooling on an image of ``shape`` (channels first, one image)."""
    if node.op_type in ("GlobalAveragePool", "ReduceSum"):
        return Window(pair(shape[1:], 1), (1, 1), (1, 1), (0, 0, 0, 0))
    values = attributes(node)
    pads = [int(pad) for pad in values["pads"]]
    before, behind = pair(pads[: len(pads) // 2], 0), pair(pads[len(pads) // 2 :], 0)
    return Window(
        kernel=pair(values["kernel_shape"], 1),
        stride=pair(values["strides"], 1),
        dilation=pair(values["dilations"], 1),
        padding=(*before, *behind),
    )


def pair(values: Sequence[float], default: int) -> Pair:
    """(vertical, horizontal); a row of pixels is an image one pixel high, which takes ``default``."""
    vertical, horizontal = values if len(values) > 1 else (default, *values)
    return int(vertical), int(horizontal)


def windowed(
    node: NodeProto, shape: Shape, window: Window, datatype: BaseDataType, pad_with: int
) -> list[PadLayer | WindowLayer]:
    """The layers that bring an image (height, width, channels) of ``datatype`` window by window.

    Raises
    ------
    FinnError
        If the type does not hold what the padding is filled with.
    """
    layers: list[PadLayer | WindowLayer] = [*padded(node, shape, window, datatype, pad_with)]
    if layers:
        shape, datatype = layers[-1].output_shape, layers[-1].output_datatype
    if (window.kernel, window.stride) != ((1, 1), (1, 1)):
        layers.append(WindowLayer((node.name,), shape, window, datatype))
        count = prod(layers[-1].output_shape)
        if count > MAX_WINDOWS:
            reason = f"reads {count} elements in its windows; at most {MAX_WINDOWS} are supported"
            raise refusal(node, f"{reason}, so check its kernel and strides")
    return layers


def padded(
    node: NodeProto, shape: Shape, window: Window, datatype: BaseDataType, pad_with: int
) -> list[PadLayer]:
    """The layer, if any, that surrounds an image (height, width, channels) of ``datatype`` for its windows.

    Raises
    ------
    FinnError
        If the type does not hold what the padding is filled with.
    """
    if not any(window.padding):
        return []
    outputs = padded_type(node, datatype, pad_with)
    return [PadLayer((node.name,), shape, window.padding, datatype, outputs, pad_with)]


def padded_type(node: NodeProto, datatype: BaseDataType, value: int) -> BaseDataType:
    """The type of elements among which is ``value``; FinnError where there is none."""
    if datatype.allowed(value):
        return datatype
    if datatype.name == "BIPOLAR" and value == 0:
        return DataType["TERNARY"]
    raise refusal(node, f"is padded with {value}, which {datatype.name} does not hold; quantise it wider")


def padding_value(node: NodeProto, value: Affine, constant: float = 0.0) -> int:
    """The integer that stands for the ``constant`` that is put around or between pixels.

    Raises
    ------
    FinnError
        If there is none.
    """
    levels = np.unique((constant - value.offset) / value.scale)
    # A constant other than zero is rounded to float32, as the scale is.
    tolerance = FLOAT32_STEPS * abs(levels[0]) if constant else 0.0
    if levels.size != 1 or abs(levels[0] - np.rint(levels[0])) > tolerance:
        what = f"{constant:g}" if constant else "zero"
        reason = f"is padded with {what}, which no integer of its input stands for"
        raise refusal(node, f"{reason}; quantise behind the offset, or do not pad")
    return int(np.rint(levels[0]))
