"""TensorFlow Lite networks that tests read: images cut, split, resized and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tflite_files import NONE, RELU, SAME, STEP, VALID, TFLiteFile, window
from tflite_networks import Products

__all__ = ("cut_file", "reduced_file", "resized_file", "scaled_file", "split_file", "spread_file")


def cut_file(seed: int = 1) -> TFLiteFile:
    """Rows, channels and columns of images between convolutions, and one row of the last one."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, file.tensor((1, 7, 6, 5), 0.087, -41), **STEP)

    def places(*values: int) -> int:
        return file.constant(np.array(values, np.int32))

    given = [places(0, -6, 9, 1), places(1, 0, 9, -1), places(1, 2, 1, 3)]
    masks = {"BeginMask": 0b0101, "EndMask": 0b0111}
    rows = file.operator("STRIDED_SLICE", [image, *given], file.tensor((1, 3, 6, 1), 0.087, -41), **masks)
    given = [places(0, 0, 1, 1), places(1, 7, -1, 3)]
    some = file.operator("SLICE", [image, *given], file.tensor((1, 7, 5, 3), 0.087, -41))
    first = products.add("CONV_2D", rows, (4, 1, 1, 1), 0, file.tensor((1, 3, 6, 4), 0.071, -13), **STEP)
    second = products.add("CONV_2D", some, (4, 3, 3, 3), 0, file.tensor((1, 7, 5, 4), 0.063, 11), **STEP)
    ends = []
    for source, width, scale, point, row in ((first, 6, 0.071, -13, -1), (second, 5, 0.063, 11, 2)):
        given = [places(0, row, 0, 0), places(1, 99, width, 4), places(1, 1, 1, 1)]
        y = file.tensor((1, width, 4), scale, point)
        one = file.operator("STRIDED_SLICE", [source, *given], y, ShrinkAxisMask=0b0010)
        flat = file.operator(
            "RESHAPE", [one, places(1, 4 * width)], file.tensor((1, 4 * width), scale, point)
        )
        ends.append(products.add("FULLY_CONNECTED", flat, (3, 4 * width), 0, file.tensor((1, 3), 0.61, 5)))
    y = file.tensor((1, 6), 0.61, 5, name="classes")
    file.operator("CONCATENATION", ends, y, Axis=1, FusedActivationFunction=NONE)
    return file


def resized_file(seed: int = 1) -> TFLiteFile:
    """An image that grows and shrinks, the difference of two images, and axes exchanged."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, file.tensor((1, 7, 6, 5), 0.087, -41), **STEP)
    sizes = file.constant(np.array([10, 4], np.int32))
    y = file.tensor((1, 10, 4, 5), 0.087, -41)
    image = file.operator("RESIZE_NEAREST_NEIGHBOR", [image, sizes], y, HalfPixelCenters=True)
    y = file.tensor((1, 10, 4, 5), 0.063, 11)
    other = products.add("CONV_2D", image, (5, 3, 3, 5), 0, y, **STEP)
    y = file.tensor((1, 10, 4, 5), 0.103, -17)
    image = file.operator("SUB", [image, other], y, FusedActivationFunction=RELU)
    axes = file.constant(np.array([0, 2, 1, 3], np.int32))
    image = file.operator("TRANSPOSE", [image, axes], file.tensor((1, 4, 10, 5), 0.103, -17))
    image = products.add("CONV_2D", image, (3, 2, 2, 5), 0, file.tensor((1, 4, 10, 3), 0.11, 7), **STEP)
    shape = file.constant(np.array([1, 120], np.int32))
    flat = file.operator("RESHAPE", [image, shape], file.tensor((1, 120), 0.11, 7))
    products.add("FULLY_CONNECTED", flat, (4, 120), 0, file.tensor((1, 4), 7.1, 3, name="classes"))
    return file


def spread_file(seed: int = 1) -> TFLiteFile:
    """Transposed convolutions of both paddings; constants added and taken away, for each channel and one."""
    file = TFLiteFile()
    products, rng = Products(file, seed), np.random.default_rng(seed)
    x = file.tensor((1, 4, 5, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 7, 14, 5), 0.083, -21)
    options = {"Padding": SAME, "StrideH": 2, "StrideW": 3, "FusedActivationFunction": NONE}
    image = transposed(file, rng, x, (5, 3, 4, 3), y, **options)
    offsets = file.tensor((5,), 0.037, 12, rng.integers(-128, 128, 5).astype(np.int8))
    y = file.tensor((1, 7, 14, 5), 0.091, -37)
    image = file.operator("ADD", [image, offsets], y, FusedActivationFunction=RELU)
    y = file.tensor((1, 5, 13, 4), 0.123, 8)
    image = products.add("CONV_2D", image, (4, 3, 2, 5), 0, y, **{**STEP, "Padding": VALID})
    y = file.tensor((1, 5, 13, 4), 0.119, -11)
    offset = file.tensor((1,), 0.21, -5, np.array([17], np.int8))
    image = file.operator("SUB", [offset, image], y, FusedActivationFunction=NONE)
    y = file.tensor((1, 11, 14, 3), 0.29, 4)
    options = {"Padding": VALID, "StrideH": 2, "StrideW": 1, "FusedActivationFunction": NONE}
    image = transposed(file, rng, image, (3, 2, 2, 4), y, **options)
    pixels = file.tensor((1, 1, 1, 3), 0.29, 4)
    axes = file.constant(np.array([1, 2], np.int32))
    mean = file.operator("MEAN", [image, axes], pixels, KeepDims=True)
    flat = file.operator(
        "RESHAPE", [mean, file.constant(np.array([1, 3], np.int32))], file.tensor((1, 3), 0.29, 4)
    )
    products.add("FULLY_CONNECTED", flat, (4, 3), 0, file.tensor((1, 4), 0.31, 3, name="classes"))
    return file


def transposed(
    file: TFLiteFile, rng: np.random.Generator, source: int, shape: Sequence[int], result: int, **options: int
) -> int:
    """A ``TRANSPOSE_CONV`` with weights (outputs, height, width, channels)."""
    scales = rng.uniform(0.002, 0.02, shape[0]).tolist()
    weights = file.constant(rng.integers(-127, 128, shape).astype(np.int8), scales)
    both = [scale * file.scale_of(source) for scale in scales]
    bias = file.constant(rng.integers(-2000, 2000, shape[0]).astype(np.int32), both)
    sizes = file.constant(np.array(file.shape_of(result), np.int32))
    return file.operator("TRANSPOSE_CONV", [sizes, weights, source, bias], result, **options)


def split_file(seed: int = 1) -> TFLiteFile:
    """Channels split evenly and unevenly and joined in another order; rows taken apart, and their means."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 3, 5, 4), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (6, 2, 3, 4), 0, file.tensor((1, 3, 5, 6), 0.087, -41), **STEP)
    halves = [file.tensor((1, 3, 5, 3), 0.087, -41) for _ in range(2)]
    axis = file.constant(np.array(3, np.int32))
    first, second = file.operators("SPLIT", [axis, image], halves, NumSplits=2)
    second = products.add("CONV_2D", second, (4, 1, 2, 3), 0, file.tensor((1, 3, 5, 4), 0.087, -41), **STEP)
    y = file.tensor((1, 3, 5, 7), 0.087, -41)
    image = file.operator("CONCATENATION", [second, first], y, Axis=3, FusedActivationFunction=NONE)
    parts = [file.tensor((1, 3, 5, n), 0.087, -41) for n in (2, 4, 1)]
    sizes = file.constant(np.array([2, -1, 1], np.int32))
    one, two, three = file.operators("SPLIT_V", [image, sizes, axis], parts, NumSplits=3)
    y = file.tensor((1, 3, 5, 7), 0.087, -41)
    image = file.operator("CONCATENATION", [three, one, two], y, Axis=3, FusedActivationFunction=NONE)
    image = products.add("CONV_2D", image, (5, 1, 2, 7), 0, file.tensor((1, 3, 5, 5), 0.101, 17), **STEP)
    rows = [file.tensor((1, 5, 5), 0.101, 17) for _ in range(3)]
    top, _, bottom = file.operators("UNPACK", [image], rows, Num=3, Axis=1)
    both = [file.tensor((1, 5), scale, point) for scale, point in ((0.101, 17), (0.067, -3))]
    axes = [file.constant(np.array(values, np.int32)) for values in ([1], [2])]
    means = [
        file.operator("MEAN", [row, over], y, KeepDims=False)
        for row, over, y in zip((top, bottom), axes, both, strict=True)
    ]
    y = file.tensor((1, 5), 0.081, 9)
    flat = file.operator("ADD", means, y, FusedActivationFunction=NONE)
    products.add("FULLY_CONNECTED", flat, (4, 5), 0, file.tensor((1, 4), 0.13, 3, name="classes"))
    return file


def reduced_file(seed: int = 1) -> TFLiteFile:
    """A constant less the largest pixels, less another for each channel; means over channels and rows."""
    file = TFLiteFile()
    products, rng = Products(file, seed), np.random.default_rng(seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 2, 3, 3), 0, file.tensor((1, 7, 6, 5), 0.087, -11), **STEP)
    y = file.tensor((1, 4, 3, 5), 0.087, -11)
    options = {**window(2, 2, SAME, 2), "FusedActivationFunction": NONE}
    image = file.operator("MAX_POOL_2D", [image], y, **options)
    one = file.tensor((1, 1), 0.31, -5, np.array([[23]], np.int8))
    y = file.tensor((1, 4, 3, 5), 0.113, -11)
    image = file.operator("SUB", [one, image], y, FusedActivationFunction=NONE)
    offsets = file.tensor((1, 1, 5), 0.037, 12, rng.integers(-128, 128, (1, 1, 5)).astype(np.int8))
    y = file.tensor((1, 4, 3, 5), 0.121, 19)
    image = file.operator("SUB", [image, offsets], y, FusedActivationFunction=NONE)
    image = products.add("CONV_2D", image, (4, 1, 1, 5), 0, file.tensor((1, 4, 3, 4), 0.087, 7), **STEP)
    axes = [file.constant(np.array(values, np.int32)) for values in ([-1], [1, 3])]
    y = file.tensor((1, 4, 3, 1), 0.061, -3)
    mean = file.operator("MEAN", [image, axes[0]], y, KeepDims=True)
    image = products.add("CONV_2D", mean, (5, 2, 2, 1), 0, file.tensor((1, 4, 3, 5), 0.021, 7), **STEP)
    mean = file.operator("MEAN", [image, axes[1]], file.tensor((1, 3), 0.021, 7), KeepDims=False)
    products.add("FULLY_CONNECTED", mean, (4, 3), 0, file.tensor((1, 4), 0.011, 3, name="classes"))
    return file


def scaled_file(seed: int = 1) -> TFLiteFile:
    """Rows times a constant for each channel, of both signs, and times one; axes of one place come and go."""
    file = TFLiteFile()
    products, rng = Products(file, seed), np.random.default_rng(seed)
    x = file.tensor((1, 6, 3), 0.041, -9, name="rows")
    axis = file.constant(np.array(2, np.int32))
    image = file.operator("EXPAND_DIMS", [x, axis], file.tensor((1, 6, 1, 3), 0.041, -9))
    image = products.add("CONV_2D", image, (5, 3, 1, 3), 0, file.tensor((1, 6, 1, 5), 0.087, -11), **STEP)
    factors = file.tensor((5,), 0.011, 12, rng.integers(-128, 128, 5).astype(np.int8))
    y = file.tensor((1, 6, 1, 5), 0.057, 17)
    image = file.operator("MUL", [factors, image], y, FusedActivationFunction=NONE)
    image = file.operator("SQUEEZE", [image], file.tensor((1, 6, 5), 0.057, 17), SqueezeDims=[2])
    factor = file.tensor((1, 1, 1), 0.13, -5, np.array([[[23]]], np.int8))
    y = file.tensor((1, 6, 5), 0.163, -21)
    rows = file.operator("MUL", [image, factor], y, FusedActivationFunction=RELU)
    rows = products.add("FULLY_CONNECTED", rows, (4, 5), 0, file.tensor((1, 6, 4), 0.27, 3), KeepNumDims=True)
    mean = file.operator(
        "MEAN", [rows, file.constant(np.array([1], np.int32))], file.tensor((1, 4), 0.27, 3), KeepDims=False
    )
    products.add("FULLY_CONNECTED", mean, (5, 4), 0, file.tensor((1, 5), 0.83, 3, name="classes"))
    return file
