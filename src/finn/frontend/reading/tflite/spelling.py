"""A graph of whole numbers under construction, from a TensorFlow Lite file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from finn.errors import FinnError
from finn.frontend.graph.attributes import printable
from finn.frontend.graph.integer_operators import INTEGER_DOMAIN, INTEGER_OPERATORS
from finn.frontend.graph.operators import OPSET
from finn.frontend.reading.tflite.file import Operation, Tensor, TFLiteGraph

__all__ = ("Spelling",)

# Of the nodes that an operator becomes, the one that has its name.
_MAIN = (
    *(
        "Conv",
        "ConvTranspose",
        "MatMul",
        "MaxPool",
        "AveragePool",
        "Concat",
        "Pad",
        "ReduceSum",
        "RequantizedAdd",
    ),
    *("IntegerSoftmax", "QuantizeFloat", "AsFloat"),
)
_KINDS = {"INT8": TensorProto.INT8, "FLOAT32": TensorProto.FLOAT}
_FIRST, _LAST = (0, 3, 1, 2), (0, 2, 3, 1)


class Spelling:
    """Nodes and constants, in which each tensor of the file keeps its shape, channels last.

    Parameters
    ----------
    graph
        The file's.

    Attributes
    ----------
    given
        Each operator with a tensor that it gives, and what the file says of that tensor.
    """

    def __init__(self, graph: TFLiteGraph) -> None:
        self.graph = graph
        self.given: list[tuple[Operation, str, Tensor]] = []
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, NDArray[Any]] = {}
        self._names = dict[int, str]()

    def tensor(self, operation: Operation, place: int) -> Tensor:
        """The tensor at an operator's input ``place``; FinnError where it has none."""
        if place >= len(operation.inputs) or operation.inputs[place] < 0:
            raise operation.refusal(f"has no input {place}; check the export")
        return self.graph.tensors[operation.inputs[place]]

    def output(self, operation: Operation) -> Tensor:
        """The one tensor that an operator gives."""
        if len(operation.outputs) != 1:
            raise operation.refusal("does not give one tensor; check the export")
        return self.outputs(operation)[0]

    def outputs(self, operation: Operation) -> list[Tensor]:
        """The tensors that an operator gives."""
        if min(operation.outputs, default=-1) < 0:
            raise operation.refusal("gives nothing; check the export")
        return [self.graph.tensors[number] for number in operation.outputs]

    def computed(self, operation: Operation, place: int = 0) -> str:
        """The name of the computed tensor at an input; FinnError where it is a constant, or not made yet."""
        tensor = self.tensor(operation, place)
        if tensor.values is not None:
            raise operation.refusal(f"reads a constant at input {place}, which is not supported")
        if operation.inputs[place] not in self._names:
            raise operation.refusal("reads a tensor that no operator before it gives; check the export")
        return self._names[operation.inputs[place]]

    def constant(self, operation: Operation, place: int, what: str) -> NDArray[Any]:
        """The values at an input; FinnError where they are computed."""
        values = self.tensor(operation, place).values
        if values is None:
            raise operation.refusal(f"has {what} that are computed; only constant ones are supported")
        return values

    def add(
        self, operation: Operation, op_type: str, source: str, *more: NDArray[Any] | str, **attributes: Any
    ) -> str:
        """A node behind ``source``, with tensors or constants as further inputs; the tensor that it gives."""
        name = operation.name if op_type in _MAIN else f"{operation.name}_{op_type}_{len(self._nodes)}"
        inputs = [source, *(self._named(name, index, value) for index, value in enumerate(more))]
        domain = INTEGER_DOMAIN if op_type in INTEGER_OPERATORS else ""
        self._nodes.append(
            helper.make_node(op_type, inputs, [f"{name}_out"], name=name, domain=domain, **attributes)
        )
        return f"{name}_out"

    def channels_first(self, operation: Operation, source: str) -> str:
        """An image, channels last, as ONNX has it."""
        return self.add(operation, "Transpose", source, perm=_FIRST)

    def channels_last(self, operation: Operation, source: str) -> str:
        """An image as ONNX has it, channels last."""
        return self.add(operation, "Transpose", source, perm=_LAST)

    def reshaped(self, operation: Operation, source: str, shape: tuple[int, ...]) -> str:
        """A tensor in another shape for one image."""
        return self.add(operation, "Reshape", source, np.array([0, *shape], dtype=np.int64))

    def give(self, operation: Operation, sources: Sequence[str]) -> None:
        """Say which tensors an operator's outputs are."""
        self._names.update(zip(operation.outputs, sources, strict=True))
        self.given += zip([operation] * len(sources), sources, self.outputs(operation), strict=True)

    def start(self) -> list[Any]:
        """The graph's inputs, from which their whole numbers are made."""
        infos = []
        for number in self.graph.inputs:
            tensor, name = self.graph.tensors[number], self._outer_name(number)
            kind = self._outer_kind(number, "input")
            infos.append(helper.make_tensor_value_info(name, kind, [1, *tensor.shape[1:]]))
            self._names[number] = name
            if kind == TensorProto.INT8:
                self._border("Cast", name, f"input_{number}", to=TensorProto.FLOAT)
                self._names[number] = f"input_{number}"
        return infos

    def finish(self, inputs: list[Any]) -> ModelProto:
        """The model, whose outputs are of the types that the file says."""
        outputs = []
        for number in self.graph.outputs:
            name = self._outer_name(number)
            if number not in self._names:
                raise FinnError(f"output {name!r} is given by no operator; check the export")
            kind = self._outer_kind(number, "output")
            outputs.append(helper.make_tensor_value_info(name, kind, None))
            self._border("AsInt8" if kind == TensorProto.INT8 else "Identity", self._names[number], name)
        constants = [numpy_helper.from_array(value, name) for name, value in self._constants.items()]
        graph = helper.make_graph(self._nodes, "tflite", inputs, outputs, constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(INTEGER_DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=opsets)

    def _border(self, op_type: str, source: str, target: str, **attributes: Any) -> None:
        """A node at an input or an output of the graph."""
        domain = INTEGER_DOMAIN if op_type in INTEGER_OPERATORS else ""
        name = f"{op_type} of {source}"
        self._nodes.append(
            helper.make_node(op_type, [source], [target], name=name, domain=domain, **attributes)
        )

    def _outer_kind(self, number: int, what: str) -> int:
        """The ONNX type of an input or output; FinnError where it is neither int8 nor float32."""
        tensor = self.graph.tensors[number]
        if tensor.kind not in _KINDS:
            reason = f"{what} {printable(tensor.name)!r} is {tensor.kind}"
            raise FinnError(f"{reason}; quantise the network to int8, inputs and outputs among it")
        return int(_KINDS[tensor.kind])

    def _named(self, node: str, index: int, value: NDArray[Any] | str) -> str:
        if isinstance(value, str):
            return value
        name = f"{node}_constant{index}"
        self._constants[name] = value
        return name

    def _outer_name(self, number: int) -> str:
        """The name that the file gives an input or output, made unique."""
        ends = [*self.graph.inputs, *self.graph.outputs]
        names = [self.graph.tensors[end].name for end in ends]
        own = self.graph.tensors[number].name
        return f"{printable(own)}_{number}" if not own or names.count(own) > 1 else printable(own)
