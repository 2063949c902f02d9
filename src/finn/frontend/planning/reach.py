"""How the planner gets at a tensor, and what a stream is as that tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onnx import NodeProto

from finn.frontend.graph.order import behind
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge

__all__ = ("Reach", "met", "standing_for")


@dataclass(frozen=True)
class Reach:
    """A tensor: element-wise ``nodes`` behind a stream, or behind a host's tensor where ``edge`` is None.

    ``shared`` says whether other tensors go back to the same stream.
    """

    edge: Edge | None
    nodes: tuple[NodeProto, ...] = ()
    shared: bool = False


def met(network: Network, reaches: Sequence[Reach]) -> Reach:
    """All that leads to where tensors meet that are made of one stream, in graph order."""
    names = {node.name for reach in reaches for node in reach.nodes}
    nodes = tuple(node for node in network.nodes if node.name in names)
    shared = any(reach.shared for reach in reaches)
    return replace(reaches[0], nodes=nodes, shared=shared) if len(reaches) > 1 else reaches[0]


def standing_for(
    network: Network, tensor: str, edge: Edge, nodes: Sequence[NodeProto], reader: NodeProto
) -> Edge | None:
    """The stream as ``tensor``, which ``nodes`` make of it for ``reader``.

    None where they are no sums and products, or give a scale per channel that ``reader`` cannot take.
    """
    affine = network.affine(nodes, edge.value, (edge.order, edge.shape[-1]), reader)
    if affine is None:
        return None
    return replace(edge, tensor=tensor, value=affine, order=behind(nodes, network.constants, edge.order))
