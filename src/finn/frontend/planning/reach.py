"""How the planner gets at a tensor."""

from __future__ import annotations

from dataclasses import dataclass

from onnx import NodeProto

from finn.frontend.planning.plan import Edge

__all__ = ("Reach",)


@dataclass(frozen=True)
class Reach:
    """A tensor: element-wise ``nodes`` behind a stream, or behind a host's tensor where ``edge`` is None.

    ``shared`` says whether other tensors go back to the same stream.
    """

    edge: Edge | None
    nodes: tuple[NodeProto, ...] = ()
    shared: bool = False
