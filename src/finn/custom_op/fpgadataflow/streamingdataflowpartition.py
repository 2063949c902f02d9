"""The node that stands in a parent graph for everything that runs in hardware."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.custom_op.base import CustomOp

from finn.errors import FinnError

__all__ = ("StreamingDataflowPartition",)


class StreamingDataflowPartition(CustomOp):  # type: ignore[misc]
    """A child model, named by the attribute ``model``, relative to the parent's ``build_dir``.

    Under :func:`finn.core.onnx_exec.execute_onnx` the child runs as its ``exec_mode`` says. Plain
    qonnx, which does not hand the parent to its nodes, resolves ``model`` against the working
    directory and runs the integer model.
    """

    def get_nodeattr_types(self) -> dict[str, tuple[Any, ...]]:
        """``model`` is FINN's attribute; ``outputShape`` serves shape inference."""
        return {
            "model": ("s", True, ""),
            "outputShape": ("ints", False, []),
            "backend": ("s", False, ""),
        }

    def make_shape_compatible_op(self, model: ModelWrapper) -> NodeProto:
        """A standard node with the same output shape."""
        del model
        return super().make_const_shape_op(self.get_nodeattr("outputShape"))

    def infer_node_datatype(self, model: ModelWrapper) -> None:
        """The annotation that the partitioner wrote stays."""

    def execute_node(self, context: dict[str, NDArray[Any]], graph: GraphProto) -> None:
        """Run the child's integer model."""
        from finn.core.onnx_exec import execute_onnx

        del graph
        path = Path(str(self.get_nodeattr("model")))
        if not path.is_file():
            raise FinnError(
                f"{self.onnx_node.name}: its model {path} is not below the working directory; "
                "run it with finn.core.onnx_exec.execute_onnx"
            )
        child = ModelWrapper(str(path))
        inputs = {t.name: context[n] for t, n in zip(child.graph.input, self.onnx_node.input, strict=True)}
        outputs = execute_onnx(child, inputs)
        for name, tensor in zip(self.onnx_node.output, child.graph.output, strict=True):
            context[name] = np.asarray(outputs[tensor.name], dtype=np.float32)

    def verify_node(self) -> list[str]:
        """Nothing to verify here."""
        return []
