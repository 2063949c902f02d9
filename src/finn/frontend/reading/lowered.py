"""Models that FINN has lowered already, which are no networks to read any more."""

from __future__ import annotations

from onnx import ModelProto, NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.integer_operators import INTEGER_DOMAIN
from finn.kernels.node import DOMAIN
from finn.kernels.registry import HARDWARE_NODES

__all__ = ("refuse_hardware", "refuse_lowered")

_FINN = "finn.custom_op."
_NETWORKS = ("finn.custom_op.general", INTEGER_DOMAIN)
_STEPS = ("Im2Col", "XnorPopcountMatMul", "GenericPartition")
_PARTITION = "StreamingDataflowPartition"
_ADVICE = "give the network's QONNX export instead"


def refuse_lowered(model: ModelProto) -> None:
    """Raise FinnError at the first node that FINN made of a network's own; those of this project pass."""
    for node in model.graph.node:
        if node.domain and node.op_type in _STEPS:
            raise refusal(node, f"is a step of FINN's own lowering; {_ADVICE}")
        hardware = node.domain.startswith(_FINN) and node.domain not in _NETWORKS
        if (hardware or node.op_type == _PARTITION) and not _is_own(node):
            raise refusal(node, f"is a hardware node that FINN made; {_ADVICE}")


def refuse_hardware(model: ModelProto) -> None:
    """Raise FinnError at a node that is a hardware layer already, where only a network is of use."""
    for node in model.graph.node:
        if node.domain == DOMAIN:
            raise refusal(node, f"is a hardware layer already; {_ADVICE}, or the folder of its build")


def _is_own(node: NodeProto) -> bool:
    """Whether a hardware node has what this project writes, and not what FINN does."""
    given = {attribute.name for attribute in node.attribute}
    if node.op_type == _PARTITION:
        return "outputShape" in given
    kind = HARDWARE_NODES.get(node.op_type) if node.domain == DOMAIN else None
    if kind is None or "backend" in given:
        return False
    return all(key in given for key, (_, required, *_) in kind.attribute_types.items() if required)
