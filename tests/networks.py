"""Small networks with seeded random weights, as dataflow graphs."""

from __future__ import annotations

import itertools

import numpy as np
from onnx import TensorProto, helper
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.util.basic import qonnx_make_model

from finn.kernels.node import DOMAIN


def _value(name: str, size: int):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])


def dense_network(widths: tuple[int, ...] = (12, 8, 6), seed: int = 0) -> ModelWrapper:
    """MVAUs of 2-bit weights and activations, INT2 in; the last one gives its accumulators."""
    rng = np.random.default_rng(seed)
    names = ["x", *(f"h{i}" for i in range(len(widths) - 2)), "y"]
    nodes = []
    for i, (mw, mh) in enumerate(itertools.pairwise(widths)):
        last = i == len(widths) - 2
        inputs = [names[i], f"w{i}"] + ([] if last else [f"t{i}"])
        nodes.append(
            helper.make_node(
                "MVAU",
                inputs,
                [names[i + 1]],
                name=f"MVAU_{i}",
                domain=DOMAIN,
                MW=mw,
                MH=mh,
                PE=1,
                SIMD=1,
                inputDataType="INT2",
                weightDataType="INT2",
                accDataType="INT14",
                outputDataType="INT14" if last else "INT2",
                ActVal=0 if last else -2,
                noActivation=int(last),
            )
        )
    graph = helper.make_graph(nodes, "dense", [_value("x", widths[0])], [_value("y", widths[-1])])
    model = ModelWrapper(qonnx_make_model(graph))
    for i, (mw, mh) in enumerate(itertools.pairwise(widths)):
        model.set_initializer(f"w{i}", rng.integers(-2, 1, (mw, mh), endpoint=True).astype(np.float32))
        if i < len(widths) - 2:
            thresholds = np.sort(rng.integers(-6, 6, (mh, 3)), axis=1)
            model.set_initializer(f"t{i}", thresholds.astype(np.float32))
            model.set_tensor_shape(names[i + 1], [1, mh])
            model.set_tensor_datatype(names[i + 1], DataType["INT2"])
    model.set_tensor_datatype("x", DataType["INT2"])
    model.set_tensor_datatype("y", DataType["INT14"])
    return model


def reference(model: ModelWrapper, x: np.ndarray) -> np.ndarray:
    """What the network gives, in plain NumPy."""
    value = x.astype(np.int64)
    for node in model.graph.node:
        value = value @ model.get_initializer(node.input[1]).astype(np.int64)
        if len(node.input) > 2:
            thresholds = model.get_initializer(node.input[2])
            value = -2 + (value[:, :, None] >= thresholds[None]).sum(axis=2)
    return value
