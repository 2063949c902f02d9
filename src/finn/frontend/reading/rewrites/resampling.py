"""Rewrites of transposed convolutions and of reductions of whole images, and all that resample pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.reading.rewrites.blocks import BlocksByRow
from finn.frontend.reading.rewrites.enlarging import PadWritten, ResizeWritten, constant_input
from finn.frontend.reading.rewrites.images import bias_apart, image_shape, require_padded
from finn.frontend.reading.rewrites.linear import NodeRewrite

__all__ = ("RESAMPLING_REWRITES",)

_FEWEST_AXES = 3


class ConvTransposeWritten(NodeRewrite):
    """``ConvTranspose`` as one of single ones that spreads the pixels, and a ``Conv`` with the kernel turned.

    Only the former keeps the operator, with strides as its one attribute; it is left out where strides
    are 1.
    """

    op_types = ("ConvTranspose",)

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses weights of another image, and pads that cut more than the kernel reaches."""
        shape = image_shape(model, node)
        kernel = list(model.get_tensor_shape(node.input[1])[2:])
        self._require_fitting(model, node, shape[1], kernel)
        axes = len(kernel)
        ones, zeros = [1] * axes, [0] * axes
        values = attributes(node, strides=ones, dilations=ones, group=1, output_padding=zeros)
        cut, reach = self._cut(model, node, shape, kernel, values), _reach(kernel, values)
        behind = [*zeros, *values["output_padding"]]
        pads = [reach[i % axes] - cut[i] + behind[i] for i in range(2 * axes)]
        if min(pads) < 0:
            raise refusal(
                node, "has pads that cut more than its kernel reaches; cut the image in front of it"
            )
        spread_to = [(size - 1) * s + 1 for size, s in zip(shape[2:], values["strides"], strict=True)]
        dilations = list(values["dilations"])
        written = {"kernel_shape": kernel, "strides": ones, "dilations": dilations, "pads": pads}
        require_padded(node, [*shape[:2], *spread_to], pads)
        spread, nodes = self._spread(model, node, shape[1], list(values["strides"]))
        groups = int(values["group"])
        weights, turning = self._turned(model, node, groups)
        product, bias = bias_apart(model, node, len(shape))
        convolution = helper.make_node(
            "Conv", [spread, weights], [product], name=node.name, group=groups, **written
        )
        return [*turning, *nodes, convolution, *bias]

    @staticmethod
    def _require_fitting(model: ModelWrapper, node: NodeProto, channels: int, kernel: list[int]) -> None:
        """ONNX' own rules do not look at these."""
        weights = tuple(model.get_tensor_shape(node.input[1]))
        stated = list(attributes(node).get("kernel_shape", kernel))
        if weights[0] != channels or stated != kernel:
            reason = f"has weights of shape {weights} for {channels} channels and a kernel of {stated}"
            raise refusal(node, f"{reason}, which do not fit one another; check the export")

    @staticmethod
    def _cut(
        model: ModelWrapper, node: NodeProto, shape: list[int], kernel: list[int], values: dict[str, Any]
    ) -> list[int]:
        """What is cut before and behind each axis: ``pads``, or halves of what is too much."""
        axes = len(kernel)
        if "output_shape" not in values and "SAME" not in str(values.get("auto_pad", "")):
            return list(values.get("pads", [0] * 2 * axes))
        sizes = model.get_tensor_shape(node.output[0])[2:]
        reach, behind = _reach(kernel, values), values["output_padding"]
        whole = [
            (shape[2 + i] - 1) * values["strides"][i] + reach[i] + behind[i] + 1 - sizes[i]
            for i in range(axes)
        ]
        if any(total % 2 for total in whole):
            raise refusal(node, "leaves open which side of its output is cut; export it with pads")
        return [total // 2 for total in whole] * 2

    @staticmethod
    def _spread(
        model: ModelWrapper, node: NodeProto, channels: int, strides: list[int]
    ) -> tuple[str, list[NodeProto]]:
        if max(strides) == 1:
            return str(node.input[0]), []
        name, ones = f"{node.name}_spread", f"{node.name}_ones"
        model.set_initializer(ones, np.ones((channels, 1, *(1,) * len(strides)), dtype=np.float32))
        spread = helper.make_node(
            "ConvTranspose", [node.input[0], ones], [name], name=name, group=channels, strides=strides
        )
        return name, [spread]

    @staticmethod
    def _turned(model: ModelWrapper, node: NodeProto, groups: int) -> tuple[str, list[NodeProto]]:
        """Weights (inputs, outputs of a group, kernel...) as those of a Conv, the kernel turned round."""
        inputs, outputs, *kernel = (int(n) for n in model.get_tensor_shape(node.input[1]))
        spatial = range(3, 3 + len(kernel))
        shapes = ([groups, inputs // groups, outputs, *kernel], [groups * outputs, inputs // groups, *kernel])
        names = [f"{node.name}_{what}" for what in ("grouped", "swapped", "weights")]
        for name, shape in zip(names[::2], shapes, strict=True):
            model.set_initializer(f"{name}_shape", np.asarray(shape, dtype=np.int64))
        perm = [0, 2, 1, *spatial]
        nodes = [
            helper.make_node("Reshape", [node.input[1], f"{names[0]}_shape"], [names[0]], name=names[0]),
            helper.make_node("Transpose", [names[0]], [names[1]], name=names[1], perm=perm),
            helper.make_node("Reshape", [names[1], f"{names[2]}_shape"], [names[2]], name=names[2]),
        ]
        name = names[2]
        for axis, size in enumerate(kernel, 2):
            source, name, places = name, f"{node.name}_turned_{axis}", f"{node.name}_places_{axis}"
            model.set_initializer(places, np.arange(size, dtype=np.int64)[::-1].copy())
            nodes.append(helper.make_node("Gather", [source, places], [name], name=name, axis=axis))
        return name, nodes


def _reach(kernel: list[int], values: dict[str, Any]) -> list[int]:
    return [d * (k - 1) for k, d in zip(kernel, values["dilations"], strict=True)]


class ReduceAsPooling(NodeRewrite):
    """Means, sums and maxima over all pixels as poolings; flattened where their axes are dropped."""

    op_types = ("ReduceMean", "ReduceSum", "ReduceMax", "GlobalMaxPool")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Those over other axes are left as they are, and rows, of which either axis may be the pixels."""
        shape, values = list(model.get_tensor_shape(node.input[0])), attributes(node, keepdims=1)
        spatial = np.arange(2, len(shape))
        given = spatial if node.op_type == "GlobalMaxPool" else np.asarray(values.get("axes", []))
        axes = constant_input(model, node, 1, "axes", given)
        row = len(shape) == _FEWEST_AXES and node.op_type != "GlobalMaxPool"
        if row or len(shape) < _FEWEST_AXES or not np.array_equal(np.sort(axes % len(shape)), spatial):
            return [node]
        kept = bool(values["keepdims"])
        pooled = node.output[0] if kept else f"{node.name}_pooled"
        nodes = [self._pooling(model, node, str(node.input[0]), pooled, shape[2:])]
        if not kept:
            target = f"{node.name}_shape"
            model.set_initializer(target, np.asarray([0, shape[1]], dtype=np.int64))
            name = f"{node.name}_Reshape"
            model.set_tensor_shape(pooled, [*shape[:2], *(1 for _ in spatial)])
            nodes.append(helper.make_node("Reshape", [pooled, target], node.output, name=name))
        return nodes

    @staticmethod
    def _pooling(
        model: ModelWrapper, node: NodeProto, source: str, target: str, sizes: list[int]
    ) -> NodeProto:
        if node.op_type == "ReduceMean":
            return helper.make_node("GlobalAveragePool", [source], [target], name=node.name)
        if node.op_type != "ReduceSum":
            axes = len(sizes)
            window = {"kernel_shape": sizes, "strides": [1] * axes, "dilations": [1] * axes}
            pads = [0] * 2 * axes
            return helper.make_node("MaxPool", [source], [target], name=node.name, pads=pads, **window)
        name = f"{node.name}_axes"
        model.set_initializer(name, np.arange(2, 2 + len(sizes)))
        return helper.make_node("ReduceSum", [source, name], [target], name=node.name, keepdims=1)


RESAMPLING_REWRITES: tuple[type[Transformation], ...] = (
    PadWritten,
    ResizeWritten,
    ConvTransposeWritten,
    ReduceAsPooling,
    BlocksByRow,
)
"""Before constants are evaluated, behind the rewrites of convolutions: they add nodes on weights."""
