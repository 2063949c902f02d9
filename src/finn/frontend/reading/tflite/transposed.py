"""Transposed convolutions of TensorFlow Lite as products of whole numbers."""

from __future__ import annotations

import numpy as np

from finn.frontend.reading.tflite.file import Operation
from finn.frontend.reading.tflite.products import (
    less_zero_point,
    requantised_product,
    symmetric_weights,
)
from finn.frontend.reading.tflite.spelling import Spelling
from finn.frontend.reading.tflite.windows import require_image, window_attributes

__all__ = ("transposed_convolution",)

_SHAPE, _DATA = 0, 2


def transposed_convolution(spelling: Spelling, operation: Operation) -> str:
    """``TRANSPOSE_CONV``: weights (outputs, height, width, channels).

    What it cuts is the padding of the convolution that would give the input's size from the output's.
    """
    weights, result = symmetric_weights(spelling, operation, 4, channels=0), spelling.output(operation)
    image = require_image(operation, spelling.tensor(operation, _DATA))
    spelling.constant(operation, _SHAPE, "shapes")
    kernel, sizes = weights.shape[1:3], require_image(operation, result)[1:3]
    if weights.shape[3] != image[3]:
        reason = f"has weights for {weights.shape[3]} of {image[3]} channels"
        raise operation.refusal(f"{reason}; check the export")
    window = window_attributes(operation, sizes, kernel)
    strides, before = window["strides"], window["pads"][:2]
    behind = [
        (size - 1) * stride + k - pad - wanted
        for size, stride, k, pad, wanted in zip(image[1:3], strides, kernel, before, sizes, strict=True)
    ]
    # Pixels behind the last that the kernel reaches are its zeros.
    added = [max(-cut, 0) for cut in behind]
    if any(more >= stride for more, stride in zip(added, strides, strict=True)):
        raise operation.refusal(f"gives {sizes} pixels, more than its kernel reaches; check the export")
    source, _ = less_zero_point(spelling, operation, _DATA)
    product = spelling.add(
        operation, "ConvTranspose", spelling.channels_first(operation, source),
        np.ascontiguousarray(weights.transpose(3, 0, 1, 2)).astype(np.float32),
        strides=strides, pads=[*before, *(max(cut, 0) for cut in behind)], output_padding=added,
    )  # fmt: skip
    last = spelling.channels_last(operation, product)
    return requantised_product(spelling, operation, last, len(weights), len(image), _DATA)
