"""TensorFlow Lite files that are refused, for one reason each."""

from __future__ import annotations

import numpy as np
from tflite_files import NONE, SAME, STEP, VALID, TFLiteFile, window

__all__ = (
    "constant_sum",
    "convolved",
    "floating",
    "mean_over_images",
    "one",
    "other_scale",
    "padded_channels",
    "parted",
    "product_with",
    "resized",
    "strided",
    "sum_of_constants",
    "transposed_convolution",
    "unsigned",
)


def one(kind: str, shape: tuple[int, ...], result: tuple[int, ...], **options: int) -> TFLiteFile:
    """A file of one operator of one input."""
    file = TFLiteFile()
    file.tensor((1, *shape), 0.07, 3, name="x")
    file.operator(kind, [0], file.tensor((1, *result), 0.07, 3), **options)
    return file


def resized(sizes: list[int]) -> TFLiteFile:
    """An image that is resized."""
    file = TFLiteFile()
    file.tensor((1, 7, 6, 3), 0.07, 3, name="x")
    inputs = [0, file.constant(np.array(sizes, np.int32))]
    file.operator("RESIZE_NEAREST_NEIGHBOR", inputs, file.tensor((1, *sizes, 3), 0.07, 3), AlignCorners=False)
    return file


def convolved(
    weights: tuple[int, ...], result: tuple[int, ...], kind: str = "CONV_2D", **changes: object
) -> TFLiteFile:
    """One convolution of an image of 7 x 6 pixels and 3 channels; ``changes`` are of the weights' tensor."""
    file = TFLiteFile()
    file.tensor((1, 7, 6, 3), 0.07, 3, name="x")
    values = np.ones(weights, np.int8)
    given = {"scale": 0.02, "values": values, **changes}
    options = {**STEP, "FusedActivationFunction": NONE}
    kernel = file.tensor(weights, **given)  # type: ignore[arg-type]
    file.operator(kind, [0, kernel], file.tensor((1, *result), 0.3, 9), **options)
    return file


def floating() -> TFLiteFile:
    file = TFLiteFile()
    x, y = (file.tensor((1, count), kind="FLOAT32", name="x") for count in (7, 5))
    weights = file.constant(np.ones((5, 7), np.float32))
    file.operator("FULLY_CONNECTED", [x, weights], y, FusedActivationFunction=NONE)
    return file


def unsigned() -> TFLiteFile:
    file = TFLiteFile()
    x, y = (file.tensor((1, 7), 0.1, 128, kind="UINT8", name=name) for name in "xy")
    file.operator("RELU", [x], y)
    return file


def constant_sum(*shape: int) -> TFLiteFile:
    file = one("RELU", (7,), (7,))
    other = file.tensor(shape, 0.1, 0, np.ones(shape, np.int8))
    file.operator("ADD", [1, other], file.tensor((1, 7), 0.1), FusedActivationFunction=NONE)
    return file


def product_with(*shape: int) -> TFLiteFile:
    """7 places times a constant."""
    file = one("RELU", (7,), (7,))
    other = file.tensor(shape, 0.1, 0, np.ones(shape, np.int8))
    file.operator("MUL", [other, 1], file.tensor((1, 7), 0.1), FusedActivationFunction=NONE)
    return file


def sum_of_constants() -> TFLiteFile:
    file = one("RELU", (7,), (7,))
    values = [file.tensor((7,), 0.1, 0, np.ones(7, np.int8)) for _ in range(2)]
    file.operator("ADD", values, file.tensor((1, 7), 0.1), FusedActivationFunction=NONE)
    return file


def mean_over_images() -> TFLiteFile:
    file = TFLiteFile()
    file.tensor((1, 7, 6, 3), 0.07, 3)
    axes = file.constant(np.array([0, 3], np.int32))
    file.operator("MEAN", [0, axes], file.tensor((1, 7, 6), 0.07, 3), KeepDims=False)
    return file


def parted(
    kind: str, inputs: list[list[int]], sizes: list[int], place: int = 0, **options: int
) -> TFLiteFile:
    """7 places split into parts of these sizes; the tensor is the input at ``place``."""
    file = TFLiteFile()
    file.tensor((1, 7), 0.07, 3)
    given = [file.constant(np.array(values, np.int32)) for values in inputs]
    given.insert(place, 0)
    file.operators(kind, given, [file.tensor((1, size), 0.07, 3) for size in sizes], **options)
    return file


def transposed_convolution(weights: tuple[int, ...], result: tuple[int, ...]) -> TFLiteFile:
    """Of an image of 4 x 5 pixels and 3 channels, with strides of 2."""
    file = TFLiteFile()
    file.tensor((1, 4, 5, 3), 0.07, 3)
    shape = file.constant(np.array((1, *result), np.int32))
    kernel = file.constant(np.ones(weights, np.int8), 0.02)
    options = {"Padding": VALID, "StrideH": 2, "StrideW": 2, "FusedActivationFunction": NONE}
    file.operator("TRANSPOSE_CONV", [shape, kernel, 0], file.tensor((1, *result), 0.3), **options)
    return file


def padded_channels() -> TFLiteFile:
    file = TFLiteFile()
    file.tensor((1, 7, 6, 3), 0.07, 3)
    pads = file.constant(np.array([[0, 0], [0, 0], [0, 0], [1, 0]], np.int32))
    file.operator("PAD", [0, pads], file.tensor((1, 7, 6, 4), 0.07, 3))
    return file


def other_scale() -> TFLiteFile:
    file = TFLiteFile()
    file.tensor((1, 7, 6, 3), 0.07, 3)
    file.operator(
        "MAX_POOL_2D",
        [0],
        file.tensor((1, 7, 6, 3), 0.08, 3),
        **window(1, 1, SAME),
        FusedActivationFunction=0,
    )
    return file


def strided(begin: list[int], end: list[int], steps: list[int], **options: int) -> TFLiteFile:
    """One cut of 7 x 5 elements."""
    file = TFLiteFile()
    file.tensor((1, 7, 5), 0.07, 3, name="x")
    places = [file.constant(np.array(values, np.int32)) for values in (begin, end, steps)]
    file.operator("STRIDED_SLICE", [0, *places], file.tensor((1, 7, 5), 0.07, 3), **options)
    return file
