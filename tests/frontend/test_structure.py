"""What is no graph by ONNX' rules is refused before it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from finn.core.onnx_exec import execute_onnx
from finn.errors import FinnError
from finn.frontend import import_network, load_model

from .qonnx_networks import Network

X = np.random.default_rng(2).normal(size=(6, 12)).astype(np.float32)


def network() -> ModelProto:
    """Nodes Quant_0, Quant_1 (weights), MatMul_2, Relu_3, Quant_4, Quant_5 (weights), MatMul_6."""
    return Network(12).quant(0.3).dense(7).op("Relu").quant(0.4).dense(3).model().model


def error_of(path: Path) -> str:
    with pytest.raises(FinnError) as error:
        load_model(path)
    return str(error.value)


def node(model: ModelProto, name: str) -> NodeProto:
    return next(one for one in model.graph.node if one.name == name)


def cycle(model: ModelProto) -> None:
    node(model, "MatMul_2").input[0] = "t4"


def twice(model: ModelProto) -> None:
    node(model, "Relu_3").output[0] = "t2"
    node(model, "Quant_4").input[0] = "t2"


def as_input(model: ModelProto) -> None:
    node(model, "Relu_3").output[0] = "x"
    node(model, "Quant_4").input[0] = "x"


def without_output(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Relu", ["t2"], [""], name="idle"))


def few_inputs(model: ModelProto) -> None:
    del node(model, "Quant_4").input[3]


def empty_input(model: ModelProto) -> None:
    node(model, "MatMul_2").input[0] = ""


def many_inputs(model: ModelProto) -> None:
    node(model, "Relu_3").input.append("x")


def without_attribute(model: ModelProto) -> None:
    node(model, "Relu_3").op_type = "Cast"


def other_type(model: ModelProto) -> None:
    quant = node(model, "Quant_4")
    quant.attribute.remove(next(a for a in quant.attribute if a.name == "signed"))
    quant.attribute.append(helper.make_attribute("signed", "yes"))


def softmax_axis(model: ModelProto) -> None:
    relu = node(model, "Relu_3")
    relu.op_type = "Softmax"
    relu.attribute.append(helper.make_attribute("axis", 1.0))


def unnamed(model: ModelProto) -> None:
    few_inputs(model)
    node(model, "Quant_4").name = ""


def sparse(model: ModelProto) -> None:
    values = numpy_helper.from_array(np.ones(2, np.float32), "thin")
    indices = numpy_helper.from_array(np.arange(2), "places")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [9]))


def short_constant(model: ModelProto) -> None:
    model.graph.initializer[0].raw_data = b"\0\0"


def other_constant(model: ModelProto) -> None:
    model.graph.initializer[0].data_type = 99


def text_constant(model: ModelProto) -> None:
    model.graph.initializer[0].CopyFrom(helper.make_tensor("c0", TensorProto.STRING, [], [b"0.3"]))


def short_attribute(model: ModelProto) -> None:
    value = numpy_helper.from_array(np.ones((5, 3), np.float32))
    value.raw_data = value.raw_data[:-1]
    model.graph.node.insert(0, helper.make_node("Constant", [], ["made"], name="made", value=value))


def text_input(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING


def truth_input(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.BOOL


def unknown_input(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = 99


def lines_in_a_name(model: ModelProto) -> None:
    few_inputs(model)
    node(model, "Quant_4").name = "one\ntwo\x85\u2028é"


def output_twice(model: ModelProto) -> None:
    model.graph.output.append(model.graph.output[0])


def output_of_an_input(model: ModelProto) -> None:
    model.graph.output.append(model.graph.input[0])


def without_opset(model: ModelProto) -> None:
    del model.opset_import[:]


DEFECTS: list[tuple[Callable[[ModelProto], None], str]] = [
    (cycle, "MatMul_2 (MatMul) reads what is made of its own result; feed-forward networks only"),
    (twice, "Relu_3 (Relu) gives 't2', which MatMul_2 (MatMul) gives too; check the export"),
    (as_input, "Relu_3 (Relu) gives 'x', which the model itself gives too; check the export"),
    (without_output, "idle (Relu) gives no tensor; check the export"),
    (few_inputs, "Quant_4 (Quant) has 3 of the 4 inputs that it needs; check the export"),
    (empty_input, "MatMul_2 (MatMul) has 1 of the 2 inputs that it needs; check the export"),
    (many_inputs, "Relu_3 (Relu) has 2 inputs and takes 1; check the export"),
    (without_attribute, "Relu_3 (Cast) has no attribute 'to'; check the export"),
    (other_type, "Quant_4 (Quant) has attribute 'signed' of type STRING, not INT; check the export"),
    (softmax_axis, "Relu_3 (Softmax) has attribute 'axis' of type FLOAT, not INT; check the export"),
    (unnamed, "Quant_4 (Quant) has 3 of the 4 inputs that it needs; check the export"),
    (sparse, "initialiser 'thin' is sparse; export it dense"),
    (short_constant, "initialiser 'c0' does not hold the values of its shape (); export the network again"),
    (other_constant, "initialiser 'c0' does not hold the values of its shape (); export the network again"),
    (text_constant, "initialiser 'c0' holds text where numbers are wanted; export the network again"),
    (
        short_attribute,
        "attribute 'value' of made (Constant) does not hold the values of its shape (5, 3);"
        " export the network again",
    ),
    (text_input, "input 'x' is of type STRING; export it as a tensor of numbers"),
    (truth_input, "input 'x' is of type BOOL; export it as a tensor of numbers"),
    (unknown_input, "input 'x' is of type 99; export it as a tensor of numbers"),
    (
        lines_in_a_name,
        "one\\ntwo\\x85\\u2028é (Quant) has 3 of the 4 inputs that it needs; check the export",
    ),
    (output_twice, "output 't6' is an output twice; leave it out of the model"),
    (output_of_an_input, "output 'x' is an input or a constant; leave it out of the model"),
    (
        without_opset,
        "MatMul_2 (MatMul) is of no version: the model imports no operator set; export it again",
    ),
]


@pytest.mark.parametrize(("spoil", "text"), DEFECTS, ids=[case[0].__name__ for case in DEFECTS])
def test_defects(spoil: Callable[[ModelProto], None], text: str, tmp_path: Path) -> None:
    path, model = tmp_path / "model.onnx", network()
    spoil(model)
    path.write_bytes(model.SerializeToString())
    assert error_of(path) == text


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(network().SerializeToString().replace(b"Relu_3", b"Relu\xff3"))
    assert error_of(path) == "the model is damaged: the name b'Relu\\xff3' is no text; export it again"


def outputs(model: ModelProto, path: Path) -> np.ndarray:
    path.write_bytes(model.SerializeToString())
    (value,) = execute_onnx(import_network(path), {"x": X}).values()
    return value


def test_nodes_in_another_order_are_sorted(tmp_path: Path) -> None:
    model, mixed = network(), network()
    nodes = [mixed.graph.node[place] for place in (6, 4, 1, 5, 2, 0, 3)]
    copies = [NodeProto.FromString(one.SerializeToString()) for one in nodes]
    del mixed.graph.node[:]
    mixed.graph.node.extend(copies)
    assert np.array_equal(outputs(mixed, tmp_path / "m.onnx"), outputs(model, tmp_path / "m.onnx"))


def test_what_is_declared_of_a_tensor_twice_or_wrongly_does_not_matter(tmp_path: Path) -> None:
    model, wrong = network(), network()
    for name, shape in (("t6", [9, 9]), ("t4", [1, 5]), ("t4", [1, 6])):
        wrong.graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    wrong.graph.output[0].CopyFrom(helper.make_tensor_value_info("t6", TensorProto.INT64, [4, 4, 4]))
    assert np.array_equal(outputs(wrong, tmp_path / "m.onnx"), outputs(model, tmp_path / "m.onnx"))


def test_a_first_output_that_nobody_reads_needs_no_name(tmp_path: Path) -> None:
    last = Network(12).quant(0.3).dense(7).op("TopK", np.array([2]), axis=1)
    indices = last.also()
    model = last.model(outputs=[(indices, TensorProto.INT64)]).model
    model.graph.node[-1].output[0] = ""
    found = outputs(model, tmp_path / "m.onnx")
    assert found.shape == (6, 2) and found.dtype == np.int64
