"""Networks whose integers are written out between ``QuantizeLinear`` and ``DequantizeLinear``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from onnx import NodeProto, TensorProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.frontend.graph.attributes import attributes, refusal
from finn.frontend.graph.guard import at_node
from finn.frontend.reading.integers import Integers, Written
from finn.frontend.reading.linear_quantisation import (
    LINEAR,
    LINEAR_DOMAINS,
    ConstantValues,
    Linear,
    integer_bits,
    linear_of,
)
from finn.frontend.reading.shapes import KnownShapes

__all__ = ("QuantizeLinearAsQuant",)

_LAYOUT = ("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Slice", "Gather", "Split")
# What gives some of the integers that it reads, whatever these stand for.
_UNCHANGING = (*_LAYOUT, "MaxPool", "Concat", "Resize", "DepthToSpace", "Expand", "Tile")
# The same function of the integers themselves.
_ON_INTEGERS = ("Relu", "Pad", "Max", "Min")
# What gives no such integers, but places or sizes.
_ABOUT = ("Shape", "Size", "ArgMax")
_WIDER = (TensorProto.INT32, TensorProto.INT64)


class QuantizeLinearAsQuant(Transformation):  # type: ignore[misc]
    """Every ``QuantizeLinear`` as the ``Quant`` that gives what its integers stand for.

    A ``DequantizeLinear`` of these vanishes, one of a constant becomes a ``Quant`` of it, so that its
    integers remain known. Operators on integers between the two work on what they stand for, or on the
    integers as float numbers.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """One sweep; FinnError names a node that has no such form."""
        if any(n.op_type in LINEAR and n.domain in LINEAR_DOMAINS for n in model.graph.node):
            _Sweep(model).run()
        return model, False


class _Sweep:
    """Writes a graph's nodes anew, in order, and keeps what its integer tensors are."""

    def __init__(self, model: ModelWrapper) -> None:
        self._model = model
        self._constants = ConstantValues(model)
        self._written = Written(model)
        self._integers: dict[str, Integers] = {}
        self._others: dict[str, str] = {}
        self._outputs = [str(tensor.name) for tensor in model.graph.output]
        self._shapes: ModelWrapper | None = None

    def run(self) -> None:
        """Replace the nodes of the model."""
        for node in list(self._model.graph.node):
            with at_node(node):
                self._visit(node)
        for name in self._outputs:
            if name in self._integers:
                self._written.cast(self._integers[name], name)
            elif name in self._others:
                self._written.add("Identity", [self._others[name]], name)
        self._written.finish(self._outputs, self._constants)

    def _visit(self, node: NodeProto) -> None:
        linear = node.op_type in LINEAR and node.domain in LINEAR_DOMAINS
        if all(self._constants.get(name) is not None for name in node.output if name):
            if node.op_type == "DequantizeLinear" and linear:
                self._weights(node)
            elif not linear:
                self._written.keep(node)
        elif linear and node.op_type == "QuantizeLinear":
            parameters = linear_of(node, self._constants, self._shape(node))
            self._integers[node.output[0]] = Integers(
                node.name, parameters, source=self._others.get(node.input[0], node.input[0])
            )
        elif linear:
            self._dequantise(node)
        elif any(name in self._integers for name in node.input):
            self._on_integers(node)
        else:
            self._keep(node)

    def _keep(self, node: NodeProto) -> None:
        kept = NodeProto()
        kept.CopyFrom(node)
        kept.input[:] = [self._others.get(name, name) for name in node.input]
        self._written.keep(kept)

    def _shape(self, node: NodeProto) -> tuple[int, ...] | None:
        """Of what ``node`` reads, where its scales are those of an axis; else None."""
        scale = self._constants.get(node.input[1])
        if scale is None or scale.size == 1:
            return None
        if self._shapes is None:
            self._shapes = self._model.transform(KnownShapes(), cleanup=False)
        shape = self._shapes.get_tensor_shape(node.input[0])
        return None if shape is None else tuple(int(n) for n in shape)

    def _weights(self, node: NodeProto) -> None:
        """A constant as the ``Quant`` of what its integers stand for, which gives those again."""
        q = self._constants.get(node.input[0])
        assert q is not None
        linear = linear_of(node, self._constants, q.shape)
        kind = integer_bits(self._constants.kind(node.input[0]))
        bits, signed = kind or (32, True)
        value = linear.dequantised(q)
        target = str(node.output[0])
        if bits > 16:
            self._written.constant(target, value)
            return
        name = self._written.constant(f"{target}_values", value)
        self._written.quant(node.name, name, target, linear, bits, signed=signed, narrow=False)

    def _dequantise(self, node: NodeProto) -> None:
        source, target = str(node.input[0]), str(node.output[0])
        linear = linear_of(node, self._constants, self._shape(node))
        found = self._integers.get(source)
        if found is None:
            name = self._others.get(source, source)
            plain = self._written.add("Cast", [name], f"{target}_integers", to=TensorProto.FLOAT)
            found = Integers(node.name, None, plain=plain)
        wanted = target if target in self._outputs else ""
        if found.linear is not None and linear.means_the_same(found.linear):
            value = self._written.value(found, wanted)
        else:
            plain = self._written.plain(found)
            value = self._written.value(Integers(node.name, linear, plain=plain), wanted or target)
        if value != target:
            self._others[target] = value

    # Operators on integers

    def _on_integers(self, node: NodeProto) -> None:
        if node.op_type in _ABOUT:
            self._others[node.input[0]] = self._written.plain(self._integers[node.input[0]])
            self._keep(node)
        elif node.op_type == "Clip" and self._integers[node.input[0]].linear is not None:
            self._clip(node)
        elif node.op_type == "Cast":
            self._cast(node)
        elif node.op_type in _UNCHANGING:
            self._unchanging(node)
        elif node.op_type in (*_ON_INTEGERS, "Clip"):
            self._as_floats(node)
        else:
            raise refusal(node, "computes with integers; put a DequantizeLinear before it")

    def _moving(self, node: NodeProto) -> list[Integers]:
        """The integer tensors that ``node`` reads, constants among them."""
        count = len(node.input) if node.op_type in ("Concat", "Max", "Min") else 1
        found = []
        for name in node.input[:count]:
            value = self._constants.get(name)
            if name in self._integers:
                found.append(self._integers[name])
            elif value is not None:
                plain = self._written.constant(f"{name}_for_{node.name}", value.astype(np.float32))
                found.append(Integers(node.name, None, plain=plain))
            else:
                raise refusal(node, "joins integers with a tensor whose meaning is not known; dequantise it")
        return found

    def _unchanging(self, node: NodeProto) -> None:
        moving = self._moving(node)
        first = moving[0].linear
        if first is None or not first.is_uniform or not all(_means(m, first) for m in moving):
            self._as_floats(node)
            return
        values = [self._written.value(m) for m in moving]
        for name in filter(None, node.output):
            self._integers[name] = Integers(node.name, first, value=f"{name}_value")
        self._floating(node, values, "value")

    def _as_floats(self, node: NodeProto) -> None:
        """On the integers as float numbers; the constants of ``Clip`` and ``Pad`` are such too."""
        plains = [self._written.plain(m) for m in self._moving(node)]
        kinds = {m.kind for m in self._moving(node)}
        for name in filter(None, node.output):
            self._integers[name] = Integers(node.name, None, plain=f"{name}_plain", kind=max(kinds))
        self._floating(node, plains, "plain")

    def _floating(self, node: NodeProto, sources: Sequence[str], suffix: str) -> None:
        made = NodeProto()
        made.CopyFrom(node)
        rest = [self._as_float(node, index) for index in range(len(sources), len(node.input))]
        made.input[:] = [*sources, *rest]
        made.output[:] = [f"{name}_{suffix}" if name else "" for name in node.output]
        self._written.keep(made)

    def _as_float(self, node: NodeProto, index: int) -> str:
        """A further input: a number that goes with the tensor's becomes a float."""
        name = str(node.input[index])
        value = self._constants.get(name) if name else None
        numbers = node.op_type == "Clip" or (node.op_type == "Pad" and index == 2)
        if value is None or not numbers:
            return name
        return self._written.constant(f"{name}_for_{node.name}", value.astype(np.float32))

    def _clip(self, node: NodeProto) -> None:
        """A smaller range of the same integers."""
        found = self._integers[node.input[0]]
        assert found.linear is not None
        low, high = (self._bound(node, key, i) for i, key in enumerate(("min", "max"), 1))
        linear = found.linear
        low = linear.low if low is None else max(low, linear.low)
        high = linear.high if high is None else min(high, linear.high)
        if low > high:
            raise refusal(node, f"clips to nothing ({low} to {high}); check the export")
        # What integers stand for gives those again where it is quantised once more.
        source = found.source or self._written.value(found)
        narrowed = replace(linear, low=low, high=high)
        self._integers[node.output[0]] = Integers(node.name, narrowed, source=source)

    def _bound(self, node: NodeProto, key: str, index: int) -> int | None:
        given = attributes(node).get(key)
        if given is None and len(node.input) > index and node.input[index]:
            given = self._constants.get(node.input[index])
            if given is None:
                raise refusal(node, "has bounds that are computed; export them as constants")
        return None if given is None else int(np.asarray(given).reshape(-1)[0])

    def _cast(self, node: NodeProto) -> None:
        found, to = self._integers[node.input[0]], int(attributes(node)["to"])
        plain = self._written.plain(found)
        if to in _WIDER:
            self._integers[node.output[0]] = Integers(node.name, None, plain=plain, kind=to)
        elif to == TensorProto.FLOAT:
            self._others[node.output[0]] = plain
        else:
            raise refusal(node, "casts integers to a type other than float32, int32 and int64")


def _means(tensor: Integers, linear: Linear) -> bool:
    """Whether the integers of a tensor stand for what ``linear`` says."""
    return tensor.linear is not None and tensor.linear.means_the_same(linear)
