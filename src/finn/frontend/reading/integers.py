"""Integer tensors of a network as float ones: what they stand for, or the integers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import QONNX_DOMAIN
from finn.frontend.reading.linear_quantisation import ConstantValues, Linear, integer_bits

__all__ = ("Integers", "Written")


@dataclass
class Integers:
    """An integer tensor.

    Attributes
    ----------
    label
        Name of the node that it is told by.
    linear
        What its integers stand for; None where that is not known.
    source
        The float tensor that is quantised, where it is not yet.
    value, plain
        Float tensors of what the integers stand for, and of the integers; empty until they are needed.
    kind
        Its ONNX type where ``linear`` does not say it.
    """

    label: str
    linear: Linear | None
    source: str = ""
    value: str = ""
    plain: str = ""
    kind: int = TensorProto.INT32


class Written:
    """The nodes of the new graph, in order.

    Parameters
    ----------
    model
        The model that they will be of.
    """

    def __init__(self, model: ModelWrapper) -> None:
        self._model = model
        self._nodes: list[NodeProto] = []

    def keep(self, node: NodeProto) -> None:
        """A node as it is."""
        self._nodes.append(node)

    def add(self, op_type: str, inputs: Sequence[str], target: str, **attributes: Any) -> str:
        """A standard node of its output's name; that name."""
        self._nodes.append(helper.make_node(op_type, inputs, [target], name=target, **attributes))
        return target

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """An initialiser; its name."""
        self._model.set_initializer(name, value)
        return name

    def quant(
        self, label: str, source: str, target: str, linear: Linear, bits: int, *, signed: bool, narrow: bool
    ) -> None:
        """A ``Quant`` that gives what integers of ``bits`` bits stand for."""
        values = {"scale": linear.scale, "zero": linear.zero, "bits": bits}
        names = [self.constant(f"{target}_{k}", np.asarray(v, np.float32)) for k, v in values.items()]
        self._nodes.append(
            helper.make_node(
                "Quant", [source, *names], [target], name=label, domain=QONNX_DOMAIN,
                signed=int(signed), narrow=int(narrow), rounding_mode="ROUND", round_first=1,
            )
        )  # fmt: skip

    def value(self, tensor: Integers, name: str = "") -> str:
        """The float tensor of what integers stand for, made where there is none; ``name`` if so."""
        linear = tensor.linear
        assert linear is not None
        if tensor.value:
            return tensor.value
        if tensor.source:
            tensor.value = name or f"{tensor.label}_value"
            self._quantised(tensor, tensor.source, tensor.value, linear)
        else:
            shifted = self._moved("Sub", tensor.plain, f"{name}_less_zero", linear.zero)
            target = self.constant(f"{name}_scale", linear.scale)
            tensor.value = self.add("Mul", [shifted, target], name)
        return tensor.value

    def plain(self, tensor: Integers) -> str:
        """The float tensor of the integers themselves, made where there is none."""
        linear = tensor.linear
        if tensor.plain or linear is None:
            return tensor.plain
        name = f"{tensor.label}_plain"
        scale = self.constant(f"{name}_step", linear.scale)
        ratio = self.add("Div", [tensor.source or tensor.value, scale], f"{name}_ratio")
        if tensor.source:
            one = Linear(np.ones_like(linear.scale), linear.zero, linear.kind, linear.low, linear.high)
            ratio = self._quantised(tensor, ratio, f"{name}_quantised", one)
        tensor.plain = self._moved("Add", ratio, name, linear.zero)
        return tensor.plain

    def cast(self, tensor: Integers, name: str) -> None:
        """The integers as the graph output ``name``, in their own type."""
        kind = tensor.kind if tensor.linear is None else tensor.linear.kind
        self.add("Cast", [self.plain(tensor)], name, to=kind)

    def _clipped(self, source: str, target: str, linear: Linear) -> str:
        """Numbers no less than what ``low`` stands for, and no more than what ``high`` does."""
        ends = [linear.dequantised(np.asarray(end)) for end in (linear.low, linear.high)]
        names = [self.constant(f"{target}_{i}", end) for i, end in enumerate(ends)]
        return self.add("Min", [self.add("Max", [source, names[0]], f"{target}_low"), names[1]], target)

    def _moved(self, op_type: str, source: str, target: str, zero: NDArray[np.int64]) -> str:
        if not np.any(zero):
            return source
        return self.add(op_type, [source, self.constant(f"{target}_zero", zero.astype(np.float32))], target)

    def _quantised(self, tensor: Integers, source: str, target: str, linear: Linear) -> str:
        """A ``Quant`` that adds its zero point where ``QuantizeLinear`` does; where none has the bounds,
        one with those of the type, of numbers between what the bounds stand for."""
        bits, signed = integer_bits(linear.kind) or (32, True)
        form = _form(linear)
        width, sign, narrow = form or (bits, signed, False)
        source = source if form is not None else self._clipped(source, f"{target}_within", linear)
        self.quant(tensor.label, source, target, linear, width, signed=sign, narrow=narrow)
        return target

    def finish(self, outputs: Sequence[str], constants: ConstantValues) -> None:
        """Put what the outputs need into the model in place of its nodes."""
        wanted, kept = set(outputs), []
        for node in reversed(self._nodes):
            if wanted & set(node.output):
                kept.append(node)
                wanted.update(node.input)
        graph = self._model.graph
        made = {name for node in kept for name in node.output}
        del graph.node[:]
        graph.node.extend(reversed(kept))
        known = {tensor.name for tensor in graph.initializer}
        given = made | known | {tensor.name for tensor in graph.input}
        for name in sorted(wanted - given - {""}):
            value = constants.get(name)
            assert value is not None
            self._model.set_initializer(name, value)
        for tensor in [t for t in graph.initializer if t.name not in wanted]:
            graph.initializer.remove(tensor)


def _form(linear: Linear) -> tuple[int, bool, bool] | None:
    """Bits, signed and narrow of the ``Quant`` with these bounds; None where there is none."""
    low, high = linear.low, linear.high
    if low < 0:
        bits = (high + 1).bit_length()
        fits = high == 2 ** (bits - 1) - 1 and low in (-high - 1, -high) and bits > 1
        return (bits, True, low == -high) if fits else None
    bits = (high + 1).bit_length() - 1
    return (bits, False, False) if low == 0 and high == 2**bits - 1 and bits else None
