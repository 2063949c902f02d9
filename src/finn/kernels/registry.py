"""From an ONNX node to its kernel: every folder beside this file that holds a ``node.py``."""

from __future__ import annotations

import importlib
from pathlib import Path

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.kernels.base import Kernel
from finn.kernels.node import DOMAIN, HardwareNode

__all__ = ("HARDWARE_NODES", "hardware_nodes", "is_hardware", "kernel_of")


def _discover() -> dict[str, type[HardwareNode]]:
    found: dict[str, type[HardwareNode]] = {}
    for file in sorted(Path(__file__).parent.glob("*/node.py")):
        module = importlib.import_module(f"finn.kernels.{file.parent.name}.node")
        for name in module.__all__:
            node = getattr(module, name)
            found[node.op_type] = node
    return found


HARDWARE_NODES = _discover()


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
