"""``DepthToSpace``: channels in the order of the rows that they become."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation
from qonnx.transformation.infer_shapes import InferShapes

from finn.frontend.attributes import attributes, refusal
from finn.frontend.constant_tensors import constant_names, constant_shape
from finn.frontend.operators import ELEMENTWISE

__all__ = ("BlocksByRow",)


class BlocksByRow(Transformation):  # type: ignore[misc]
    """``DepthToSpace`` of mode CRD as one of mode DCR behind a convolution with its outputs in another order.

    PyTorch's ``PixelShuffle`` is of the former mode: a pixel's channels come before the places in its block.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """FinnError where no convolution gives the channels."""
        if any(node.op_type == "DepthToSpace" for node in model.graph.node):
            model = model.transform(InferShapes(), make_deepcopy=False, cleanup=False)
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
    tensor, outputs = str(node.input[0]), {t.name for t in model.graph.output}
    row: list[NodeProto] = []
    while not row or row[-1].op_type != "Conv":
        constants = constant_names(model)
        maker = next((n for n in model.graph.node if tensor in n.output), None)
        alone = sum(tensor in n.input for n in model.graph.node) == 1 and tensor not in outputs
        known = maker is not None and maker.op_type in ("Conv", *ELEMENTWISE)
        moving = [name for name in maker.input if name and name not in constants] if maker else []
        if (
            maker is None
            or not known
            or not alone
            or len(moving) != 1
            or attributes(maker).get("group", 1) != 1
        ):
            reason = "takes a pixel's channels before the places in its block (mode CRD), and no convolution"
            raise refusal(node, f"{reason} gives them; use mode DCR")
        row.append(maker)
        tensor = moving[0]
    for maker in row:
        _reorder_constants(model, maker, places)


def _reorder_constants(model: ModelWrapper, node: NodeProto, places: NDArray[np.int64]) -> None:
    """Give the constants of ``node`` that differ by channel in the other order."""
    constants = constant_names(model)
    rank = len(model.get_tensor_shape(node.output[0]) or ()) or 4
    for index, name in enumerate(node.input):
        if name not in constants:
            continue
        shape = constant_shape(model, node, name)
        by_first = node.op_type in ("Conv", "BatchNormalization", "MultiThreshold")
        axis = 0 if by_first else 1 - (rank - len(shape))
        if 0 <= axis < len(shape) and shape[axis] == len(places):
            node.input[index] = _gathered(model, node, name, axis, places)


def _gathered(model: ModelWrapper, node: NodeProto, name: str, axis: int, places: NDArray[np.int64]) -> str:
    target, order = f"{name}_by_row_{node.name}", f"{name}_order_{node.name}"
    model.set_initializer(order, places)
    model.set_tensor_shape(target, model.get_tensor_shape(name))
    gather = helper.make_node("Gather", [name, order], [target], name=target, axis=axis)
    model.graph.node.insert(list(model.graph.node).index(node), gather)
    return target
