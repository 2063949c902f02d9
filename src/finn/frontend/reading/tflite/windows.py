"""Kernel, strides and padding of TensorFlow Lite's operators on images, as ONNX writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finn.frontend.reading.tflite.file import Operation, Tensor

__all__ = ("require_image", "window_attributes")

_SAME = 0
_MAX_STEP = 2**15


def require_image(operation: Operation, tensor: Tensor) -> tuple[int, ...]:
    """The shape (1, height, width, channels) of an image; FinnError where it is none."""
    if len(tensor.shape) != 4 or min(tensor.shape) < 1:
        reason = f"reads a tensor of shape {tensor.shape} where an image is wanted"
        raise operation.refusal(f"{reason}; check the export")
    return tensor.shape


def window_attributes(
    operation: Operation, image: Sequence[int], kernel: Sequence[int], dilated: bool = False
) -> dict[str, Any]:
    """``kernel_shape``, ``strides``, ``dilations`` and ``pads`` of a kernel (height, width) on an image.

    With padding SAME the output has ceil(size / stride) pixels; of an odd number of pixels that this needs
    the one more is behind.

    Raises
    ------
    FinnError
        If a stride, or a dilation, is no positive number.
    """
    strides = [operation.option("StrideH"), operation.option("StrideW")]
    dilations = [1, 1]
    if dilated:
        dilations = [operation.option("DilationHFactor"), operation.option("DilationWFactor")]
    if not all(1 <= n <= _MAX_STEP for n in (*strides, *dilations, *kernel)):
        raise operation.refusal(f"has strides {strides} and dilations {dilations}; check the export")
    before, behind = [0, 0], [0, 0]
    if operation.option("Padding") == _SAME:
        for axis, (size, k, s, d) in enumerate(zip(image, kernel, strides, dilations, strict=True)):
            total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
            before[axis], behind[axis] = total // 2, total - total // 2
    return {
        "kernel_shape": list(kernel),
        "strides": strides,
        "dilations": dilations,
        "pads": before + behind,
    }
