"""The ONNX side of a kernel: typed attributes, and execution by its golden model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper
from qonnx.core.datatype import BaseDataType, DataType
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.custom_op.base import CustomOp

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel

__all__ = ("DOMAIN", "Attributes", "HardwareNode", "Initializers", "constant_of")

DOMAIN = "finn.custom_op.fpgadataflow"
Initializers = Callable[[str], NDArray[Any] | None]


class Attributes:
    """Typed access to a node's attributes; a missing or mistyped one is named in the error."""

    def __init__(self, node: NodeProto, defaults: Mapping[str, Any]) -> None:
        self._name = node.name or node.op_type
        self._values = dict(defaults)
        self._values.update({a.name: helper.get_attribute_value(a) for a in node.attribute})

    def _get(self, key: str) -> Any:
        value = self._values.get(key)
        if value is None:
            raise FinnError(f"{self._name} has no attribute {key}; the model was not written by finn")
        return value

    def integer(self, key: str) -> int:
        """The attribute as an int."""
        return int(self._get(key))

    def integers(self, key: str) -> tuple[int, ...]:
        """The attribute as a tuple of ints."""
        return tuple(int(v) for v in self._get(key))

    def text(self, key: str) -> str:
        """The attribute as a str."""
        value = self._get(key)
        return value.decode() if isinstance(value, bytes) else str(value)

    def datatype(self, key: str) -> BaseDataType:
        """The attribute as a qonnx datatype."""
        return DataType[self.text(key)]

    def datatypes(self, key: str) -> tuple[BaseDataType, ...]:
        """The attribute, strings, as qonnx datatypes."""
        return tuple(DataType[v.decode() if isinstance(v, bytes) else str(v)] for v in self._get(key))


class HardwareNode(CustomOp):  # type: ignore[misc]
    """A node of the domain ``finn.custom_op.fpgadataflow``; subclasses map it to a Kernel."""

    op_type: ClassVar[str]
    attribute_types: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    def get_nodeattr_types(self) -> dict[str, tuple[Any, ...]]:
        """Attribute name to qonnx' (type, required, default)."""
        common = {"backend": ("s", False, "fpgadataflow")}
        return {**common, **self.attribute_types}

    @property
    def attributes(self) -> Attributes:
        """The node's attributes with their defaults."""
        defaults = {k: v[2] for k, v in self.get_nodeattr_types().items() if not v[1]}
        return Attributes(self.onnx_node, defaults)

    def kernel(self, initializers: Initializers) -> Kernel:
        """The configured kernel; FinnError names the node where a value is not possible."""
        try:
            return self.make_kernel(self.attributes, initializers)
        except FinnError as error:
            raise FinnError(f"{self.onnx_node.name or self.onnx_node.op_type}: {error}") from error

    @abstractmethod
    def make_kernel(self, attributes: Attributes, initializers: Initializers) -> Kernel:
        """Build the kernel from attributes and constants."""

    @abstractmethod
    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the first output, batch first, for a first input of ``input_shape``."""

    def output_shapes(self, input_shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Shapes of the outputs, batch first, for streams of ``input_shapes``."""
        return [self.output_shape(input_shapes[0])]

    def stream_inputs(self, kernel: Kernel) -> list[str]:
        """The inputs that are streams: the first ones, as many as ``kernel`` has; constants come behind."""
        return list(self.onnx_node.input[: len(kernel.input_streams)])

    def make_shape_compatible_op(self, model: ModelWrapper) -> NodeProto:
        """A standard node with the same output shapes, for ONNX shape inference."""
        names = self.stream_inputs(self.kernel(model.get_initializer))
        shapes = self.output_shapes([tuple(model.get_tensor_shape(name)) for name in names])
        if len(shapes) == 1:
            return super().make_const_shape_op(list(shapes[0]))
        return _shaped(self.onnx_node, shapes)

    def infer_node_datatype(self, model: ModelWrapper) -> None:
        """Annotate the outputs with the kernel's types."""
        streams = self.kernel(model.get_initializer).output_streams
        for name, stream in zip(self.onnx_node.output, streams, strict=True):
            model.set_tensor_datatype(name, stream.datatype)

    def execute_node(self, context: dict[str, NDArray[Any]], graph: GraphProto) -> None:
        """Run the golden model on the whole batch that the context holds."""
        del graph
        kernel = self.kernel(context.get)
        values = [np.asarray(context[name]).astype(np.int64) for name in self.stream_inputs(kernel)]
        shapes = self.output_shapes([value.shape for value in values])
        for name, output, shape in zip(self.onnx_node.output, kernel.golden(values), shapes, strict=True):
            context[name] = _as_float(output).reshape(shape)

    def verify_node(self) -> list[str]:
        """Nothing beyond what the kernel's constructor checks."""
        return []


def constant_of(initializers: Initializers, name: str) -> IntArray:
    """The integers of a node's constant input; FinnError where it is none."""
    values = initializers(name)
    if values is None:
        raise FinnError(f"its input {name} is not a constant")
    return np.asarray(values).astype(np.int64)


def _shaped(node: NodeProto, shapes: Sequence[tuple[int, ...]]) -> NodeProto:
    """A standard node with outputs of the given shapes: both branches of an ``If`` make them."""

    def branch(side: str) -> GraphProto:
        made = [(f"{name}_{side}", shape) for name, shape in zip(node.output, shapes, strict=True)]
        nodes = [helper.make_node("RandomNormal", [], [name], shape=list(shape)) for name, shape in made]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in made]
        return helper.make_graph(nodes, side, [], outputs)

    branches = {f"{side}_branch": branch(side) for side in ("then", "else")}
    return helper.make_node("If", [node.input[0]], list(node.output), **branches)


def _as_float(values: IntArray) -> NDArray[Any]:
    """float32 as qonnx expects, float64 where float32 would not be exact."""
    single = values.astype(np.float32)
    return single if np.array_equal(single.astype(np.int64), values) else values.astype(np.float64)
