"""Collects nodes, constants, shapes and types of a graph, and writes them as a qonnx model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper
from qonnx.core.datatype import BaseDataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.operators import OPSET

__all__ = ("HARDWARE_DOMAIN", "GraphBuilder")

HARDWARE_DOMAIN = "finn.custom_op.fpgadataflow"
_FLOAT_EXACT = 2**24


class GraphBuilder:
    """A graph under construction, beside the normalised network that its host nodes come from.

    Attributes
    ----------
    outputs
        The graph outputs; those of ``source`` unless replaced.
    """

    def __init__(self, source: ModelWrapper) -> None:
        graph = source.graph
        self._source = source
        self._nodes: list[NodeProto] = []
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._types: dict[str, int] = {}
        self._datatypes: dict[str, BaseDataType] = {}
        self._constants: dict[str, NDArray[Any]] = {}
        self._names = {t.name for t in [*graph.input, *graph.initializer]} | {
            node.name for node in graph.node
        }
        self._names |= {name for node in graph.node for name in node.output}
        self._batch = int(source.get_tensor_shape(graph.input[0].name)[0])
        self.outputs: list[ValueInfoProto] = list(graph.output)

    def fresh(self, name: str) -> str:
        """``name``, or a longer one that nothing has yet."""
        while name in self._names:
            name += "_"
        self._names.add(name)
        return name

    def shape_of(self, tensor: str) -> tuple[int, ...]:
        """Shape for one image, of a tensor of this graph or of the source."""
        if tensor in self._shapes:
            return self._shapes[tensor]
        return tuple(int(n) for n in self._source.get_tensor_shape(tensor)[1:])

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A constant of a new name; the name."""
        name = self.fresh(name)
        self._constants[name] = value
        return name

    def integer_constant(self, name: str, value: NDArray[np.int64], datatype: BaseDataType) -> str:
        """An annotated constant, in float32 where that is exact and else in float64; its name."""
        exact = bool(np.all(np.abs(value) <= _FLOAT_EXACT))
        name = self.constant(name, value.astype(np.float32 if exact else np.float64))
        self._datatypes[name] = datatype
        return name

    def annotate(self, tensor: str, datatype: BaseDataType) -> None:
        """State the integer type of a tensor."""
        self._datatypes[tensor] = datatype

    def host(
        self,
        op_type: str,
        inputs: Sequence[str],
        output: str,
        shape: tuple[int, ...],
        element_type: int = TensorProto.FLOAT,
        **attributes: Any,
    ) -> str:
        """A standard node whose output, named ``output``, has ``shape`` for one image; that name."""
        name = self.fresh(f"{op_type}_{output}")
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=name, **attributes))
        self._shapes[output] = shape
        self._types[output] = element_type
        return output

    def hardware(self, node: NodeProto) -> None:
        """A finished hardware node, whose outputs are to be declared."""
        self._nodes.append(node)

    def declare(self, tensor: str, shape: tuple[int, ...], datatype: BaseDataType) -> None:
        """The shape for one image and the integer type of a tensor."""
        self._shapes[tensor] = shape
        self._datatypes[tensor] = datatype

    def copy(self, nodes: Iterable[NodeProto]) -> None:
        """Nodes of the source with their constants."""
        for node in nodes:
            self._nodes.append(node)
            values = {name: self._source.get_initializer(name) for name in node.input}
            self._constants.update({name: value for name, value in values.items() if value is not None})
            for name in node.output:
                if name and self._source.get_tensor_shape(name) is not None:
                    self._shapes[name] = self.shape_of(name)
                    self._types[name] = _element_type(self._source, name)

    def output_info(self, tensor: str, element_type: int) -> ValueInfoProto:
        """The declaration of a tensor as a graph output."""
        return helper.make_tensor_value_info(tensor, element_type, (self._batch, *self._shapes[tensor]))

    def model(self, metadata: Mapping[str, str]) -> ModelWrapper:
        """The finished graph."""
        graph = self._source.graph
        outer = {t.name for t in [*graph.input, *self.outputs]}
        infos = [
            helper.make_tensor_value_info(n, self._types.get(n, TensorProto.FLOAT), (self._batch, *shape))
            for n, shape in self._shapes.items()
            if n not in outer
        ]
        name = graph.name or "network"
        parent = helper.make_graph(self._nodes, name, graph.input, self.outputs, value_info=infos)
        model = ModelWrapper(
            helper.make_model(parent, opset_imports=self._opsets(), producer_name="finn-pynq")
        )
        for tensor, value in self._constants.items():
            model.set_initializer(tensor, value)
        for tensor, datatype in self._datatypes.items():
            model.set_tensor_datatype(tensor, datatype)
        for key, text in metadata.items():
            model.set_metadata_prop(key, text)
        return model

    def _opsets(self) -> list[Any]:
        written = [helper.make_opsetid("", OPSET), helper.make_opsetid(HARDWARE_DOMAIN, 1)]
        return written + [o for o in self._source.model.opset_import if o.domain not in ("", HARDWARE_DOMAIN)]


def _element_type(model: ModelWrapper, name: str) -> int:
    info = model.get_tensor_valueinfo(name)
    return int(info.type.tensor_type.elem_type) if info is not None else int(TensorProto.FLOAT)
