"""One layer by its golden model, on tensors of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.kernels.base import IntArray
from finn.kernels.registry import kernel_of

__all__ = ("golden_outputs", "stream_values")


def stream_values(node: NodeProto, streams: int, tensors: Mapping[str, NDArray[Any]]) -> list[IntArray]:
    """The integers of a node's first inputs, which are streams; those behind them are constants."""
    return [np.asarray(tensors[name]).astype(np.int64) for name in node.input[:streams]]


def golden_outputs(
    model: ModelWrapper, node: NodeProto, tensors: Mapping[str, NDArray[Any]]
) -> dict[str, IntArray]:
    """The outputs of a hardware node by name, for a batch of any size."""
    kernel = kernel_of(node, model)
    values = stream_values(node, len(kernel.input_streams), tensors)
    # A kernel sees beats; how the vectors of an image lie is the tensor's to say.
    return {
        name: output.reshape(len(values[0]), *model.get_tensor_shape(name)[1:])
        for name, output in zip(node.output, kernel.golden(values), strict=True)
    }
