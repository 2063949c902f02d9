"""A function that rises and falls: what is counted up, less what is counted down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import NodeProto

from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.operators import LAYOUT
from finn.frontend.graph.order import behind
from finn.frontend.layers.branch_layers import AddLayer
from finn.frontend.layers.layers import ThresholdLayer
from finn.frontend.levels.activations import Activation, per_channel
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.quantisers import Lattice
from finn.frontend.levels.ranges import smallest_datatype
from finn.frontend.planning.network import Network
from finn.frontend.planning.plan import Edge, Plan

__all__ = ("origin_of", "signed_steps")

_UP_LESS_DOWN = (1, -1)


def origin_of(nodes: Sequence[NodeProto]) -> tuple[str, ...]:
    """Names of the nodes that a layer computes."""
    return tuple(node.name for node in nodes if node.op_type not in LAYOUT)


def signed_steps(
    plan: Plan,
    nodes: Sequence[NodeProto],
    network: Network,
    edge: Edge,
    activation: Activation,
    lattice: Lattice,
) -> Edge:
    """Two ``Thresholding`` of one stream and an ``AddStreams`` of the first less the second.

    Parameters
    ----------
    nodes
        What the stream ``edge`` goes through, of which ``activation`` and ``lattice`` are.
    """
    down = activation.down
    assert down is not None
    origin, types = origin_of(nodes), (activation.datatype, down.datatype)
    wires = tuple(
        plan.place(ThresholdLayer(origin, edge.shape, edge.datatype, part), (edge.wire,))[0]
        for part in (activation, down)
    )
    low, high = int(types[0].min()) - int(types[1].max()), int(types[0].max()) - int(types[1].min())
    layer = AddLayer(origin, edge.shape, types, smallest_datatype(low, high), _UP_LESS_DOWN)
    (wire,) = plan.place(layer, wires)
    order = behind(nodes, network.constants, edge.order)
    bounds = np.array([lattice.low]), np.array([lattice.high])
    scale = per_channel(lattice.scale, order, edge.shape[-1])
    if scale is None:
        raise refusal(nodes[-1], "gives the pixels of an image different scales; use one per channel")
    tensor = str(nodes[-1].output[0])
    return Edge(wire, tensor, layer.output_datatype, Affine(scale), order, edge.shape, bounds)
