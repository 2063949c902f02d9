"""Decides what of a network runs in hardware, and finds those layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.activations import Bounds, activation_behind
from finn.frontend.affine import Affine
from finn.frontend.attributes import label, refusal
from finn.frontend.chain import LAYOUT, QUANTISERS, WINDOWED, Stage
from finn.frontend.constants import Quantised
from finn.frontend.image_layers import PoolLayer
from finn.frontend.layers import MAX_OPERAND_BITS, Activation, Layer, MatrixLayer, ThresholdLayer
from finn.frontend.linear import linear_layers
from finn.frontend.network import Network
from finn.frontend.order import Order, behind, image_order, is_image, plain_order
from finn.frontend.plan import IntegerInput, Plan
from finn.frontend.quantisers import Lattice
from finn.frontend.ranges import smallest_datatype
from finn.frontend.thresholds import MAX_LEVELS

__all__ = ("plan_network",)


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
        # Of the tensor that the last layer gives, and the shape of its stream, channels last.
        self._order: Order = plain_order(())
        self._shape: tuple[int, ...] = ()

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
        if not self._network.runs_in_hardware(stage.linear):
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
        self._begin(stage.linear)
        return True

    def _begin(self, linear: NodeProto) -> None:
        """Take the input of the first layer in the order in which that layer reads it."""
        shape = self._network.shape(linear.input[0])
        self._order, self._shape = plain_order(shape), shape
        if linear.op_type in WINDOWED:
            self._plan.entry_image = (shape[0], *(1,) * (3 - len(shape)), *shape[1:])
            self._order, self._shape = image_order(shape), (*self._plan.entry_image[1:], shape[0])

    def _enter_by_input(self, stage: Stage) -> bool:
        given = self._input
        moved = max((i for i, node in enumerate(stage.nodes, 1) if node.op_type == "Transpose"), default=0)
        host, nodes = stage.nodes[:moved], stage.nodes[moved:]
        if given is None or any(node.op_type not in LAYOUT for node in host):
            return False
        entry = host[-1].output[0] if host else self._network.input
        value = Affine(np.array([given.scale], dtype=np.float64))
        assert stage.linear is not None
        self._begin(stage.linear)
        lattice, before = self._network.lattice(nodes), self._network.shape(entry)
        # Only shapes change between the two tensors, not the order of their elements.
        order = self._order.reshape(before)
        affine = self._network.affine(nodes, value, order, self._shape[-1])
        if lattice is None and affine is None:
            return False
        self._plan.prefix += host
        self._plan.entry, self._plan.entry_scale, self._plan.integer_entry = entry, value.scale, True
        self._plan.consumed |= {node.name for node in nodes}
        self._datatype, self._value = given.datatype, affine or value
        if lattice is not None:
            self._threshold_input(nodes, order, lattice)
        return True

    def _threshold_input(self, nodes: Sequence[NodeProto], order: Order, lattice: Lattice) -> None:
        """Thresholds on the raw integers in place of ``nodes``."""
        assert self._datatype is not None
        activation = self._activation(nodes, order, self._value, _bounds(self._datatype), lattice)
        self._plan.layers.append(ThresholdLayer(_origin(nodes), self._shape, self._datatype, activation))
        self._datatype, self._value = activation.datatype, Affine(lattice.scale)

    # Inside

    def _continue(self, stage: Stage, after: Stage) -> bool:
        """Take the stage's product and what follows it; False where the hardware ends."""
        linear = stage.linear
        assert linear is not None and self._datatype is not None
        *before, layer = linear_layers(
            linear, self._network.weights(linear), self._order, self._shape, self._datatype, self._value
        )
        self._plan.layers += before
        shape = self._network.shape(linear.output[0])
        self._order = image_order(shape) if linear.op_type in WINDOWED else plain_order(shape)
        self._shape = layer.output_shape
        assert isinstance(layer, MatrixLayer | PoolLayer)
        self._plan.exit, self._plan.exit_value = linear.output[0], layer.value
        self._plan.exit_image = linear.op_type in WINDOWED
        self._plan.consumed.add(linear.name)
        if after.linear is None or not self._network.runs_in_hardware(after.linear):
            self._leave(layer, after)
            return False
        return self._join(layer, linear, after)

    def _join(self, layer: MatrixLayer | PoolLayer, linear: NodeProto, after: Stage) -> bool:
        lattice = self._network.lattice(after.nodes)
        if lattice is not None:
            layers = self._activated(layer, after.nodes, lattice)
            self._value = Affine(lattice.scale)
        else:
            affine = self._network.affine(after.nodes, layer.value, self._order, self._shape[-1])
            if affine is None:
                self._leave(layer, after)
                return False
            _require_narrow(linear, layer)
            layers, self._value = [layer], affine
        self._plan.consumed |= {node.name for node in after.nodes}
        self._plan.layers += layers
        self._order = behind(after.nodes, self._network.constants, self._order)
        self._datatype = layers[-1].output_datatype
        return True

    def _leave(self, layer: MatrixLayer | PoolLayer, after: Stage) -> None:
        """End the hardware behind the last quantiser that fits it, else at the accumulator."""
        ends = [count for count, node in enumerate(after.nodes, 1) if node.op_type in QUANTISERS]
        activated = next(
            (found for end in reversed(ends) if (found := self._try(layer, after.nodes[:end]))), None
        )
        self._plan.layers += activated or [layer]

    def _try(self, layer: MatrixLayer | PoolLayer, nodes: Sequence[NodeProto]) -> list[Layer] | None:
        """The layer with ``nodes`` as its thresholds; None where they had better stay on the host."""
        lattice = self._network.end_lattice(nodes[-1:])
        if lattice is None or lattice.high - lattice.low >= MAX_LEVELS:
            return None
        order = behind(nodes, self._network.constants, self._order)
        plain = np.array_equal(order.reshape(-1), np.arange(order.size))
        if not plain and not is_image(order, self._shape):
            return None
        try:
            activated = self._activated(layer, nodes, lattice)
        except FinnError:
            return None
        self._plan.exit, self._plan.exit_value = nodes[-1].output[0], Affine(lattice.scale)
        self._plan.exit_image = not plain
        self._plan.consumed |= {node.name for node in nodes}
        return activated

    def _activated(
        self, layer: MatrixLayer | PoolLayer, nodes: Sequence[NodeProto], lattice: Lattice
    ) -> list[Layer]:
        """The layer with thresholds that stand for ``nodes``; a pooling is followed by them."""
        if isinstance(layer, PoolLayer):
            bounds = _bounds(layer.output_datatype)
            activation = self._activation(nodes, self._order, layer.value, bounds, lattice)
            after = ThresholdLayer(_origin(nodes), layer.output_shape, layer.output_datatype, activation)
            return [layer, after]
        activation = self._activation(nodes, self._order, layer.value, (layer.low, layer.high), lattice)
        return [replace(layer, origin=layer.origin + _origin(nodes), activation=activation)]

    def _activation(
        self, nodes: Sequence[NodeProto], order: Order, value: Affine, bounds: Bounds, lattice: Lattice
    ) -> Activation:
        return activation_behind(nodes, self._network.constants, order, value, bounds, lattice, self._shape)

    # Helpers

    def _warn(self, node: NodeProto, reason: str, remedy: str) -> None:
        self._plan.warnings.append(
            f"{label(node)} runs on the host in float because {reason}; {remedy} would move it into hardware"
        )

    def _warn_rest(self, start: int) -> None:
        for stage in self._network.stages[start:]:
            if stage.linear is None:
                continue
            if self._network.runs_in_hardware(stage.linear):
                self._warn(stage.linear, "nothing quantises its input", "a quantiser before it")
            else:
                self._warn(stage.linear, "its weights are not quantised", "quantised weights")


def _datatype(lattice: Lattice) -> BaseDataType:
    return DataType["BIPOLAR"] if lattice.bipolar else smallest_datatype(lattice.low, lattice.high)


def _origin(nodes: Sequence[NodeProto]) -> tuple[str, ...]:
    return tuple(node.name for node in nodes if node.op_type not in LAYOUT)


def _bounds(datatype: BaseDataType) -> Bounds:
    return np.array([int(datatype.min())]), np.array([int(datatype.max())])


def _require_narrow(linear: NodeProto, layer: MatrixLayer | PoolLayer) -> None:
    bits = layer.output_datatype.bitwidth()
    if bits > MAX_OPERAND_BITS:
        reason = f"feeds the next layer {bits} bits with no quantiser between; at most {MAX_OPERAND_BITS}"
        raise refusal(linear, f"{reason} are supported, so quantise its output")
