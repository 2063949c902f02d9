"""Decides what of a network runs in hardware, and finds those layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.graph.attributes import refusal
from finn.frontend.graph.guard import at_node
from finn.frontend.graph.operators import LAYOUT, PAIRED, SUMS, WINDOWED
from finn.frontend.graph.order import behind, has_whole_vectors, image_order, plain_order
from finn.frontend.layers.layers import MAX_OPERAND_BITS, MatrixLayer, ThresholdLayer
from finn.frontend.levels.activations import activation_behind, per_channel
from finn.frontend.levels.affine import Affine
from finn.frontend.levels.quantisers import Lattice
from finn.frontend.levels.thresholds import FEW_LEVELS
from finn.frontend.planning.entering import integer_entry, quantised_entry
from finn.frontend.planning.host_warnings import HostWarnings
from finn.frontend.planning.joins import joined
from finn.frontend.planning.network import Network
from finn.frontend.planning.operator_layers import operator_layers
from finn.frontend.planning.picking import straightened
from finn.frontend.planning.plan import Edge, Exit, IntegerInput, Plan, bounds_of
from finn.frontend.planning.reach import Reach, met, standing_for
from finn.frontend.planning.remainder import host_parts
from finn.frontend.planning.reordering import as_ordered_image, as_rows
from finn.frontend.planning.requantising import with_requantisations
from finn.frontend.planning.signed_steps import origin_of, signed_steps
from finn.frontend.planning.unflattening import as_image

__all__ = ("plan_network",)


def plan_network(network: Network, integer_inputs: Mapping[str, IntegerInput]) -> Plan:
    """Cut a normalised network into host prefix, hardware layers and host tail.

    Raises
    ------
    FinnError
        If no layer can run in hardware, or one that should cannot; the text names the node.
    """
    return _Planner(network, integer_inputs).run()


class _Planner:
    """Follows the graph node by node; enters the hardware as early as possible, stays as long as possible."""

    def __init__(self, network: Network, integer_inputs: Mapping[str, IntegerInput]) -> None:
        self._network = network
        self._given = integer_inputs
        self._plan = Plan()
        # Of tensors that the hardware, or the host before it, has. All others are the host's behind it.
        self._reaches: dict[str, Reach] = {}
        self._layers = 0
        self._warnings = HostWarnings(network, bool(integer_inputs) or len(network.inputs) > 1)

    def run(self) -> Plan:
        """The plan of the whole graph."""
        network, plan = self._network, self._plan
        self._begin()
        for node in network.nodes:
            if node.output[0] not in self._reaches:
                with at_node(node):
                    self._visit(node)
        if not self._layers:
            raise self._warnings.nothing_left()
        behind_it = [node for node in network.nodes if node.output[0] not in self._reaches]
        read = [name for node in behind_it for name in network.moving(node)]
        for tensor in dict.fromkeys([*read, *network.outputs]):
            self._leave(tensor)
        plan.entries = [entry for entry in plan.entries if plan.uses(entry.edge.wire)]
        with_requantisations(plan)
        self._require_integer_entry()
        plan.warnings = self._warnings.sentences
        plan.prefix, plan.tail = host_parts(network, plan)
        return plan

    def _require_integer_entry(self) -> None:
        required = any(given.required for given in self._given.values())
        if required and not all(entry.integer for entry in self._plan.entries):
            reasons = [*self._warnings.sentences, "what reads the input takes no integers"]
            raise FinnError(f"--input-datatype cannot be used: {reasons[0]}")

    # Node by node

    def _begin(self) -> None:
        self._reaches |= {name: Reach(None) for name in self._network.inputs}
        for name, given in self._given.items():
            entry = integer_entry(self._network, name, given, self._plan.new_wire())
            if entry is not None:
                self._plan.entries.append(entry)
                self._reaches[entry.tensor] = Reach(entry.edge)

    def _visit(self, node: NodeProto) -> None:
        network, moving = self._network, self._network.moving(node)
        kind = network.kind(node)
        if any(tensor not in self._reaches for tensor in moving):
            self._warnings.behind(node, moving)
        elif kind == "elementwise":
            reach = met(network, [self._forked(tensor) for tensor in dict.fromkeys(moving)])
            self._reaches[node.output[0]] = replace(reach, nodes=(*reach.nodes, node))
        elif kind in ("layer", "join") and self._take(node, kind, moving):
            self._layers += kind == "layer"
        elif self._is_before(moving):
            self._warnings.before(node)
            self._reaches |= {name: Reach(None) for name in node.output}
        else:
            self._warnings.behind(node, moving)

    def _take(self, node: NodeProto, kind: str, moving: Sequence[str]) -> bool:
        """Whether a layer, or a join of streams, went into the hardware."""
        if kind == "layer" and not self._network.runs_in_hardware(node):
            return False
        ends = kind == "join" and self._network.first_layer(node.output[0]) is None
        # Sums and joins leave narrower than what they are made of; products do not. Parts are the host's.
        stays = node.op_type in PAIRED or self._network.picks(node) or self._network.reduces_images(node)
        if ends and (stays or self._is_before(moving)):
            return False
        edges = [self._settled(tensor, node) for tensor in moving]
        found = [edge for edge in edges if edge is not None]
        if len(found) < len(edges):
            self._warnings.unquantised(node, moving[edges.index(None)])
            return False
        made = self._layer_of(node, found[0]) if kind == "layer" else self._joined(node, found)
        self._reaches |= {edge.tensor: Reach(edge) for edge in made}
        return bool(made)

    def _joined(self, node: NodeProto, edges: Sequence[Edge]) -> list[Edge]:
        """What comes of a join; nothing where no layer takes it and the host can as well."""
        placed = len(self._plan.layers)
        try:
            return joined(self._network, self._plan, node, edges)
        except FinnError:
            if any(self._network.first_layer(name) is not None for name in node.output):
                raise
            # What was to even out the scales of its streams has no reader then.
            del self._plan.layers[placed:]
            return []

    def _shaped(self, node: NodeProto, edge: Edge) -> Edge:
        """The stream for a layer that reads images, which a vector may be."""
        if node.op_type not in WINDOWED:
            return edge if has_whole_vectors(edge.order) else as_rows(self._plan, node, edge)
        same = [name for name, reach in self._reaches.items() if reach.edge and reach.edge.wire == edge.wire]
        edge = as_image(self._network, self._plan, edge, same)
        return as_ordered_image(self._plan, node, straightened(self._plan, node, edge))

    def _is_before(self, tensors: Sequence[str]) -> bool:
        return all(self._reaches[tensor].edge is None for tensor in tensors)

    def _layer_of(self, node: NodeProto, edge: Edge) -> list[Edge]:
        """Place a product, convolution, pooling or resampling."""
        edge = self._shaped(node, edge)
        layers = operator_layers(self._network, node, edge)
        wire = edge.wire
        for layer in layers:
            (wire,) = self._plan.place(layer, (wire,))
        last, tensor = layers[-1], str(node.output[0])
        shape = self._network.shape(tensor)
        order = image_order(shape) if node.op_type in WINDOWED else plain_order(shape)
        bounds = (last.low, last.high) if isinstance(last, MatrixLayer) else bounds_of(last.output_datatype)
        value = getattr(last, "value", edge.value)
        return [Edge(wire, tensor, last.output_datatype, value, order, last.output_shape, bounds)]

    # Tensors as streams

    def _forked(self, tensor: str) -> Reach:
        """How a tensor is reached; one that several read is a stream of its own where it is quantised."""
        reach = self._reaches[tensor]
        if self._network.is_fork(tensor):
            whole = self._network.normalised_behind(reach.nodes) is None
            quantised = whole and bool(self._network.quantisers(reach.nodes))
            reach = self._own_stream(tensor, reach) if quantised else replace(reach, shared=True)
            self._reaches[tensor] = reach
        return reach

    def _own_stream(self, tensor: str, reach: Reach) -> Reach:
        first = self._network.first_layer(tensor)
        if reach.edge is None:
            entered = self._entered(tensor, reach, first) if first is not None else None
            return Reach(entered) if entered is not None else reach
        try:
            lattice = self._network.lattice(reach.nodes)
            assert lattice is not None
            return Reach(self._activated(reach, reach.nodes, lattice))
        except FinnError:
            # Whoever needs it as integers is told so; the host may not.
            return replace(reach, shared=True)

    def _settled(self, tensor: str, reader: NodeProto) -> Edge | None:
        """The integers of a tensor as a stream for ``reader``; None where there are none."""
        reach = self._forked(tensor)
        place = self._network.normalised_behind(reach.nodes)
        if place is not None:
            return self._normalised(tensor, reach.nodes, place, reader)
        if reach.edge is None:
            return self._entered(tensor, reach, reader)
        lattice = self._network.lattice(reach.nodes)
        if lattice is not None:
            edge = self._activated(reach, reach.nodes, lattice)
            self._reaches[tensor] = Reach(edge)
            return edge
        found = standing_for(self._network, tensor, reach.edge, reach.nodes, reader)
        if found is not None and reader.op_type not in SUMS and not self._network.picks(reader):
            self._require_narrow(found)
        return found

    def _normalised(
        self, tensor: str, nodes: Sequence[NodeProto], place: int, reader: NodeProto
    ) -> Edge | None:
        """The integers of the quantiser at ``place``, standing for what sums and products make of them."""
        edge = self._settled(str(nodes[place].output[0]), reader)
        assert edge is not None
        found = standing_for(self._network, tensor, edge, nodes[place + 1 :], reader)
        if found is None:
            self._network.lattice(nodes)
        return found

    def _entered(self, tensor: str, reach: Reach, reader: NodeProto) -> Edge | None:
        """A quantised tensor of the host as a stream into the hardware."""
        lattice = self._network.lattice(reach.nodes)
        if lattice is None:
            return None
        entry = quantised_entry(self._network, tensor, lattice, reader, self._plan.new_wire())
        self._plan.entries.append(entry)
        self._reaches[tensor] = Reach(entry.edge)
        return entry.edge

    def _activated(self, reach: Reach, nodes: Sequence[NodeProto], lattice: Lattice) -> Edge:
        """The integers that ``nodes`` give, by thresholds in the last layer or in one of their own."""
        edge, constants = reach.edge, self._network.constants
        assert edge is not None
        # What only moves elements behind the last quantiser is left to the order where all have one scale.
        last = max((i for i, node in enumerate(nodes, 1) if node.op_type not in LAYOUT), default=0)
        valued = nodes[:last] if lattice.scale.size == 1 else nodes
        activation = activation_behind(
            valued, constants, edge.order, edge.value, edge.bounds, lattice, edge.shape
        )
        if activation.down is not None:
            return signed_steps(self._plan, nodes, self._network, edge, activation, lattice)
        maker, wire = self._plan.maker(edge.wire), edge.wire
        layer = maker.layer if maker is not None and not reach.shared else None
        if maker is not None and isinstance(layer, MatrixLayer) and layer.activation is None:
            origin = layer.origin + origin_of(nodes)
            self._plan.exchange(maker, replace(layer, origin=origin, activation=activation))
        else:
            threshold = ThresholdLayer(origin_of(nodes), edge.shape, edge.datatype, activation)
            (wire,) = self._plan.place(threshold, (wire,))
        order = behind(nodes, constants, edge.order)
        scale = per_channel(lattice.scale, order, edge.shape[-1])
        if scale is None:
            raise refusal(nodes[-1], "gives the pixels of an image different scales; use one per channel")
        tensor, datatype = str(nodes[-1].output[0]), activation.datatype
        return Edge(wire, tensor, datatype, Affine(scale), order, edge.shape, bounds_of(datatype))

    def _require_narrow(self, edge: Edge) -> None:
        maker, bits = self._plan.maker(edge.wire), edge.datatype.bitwidth()
        if maker is not None and bits > MAX_OPERAND_BITS:
            node = self._network.node(maker.layer.origin[0])
            reason = f"feeds the next layer {bits} bits with no quantiser between; at most {MAX_OPERAND_BITS}"
            raise refusal(node, f"{reason} are supported, so quantise its output")

    # Out of the hardware

    def _leave(self, tensor: str) -> None:
        """Let a tensor that the host reads leave behind the last quantiser that fits, else as it came."""
        reach = self._forked(tensor) if tensor in self._reaches else Reach(None)
        if reach.edge is None:
            return
        ends = self._network.quantisers(reach.nodes)
        tried = (self._tried(reach, reach.nodes[: end + 1]) for end in reversed(ends))
        edge = next((found for found in tried if found is not None), reach.edge)
        node = self._network.maker(edge.tensor)
        if edge.value.knots is not None and node is not None:
            raise refusal(
                node, "adds tensors whose scales have no small whole ratio; give both the same scale"
            )
        if not edge.is_plain and not edge.is_image and node is not None:
            raise refusal(node, "leaves the hardware with its axes exchanged or cut; keep channels first")
        self._plan.exits.append(Exit(edge, not edge.is_plain))

    def _tried(self, reach: Reach, nodes: Sequence[NodeProto]) -> Edge | None:
        """The stream behind ``nodes``; None where they had better stay on the host."""
        lattice, edge = self._network.end_lattice(nodes[-1:]), reach.edge
        if edge is None or lattice is None or lattice.high - lattice.low >= FEW_LEVELS:
            return None
        after = replace(edge, order=behind(nodes, self._network.constants, edge.order))
        if not after.is_plain and not after.is_image:
            return None
        try:
            return self._activated(reach, nodes, lattice)
        except FinnError:
            return None
