"""Where a tensor is read several times and what is made of it meets again: one function of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

from onnx import NodeProto

from finn.frontend.graph.graph_view import GraphView
from finn.frontend.graph.operators import ELEMENTWISE, QUANTISERS, SUMS

__all__ = ("Region", "cuts", "regions_of")


@dataclass(frozen=True)
class Region:
    """Element-wise nodes that make one tensor of another, ``base``, and of nothing else.

    Attributes
    ----------
    base
        The tensor that all of it is made of.
    inner
        Tensors that nothing outside reads: ``base`` among them where only this region reads it.
    """

    base: str
    inner: frozenset[str]


def regions_of(
    view: GraphView, outputs: Iterable[str], shape: Callable[[str], tuple[int, ...]]
) -> dict[str, Region]:
    """The regions of a graph by the name of the node in which each ends.

    Sums of what quantisers give are left to the hardware's adders.
    """
    found = {}
    kept = set(outputs)
    for node in view.nodes:
        if node.op_type in ELEMENTWISE and len(view.moving(node)) > 1:
            region = _region(view, node, kept, shape)
            if region is not None:
                found[str(node.name)] = region
    return found


def _region(
    view: GraphView, end: NodeProto, outputs: set[str], shape: Callable[[str], tuple[int, ...]]
) -> Region | None:
    places = {name: index for index, node in enumerate(view.nodes) for name in node.output}
    taken, waiting = [end], set(view.moving(end))
    while len(waiting) > 1:
        tensor = max(waiting, key=lambda name: places.get(name, -1))
        maker = view.maker(tensor)
        if maker is None or maker.op_type not in ELEMENTWISE or not _only_for(view, tensor, taken, outputs):
            return None
        taken.append(maker)
        waiting = (waiting - {tensor}) | set(view.moving(maker))
    (base,) = waiting
    made = [str(name) for node in taken for name in node.output]
    if any(shape(name) != shape(base) for name in made):
        return None
    if end.op_type in SUMS and any(node.op_type in QUANTISERS for node in taken):
        return None
    inner = {*made[1:], *([base] if _only_for(view, base, taken, outputs) else [])}
    return Region(base, frozenset(inner))


def _only_for(view: GraphView, tensor: str, nodes: Sequence[NodeProto], outputs: set[str]) -> bool:
    return tensor not in outputs and all(any(r is n for n in nodes) for r in view.readers(tensor))


def cuts(nodes: Sequence[NodeProto], constants: Container[str]) -> list[int]:
    """Indices of the nodes whose output is all that the nodes behind them read of what was before."""
    found = []
    for index, node in enumerate(nodes):
        behind = nodes[index + 1 :]
        made = {name for later in behind for name in later.output}
        read = {str(name) for later in behind for name in later.input if name and name not in constants}
        if read - made <= set(node.output):
            found.append(index)
    return found
