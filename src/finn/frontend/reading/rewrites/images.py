"""Rewrites of convolutions, and of poolings with quantisers behind: windows written, bias apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.integer_operators import is_rising
from finn.frontend.graph.operators import QUANTISERS
from finn.frontend.graph.sizes import MAX_ELEMENTS
from finn.frontend.graph.working_graph import WorkingGraph
from finn.frontend.host.programs import program_of
from finn.frontend.levels.evaluate import run
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = (
    "IMAGE_REWRITES",
    "POOL_REWRITES",
    "bias_apart",
    "image_shape",
    "require_padded",
    "window_written",
)

_RANKS = (3, 4)
_WINDOW_KEYS = ("kernel_shape", "strides", "dilations", "pads")
_RISING = ("Relu", "Clip", "Identity", "Sigmoid", "Tanh", "Add", *QUANTISERS)


class ConvWindowWritten(NodeRewrite):
    """``Conv`` with kernel, strides, dilations and pads as attributes, its bias as an ``Add``."""

    op_types = ("Conv",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses ranks that no layer takes."""
        shape = image_shape(model, node)
        weights = list(model.get_tensor_shape(node.input[1]) or [])
        kernel, groups = weights[2:], int(attributes(node, group=1)["group"])
        if len(weights) != len(shape) or groups < 1 or weights[1] * groups != shape[1] or weights[0] % groups:
            reason = f"has weights of shape {tuple(weights)} in {groups} groups for {shape[1]} channels"
            raise refusal(node, f"{reason}; check the export")
        window: dict[str, Any] = {
            **window_written(node, shape, kernel),
            "group": groups,
        }
        product, bias = bias_apart(model, node, len(shape))
        return [helper.make_node("Conv", node.input[:2], [product], name=node.name, **window), *bias]


def bias_apart(model: ModelWrapper, node: NodeProto, rank: int) -> tuple[str, list[NodeProto]]:
    """The tensor that a convolution gives without its bias, and the ``Add`` of one value for each channel."""
    if len(node.input) < 3 or not node.input[2]:
        return str(node.output[0]), []
    product = f"{node.output[0]}_product"
    shape, name = f"{node.name}_bias_shape", f"{node.name}_bias"
    model.set_initializer(shape, np.asarray([1, -1, *(1,) * (rank - 2)], dtype=np.int64))
    model.set_tensor_shape(name, [1, *model.get_tensor_shape(node.input[2]), *(1,) * (rank - 2)])
    return product, [
        helper.make_node("Reshape", [node.input[2], shape], [name], name=name),
        helper.make_node("Add", [product, name], node.output, name=f"{node.name}_Add"),
    ]


def image_shape(model: ModelWrapper, node: NodeProto) -> list[int]:
    """The shape of the image, or row of pixels, that ``node`` reads, batch and channels first.

    Raises
    ------
    FinnError
        If it is of another rank.
    """
    shape = model.get_tensor_shape(node.input[0])
    if not shape or len(shape) not in _RANKS:
        raise refusal(node, f"works on a tensor of {len(shape or [])} axes; images have 4, rows of pixels 3")
    return list(shape)


def window_written(node: NodeProto, shape: Sequence[int], kernel: list[int]) -> dict[str, list[int]]:
    """Kernel, strides, dilations and pads of ``node`` on an image of ``shape``, each for every axis."""
    axes = len(kernel)
    values = attributes(
        node, strides=[1] * axes, dilations=[1] * axes, pads=[0] * 2 * axes, auto_pad="NOTSET"
    )
    window = {"kernel_shape": kernel, **{key: list(values[key]) for key in _WINDOW_KEYS[1:]}}
    if values["auto_pad"] in ("SAME_UPPER", "SAME_LOWER"):
        window["pads"] = _same(shape[2:], window, values["auto_pad"] == "SAME_UPPER")
    require_padded(node, shape, window["pads"])
    return window


def require_padded(node: NodeProto, shape: Sequence[int], pads: Sequence[int]) -> None:
    """Refuse pads that make too large an image of one of ``shape``."""
    around = zip(shape[2:], pads, pads[len(shape) - 2 :], strict=False)
    padded = [size + before + behind for size, before, behind in around]
    if prod([shape[1], *padded]) > MAX_ELEMENTS:
        reason = f"pads its image to {tuple(padded)}; tensors have at most {MAX_ELEMENTS} elements"
        raise refusal(node, f"{reason}, so check its pads")


def _same(sizes: Sequence[int], window: dict[str, list[int]], upper: bool) -> list[int]:
    """Pads with which the output has ceil(size / stride) places, the odd one behind or before."""
    before, behind = [], []
    for size, k, s, d in zip(
        sizes, window["kernel_shape"], window["strides"], window["dilations"], strict=True
    ):
        total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        small, large = total // 2, total - total // 2
        before.append(small if upper else large)
        behind.append(large if upper else small)
    return before + behind


class BehindQuantiser(Transformation):  # type: ignore[misc]
    """A ``MaxPool`` changes places with rising operators behind it, up to a quantiser; so do some others.

    The largest of some values and a function that never falls can be taken in either order, so
    this is exact; the pooling then works on the quantiser's few bits. Pixels that are only repeated or
    moved are left alone by any such function, and those of a padding become its value for them.
    """

    op_types = ("MaxPool", "Resize", "DepthToSpace", "Pad")

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Every one of them once."""
        for pool in [node for node in model.graph.node if node.op_type in self.op_types]:
            row = _rising_row(WorkingGraph(model), pool)
            if row and pool.op_type == "Pad":
                _evaluate_padding(model, pool, row)
            if row:
                _exchange(model, pool, row)
        return model, False


def _rising_row(graph: WorkingGraph, pool: NodeProto) -> list[NodeProto]:
    """The rising operators behind ``pool`` up to the first quantiser; empty where there is none."""
    row: list[NodeProto] = []
    tensor = str(pool.output[0])
    while tensor not in graph.outputs:
        readers = graph.readers(tensor)
        if len(readers) != 1 or not _rises(graph.model, readers[0], tensor):
            return []
        if pool.op_type in ("DepthToSpace", "Pad") and not _is_scalar(graph.model, readers[0], tensor):
            return []
        row.append(readers[0])
        if readers[0].op_type in QUANTISERS:
            return row
        tensor = str(readers[0].output[0])
    return []


def _rises(model: ModelWrapper, node: NodeProto, tensor: str) -> bool:
    constants = [model.get_initializer(name) for name in node.input if name and name != tensor]
    if any(value is None for value in constants) or not _alike(node, constants):
        return False
    if not is_rising(node.op_type, attributes(node)):
        return False
    if node.op_type in _RISING:
        return node.op_type != "MultiThreshold" or bool(attributes(node, out_scale=1.0)["out_scale"] > 0)
    if node.op_type == "BatchNormalization":
        return bool(np.all(constants[0] > 0))
    if node.op_type in ("Mul", "Div", "Sub") and node.input[0] == tensor:
        return node.op_type == "Sub" or bool(np.all(constants[0] > 0))
    return False


def _is_scalar(model: ModelWrapper, node: NodeProto, tensor: str) -> bool:
    """Whether ``node`` treats all channels alike."""
    values = [model.get_initializer(name) for name in node.input if name and name != tensor]
    return all(value is not None and value.size == 1 for value in values)


def _alike(node: NodeProto, constants: Sequence[Any]) -> bool:
    """Whether all pixels are treated alike."""
    if node.op_type in ("BatchNormalization", "MultiThreshold"):
        return True
    return all(value.size == 1 or (value.ndim > 2 and bool(max(value.shape[2:]) == 1)) for value in constants)


def _evaluate_padding(model: ModelWrapper, pad: NodeProto, row: list[NodeProto]) -> None:
    """Pad with what the operators of ``row`` make of the value."""
    constants = {t.name: model.get_initializer(t.name) for t in model.graph.initializer}
    program, arrays = program_of(row, constants)
    rank = len(model.get_tensor_shape(pad.input[0]))
    start = np.full((1,) * rank, model.get_initializer(pad.input[2]), dtype=np.float32)
    name = f"{pad.name}_value_behind"
    model.set_initializer(name, run(program, arrays, pad.output[0], start).astype(np.float32).reshape(()))
    pad.input[2] = name


def _exchange(model: ModelWrapper, pool: NodeProto, row: list[NodeProto]) -> None:
    last, source, moving = row[-1].output[0], pool.input[0], pool.output[0]
    for node in row:
        place, moving = list(node.input).index(moving), node.output[0]
        node.input[place] = source
        node.output[0] = source = f"{moving}_before_{pool.name}"
    pool.input[0], pool.output[0] = source, last
    model.graph.node.remove(pool)
    position = list(model.graph.node).index(row[-1])
    model.graph.node.insert(position + 1, pool)


IMAGE_REWRITES: tuple[type[Transformation], ...] = (ConvWindowWritten,)
"""Before constants are evaluated: they add nodes on biases."""

POOL_REWRITES: tuple[type[Transformation], ...] = (BehindQuantiser,)
"""After constants are evaluated."""
