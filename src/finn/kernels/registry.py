"""From an ONNX node to its kernel."""

from __future__ import annotations

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.kernels.base import Kernel
from finn.kernels.label_select.node import LabelSelectNode
from finn.kernels.mvau.node import MVAUNode
from finn.kernels.node import DOMAIN, HardwareNode
from finn.kernels.streaming_data_width_converter.node import StreamingDataWidthConverterNode
from finn.kernels.streaming_fifo.node import StreamingFIFONode
from finn.kernels.thresholding.node import ThresholdingNode

__all__ = ("HARDWARE_NODES", "hardware_nodes", "is_hardware", "kernel_of")

HARDWARE_NODES: dict[str, type[HardwareNode]] = {
    "LabelSelect": LabelSelectNode,
    "MVAU": MVAUNode,
    "StreamingDataWidthConverter": StreamingDataWidthConverterNode,
    "StreamingFIFO": StreamingFIFONode,
    "Thresholding": ThresholdingNode,
}


def is_hardware(node: NodeProto) -> bool:
    """Whether the node is a layer that becomes RTL."""
    return node.domain == DOMAIN and node.op_type in HARDWARE_NODES


def hardware_nodes(model: ModelWrapper) -> list[NodeProto]:
    """The hardware layers in graph order."""
    return [node for node in model.graph.node if is_hardware(node)]


def kernel_of(node: NodeProto, model: ModelWrapper) -> Kernel:
    """The configured kernel of a hardware node; FinnError where there is none."""
    if not is_hardware(node):
        raise FinnError(f"{node.name} ({node.op_type}) is no hardware layer")
    return HARDWARE_NODES[node.op_type](node).kernel(model.get_initializer)
