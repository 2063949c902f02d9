"""The ONNX side of a kernel: typed attributes, and execution by its golden model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, helper
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
        """Shape of the output, batch first, for an input of ``input_shape``."""

    def make_shape_compatible_op(self, model: ModelWrapper) -> NodeProto:
        """A standard node with the same output shape, for ONNX shape inference."""
        shape = self.output_shape(tuple(model.get_tensor_shape(self.onnx_node.input[0])))
        return super().make_const_shape_op(list(shape))

    def infer_node_datatype(self, model: ModelWrapper) -> None:
        """Annotate the output with the kernel's type."""
        kernel = self.kernel(model.get_initializer)
        model.set_tensor_datatype(self.onnx_node.output[0], kernel.output_streams[0].datatype)

    def execute_node(self, context: dict[str, NDArray[Any]], graph: GraphProto) -> None:
        """Run the golden model on the whole batch that the context holds."""
        del graph
        kernel = self.kernel(context.get)
        value: IntArray = np.asarray(context[self.onnx_node.input[0]]).astype(np.int64)
        shape = self.output_shape(value.shape)
        for name, output in zip(self.onnx_node.output, kernel.golden([value]), strict=True):
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


def _as_float(values: IntArray) -> NDArray[Any]:
    """float32 as qonnx expects, float64 where float32 would not be exact."""
    single = values.astype(np.float32)
    return single if np.array_equal(single.astype(np.int64), values) else values.astype(np.float64)
