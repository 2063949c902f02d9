"""What runs on the host before and after the hardware, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, checker
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.host.reference import reference_execution

from .naive import outputs_of, run_parent
from .qonnx_networks import Network
from .test_import_network import attribute, check, layers_of


def warnings_of(parent) -> list[str]:
    return json.loads(parent.get_metadata_prop("finn_warnings"))


def test_images_are_flattened_on_the_host_at_any_batch() -> None:
    network = Network([2, 3, 4], opset=13).op("Flatten")
    network.shape = [1, 24]
    parent = check(network.quant(0.3).dense(5).quant(0.21).dense(3).model(), ["MVAU"] * 2)
    assert parent.get_tensor_shape(parent.graph.input[0].name) == [1, 2, 3, 4]


def test_flatten_behind_the_quantiser() -> None:
    network = Network([2, 3, 4]).quant(0.3).op("Reshape", np.array([1, -1]))
    network.shape = [1, 24]
    check(network.dense(5).quant(0.21).dense(3).model(), ["MVAU"] * 2)


def test_transpose_that_moves_nothing_is_a_reshape() -> None:
    network = Network([1, 12]).quant(0.3).op("Transpose", perm=[0, 2, 1]).op("Squeeze", np.array([2]))
    network.shape = [1, 12]
    parent = check(network.dense(5).model(), ["MVAU"])
    assert "Transpose" not in {node.op_type for node in parent.graph.node}


def test_transpose_before_the_hardware_runs_on_the_host() -> None:
    network = Network([3, 4]).quant(0.3).op("Transpose", perm=[0, 2, 1]).op("Flatten")
    network.shape = [1, 12]
    check(network.dense(5).model(), ["MVAU"])


def test_reshape_between_layers() -> None:
    network = Network(12).quant(0.3).dense(8).op("Reshape", np.array([1, 1, 8])).quant(0.21)
    network.op("Reshape", np.array([1, 8])).dense(3)
    check(network.model(), ["MVAU"] * 2)


def test_several_vectors_per_image() -> None:
    network = Network([5, 12]).quant(0.3).dense(8).op("Add", np.linspace(0.01, 0.02, 8)).quant(0.21).dense(3)
    parent = check(network.model(), ["MVAU"] * 2)
    assert list(attribute(parent, "MVAU_1", "numInputVectors")) == [1, 5]


def test_shape_computed_from_the_input() -> None:
    network = Network([3, 4])
    network.op("Shape").op("Gather", np.array(0), axis=0).op("Unsqueeze", np.array([0]))
    first = network.tensor
    network.op("Concat", network.constant(np.array([-1])), source=first, axis=0)
    shape, network.tensor = network.tensor, "x"
    network.op("Reshape", shape)
    network.shape = [1, 12]
    check(network.quant(0.3).dense(5).model(), ["MVAU"])


@pytest.mark.parametrize("tail", ["Softmax", "Sigmoid", "Tanh", "Relu"])
def test_functions_behind_the_last_layer_run_on_the_host(tail: str) -> None:
    network = Network(12).quant(0.3).dense(8).op(tail)
    parent = check(network.model(), ["MVAU"])
    assert parent.graph.node[-1].op_type == tail


def test_old_softmax() -> None:
    check(Network(12, opset=9).quant(0.3).dense(8).op("Softmax").model(), ["MVAU"])


def test_arg_max_takes_the_lowest_index() -> None:
    network = Network(12).quant(0.7, bits=2).dense(8, bits=2).op("ArgMax", axis=1, keepdims=0)
    model = network.model(outputs=[(network.tensor, TensorProto.INT64)])
    parent = import_network(model)
    tensors = run_parent(parent, {"x": np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32)})
    logits = tensors[parent.graph.node[-2].output[0]]
    best = logits == logits.max(axis=1, keepdims=True)
    assert (best.sum(axis=1) > 1).any()
    assert np.array_equal(tensors[network.tensor], np.argmax(best, axis=1))


def test_top_k_of_the_model_itself() -> None:
    # Powers of two: the sums are exact in qonnx too, and equal labels stay equal.
    network = Network(12).quant(0.25).dense(8).op("Softmax", axis=1).op("TopK", np.array([3]), axis=1)
    network._nodes[-1].output.append("indices")
    model = network.model(outputs=[(network.tensor, TensorProto.FLOAT), ("indices", TensorProto.INT64)])
    check(model, ["MVAU"])


def test_top_k_in_hardware() -> None:
    network = (
        Network(12).quant(0.7, bits=2).dense(8, bits=2).op("Mul", 0.3).op("Add", 0.1).op("Softmax", axis=1)
    )
    model = network.model()
    parent = import_network(model, top_k=3)
    assert layers_of(parent) == ["MVAU", "LabelSelect"]
    x = {"x": np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32)}
    indices = outputs_of(parent, x)[network.tensor]
    assert indices.dtype == np.int64 and indices.shape == (300, 3)
    tensors = run_parent(import_network(model), x)
    accumulators = tensors["MVAU_0_out"]
    assert np.array_equal(indices, np.argsort(-accumulators, axis=1, kind="stable")[:, :3])
    assert attribute(parent, "LabelSelect_0", "outputDataType") == "UINT3"
    assert parent.get_metadata_prop("finn_top_k") == "3"


@pytest.mark.parametrize(
    ("operator", "constants"),
    [("Add", [np.linspace(0, 1, 8)]), ("Mul", [-1.0]), ("Relu", []), ("ArgMax", [])],
)
def test_top_k_needs_one_increasing_function(operator: str, constants: list) -> None:
    options = {"axis": 1} if operator == "ArgMax" else {}
    network = Network(12).quant(0.3).dense(8).op(operator, *constants, name="last", **options)
    with pytest.raises(FinnError) as error:
        import_network(network.model(), top_k=1)
    assert str(error.value) == (
        f"last ({operator}) follows the last layer and is not one increasing function for all labels;"
        " leave --top-k out"
    )


def test_top_k_larger_than_the_labels() -> None:
    with pytest.raises(FinnError, match=r"^--top-k 9 is not possible with 8 outputs; use 1 to 8$"):
        import_network(Network(12).quant(0.3).dense(8).model(), top_k=9)


def test_float_layers_after_the_hardware_are_warned_of() -> None:
    network = (
        Network(12).quant(0.3).dense(8).op("Relu").op("MatMul", np.random.default_rng(0).normal(size=(8, 4)))
    )
    parent = check(network.model(), ["MVAU"])
    assert warnings_of(parent) == [
        "MatMul_4 (MatMul) runs on the host in float because its weights are not quantised;"
        " quantised weights would move it into hardware"
    ]


def test_no_quantiser_between_layers_leaves_the_second_on_the_host() -> None:
    parent = check(Network(12).quant(0.3).dense(8).op("Relu").dense(4).model(), ["MVAU"])
    assert warnings_of(parent) == [
        "MatMul_5 (MatMul) runs on the host in float because nothing quantises its input;"
        " a quantiser before it would move it into hardware"
    ]


def test_a_float_network_is_refused() -> None:
    rng = np.random.default_rng(0)
    network = (
        Network(12).op("MatMul", rng.normal(size=(12, 8))).op("Relu").op("MatMul", rng.normal(size=(8, 3)))
    )
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    assert str(error.value) == (
        "no layer can run in hardware:"
        " MatMul_0 (MatMul) runs on the host in float because its weights are not quantised;"
        " quantised weights would move it into hardware;"
        " MatMul_2 (MatMul) runs on the host in float because its weights are not quantised;"
        " quantised weights would move it into hardware"
    )


def test_a_network_without_products_is_refused() -> None:
    with pytest.raises(FinnError) as error:
        import_network(Network(12).quant(0.3).model())
    assert str(error.value) == (
        "the model has no matrix product with constant weights that could run in hardware"
    )


def test_an_unsupported_operator_is_named() -> None:
    network = Network(12).quant(0.3).dense(8).op("Sinh", name="odd one")
    with pytest.raises(FinnError, match=r"^odd one \(Sinh\) is not supported; "):
        import_network(network.model())


def test_integer_outputs_need_no_host_tail() -> None:
    network = Network(12).quant(1.0, bits=3).dense(8, scale=1.0).op("Add", np.full(8, 0.3)).quant(1.0, bits=3)
    parent = check(network.model(), ["MVAU"])
    assert parent.graph.node[-1].op_type == "MVAU"


def test_names_and_shapes_of_inputs_and_outputs_stay() -> None:
    model = Network(12).quant(0.3).dense(8).model()
    parent = import_network(model)
    assert [t.name for t in parent.graph.input] == ["x"]
    assert [t.name for t in parent.graph.output] == [t.name for t in model.graph.output]
    assert parent.get_tensor_shape("x") == [1, 12]
    one, many = (np.random.default_rng(0).normal(size=(n, 12)).astype(np.float32) for n in (1, 64))
    for x in (one, many):
        measured = outputs_of(parent, {"x": x})
        assert {k: v.shape for k, v in measured.items()} == {
            k: v.shape for k, v in reference_execution(model, {"x": x}).items()
        }


def test_a_streamlined_network_of_integers() -> None:
    rng = np.random.default_rng(0)
    network = Network(12, domain="finn.custom_op.general")
    network.op("MatMul", rng.integers(-2, 2, (12, 8)).astype(np.float32)).op(
        "MultiThreshold",
        np.sort(rng.integers(-900, 900, (8, 3)), axis=1).astype(np.float32),
        out_dtype="UINT2",
    )
    network.op("MatMul", rng.choice([-1.0, 1.0], (8, 4)).astype(np.float32)).op("Mul", 0.37).op("Add", 0.1)
    pixels = rng.integers(0, 256, (200, 12))
    parent = check(network.model(datatype="UINT8"), ["MVAU"] * 2, inputs=pixels)
    assert attribute(parent, "MVAU_0", "weightDataType") == "INT2"
    assert attribute(parent, "MVAU_0", "outputDataType") == "UINT2"


@pytest.mark.parametrize("name", ["MVAU_0", "AddStreams_0", "FMPadding_Pixel_3"])
def test_names_are_made_unique(name: str) -> None:
    network = Network(12).quant(0.3, op_type="Quant").dense(4)
    for node in network._nodes:
        node.name = name
    parent = check(network.model(), ["MVAU"])
    names = [node.name for node in parent.graph.node]
    assert len(set(names)) == len(names)
    # Layers that this network has not could come with another version of it.
    assert names.count(name) == (name == "MVAU_0")


def test_tensors_named_like_ours() -> None:
    network = Network(12).quant(0.3).dense(4).quant(0.3).dense(3).op("Mul", 2.0)
    model = network.model()
    for old, new in (("t0", "MVAU_0_out"), ("c0", "MVAU_0_weights"), ("t2", "t0_int")):
        for node in model.graph.node:
            for names in (node.input, node.output):
                for index, name in enumerate(names):
                    names[index] = new if name == old else name
        for tensor in [*model.graph.initializer, *model.graph.value_info]:
            tensor.name = new if tensor.name == old else tensor.name
    check(model, ["MVAU"] * 2)


def test_the_parent_is_valid_onnx_and_survives_a_file(tmp_path: Path) -> None:
    network = Network([3, 4]).quant(0.3).op("Flatten")
    network.shape = [1, 12]
    parent = import_network(network.dense(4).batch_norm().quant(0.3).dense(3).op("Softmax", axis=1).model())
    checker.check_model(parent.model)
    parent.save(str(tmp_path / "parent.onnx"))
    x = {"x": np.random.default_rng(0).normal(size=(50, 3, 4)).astype(np.float32)}
    again = ModelWrapper(str(tmp_path / "parent.onnx"))
    for name, value in outputs_of(parent, x).items():
        assert np.array_equal(outputs_of(again, x)[name], value)
    single = {"x": x["x"][:1]}
    for name, value in execute_onnx(again, single).items():
        assert np.allclose(outputs_of(parent, single)[name], value, rtol=1e-5, atol=1e-6)


def test_an_integer_output_that_is_also_read() -> None:
    network = Network(12).quant(1.0, bits=3).dense(8, scale=1.0).op("Add", np.full(8, 0.3)).quant(1.0, bits=3)
    first = network.tensor
    model = network.op("Relu").model(
        outputs=[(first, TensorProto.FLOAT), (network.tensor, TensorProto.FLOAT)]
    )
    parent = check(model, ["MVAU"])
    assert [node.op_type for node in parent.graph.node][-4:] == ["Cast", "Mul", "Cast", "Relu"]
