"""What enters the hardware: options, annotations, quantisers, and inputs that cannot."""

from __future__ import annotations

import json

import numpy as np
import pytest
from onnx import helper

from finn.errors import FinnError
from finn.frontend import import_network

from .naive import outputs_of
from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import attribute, check, layers_of


def warnings_of(parent) -> list[str]:
    return json.loads(parent.get_metadata_prop("finn_warnings"))


@pytest.mark.parametrize("datatype", ["UINT8", "INT4", "BIPOLAR", "UINT2"])
def test_annotated_inputs_enter_the_hardware_as_they_are(datatype: str) -> None:
    network = Network(12).dense(8).quant(1.31).dense(3)
    parent = import_network(network.model(datatype=datatype))
    assert [node.op_type for node in parent.graph.node][:2] == ["MVAU"] * 2
    assert attribute(parent, "MVAU_0", "inputDataType") == datatype


def test_annotated_input_with_a_quantiser_begins_with_thresholds() -> None:
    network = (
        Network([3, 4]).op("Mul", 1 / 255).op("Sub", np.linspace(0, 0.5, 12).reshape(1, 3, 4)).quant(0.0931)
    )
    network.op("Flatten")
    network.shape = [1, 12]
    pixels = np.random.default_rng(0).integers(0, 256, (200, 3, 4))
    parent = check(network.dense(4).model(datatype="UINT8"), ["Thresholding", "MVAU"], inputs=pixels)
    assert attribute(parent, "Thresholding_0", "NumChannels") == 12
    assert parent.get_initializer("Thresholding_0_thresholds").shape[0] == 12


def test_input_datatype_puts_the_first_quantiser_into_hardware() -> None:
    network = Network(12).op("Mul", 2.0).op("Sub", 1.0).quant(0.0931).dense(4)
    x = np.random.default_rng(0).integers(0, 256, (200, 12)) / np.float32(255)
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255}
    parent = check(network.model(), ["Thresholding", "MVAU"], inputs=x, **options)
    assert parent.get_initializer("Thresholding_0_thresholds").shape == (1, 15)
    assert attribute(parent, "Thresholding_0", "NumChannels") == 12


def test_input_datatype_moves_a_float_first_layer_into_hardware() -> None:
    model = Network(12).dense(8).quant(0.21).dense(3).model()
    without = import_network(model)
    assert layers_of(without) == ["MVAU"]
    assert warnings_of(without) == [
        "MatMul_1 (MatMul) runs on the host in float because nothing quantises its input;"
        " --input-datatype and --input-scale would move it into hardware"
    ]
    x = np.random.default_rng(0).integers(0, 256, (200, 12)) / np.float32(255)
    check(model, ["MVAU"] * 2, inputs=x, input_datatype="UINT8", input_scale=1 / 255)


@pytest.mark.parametrize("value", [0.01, -1 / 255, 256 / 255, np.nan])
def test_an_input_off_its_grid_is_refused_at_its_index(value: float) -> None:
    parent = import_network(Network(4).dense(3).model(), input_datatype="UINT8", input_scale=1 / 255)
    x = np.zeros((5, 4), dtype=np.float32)
    x[3, 2] = value
    with pytest.raises(FinnError) as error:
        outputs_of(parent, {"x": x})
    reason = "is no UINT8 times the input scale of the build; give the pixels themselves, or values made"
    expected = f"input x holds {x[3, 2]!s} at index (3, 2), which {reason} from them"
    if np.isnan(value):
        expected = "input x holds nan at index (3, 2); every value must be finite"
    assert str(error.value) == expected


def test_input_options_that_contradict_the_model() -> None:
    model = Network(4).dense(3).model(datatype="INT4")
    with pytest.raises(
        FinnError, match=r"^input 'x' is annotated INT4, not UINT8; leave --input-datatype out$"
    ):
        import_network(model, input_datatype="UINT8")
    with pytest.raises(FinnError, match=r"^--input-scale needs --input-datatype; give both$"):
        import_network(model, input_scale=0.5)
    with pytest.raises(FinnError, match=r"^--input-mean needs --input-datatype; give both$"):
        import_network(model, input_mean=0.5)
    with pytest.raises(
        FinnError,
        match=r"^input 'x' is INT4 in the model, so that its integers are its values; leave --input-scale,"
        r" --input-mean and --input-std out$",
    ):
        import_network(model, input_datatype="INT4", input_scale=0.5)
    with pytest.raises(
        FinnError, match=r"^input datatype 'U8' is unknown; use UINT1..UINT16, INT2..INT16 or BIPOLAR$"
    ):
        import_network(model, input_datatype="U8")
    with pytest.raises(
        FinnError, match=r"^input datatype FLOAT32 is not an integer type of at most 16 bits$"
    ):
        import_network(model, input_datatype="FLOAT32")


def test_unknown_batch_axis() -> None:
    model = Network(12).quant(0.3).dense(8).model()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    check_shape = import_network(model)
    assert check_shape.get_tensor_shape("x") == [1, 12]


def test_constants_listed_as_inputs_are_not_inputs() -> None:
    model = Network(12).quant(0.3).dense(8).model()
    del model.graph.value_info[:]
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    parent = check(model, ["MVAU"])
    assert [t.name for t in parent.graph.input] == ["x"]


def test_the_given_model_is_left_as_it_is() -> None:
    model = Network(12).quant(0.3).dense(8).model()
    before = model.model.SerializeToString()
    import_network(model)
    assert model.model.SerializeToString() == before


def test_normalised_pixels_need_no_input_quantiser() -> None:
    mean = np.linspace(0.4, 0.6, 12).reshape(1, 3, 4)
    network = Network([3, 4]).op("Sub", mean).op("Div", 0.25).op("Flatten")
    network.shape = [1, 12]
    network.dense(8).batch_norm().quant(0.21).dense(3)
    x = np.random.default_rng(0).integers(0, 256, (200, 3, 4)) / np.float32(255)
    parent = check(network.model(), ["MVAU"] * 2, inputs=x, input_datatype="UINT8", input_scale=1 / 255)
    assert [node.op_type for node in parent.graph.node][:2] == ["Reshape", "MVAU"]


def test_normalised_pixels_into_the_only_layer() -> None:
    network = Network(12).op("Add", 1.0).op("Div", 2.0).dense(4)
    x = np.sign(np.random.default_rng(0).normal(size=(100, 12)))
    parent = check(network.model(), ["MVAU"], inputs=x, input_datatype="BIPOLAR")
    assert [node.op_type for node in parent.graph.node] == ["MVAU", "Cast", "Mul", "Add", "Cast"]


def test_a_bias_between_layers_is_carried_to_the_next() -> None:
    network = Network(6).quant(0.3, bits=2).dense(8, bits=2).op("Add", np.linspace(-1, 1, 8)).op("Mul", 0.5)
    check(network.dense(5, bits=2).op("Add", np.linspace(0, 1, 5)).model(), ["MVAU"] * 2)


def test_an_input_option_that_cannot_be_followed() -> None:
    network = Network(12).op("Relu").dense(8).quant(0.21).dense(3)
    with pytest.raises(FinnError) as error:
        import_network(network.model(), input_datatype="UINT8", input_scale="1/255")
    assert str(error.value) == (
        "--input-datatype cannot be used: MatMul_2 (MatMul) runs on the host in float because nothing"
        " quantises its input; a quantiser before it would move it into hardware"
    )


@pytest.mark.parametrize("quantised", [False, True])
def test_integers_are_transposed_on_the_host(quantised: bool) -> None:
    network = Network([3, 4]).op("Transpose", perm=[0, 2, 1]).op("Flatten")
    network.shape = [1, 12]
    if quantised:
        network.op("Sub", np.linspace(0, 9, 12)).quant(3.3)
    pixels = np.random.default_rng(0).integers(0, 16, (200, 3, 4))
    layers = ["Thresholding", "MVAU"] if quantised else ["MVAU"]
    parent = check(network.dense(4).model(datatype="UINT4"), layers, inputs=pixels)
    assert parent.graph.node[0].op_type == "Transpose"


def test_a_constant_less_the_input() -> None:
    network = Network(12)
    network.tensor = network.constant(9.0)
    model = network.op("Sub", "x").dense(4).model(datatype="UINT4")
    check(model, ["MVAU"], inputs=np.random.default_rng(0).integers(0, 16, (200, 12)))


def test_an_operator_before_a_transposition_is_not_skipped() -> None:
    network = Network([3, 4]).op("Mul", np.linspace(0.5, 2.0, 4)).op("Transpose", perm=[0, 2, 1])
    network.op("Flatten").quant(3.3)
    network.shape = [1, 12]
    pixels = np.random.default_rng(0).integers(0, 16, (200, 3, 4))
    model = network.dense(4).model(datatype="UINT4")
    parent = check(model, ["Thresholding", "MVAU"], inputs=pixels)
    assert parent.graph.node[0].op_type == "Transpose"


def test_an_input_option_for_an_operator_that_takes_no_integers() -> None:
    network = Network((4, 6, 5)).op("Relu").op("Split", np.array([1, 3]), axis=1)
    network.also()
    network.shape = [1, 1, 6, 5]
    model = convolution(network.quant(), 2, (1, 1)).model()
    with pytest.raises(FinnError) as error:
        import_network(model, input_datatype="UINT8", input_scale=0.5)
    assert str(error.value) == "--input-datatype cannot be used: what reads the input takes no integers"
