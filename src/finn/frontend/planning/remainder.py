"""The nodes that stay on the host: what makes the entries, and what is made of the exits."""

from __future__ import annotations

from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.graph.attributes import refusal
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Plan

__all__ = ("host_parts",)


def host_parts(network: Network, plan: Plan) -> tuple[list[NodeProto], list[NodeProto]]:
    """Host nodes before and behind the hardware, each in graph order.

    Raises
    ------
    FinnError
        If a node behind the hardware also reads what the host has before it.
    """
    prefix = _makers(network, {entry.tensor for entry in plan.entries}, set(network.inputs))
    leaving = {leaving.edge.tensor for leaving in plan.exits}
    tail = _makers(network, set(network.outputs), leaving)
    _require_through_hardware(network, tail, leaving)
    return prefix, tail


def _require_through_hardware(network: Network, tail: list[NodeProto], leaving: set[str]) -> None:
    made = set(leaving)
    for node in tail:
        moving = network.moving(node)
        other = [tensor for tensor in moving if tensor not in made]
        if not other:
            made |= set(node.output)
        elif len(other) < len(moving):
            reason = f"reads {other[0]!r}, which does not pass through the hardware, and results of it"
            raise refusal(node, f"{reason}; quantise that branch, or leave it out")
    for name in network.outputs:
        if name not in made:
            raise FinnError(f"output {name!r} does not pass through the hardware; leave it out of the model")


def _makers(network: Network, wanted: set[str], given: set[str]) -> list[NodeProto]:
    """The nodes that make ``wanted`` from ``given``."""
    wanted = wanted - given
    found = []
    for node in reversed(network.nodes):
        if wanted & set(node.output):
            found.append(node)
            wanted |= set(network.moving(node)) - given
    return found[::-1]
