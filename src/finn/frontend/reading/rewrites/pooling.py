"""Rewrites of poolings: their windows written, output sizes that are rounded up as paddings."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import NodeProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import STANDARD_DOMAINS, attributes, refusal, set_attribute
from finn.frontend.graph.guard import at_node
from finn.frontend.reading.rewrites.images import image_shape, require_padded, window_written
from finn.frontend.reading.rewrites.linear import NodeRewrite
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("PoolWindowWritten", "RoundedUpPools")


class RoundedUpPools(Transformation):  # type: ignore[misc]
    """Poolings whose output size is rounded up (``ceil_mode``) get the padding that makes it so.

    A place that would begin in the padding behind the image is left out, as onnxruntime and PyTorch have
    it; ONNX' inference of shapes counts it, so that this comes before shapes are relied on. Without
    ``every`` one, those are left of which it is right, or becomes so by a shorter padding.
    """

    op_types = ("MaxPool", "AveragePool")

    def __init__(self, every: bool = True) -> None:
        super().__init__()
        self._every = every

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One by one: each gives the shape that the next one reads."""
        names = [node.name for node in model.graph.node if self._is_rounded(node)]
        for name in names:
            model = model.transform(KnownShapes(), make_deepcopy=False, cleanup=False)
            node = next(node for node in model.graph.node if node.name == name)
            if model.get_tensor_shape(node.input[0]):
                with at_node(node):
                    _write_padding(node, image_shape(model, node), self._every)
            del model.graph.value_info[:]
            for tensor in model.graph.output:
                tensor.ClearField("type")
        return model, False

    def _is_rounded(self, node: NodeProto) -> bool:
        concerned = node.domain in STANDARD_DOMAINS and node.op_type in self.op_types
        return concerned and bool(attributes(node, ceil_mode=0)["ceil_mode"])


def _write_padding(node: NodeProto, shape: Sequence[int], every: bool) -> None:
    window = window_written(node, shape, list(attributes(node)["kernel_shape"]))
    given, (pads, dropped) = window["pads"], _rounded_up(shape[2:], window)
    if not every and not any(dropped):
        return
    counted = [min(pair) for pair in zip(_counted(node, given), pads, strict=True)]
    _remove(node, "auto_pad")
    if node.op_type == "MaxPool" or not any(counted) or counted == pads:
        set_attribute(node, "ceil_mode", 0)
        set_attribute(node, "pads", pads)
        if node.op_type == "AveragePool":
            set_attribute(node, "count_include_pad", int(any(counted)))
    elif every:
        set_attribute(node, "ceil_mode", 0)
        set_attribute(node, "pads", pads)
        set_attribute(node, "counted", counted)
    else:
        kept = zip(pads, given, dropped * 2, strict=True)
        set_attribute(node, "pads", [fitting if late else own for fitting, own, late in kept])


def _remove(node: NodeProto, key: str) -> None:
    for attribute in [a for a in node.attribute if a.name == key]:
        node.attribute.remove(attribute)


def _counted(node: NodeProto, pads: list[int]) -> list[int]:
    """How much of the padding an average counts."""
    values = attributes(node, count_include_pad=0, counted=[])
    return list(values["counted"] or pads) if values["count_include_pad"] else [0] * len(pads)


def _rounded_up(sizes: Sequence[int], window: dict[str, list[int]]) -> tuple[list[int], list[bool]]:
    """Pads whose end is where the last place ends that begins in the image or the padding before it.

    The second result is whether another place would begin in the padding behind, axis by axis.
    """
    before, given = window["pads"][: len(sizes)], window["pads"][len(sizes) :]
    keys = ("kernel_shape", "strides", "dilations")
    behind, dropped = [], []
    for i, (k, s, d) in enumerate(zip(*(window[key] for key in keys), strict=True)):
        reach, begun = d * (k - 1) + 1, before[i] + sizes[i]
        places = -(-(begun + given[i] - reach) // s) + 1
        dropped.append((places - 1) * s >= begun)
        places -= dropped[-1]
        behind.append(max((places - 1) * s + reach - begun, 0))
    return [*before, *behind], dropped


class PoolWindowWritten(NodeRewrite):
    """``MaxPool`` and ``AveragePool`` with kernel, strides, dilations and pads as attributes.

    ``counted`` of an ``AveragePool`` is how much of its pads it counts.
    """

    op_types = ("MaxPool", "AveragePool")

    def rewrite(self, model: ModelWrapper, node: NodeProto) -> list[NodeProto]:
        """Refuses indices."""
        shape = image_shape(model, node)
        window = window_written(node, shape, list(attributes(node)["kernel_shape"]))
        require_padded(node, shape, window["pads"])
        if len(node.output) > 1 and node.output[1]:
            raise refusal(node, "gives indices, which is not supported; use its first output only")
        if node.op_type == "AveragePool":
            window["counted"] = _counted(node, window["pads"])
        return [helper.make_node(node.op_type, node.input[:1], node.output[:1], name=node.name, **window)]
