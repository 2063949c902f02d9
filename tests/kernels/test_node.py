"""Nodes with several streams: shapes, types and execution by plain qonnx and by finn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_datatypes import InferDataTypes
from qonnx.transformation.infer_shapes import InferShapes

from finn.kernels.node import DOMAIN
from finn.kernels.registry import HARDWARE_NODES

Shape = tuple[int, ...]


def model_of(
    op_type: str, attributes: Mapping[str, Any], inputs: Sequence[Shape], outputs: Sequence[Shape]
) -> ModelWrapper:
    """One node between the graph's inputs ``x0``.. and Identity nodes before its outputs ``y0``.."""
    made = [f"m{i}" for i in range(len(outputs))]
    node = helper.make_node(
        op_type, [f"x{i}" for i in range(len(inputs))], made, f"{op_type}_0", domain=DOMAIN, **attributes
    )
    copies = [helper.make_node("Identity", [name], [f"y{i}"]) for i, name in enumerate(made)]
    values = [
        [
            helper.make_tensor_value_info(f"{side}{i}", TensorProto.FLOAT, shape)
            for i, shape in enumerate(all_)
        ]
        for side, all_ in (("x", inputs), ("y", outputs))
    ]
    graph = helper.make_graph([node, *copies], "several", *values)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(DOMAIN, 1)]
    return ModelWrapper(helper.make_model(graph, opset_imports=opsets))


def check(
    op_type: str,
    attributes: Mapping[str, Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    types: Sequence[str],
) -> None:
    """Shapes, types and values of a node's outputs."""
    given, expected = ([np.asarray(v, np.float32) for v in side] for side in (inputs, outputs))
    model = model_of(op_type, attributes, [v.shape for v in given], [v.shape for v in expected])
    model = model.transform(InferShapes()).transform(InferDataTypes())
    assert [node.op_type for node in model.graph.node] == [op_type] + ["Identity"] * len(expected)
    names = [f"m{i}" for i in range(len(expected))]
    assert [tuple(model.get_tensor_shape(name)) for name in names] == [v.shape for v in expected]
    assert [model.get_tensor_datatype(name).name for name in names] == list(types)
    result = execute_onnx(model, {f"x{i}": value for i, value in enumerate(given)})
    for i, value in enumerate(expected):
        assert np.array_equal(result[f"y{i}"], value)


def test_adding_streams() -> None:
    attributes = {
        "NumChannels": 2,
        "PE": 1,
        "numInputVectors": [1, 1, 2],
        "inputDataTypes": ["UINT4", "INT4"],
        "outputDataType": "INT8",
        "scales": [2, -3],
    }
    x = [[[[1, 2], [3, 15]]]], [[[[-8, 7], [0, 1]]]]
    check("AddStreams", attributes, x, [[[[[26, -17], [6, 27]]]]], ["INT8"])
    model = model_of("AddStreams", attributes, [(1, 1, 2, 2)] * 2, [(1, 1, 2, 2)])
    node = HARDWARE_NODES["AddStreams"](model.graph.node[0])
    assert node.stream_inputs(node.kernel(model.get_initializer)) == ["x0", "x1"]


def test_duplicating_a_stream() -> None:
    attributes = {
        "NumChannels": 2,
        "PE": 1,
        "NumOutputStreams": 3,
        "inputDataType": "INT4",
        "numInputVectors": [1, 2],
    }
    x = [[[1, -2], [3, 7]]]
    check("DuplicateStreams", attributes, [x], [x] * 3, ["INT4"] * 3)


def test_joining_streams() -> None:
    attributes = {
        "ChannelsPerStream": [2, 1],
        "SIMD": 1,
        "inputDataTypes": ["UINT4", "BIPOLAR"],
        "outputDataType": "INT5",
        "numInputVectors": [1, 2],
    }
    x = [[[1, 2], [3, 15]]], [[[-1], [1]]]
    check("StreamingConcat", attributes, x, [[[[1, 2, -1], [3, 15, 1]]]], ["INT5"])


def test_dividing_a_stream() -> None:
    attributes = {"ChannelsPerStream": [2, 1], "SIMD": 1, "inputDataType": "INT4", "numInputVectors": [1, 2]}
    y = [[[1, 2], [3, 7]]], [[[-1], [-8]]]
    check("StreamingSplit", attributes, [[[[1, 2, -1], [3, 7, -8]]]], y, ["INT4", "INT4"])


def test_a_constant_comes_behind_the_streams() -> None:
    attributes = {
        "Func": "mul",
        "NumChannels": 2,
        "PE": 1,
        "inputDataType": "UINT4",
        "paramDataType": "INT4",
        "outputDataType": "INT8",
        "numInputVectors": [1, 2],
    }
    model = model_of("ChannelwiseOp", attributes, [(1, 2, 2)], [(1, 2, 2)])
    model.graph.node[0].input.append("p")
    model.set_initializer("p", np.array([3, -2], np.float32))
    node = HARDWARE_NODES["ChannelwiseOp"](model.graph.node[0])
    assert node.stream_inputs(node.kernel(model.get_initializer)) == ["x0"]
    model = model.transform(InferShapes()).transform(InferDataTypes())
    assert model.get_tensor_datatype("m0").name == "INT8"
    given = {"x0": np.array([[[1, 2], [0, 15]]], np.float32)}
    assert execute_onnx(model, given)["y0"].tolist() == [[[3, -4], [0, -30]]]
