"""``DepthToSpace``: channels in the order of the rows that they become."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.initialisers import constant_shape
from finn.frontend.graph.operators import ELEMENTWISE
from finn.frontend.graph.working_graph import WorkingGraph
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("BlocksByRow",)


class BlocksByRow(Transformation):  # type: ignore[misc]
    """``DepthToSpace`` of mode CRD as one of mode DCR behind a convolution with its outputs in another order.

    PyTorch's ``PixelShuffle`` is of the former mode: a pixel's channels come before the places in its block.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """FinnError where no convolution gives the channels."""
        if any(node.op_type == "DepthToSpace" for node in model.graph.node):
            model = model.transform(KnownShapes(), make_deepcopy=False, cleanup=False)
        for node in [n for n in model.graph.node if n.op_type == "DepthToSpace"]:
            values = attributes(node, mode="DCR")
            if values["mode"] == "CRD":
                _reorder(model, node, _by_row(model, node, int(values["blocksize"])))
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("blocksize", int(values["blocksize"])))
            node.attribute.append(helper.make_attribute("mode", "DCR"))
        return model, False


def _by_row(model: ModelWrapper, node: NodeProto, block: int) -> NDArray[np.int64]:
    """For each channel of mode DCR that of mode CRD."""
    channels = int(model.get_tensor_shape(node.input[0])[1])
    return np.arange(channels).reshape(-1, block, block).transpose(1, 2, 0).reshape(-1)


def _reorder(model: ModelWrapper, node: NodeProto, places: NDArray[np.int64]) -> None:
    """Give the channels that ``node`` reads in another order, from the convolution on."""
    graph = WorkingGraph(model)
    for maker in _row_from_convolution(graph, node):
        _reorder_constants(graph, maker, places)


def _row_from_convolution(graph: WorkingGraph, node: NodeProto) -> list[NodeProto]:
    """The operators on channels before ``node``, the last first, up to the convolution that gives them."""
    tensor, row = str(node.input[0]), list[NodeProto]()
    while not row or row[-1].op_type != "Conv":
        maker = graph.maker(tensor)
        alone = len(graph.readers(tensor)) == 1 and tensor not in graph.outputs
        if maker is None or not alone or not _keeps_channels(graph, maker):
            reason = "takes a pixel's channels before the places in its block (mode CRD), and no convolution"
            raise refusal(node, f"{reason} gives them; use mode DCR")
        row.append(maker)
        tensor = graph.moving(maker)[0]
    return row


def _keeps_channels(graph: WorkingGraph, node: NodeProto) -> bool:
    """Whether ``node`` works on each channel by itself, or is a convolution that mixes all of them."""
    known = node.op_type in ("Conv", *ELEMENTWISE) and len(graph.moving(node)) == 1
    return known and attributes(node).get("group", 1) == 1


def _reorder_constants(graph: WorkingGraph, node: NodeProto, places: NDArray[np.int64]) -> None:
    """Give the constants of ``node`` that differ by channel in the other order."""
    rank = len(graph.shape(node.output[0]) or ()) or 4
    for index, name in enumerate(node.input):
        if name not in graph.constants:
            continue
        shape = constant_shape(graph.model, node, name)
        by_first = node.op_type in ("Conv", "BatchNormalization", "MultiThreshold")
        axis = 0 if by_first else 1 - (rank - len(shape))
        if 0 <= axis < len(shape) and shape[axis] == len(places):
            node.input[index] = _gathered(graph.model, node, name, axis, places)


def _gathered(model: ModelWrapper, node: NodeProto, name: str, axis: int, places: NDArray[np.int64]) -> str:
    target, order = f"{name}_by_row_{node.name}", f"{name}_order_{node.name}"
    model.set_initializer(order, places)
    model.set_tensor_shape(target, model.get_tensor_shape(name))
    gather = helper.make_node("Gather", [name, order], [target], name=target, axis=axis)
    model.graph.node.insert(list(model.graph.node).index(node), gather)
    return target
