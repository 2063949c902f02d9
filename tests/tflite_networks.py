"""TensorFlow Lite networks that tests read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tflite_files import NONE, RELU, RELU6, SAME, STEP, VALID, TFLiteFile, window

__all__ = (
    *("FUNCTIONS", "Products", "branched_file", "dense_file", "falling_file", "function_file"),
    *("functions_file", "gated_file", "image_file", "pooled_file"),
)


def dense_file(seed: int = 1, inputs: int = 7, outputs: int = 5, function: int = RELU) -> TFLiteFile:
    """Two dense layers, of one scale and of one for each output."""
    rng, file = np.random.default_rng(seed), TFLiteFile()
    x = file.tensor((1, inputs), 0.073, 11, name="x")
    for index, (width, count) in enumerate(((inputs, 9), (9, outputs))):
        weights = file.constant(rng.integers(-127, 128, (count, width)).astype(np.int8), 0.0093)
        bias = file.constant(rng.integers(-3000, 3000, count).astype(np.int32), 0.0093 * file.scale_of(x))
        y = file.tensor((1, count), 0.057 + 0.31 * index, -128 if index == 0 else 5, name=f"y{index}")
        x = file.operator("FULLY_CONNECTED", [x, weights, bias], y, FusedActivationFunction=function)
        function = NONE
    return file


class Products:
    """Adds products with seeded weights, biases and scales for each output to a file."""

    def __init__(self, file: TFLiteFile, seed: int) -> None:
        self._file, self._rng = file, np.random.default_rng(seed)

    def add(
        self, kind: str, source: int, shape: Sequence[int], axis: int, result: int, **options: Any
    ) -> int:
        """A product with weights of ``shape``, outputs along ``axis``."""
        values = self._rng.integers(-127, 128, shape).astype(np.int8)
        scales = self._rng.uniform(0.002, 0.02, 1 if kind == "FULLY_CONNECTED" else shape[axis]).tolist()
        bias = self._rng.integers(-2000, 2000, shape[axis]).astype(np.int32)
        both = [scale * self._file.scale_of(source) for scale in scales]
        inputs = [source, self._file.constant(values, scales, axis), self._file.constant(bias, both)]
        return self._file.operator(kind, inputs, result, **{"FusedActivationFunction": NONE, **options})


def image_file(seed: int = 1) -> TFLiteFile:
    """A convolution, a depthwise one, a sum of both, a mean over the image, a dense layer, a softmax."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 4, 6, 5), 0.087, -128)
    first = products.add(
        "CONV_2D", x, (5, 3, 2, 3), 0, y, **{**STEP, "StrideH": 2}, FusedActivationFunction=RELU
    )
    y = file.tensor((1, 4, 6, 5), 0.143, 17)
    second = products.add("DEPTHWISE_CONV_2D", first, (1, 3, 3, 5), 3, y, **STEP, DepthMultiplier=1)
    y = file.tensor((1, 4, 6, 5), 0.121, -20)
    total = file.operator("ADD", [first, second], y, FusedActivationFunction=RELU6)
    y = file.tensor((1, 1, 1, 5), 0.121, -20)
    mean = file.operator("AVERAGE_POOL_2D", [total], y, **window(4, 6, VALID), FusedActivationFunction=NONE)
    shape = file.constant(np.array([1, 5], np.int32))
    flat = file.operator("RESHAPE", [mean, shape], file.tensor((1, 5), 0.121, -20))
    logits = products.add("FULLY_CONNECTED", flat, (4, 5), 0, file.tensor((1, 4), 0.097, 3))
    file.operator("SOFTMAX", [logits], file.tensor((1, 4), 1 / 256, -128, name="classes"), Beta=1.0)
    return file


def branched_file(seed: int = 1) -> TFLiteFile:
    """Floats in and out; poolings, padding, rectifiers and another scale on two branches that are joined."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 9, 7, 3), kind="FLOAT32", name="pixels")
    q = file.operator("QUANTIZE", [x], file.tensor((1, 9, 7, 3), 0.023, 6))
    y = file.tensor((1, 9, 7, 4), 0.117, -31)
    one = products.add("CONV_2D", q, (4, 2, 3, 3), 0, y, **STEP, FusedActivationFunction=RELU)
    y = file.tensor((1, 5, 4, 4), 0.117, -31)
    low = file.operator("MAX_POOL_2D", [one], y, **window(2, 3, SAME, 2), FusedActivationFunction=RELU6)
    pads = file.constant(np.array([[0, 0], [1, 0], [2, 1], [0, 0]], np.int32))
    padded = file.operator("PAD", [low, pads], file.tensor((1, 6, 7, 4), 0.117, -31))
    y = file.tensor((1, 5, 5, 3), 0.2, 12)
    left = products.add("CONV_2D", padded, (3, 2, 3, 4), 0, y, **{**STEP, "Padding": VALID})
    left = file.operator("RELU", [left], file.tensor((1, 5, 5, 3), 0.093, -77))
    y = file.tensor((1, 5, 5, 2), 0.17, 3)
    right = products.add("CONV_2D", padded, (2, 2, 3, 4), 0, y, **{**STEP, "Padding": VALID})
    right = file.operator("QUANTIZE", [right], file.tensor((1, 5, 5, 2), 0.093, -77))
    y = file.tensor((1, 5, 5, 5), 0.093, -77)
    joined = file.operator("CONCATENATION", [left, right], y, Axis=3, FusedActivationFunction=NONE)
    axes = file.constant(np.array([1, 2], np.int32))
    mean = file.operator("MEAN", [joined, axes], file.tensor((1, 5), 0.05, -110), KeepDims=False)
    result = products.add("FULLY_CONNECTED", mean, (6, 5), 0, file.tensor((1, 6), 0.12, 3))
    file.operator("DEQUANTIZE", [result], file.tensor((1, 6), kind="FLOAT32", name="scores"))
    return file


def gated_file(seed: int = 1) -> TFLiteFile:
    """A gate for each channel, made of the mean of an image, times the image; and a product of two images."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 7, 6, 5), 0.087, -41)
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, y, **STEP)
    axes = file.constant(np.array([1, 2], np.int32))
    mean = file.operator("MEAN", [image, axes], file.tensor((1, 1, 1, 5), 0.053, -17), KeepDims=True)
    y = file.tensor((1, 1, 1, 5), 0.043, 21)
    gate = products.add("CONV_2D", mean, (5, 1, 1, 5), 0, y, **STEP)
    y = file.tensor((1, 7, 6, 5), 0.131, 7)
    gated = file.operator("MUL", [image, gate], y, FusedActivationFunction=NONE)
    y = file.tensor((1, 7, 6, 5), 0.071, -13)
    other = products.add("CONV_2D", gated, (5, 1, 1, 5), 0, y, **STEP)
    y = file.tensor((1, 7, 6, 5), 0.59, -128)
    both = file.operator("MUL", [gated, other], y, FusedActivationFunction=RELU)
    shape = file.constant(np.array([1, 210], np.int32))
    flat = file.operator("RESHAPE", [both, shape], file.tensor((1, 210), 0.59, -128))
    products.add("FULLY_CONNECTED", flat, (4, 210), 0, file.tensor((1, 4), 13.1, 3, name="classes"))
    return file


def pooled_file(seed: int = 1) -> TFLiteFile:
    """Averages of windows that reach beyond an image with two even sides, which count what they cover."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 8, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, file.tensor((1, 8, 6, 5), 0.087, -41), **STEP)
    y = file.tensor((1, 4, 3, 5), 0.087, -41)
    mean = file.operator("AVERAGE_POOL_2D", [image], y, **window(3, 3, SAME, 2), FusedActivationFunction=RELU)
    second = products.add("CONV_2D", mean, (4, 1, 1, 5), 0, file.tensor((1, 4, 3, 4), 0.071, -13), **STEP)
    y = file.tensor((1, 4, 3, 4), 0.071, -13)
    wide = file.operator("AVERAGE_POOL_2D", [second], y, **window(2, 5, SAME), FusedActivationFunction=NONE)
    shape = file.constant(np.array([1, 48], np.int32))
    flat = file.operator("RESHAPE", [wide, shape], file.tensor((1, 48), 0.071, -13))
    products.add("FULLY_CONNECTED", flat, (4, 48), 0, file.tensor((1, 4), 0.9, 3, name="classes"))
    return file


def functions_file(seed: int = 1) -> TFLiteFile:
    """Four functions of one element behind products, one of which falls and rises."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 7, 6, 3), 0.041, -9, name="pixels")
    y = file.tensor((1, 7, 6, 5), 0.087, -41)
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, y, **STEP)
    image = file.operator("HARD_SWISH", [image], file.tensor((1, 7, 6, 5), 0.061, -111))
    image = products.add("CONV_2D", image, (4, 1, 1, 5), 0, file.tensor((1, 7, 6, 4), 0.083, 11), **STEP)
    image = file.operator("LEAKY_RELU", [image], file.tensor((1, 7, 6, 4), 0.071, -83), Alpha=0.17)
    axes = file.constant(np.array([1, 2], np.int32))
    flat = file.operator("MEAN", [image, axes], file.tensor((1, 4), 0.021, 7), KeepDims=False)
    flat = products.add("FULLY_CONNECTED", flat, (6, 4), 0, file.tensor((1, 6), 0.023, 3))
    flat = file.operator("TANH", [flat], file.tensor((1, 6), 1 / 128, 0))
    flat = products.add("FULLY_CONNECTED", flat, (4, 6), 0, file.tensor((1, 4), 0.029, 3))
    flat = file.operator("LOGISTIC", [flat], file.tensor((1, 4), 1 / 256, -128))
    products.add("FULLY_CONNECTED", flat, (5, 4), 0, file.tensor((1, 5), 0.0061, 3, name="classes"))
    return file


def falling_file(seed: int = 1) -> TFLiteFile:
    """A maximum before a function that falls and rises: the two cannot change places."""
    file = TFLiteFile()
    products = Products(file, seed)
    x = file.tensor((1, 8, 6, 3), 0.041, -9, name="pixels")
    image = products.add("CONV_2D", x, (5, 3, 2, 3), 0, file.tensor((1, 8, 6, 5), 0.087, 41), **STEP)
    y = file.tensor((1, 4, 3, 5), 0.087, 41)
    image = file.operator("MAX_POOL_2D", [image], y, **window(2, 2, VALID, 2), FusedActivationFunction=NONE)
    image = file.operator("HARD_SWISH", [image], file.tensor((1, 4, 3, 5), 0.061, -111))
    shape = file.constant(np.array([1, 60], np.int32))
    flat = file.operator("RESHAPE", [image, shape], file.tensor((1, 60), 0.061, -111))
    products.add("FULLY_CONNECTED", flat, (4, 60), 0, file.tensor((1, 4), 0.9, 3, name="classes"))
    return file


def function_file(kind: str, meaning: tuple[float, int], **options: float) -> TFLiteFile:
    """One operator on every number that int8 has."""
    file = TFLiteFile()
    x = file.tensor((1, 256), 0.0371, -13, name="numbers")
    file.operator(kind, [x], file.tensor((1, 256), *meaning, name="values"), **options)
    return file


FUNCTIONS = {
    "HARD_SWISH": ((0.0391, -117), {}),
    "LEAKY_RELU": ((0.0297, -61), {"Alpha": 0.17}),
    "LOGISTIC": ((1 / 256, -128), {}),
    "TANH": ((1 / 128, 0), {}),
}
