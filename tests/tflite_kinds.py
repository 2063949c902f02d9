"""Random TensorFlow Lite networks of odd sizes: blocks by chance between a convolution and a dense layer."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from tflite_files import NONE, RELU, RELU6, SAME, STEP, VALID, TFLiteFile, window
from tflite_networks import FUNCTIONS, Products

__all__ = ("BLOCKS", "random_file")


class _Image:
    """A file that grows at its current tensor, an image."""

    def __init__(self, seed: int) -> None:
        self.rng, self.file = np.random.default_rng(seed), TFLiteFile()
        self.products = Products(self.file, seed + 1)
        shape = [int(size) for size in self.rng.choice(np.arange(3, 10), 3, replace=False)]
        self.here = self.file.tensor([1, *shape], 0.041, int(self.rng.integers(-128, 128)), name="pixels")

    @property
    def shape(self) -> list[int]:
        """Height, width and channels."""
        return self.file.shape_of(self.here)[1:]

    def result(self, *shape: int, meaning: tuple[float, int] | None = None) -> int:
        """A tensor of a scale and a zero point by chance."""
        drawn = float(self.rng.uniform(0.06, 0.17)), int(self.rng.integers(-128, 40))
        return self.file.tensor([1, *shape], *(meaning or drawn))

    def alike(self, *shape: int) -> int:
        """A tensor of the current one's scale and zero point."""
        return self.file.tensor_like(self.here, [1, *shape])

    def pick(self, *choices: int) -> int:
        """One of several, by chance."""
        return choices[int(self.rng.integers(len(choices)))]

    def convolved(self, kernel: tuple[int, int], outputs: int, stride: int = 1, padding: int = SAME) -> int:
        """A convolution of the current tensor; what it gives."""
        height, width, channels = self.shape
        sides = [
            -(-(side if padding == SAME else side - size + 1) // stride)
            for side, size in zip((height, width), kernel, strict=True)
        ]
        options = {**STEP, "StrideH": stride, "StrideW": stride, "Padding": padding}
        return self.products.add(
            "CONV_2D", self.here, (outputs, *kernel, channels), 0, self.result(*sides, outputs),
            **options, FusedActivationFunction=self.pick(NONE, RELU, RELU6),
        )  # fmt: skip


def _convolution(image: _Image) -> None:
    height, width, _ = image.shape
    kernel = min(image.pick(1, 2, 3), height), min(image.pick(1, 2, 3), width)
    image.here = image.convolved(kernel, image.pick(4, 5, 6), image.pick(1, 2), image.pick(SAME, VALID))


def _depthwise(image: _Image) -> None:
    channels = image.shape[2]
    image.here = image.products.add(
        "DEPTHWISE_CONV_2D", image.here, (1, 3, 3, channels), 3, image.result(*image.shape), **STEP,
        DepthMultiplier=1, FusedActivationFunction=image.pick(NONE, RELU),
    )  # fmt: skip


def _function(image: _Image) -> None:
    kind = list(FUNCTIONS)[int(image.rng.integers(len(FUNCTIONS)))]
    meaning, options = FUNCTIONS[kind]
    result = image.result(*image.shape, meaning=meaning)
    image.here = image.file.operator(kind, [image.here], result, **options)


def _pooled(image: _Image) -> None:
    height, width, channels = image.shape
    kind = ("MAX_POOL_2D", "AVERAGE_POOL_2D")[image.pick(0, 1)]
    kernel = min(image.pick(2, 3), height), min(image.pick(2, 3), width)
    result = image.alike(-(-height // 2), -(-width // 2), channels)
    image.here = image.file.operator(
        kind, [image.here], result, **window(*kernel, SAME, 2), FusedActivationFunction=image.pick(NONE, RELU)
    )


def _residual(image: _Image) -> None:
    kind = ("ADD", "SUB", "MUL")[image.pick(0, 0, 1, 2)]
    other = image.convolved((1, 1), image.shape[2])
    image.here = image.file.operator(
        kind, [image.here, other], image.result(*image.shape), FusedActivationFunction=image.pick(NONE, RELU)
    )


def _joined(image: _Image) -> None:
    height, width, _ = image.shape
    meaning = 0.117, -31
    parts = []
    for channels in (3, 2):
        part = image.convolved((1, 1), channels)
        result = image.result(height, width, channels, meaning=meaning)
        parts.append(image.file.operator("QUANTIZE", [part], result))
    result = image.result(height, width, 5, meaning=meaning)
    image.here = image.file.operator("CONCATENATION", parts, result, Axis=3, FusedActivationFunction=NONE)


def _gated(image: _Image) -> None:
    start, channels = image.here, image.shape[2]
    axes = image.file.constant(np.array([1, 2], np.int32))
    image.here = image.file.operator("MEAN", [start, axes], image.result(1, 1, channels), KeepDims=True)
    gate = image.file.operator(
        "LOGISTIC", [image.convolved((1, 1), channels)], image.result(1, 1, channels, meaning=(1 / 256, -128))
    )
    image.here = start
    result = image.result(*image.shape)
    image.here = image.file.operator("MUL", [start, gate], result, FusedActivationFunction=NONE)


def _padded(image: _Image) -> None:
    height, width, channels = image.shape
    pads = image.file.constant(np.array([[0, 0], [1, 0], [0, 2], [0, 0]], np.int32))
    image.here = image.file.operator("PAD", [image.here, pads], image.alike(height + 1, width + 2, channels))


BLOCKS: tuple[Callable[[_Image], None], ...] = (
    _convolution, _depthwise, _function, _pooled, _residual, _joined, _gated, _padded,
)  # fmt: skip


def random_file(seed: int) -> TFLiteFile:
    """The file of a seed."""
    image = _Image(seed)
    image.here = image.convolved((3, 2), 5)
    for _ in range(5):
        BLOCKS[int(image.rng.integers(len(BLOCKS)))](image)
    features = prod(image.shape)
    shape = image.file.constant(np.array([1, features], np.int32))
    flat = image.file.operator("RESHAPE", [image.here, shape], image.alike(features))
    scale = image.file.scale_of(flat) * 0.5 * features**0.5
    result = image.file.tensor([1, 5], scale, 3, name="classes")
    image.products.add("FULLY_CONNECTED", flat, (5, features), 0, result)
    return image.file
