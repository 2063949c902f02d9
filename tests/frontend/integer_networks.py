"""Builds networks with integers between QuantizeLinear and DequantizeLinear, and compares them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.onnx_exec import execute_onnx
from finn.frontend import import_network

MICROSOFT = "com.microsoft"
SCALE = np.float32(0.0371)
NO_ZERO = np.int8(0)


class IntegerNetwork:
    """A row of operators from the input ``x``; constants are arrays of the type that they have.

    Every method that applies an operator returns the network, so that calls can be chained.
    """

    def __init__(
        self,
        shape: int | Sequence[int],
        *,
        opset: int = 13,
        kind: int = TensorProto.FLOAT,
        domain: str = "",
        seed: int = 0,
    ) -> None:
        self.shape = [1, shape] if isinstance(shape, int) else [1, *shape]
        self.rng = np.random.default_rng(seed)
        self.tensor = "x"
        self._kind, self._opset, self._domain = kind, opset, domain
        self._nodes: list[Any] = []
        self._constants: list[TensorProto] = []
        self._outputs: list[str] = []

    def constant(self, value: Any, kind: int | None = None) -> str:
        name = f"c{len(self._constants)}"
        array = np.asarray(value)
        if kind is None:
            tensor = numpy_helper.from_array(array, name)
        else:
            tensor = helper.make_tensor(name, kind, array.shape, array.reshape(-1).tolist())
        self._constants.append(tensor)
        return name

    def op(
        self,
        op_type: str,
        *inputs: Any,
        source: str | None = None,
        domain: str = "",
        name: str = "",
        more: Sequence[str] = (),
        **attributes: Any,
    ) -> IntegerNetwork:
        """Apply an operator to the current tensor and to constants, names, or None where one is left
        out; ``more`` names further outputs."""
        target = f"t{len(self._nodes)}"
        others = [i if isinstance(i, str) else "" if i is None else self.constant(i) for i in inputs]
        label = name or f"{op_type}_{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(
                op_type, [source or self.tensor, *others], [target, *more], name=label, domain=domain,
                **attributes,
            )
        )  # fmt: skip
        self.tensor = target
        return self

    def q(self, scale: Any = SCALE, zero: Any = NO_ZERO, **more: Any) -> IntegerNetwork:
        return self.op("QuantizeLinear", np.float32(scale), zero, domain=self._domain, **more)

    def dq(self, scale: Any = SCALE, zero: Any = NO_ZERO, **more: Any) -> IntegerNetwork:
        return self.op("DequantizeLinear", np.float32(scale), zero, domain=self._domain, **more)

    def qdq(self, scale: Any = SCALE, zero: Any = NO_ZERO, **more: Any) -> IntegerNetwork:
        return self.q(scale, zero, **more).dq(scale, zero, **more)

    def integers(self, shape: Sequence[int], most: int = 60) -> NDArray[np.int8]:
        return self.rng.integers(-most, most + 1, shape).astype(np.int8)

    def scales(self, count: int) -> NDArray[np.float32]:
        return (0.003 + 0.004 * self.rng.random(count)).astype(np.float32)

    def weights(self, shape: Sequence[int], axis: int | None = 0) -> str:
        """Constant weights of int8 through a DequantizeLinear, a scale for each place on ``axis``."""
        here, count = self.tensor, () if axis is None else shape[axis]
        scale = np.float32(0.0053) if axis is None else self.scales(int(count))
        more = {} if axis is None else {"axis": axis}
        source = self.constant(self.integers(shape))
        self.op("DequantizeLinear", scale, np.zeros(count, np.int8), source=source, **more)
        name, self.tensor = self.tensor, here
        return name

    def bias(self, scale: NDArray[np.float32]) -> str:
        """Constant int32 through a DequantizeLinear."""
        here = self.tensor
        source = self.constant(self.rng.integers(-4000, 4000, scale.shape).astype(np.int32))
        zero = np.zeros(scale.shape, np.int32)
        self.op("DequantizeLinear", scale, zero, source=source, axis=0)
        name, self.tensor = self.tensor, here
        return name

    def conv(self, outputs: int, inputs: int, kernel: tuple[int, int], **attributes: Any) -> IntegerNetwork:
        weights = self.weights((outputs, inputs, *kernel))
        bias = self.bias(np.full(outputs, 1.7e-4, np.float32))
        return self.op("Conv", weights, bias, kernel_shape=list(kernel), **attributes)

    def dense(self, inputs: int, outputs: int) -> IntegerNetwork:
        return self.op("MatMul", self.weights((inputs, outputs), axis=1))

    def also_out(self) -> IntegerNetwork:
        """The current tensor is a graph output too."""
        self._outputs.append(self.tensor)
        return self

    def model(self, *kinds: int) -> ModelProto:
        """The model; ``kinds`` are the types of its outputs, the current tensor's last."""
        outputs = [*self._outputs, self.tensor]
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info("x", self._kind, self.shape)],
            [
                helper.make_tensor_value_info(name, kind, None)
                for name, kind in zip(outputs, kinds or [TensorProto.FLOAT] * len(outputs), strict=True)
            ],
            self._constants,
        )
        opsets = [helper.make_opsetid("", self._opset), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8 if self._opset < 21 else 10)


def by_onnxruntime(model: ModelProto, x: NDArray[Any]) -> list[NDArray[Any]]:
    """Outputs, image by image, with no operator exchanged for another."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    images = [session.run(None, {session.get_inputs()[0].name: x[i : i + 1]}) for i in range(len(x))]
    return [np.concatenate(parts) for parts in zip(*images, strict=True)]


def imported(model: ModelProto, x: NDArray[Any]) -> list[NDArray[Any]]:
    """Outputs of the integer model."""
    parent = import_network(ModelWrapper(model))
    outputs = execute_onnx(parent, {parent.graph.input[0].name: x})
    return [outputs[tensor.name] for tensor in parent.graph.output]


def images(shape: Sequence[int], count: int = 30, width: float = 1.3) -> NDArray[np.float32]:
    x = np.random.default_rng(1).normal(size=(count, *shape)) * width
    return x.astype(np.float32)


def assert_equal(model: ModelProto, x: NDArray[Any]) -> None:
    """Integer model and onnxruntime agree: integers on every value, floats within their own rounding."""
    for ours, theirs in zip(imported(model, x), by_onnxruntime(model, x), strict=True):
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
        assert len(np.unique(theirs)) > 5
        if theirs.dtype.kind == "f":
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
        else:
            np.testing.assert_array_equal(ours, theirs)
