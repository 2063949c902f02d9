"""The hardware layers of operators that pad, repeat or spread the pixels of an image."""

from __future__ import annotations

from onnx import NodeProto

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.order import require_image
from finn.frontend.layers.image_layers import PadLayer, padded_type, padding_value, pair
from finn.frontend.layers.layers import Layer
from finn.frontend.layers.resampling_layers import BlockLayer, SpreadLayer, UpsampleLayer
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge

__all__ = ("resampled",)


def resampled(network: Network, node: NodeProto, edge: Edge) -> list[Layer]:
    """The layer of a normalised Pad, Resize, DepthToSpace, or ConvTranspose that spreads pixels.

    Raises
    ------
    FinnError
        If it reads its tensor in another order than it is streamed, or no integer stands for what it
        adds.
    """
    require_image(node, edge.order, edge.shape)
    constants = [network.constants[name] for name in node.input[1:] if name]
    if node.op_type == "Resize":
        scale = pair(constants[0][2:].tolist(), 1)
        return [UpsampleLayer((node.name,), edge.shape, scale, edge.datatype)]
    if node.op_type == "ConvTranspose":
        return [_spread(node, edge)]
    if node.op_type == "DepthToSpace":
        if not edge.value.is_uniform:
            raise refusal(node, "reads a tensor with a scale per channel; use one scale for all channels")
        return [BlockLayer((node.name,), edge.shape, int(attributes(node)["blocksize"]), edge.datatype)]
    pads, constant = constants
    return [_padded(node, edge, [int(pad) for pad in pads], float(constant))]


def _padded(node: NodeProto, edge: Edge, pads: list[int], constant: float) -> PadLayer:
    half = len(pads) // 2
    (top, left), (bottom, right) = pair(pads[2:half], 0), pair(pads[half + 2 :], 0)
    value = padding_value(node, edge.value, constant)
    kind = padded_type(node, edge.datatype, value)
    return PadLayer((node.name,), edge.shape, (top, left, bottom, right), edge.datatype, kind, value)


def _spread(node: NodeProto, edge: Edge) -> SpreadLayer:
    value = padding_value(node, edge.value)
    kind = padded_type(node, edge.datatype, value)
    stride = pair(list(attributes(node)["strides"]), 1)
    return SpreadLayer((node.name,), edge.shape, stride, edge.datatype, kind, value)
