"""Builds QONNX networks operator by operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper

QONNX = "qonnx.custom_op.general"
QUANTISERS = ("Quant", "IntQuant", "BipolarQuant", "MultiThreshold", "Trunc")


class Network:
    """A row of operators from the input ``x``; constants are float32 unless they are integer arrays.

    Every method returns the network, so that calls can be chained.
    """

    def __init__(
        self,
        features: int | Sequence[int],
        *,
        domain: str = QONNX,
        opset: int = 13,
        qonnx: int = 1,
        seed: int = 0,
    ) -> None:
        self.shape = [1, features] if isinstance(features, int) else [1, *features]
        self.rng = np.random.default_rng(seed)
        self._domain, self._opset, self._qonnx = domain, opset, qonnx
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._inputs = {"x": list(self.shape)}
        self._outputs: list[str] = []
        self.tensor = "x"

    def constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        whole = isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.integer)
        self._constants[name] = value if whole else np.asarray(value, dtype=np.float32)
        return name

    def enter(self, name: str, features: Sequence[int]) -> Network:
        """Go on from a further input."""
        self.tensor, self.shape = name, [1, *features]
        self._inputs[name] = list(self.shape)
        return self

    def op(
        self, op_type: str, *constants: Any, source: str | None = None, name: str = "", **attributes: Any
    ) -> Network:
        """Apply an operator to the current tensor."""
        target = f"t{len(self._nodes)}"
        inputs = [source or self.tensor, *(c if isinstance(c, str) else self.constant(c) for c in constants)]
        domain = self._domain if op_type in QUANTISERS else ""
        label = name or f"{op_type}_{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(op_type, inputs, [target], name=label, domain=domain, **attributes)
        )
        self.tensor = target
        return self

    def also(self) -> str:
        """A further output of the last operator; its name."""
        name = f"{self.tensor}_{len(self._nodes[-1].output)}"
        self._nodes[-1].output.append(name)
        return name

    def also_out(self) -> Network:
        """The current tensor is an output of the model besides the last one."""
        self._outputs.append(self.tensor)
        return self

    def quant(
        self,
        scale: Any = 0.25,
        zero: Any = 0.0,
        bits: float = 4.0,
        *,
        signed: int = 1,
        narrow: int = 0,
        mode: str = "ROUND",
        op_type: str = "Quant",
    ) -> Network:
        return self.op(op_type, scale, zero, float(bits), signed=signed, narrow=narrow, rounding_mode=mode)

    def weights(self, outputs: int, scale: Any = 0.125, bits: float = 3.0, **options: Any) -> str:
        """A quantised weight matrix (in, out); the name of the tensor."""
        values = self.rng.normal(size=(self.shape[-1], outputs)) * 0.4
        here = self.tensor
        name = self.quant(scale, options.pop("zero", 0.0), bits, **options)._on(values)
        self.tensor = here
        return name

    def _on(self, values: Any) -> str:
        self._nodes[-1].input[0] = self.constant(values)
        return self.tensor

    def dense(self, outputs: int, **options: Any) -> Network:
        """A product with quantised weights."""
        self.op("MatMul", self.weights(outputs, **options))
        self.shape = [*self.shape[:-1], outputs]
        return self

    def batch_norm(self, *, gamma: Any = None, epsilon: float = 1e-5) -> Network:
        size = self.shape[-1]
        gamma = self.rng.normal(size=size) + 1 if gamma is None else gamma
        beta, mean = self.rng.normal(size=(2, size)) * 0.3
        variance = self.rng.random(size) + 0.5
        return self.op("BatchNormalization", gamma, beta, mean, variance, epsilon=epsilon)

    def model(self, *, datatype: str | None = None, outputs: Sequence[tuple[str, int]] = ()) -> ModelWrapper:
        """The model; ``datatype`` annotates the input."""
        declared = [(name, kind) for name, kind in outputs] or [
            (name, TensorProto.FLOAT) for name in (*self._outputs, self.tensor)
        ]
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in self._inputs.items()],
            [helper.make_empty_tensor_value_info(name) for name, _ in declared],
        )
        for info, (_, kind) in zip(graph.output, declared, strict=True):
            info.type.tensor_type.elem_type = kind
        opsets = [helper.make_opsetid("", self._opset)]
        if self._domain:
            opsets.append(helper.make_opsetid(self._domain, self._qonnx))
        model = ModelWrapper(helper.make_model(graph, opset_imports=opsets))
        for name, value in self._constants.items():
            model.set_initializer(name, value)
        if datatype is not None:
            model.set_tensor_datatype("x", DataType[datatype])
        return model
