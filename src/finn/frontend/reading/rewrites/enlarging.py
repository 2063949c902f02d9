"""Rewrites of operators that pad or enlarge images, one class each."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.host.programs import constant
from finn.frontend.reading.constant_folding import evaluate_constant
from finn.frontend.reading.rewrites.images import image_shape
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("PadWritten", "ResizeWritten", "constant_input")


Mode = Literal["reflect", "edge", "wrap"]
_MODES: dict[str, Mode] = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}


class PadWritten(NodeRewrite):
    """``Pad`` with constant pixels around an image: pads of all axes and value as inputs.

    Reflected, repeated and wrapped pixels are taken from the image, axis by axis.
    """

    op_types = ("Pad",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses cuts, and padding of other axes; what pads nothing becomes ``Identity``."""
        shape, values = image_shape(model, node), attributes(node, mode="constant", value=0.0)
        pads = self._pads(model, node, values, len(shape))
        value = constant_input(model, node, 2, "a value", np.asarray(values["value"], dtype=np.float32))
        if not np.any(pads):
            return [helper.make_node("Identity", node.input[:1], node.output, name=node.name)]
        if np.any(pads[:, :2]) or np.any(pads < 0):
            raise refusal(
                node, "pads the batch or the channels, or cuts; only height and width can be padded"
            )
        if values["mode"] in _MODES:
            return taken(model, node, _padded(shape, pads, _MODES[values["mode"]]))
        if values["mode"] != "constant":
            raise refusal(node, f"pads by mode {values['mode']}; use constant, reflect, edge or wrap")
        names = [f"{node.name}_pads", f"{node.name}_value"]
        model.set_initializer(names[0], pads.reshape(-1))
        model.set_initializer(names[1], np.asarray(value, dtype=np.float32).reshape(()))
        return [
            helper.make_node("Pad", [node.input[0], *names], node.output, name=node.name, mode="constant")
        ]

    @staticmethod
    def _pads(model: ModelWrapper, node: NodeProto, values: dict[str, Any], rank: int) -> NDArray[np.int64]:
        """(2, rank): before and behind each axis."""
        given = np.asarray(values.get("pads", values.get("paddings", [])), dtype=np.int64)
        given = constant_input(model, node, 1, "pads", given).reshape(2, -1)
        axes = constant_input(model, node, 3, "axes", np.arange(rank))
        pads = np.zeros((2, rank), dtype=np.int64)
        pads[:, axes % rank] = given
        return pads


def constant_input(
    model: ModelWrapper, node: NodeProto, index: int, what: str, default: NDArray[Any]
) -> NDArray[Any]:
    """The constant at input ``index``, or ``default`` where there is none."""
    if len(node.input) <= index or not node.input[index]:
        return default
    value, name = model.get_initializer(node.input[index]), node.input[index]
    return np.asarray(constant(node, index, {} if value is None else {name: value}, what))


class ResizeWritten(NodeRewrite):
    """``Resize`` and ``Upsample`` by nearest neighbours and whole factors: scales as the one constant.

    By other factors pixels are taken from the image, axis by axis; twice as large by means of neighbours
    is a transposed convolution.
    """

    op_types = ("Resize", "Upsample")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Evaluated once, which says whether pixels are repeated, taken or mixed."""
        shape, larger = image_shape(model, node), list(model.get_tensor_shape(node.output[0]) or [])
        scale = np.array(larger) // np.array(shape) if len(larger) == len(shape) else np.zeros(1, np.int64)
        if len(larger) == len(shape) and larger[:2] != shape[:2]:
            reason = "resizes the batch or the channels; images have the axes batch, channels, height, width"
            raise refusal(node, f"{reason}, so transpose before it")
        resized = self._resized(model, node, shape) if len(larger) == len(shape) else None
        places = None if resized is None else _places(resized, shape[2:])
        if places is None:
            doubled = None if resized is None else self._doubled(model, node, shape, resized)
            if doubled is not None:
                return doubled
            reason = "mixes pixels; use nearest neighbours, or bilinear interpolation by 2 (half_pixel or"
            raise refusal(node, f"{reason} asymmetric)")
        repeated = (np.arange(n).repeat(s) for n, s in zip(shape[2:], scale[2:], strict=True))
        if not all(np.array_equal(*pair) for pair in zip(places, repeated, strict=True)):
            return taken(model, node, [np.arange(n) for n in shape[:2]] + places)
        if np.all(scale == 1):
            return [helper.make_node("Identity", node.input[:1], node.output, name=node.name)]
        name = f"{node.name}_scales"
        model.set_initializer(name, scale.astype(np.float32))
        kind = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return [helper.make_node("Resize", [node.input[0], "", name], node.output, name=node.name, **kind)]

    @staticmethod
    def _resized(model: ModelWrapper, node: NodeProto, shape: list[int]) -> NDArray[np.float64] | None:
        """What comes of an image that holds the number of each pixel; None where that is not constant."""
        pixels = np.arange(np.prod(shape[2:]), dtype=np.float32).reshape(shape[2:])
        constants = {name: model.get_initializer(name) for name in node.input[1:] if name}
        if any(value is None for value in constants.values()):
            return None
        constants[node.input[0]] = np.ascontiguousarray(np.broadcast_to(pixels, shape))
        return np.asarray(evaluate_constant(model, node, constants)[0][0, 0], dtype=np.float64)

    @staticmethod
    def _doubled(
        model: ModelWrapper, node: NodeProto, shape: list[int], resized: NDArray[np.float64]
    ) -> list[NodeProto] | None:
        """A transposed convolution behind repeated edges; None where it gives something else."""
        pixels = np.arange(np.prod(shape[2:])).reshape(shape[2:])
        for taps, (before, behind), cut in _DOUBLING:
            if np.array_equal(_interpolated(pixels, np.array(taps), (before, behind), cut), resized):
                pads = np.array([[0, 0, *[before] * pixels.ndim], [0, 0, *[behind] * pixels.ndim]])
                name = f"{node.name}_edges"
                repeated = taken(model, node, _padded(shape, pads, "edge"), name)
                return [*repeated, _mixing(model, node, name, np.array(taps), cut)]
        return None


# Weights of a row of neighbours in quarters or halves, repeated pixels before and behind, what is cut there:
# half_pixel and asymmetric.
_DOUBLING = (((0.25, 0.75, 0.75, 0.25), (1, 1), (3, 3)), ((0.5, 1.0, 0.5), (0, 1), (1, 2)))


def _interpolated(
    pixels: NDArray[np.int64], taps: NDArray[np.float64], pads: tuple[int, int], cut: tuple[int, int]
) -> NDArray[np.float64]:
    """An image twice as large, axis by axis."""
    result = pixels.astype(np.float64)
    for axis, size in enumerate(pixels.shape):
        edges = np.moveaxis(np.take(result, np.pad(np.arange(size), pads, mode="edge"), axis), axis, -1)
        larger = np.zeros((*edges.shape[:-1], 2 * edges.shape[-1] - 2 + len(taps)))
        for place, tap in enumerate(taps):
            larger[..., place : place + 2 * edges.shape[-1] - 1 : 2] += tap * edges
        result = np.moveaxis(larger[..., cut[0] : larger.shape[-1] - cut[1]], -1, axis)
    return result


def _mixing(
    model: ModelWrapper, node: NodeProto, source: str, taps: NDArray[np.float64], cut: tuple[int, int]
) -> NodeProto:
    channels, *sizes = model.get_tensor_shape(source)[1:]
    kernel = taps if len(sizes) == 1 else np.multiply.outer(taps, taps)
    name = f"{node.name}_neighbours"
    model.set_initializer(name, np.tile(kernel, (channels, 1, *(1,) * len(sizes))).astype(np.float32))
    pads = [cut[0]] * len(sizes) + [cut[1]] * len(sizes)
    window = {"group": channels, "strides": [2] * len(sizes), "pads": pads}
    return helper.make_node("ConvTranspose", [source, name], node.output, name=node.name, **window)


def _places(resized: NDArray[np.float64], sizes: list[int]) -> list[NDArray[np.int64]] | None:
    """Which row, and which column, each pixel is; None where it is none of them or they are mixed."""
    if np.any(resized != np.rint(resized)) or resized.min() < 0:
        return None
    pixels = np.unravel_index(resized.astype(np.int64), tuple(sizes))
    places = []
    for axis, rows in enumerate(pixels):
        line = np.moveaxis(rows, axis, -1).reshape(-1, rows.shape[axis])
        if np.any(line != line[:1]):
            return None
        places.append(line[0])
    return places


def _padded(shape: list[int], pads: NDArray[np.int64], mode: Mode) -> list[NDArray[np.int64]]:
    """For each axis the places that it has behind a padding (2, axes)."""
    ends = zip(shape, pads.T.tolist(), strict=True)
    return [np.pad(np.arange(size), tuple(pair), mode=mode) for size, pair in ends]


def taken(
    model: ModelWrapper, node: NodeProto, places: list[NDArray[np.int64]], target: str = ""
) -> list[NodeProto]:
    """A ``Gather`` for each axis of which others than all places are taken, as they come."""
    source, shape, nodes = str(node.input[0]), list(model.get_tensor_shape(node.input[0])), []
    for axis, kept in enumerate(places):
        if np.array_equal(kept, range(shape[axis])):
            continue
        name = f"{node.name}_axis_{axis}"
        model.set_initializer(f"{name}_places", kept.astype(np.int64))
        shape[axis] = len(kept)
        model.set_tensor_shape(name, shape)
        nodes.append(helper.make_node("Gather", [source, f"{name}_places"], [name], name=name, axis=axis))
        source = name
    nodes[-1].output[0] = target or str(node.output[0])
    model.set_tensor_shape(nodes[-1].output[0], shape)
    return nodes
