"""Decides what of a network runs in hardware, and finds those layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.affine import Affine
from finn.frontend.attributes import label, refusal
from finn.frontend.chain import LAYOUT, QUANTISERS, Stage
from finn.frontend.constants import Quantised
from finn.frontend.evaluate import Tail
from finn.frontend.layers import (
    MAX_OPERAND_BITS,
    Layer,
    MatrixLayer,
    ThresholdLayer,
    activation_of,
    matrix_layer,
)
from finn.frontend.network import Network
from finn.frontend.quantisers import Lattice
from finn.frontend.ranges import smallest_datatype
from finn.frontend.thresholds import MAX_LEVELS, find_thresholds

__all__ = ("IntegerInput", "Plan", "plan_network")


@dataclass(frozen=True)
class IntegerInput:
    """A graph input that carries integers: their type and what one unit stands for.

    ``required`` where an option says so: the hardware must then begin at the input.
    """

    datatype: BaseDataType
    scale: float
    required: bool = False


@dataclass
class Plan:
    """The cut of a network.

    Attributes
    ----------
    prefix
        Host nodes before the hardware.
    entry
        The tensor whose integers enter the hardware; for an integer input, that one or a layout of it.
    entry_scale
        ``float = integer * entry_scale``.
    integer_entry
        Whether the graph input is taken as integers, not a quantiser's output.
    layers
        The hardware layers in order.
    exit
        The float tensor that the last layer's integers stand for.
    exit_value
        How they stand for it.
    consumed
        Names of the nodes that are in the hardware.
    warnings
        Sentences on layers left on the host.
    """

    prefix: list[NodeProto] = field(default_factory=list)
    entry: str = ""
    entry_scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    integer_entry: bool = False
    layers: list[Layer] = field(default_factory=list)
    exit: str = ""
    exit_value: Affine = field(default_factory=lambda: Affine(np.ones(1)))
    consumed: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def plan_network(
    model: ModelWrapper, quantised: Mapping[str, Quantised], integer_input: IntegerInput | None
) -> Plan:
    """Cut a normalised network into host prefix, hardware layers and host tail.

    Raises
    ------
    FinnError
        If no layer can run in hardware, or one that should cannot; the text names the node.
    """
    return _Planner(model, quantised, integer_input).run()


class _Planner:
    def __init__(
        self, model: ModelWrapper, quantised: Mapping[str, Quantised], integer_input: IntegerInput | None
    ) -> None:
        self._network = Network(model, quantised)
        self._input = integer_input
        self._plan = Plan()
        self._datatype: BaseDataType | None = None
        self._value = Affine(np.ones(1))

    def run(self) -> Plan:
        """Enter the hardware as early as possible, stay in it as long as possible."""
        first = next((i for i, stage in enumerate(self._network.stages) if self._enter(i, stage)), None)
        if first is None:
            raise self._nothing_left()
        if self._input is not None and self._input.required and not self._plan.integer_entry:
            raise FinnError(f"--input-datatype cannot be used: {self._plan.warnings[0]}")
        for index in range(first, len(self._network.stages)):
            if not self._continue(self._network.stages[index], self._network.stages[index + 1]):
                self._warn_rest(index + 1)
                return self._plan
        raise AssertionError("the last stage has no matrix product")

    def _nothing_left(self) -> FinnError:
        if not self._plan.warnings:
            return FinnError(
                "the model has no matrix product with constant weights that could run in hardware"
            )
        return FinnError(f"no layer can run in hardware: {'; '.join(self._plan.warnings)}")

    # Entering

    def _enter(self, index: int, stage: Stage) -> bool:
        """Whether the hardware starts at this stage; its integers are then known."""
        if stage.linear is None:
            return False
        if self._network.weights(stage.linear) is None:
            self._warn(stage.linear, "its weights are not quantised", "quantised weights")
        elif (index == 0 and self._enter_by_input(stage)) or self._enter_by_quantiser(stage):
            return True
        else:
            options = "--input-datatype and --input-scale"
            remedy = options if self._input is None else "a quantiser before it"
            self._warn(stage.linear, "nothing quantises its input", remedy)
        self._plan.prefix += [*stage.nodes, stage.linear]
        return False

    def _enter_by_quantiser(self, stage: Stage) -> bool:
        lattice = self._network.lattice(stage.nodes)
        if lattice is None or stage.linear is None:
            return False
        if lattice.scale.size != 1:
            raise refusal(
                stage.linear, "reads a tensor with a scale per channel; use one scale for all channels"
            )
        self._plan.prefix += stage.nodes
        self._plan.entry, self._plan.entry_scale = stage.linear.input[0], lattice.scale
        self._datatype, self._value = _datatype(lattice), Affine(lattice.scale)
        return True

    def _enter_by_input(self, stage: Stage) -> bool:
        given = self._input
        moved = max((i for i, node in enumerate(stage.nodes, 1) if node.op_type == "Transpose"), default=0)
        host, nodes = stage.nodes[:moved], stage.nodes[moved:]
        if given is None or any(node.op_type not in LAYOUT for node in host):
            return False
        entry = host[-1].output[0] if host else self._network.input
        value = Affine(np.array([given.scale], dtype=np.float64))
        lattice = self._network.lattice(nodes)
        behind = self._network.affine(nodes, value, self._network.shape(entry))
        if lattice is None and behind is None:
            return False
        self._plan.prefix += host
        self._plan.entry, self._plan.entry_scale, self._plan.integer_entry = entry, value.scale, True
        self._plan.consumed |= {node.name for node in nodes}
        self._datatype, self._value = given.datatype, behind or value
        if lattice is not None and stage.linear is not None:
            self._threshold_input(nodes, stage.linear, lattice)
        return True

    def _threshold_input(self, nodes: Sequence[NodeProto], linear: NodeProto, lattice: Lattice) -> None:
        """Thresholds on the raw integers in place of ``nodes``."""
        assert self._datatype is not None
        low, high = (np.array([int(bound)]) for bound in (self._datatype.min(), self._datatype.max()))
        before, shape = self._network.shape(self._plan.entry), self._network.shape(linear.input[0])
        tail = Tail(nodes, self._network.constants, before, self._value, lattice.scale)
        activation = activation_of(
            find_thresholds(tail, low, high, _span(lattice)), lattice, shape, nodes[-1]
        )
        origin = tuple(node.name for node in nodes if node.op_type not in LAYOUT)
        self._plan.layers.append(ThresholdLayer(origin, shape, self._datatype, activation))
        self._datatype, self._value = activation.datatype, Affine(lattice.scale)

    # Inside

    def _continue(self, stage: Stage, after: Stage) -> bool:
        """Take the stage's product and what follows it; False where the hardware ends."""
        assert stage.linear is not None and self._datatype is not None
        weights, shape = self._network.weights(stage.linear), self._vector_shape(stage.linear)
        assert weights is not None
        layer = matrix_layer(stage.linear, weights, shape, self._datatype, self._value)
        self._plan.exit, self._plan.exit_value = stage.linear.output[0], layer.value
        self._plan.consumed.add(stage.linear.name)
        if after.linear is None or self._network.weights(after.linear) is None:
            self._leave(layer, after)
            return False
        return self._join(layer, stage, after)

    def _join(self, layer: MatrixLayer, stage: Stage, after: Stage) -> bool:
        assert stage.linear is not None
        lattice = self._network.lattice(after.nodes)
        if lattice is not None:
            layer = self._activated(layer, after.nodes, lattice)
            self._value = Affine(lattice.scale)
        else:
            behind = self._network.affine(after.nodes, layer.value, layer.output_shape)
            if behind is None:
                self._leave(layer, after)
                return False
            _require_narrow(stage.linear, layer)
            self._value = behind
        self._plan.consumed |= {node.name for node in after.nodes}
        self._plan.layers.append(layer)
        self._datatype = layer.output_datatype
        return True

    def _leave(self, layer: MatrixLayer, after: Stage) -> None:
        """End the hardware behind the last quantiser that fits it, else at the accumulator."""
        ends = [count for count, node in enumerate(after.nodes, 1) if node.op_type in QUANTISERS]
        activated = next(
            (found for end in reversed(ends) if (found := self._try(layer, after.nodes[:end]))), None
        )
        self._plan.layers.append(activated or layer)

    def _try(self, layer: MatrixLayer, nodes: Sequence[NodeProto]) -> MatrixLayer | None:
        """The layer with ``nodes`` as its thresholds; None where they had better stay on the host."""
        lattice = self._network.end_lattice(nodes[-1:])
        if lattice is None or lattice.high - lattice.low >= MAX_LEVELS:
            return None
        try:
            activated = self._activated(layer, nodes, lattice)
        except FinnError:
            return None
        self._plan.exit, self._plan.exit_value = nodes[-1].output[0], Affine(lattice.scale)
        self._plan.consumed |= {node.name for node in nodes}
        return activated

    def _activated(self, layer: MatrixLayer, nodes: Sequence[NodeProto], lattice: Lattice) -> MatrixLayer:
        """The layer with thresholds that stand for ``nodes``."""
        vectors = int(np.prod(layer.shape[:-1]))
        tail = Tail(nodes, self._network.constants, layer.output_shape, layer.value, lattice.scale)
        table = find_thresholds(
            tail, np.tile(layer.low, vectors), np.tile(layer.high, vectors), _span(lattice)
        )
        activation = activation_of(table, lattice, layer.output_shape, nodes[-1])
        origin = tuple(node.name for node in nodes if node.op_type not in LAYOUT)
        return replace(layer, origin=layer.origin + origin, activation=activation)

    # Helpers

    def _vector_shape(self, linear: NodeProto) -> tuple[int, ...]:
        """The product's input shape, as the layer before left it."""
        shape = self._network.shape(linear.input[0])
        if not self._plan.layers:
            return shape
        kept = self._plan.layers[-1].output_shape
        if kept[-1] != shape[-1]:
            reason = f"reads vectors of {shape[-1]} made from vectors of {kept[-1]}; keep their length"
            raise refusal(linear, reason)
        return kept

    def _warn(self, node: NodeProto, reason: str, remedy: str) -> None:
        self._plan.warnings.append(
            f"{label(node)} runs on the host in float because {reason}; {remedy} would move it into hardware"
        )

    def _warn_rest(self, start: int) -> None:
        for stage in self._network.stages[start:]:
            if stage.linear is None:
                continue
            if self._network.weights(stage.linear) is not None:
                self._warn(stage.linear, "nothing quantises its input", "a quantiser before it")
            else:
                self._warn(stage.linear, "its weights are not quantised", "quantised weights")


def _datatype(lattice: Lattice) -> BaseDataType:
    return DataType["BIPOLAR"] if lattice.bipolar else smallest_datatype(lattice.low, lattice.high)


def _require_narrow(linear: NodeProto, layer: MatrixLayer) -> None:
    bits = layer.accumulator_datatype.bitwidth()
    if bits > MAX_OPERAND_BITS:
        reason = f"feeds the next layer {bits} bits with no quantiser between; at most {MAX_OPERAND_BITS}"
        raise refusal(linear, f"{reason} are supported, so quantise its output")


def _span(lattice: Lattice) -> tuple[int, int] | None:
    return (-1, 1) if lattice.bipolar else None
