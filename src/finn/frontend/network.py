"""A normalised network as the planner reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.attributes import refusal
from finn.frontend.chain import LAYOUT, stages_of
from finn.frontend.constants import Quantised
from finn.frontend.host import program_of
from finn.frontend.quantisers import Lattice, last_quantiser, lattice_of, scaled

__all__ = ("Network",)


class Network:
    """Constants, shapes and stages of a normalised model.

    Attributes
    ----------
    constants
        Values of all initialisers.
    stages
        The row of operators from the input on, cut at its matrix products.
    input
        Name of the graph input.
    """

    def __init__(self, model: ModelWrapper, quantised: Mapping[str, Quantised]) -> None:
        self._model = model
        self._quantised = quantised
        names = [tensor.name for tensor in model.graph.initializer]
        self.constants: dict[str, NDArray[Any]] = {name: model.get_initializer(name) for name in names}
        self.stages = stages_of(model, self.constants)
        self.input = str(model.graph.input[0].name)

    def shape(self, tensor: str) -> tuple[int, ...]:
        """Shape for one image."""
        return tuple(int(n) for n in self._model.get_tensor_shape(tensor)[1:])

    def weights(self, linear: NodeProto) -> Quantised | None:
        """The quantised weights of a matrix product; None where they are not quantised."""
        return self._quantised.get(linear.input[1])

    def lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the last quantiser and what follows it; None without a quantiser.

        Raises
        ------
        FinnError
            If there is a quantiser and its values are not integers on one scale.
        """
        index = last_quantiser(nodes)
        if index is None:
            return None
        lattice = self.end_lattice(nodes[index:])
        if lattice is None:
            reason = "gives values that are not whole multiples of one scale, or over 2^16 of them"
            raise refusal(nodes[index], reason)
        return lattice

    def end_lattice(self, nodes: Sequence[NodeProto]) -> Lattice | None:
        """The lattice of the quantiser ``nodes[0]`` and what follows; None where there is none."""
        return lattice_of(nodes, self.constants, self.shape(nodes[0].input[0]))

    def rescaled(self, nodes: Sequence[NodeProto], scale: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The scale behind ``nodes`` where they are products with one constant and layouts only."""
        if any(node.op_type not in ("Mul", "Div", *LAYOUT) for node in nodes):
            return None
        program, arrays = program_of([n for n in nodes if n.op_type not in LAYOUT], self.constants)
        for step in program:
            if step["op"] == "Div" and step["inputs"][1] not in arrays:
                return None
            scale = scaled(step, arrays, scale).reshape(-1)
        return scale if scale.size == 1 else None
