"""Which element of a layer's stream each element of an ONNX tensor is.

Hardware streams images row by row, pixels row by row, channels innermost; ONNX keeps channels first,
and operators on shapes move elements. An *order* is an array of the tensor's shape for one image that
holds, for each element, its place in the stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.runtime.host_program import OPERATORS

__all__ = (
    "Order",
    "behind",
    "has_whole_vectors",
    "image_order",
    "is_image",
    "is_pixel_of",
    "plain_order",
    "require_image",
    "vectors_of",
)

Order = NDArray[np.int64]


def plain_order(shape: Sequence[int]) -> Order:
    """That of a tensor whose elements are streamed as they stand."""
    return np.arange(int(np.prod(shape))).reshape(tuple(shape))


def image_order(shape: Sequence[int]) -> Order:
    """That of an image (channels, height, width) or row (channels, width), streamed channels last."""
    channels = shape[0]
    return np.moveaxis(plain_order((*shape[1:], channels)), -1, 0)


def is_image(order: Order, shape: Sequence[int]) -> bool:
    """Whether ``order`` holds an image streamed as (height, width, channels) ``shape``, channels first."""
    height, width, channels = shape
    return bool(np.array_equal(order.reshape(-1), image_order((channels, height, width)).reshape(-1)))


def is_pixel_of(pixel: Order, image: Order) -> bool:
    """Whether a tensor of one pixel, streamed as it stands, goes to each pixel of another by broadcasting."""
    if pixel.ndim != image.ndim or image.size in (0, pixel.size) or image.size % pixel.size:
        return False
    axes = zip(pixel.shape, image.shape, strict=True)
    if any(own not in (1, other) for own, other in axes):
        return False
    return bool(np.array_equal(np.broadcast_to(pixel, image.shape), image % pixel.size))


def require_image(node: NodeProto, order: Order, shape: Sequence[int]) -> None:
    """Raise FinnError unless ``node`` reads an image, channels first, streamed channels last."""
    if len(shape) == 1 and order.ndim > 1:
        reason = "reads an image that was made of a vector, which is not supported"
        raise refusal(node, f"{reason}; keep height and width from the input on")
    if len(shape) != 3 or not is_image(order, shape):
        raise refusal(node, "reads an image whose axes were exchanged or cut; keep channels, height, width")


def behind(nodes: Sequence[NodeProto], constants: Mapping[str, NDArray[Any]], order: Order) -> Order:
    """The order behind element-wise and layout operators."""
    value: NDArray[Any] = order[None]
    for node in nodes:
        if node.op_type == "Transpose":
            value = value.transpose([int(axis) for axis in attributes(node)["perm"]])
        elif node.op_type == "Reshape":
            (value,) = OPERATORS["Reshape"]([value, constants[node.input[1]]], {})
    return np.asarray(value[0])


def vectors_of(node: NodeProto, order: Order, channels: int) -> tuple[tuple[int, ...], Order]:
    """How a matrix product reads its vectors (the tensor's last axis) from the stream.

    Returns
    -------
    tuple
        The shape of the stream's vectors, without the last axis, and for each element of a vector
        its place in the stream's part for that vector.

    Raises
    ------
    FinnError
        If a vector's elements do not follow one another in the stream.
    """
    length = order.shape[-1]
    if not has_whole_vectors(order):
        reason = f"reads vectors of {length} made from vectors of {channels}; keep their length"
        raise refusal(node, reason)
    return order.shape[:-1], order.reshape(-1, length)[0]


def has_whole_vectors(order: Order) -> bool:
    """Whether the stream brings the vectors along the last axis one by one, all in one order of elements."""
    length = order.shape[-1]
    rows = order.reshape(-1, length)
    places = rows - np.arange(len(rows))[:, None] * length
    return bool(np.all(places == places[:1]) and np.array_equal(np.sort(places[0]), np.arange(length)))
