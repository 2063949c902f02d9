"""What a model and the options say of the integers that its input carries; layouts, and what is clipped."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.planning.pixels import numbers_of

from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import check

SHAPE = (3, 6, 4)
PIXELS = np.random.default_rng(3).integers(0, 256, (40, *SHAPE))


def image(scale: Any = 0.0171, **quant: Any) -> ModelWrapper:
    return convolution(Network(SHAPE).quant(scale, bits=8.0, **quant), 4, (3, 2)).model()


def entry_of(model: ModelWrapper, **options: Any) -> dict[str, Any]:
    (entry,) = json.loads(import_network(model, **options).get_metadata_prop("finn_inputs"))
    return dict(entry)


def refused(model: ModelWrapper, **options: Any) -> str:
    with pytest.raises(FinnError) as error:
        import_network(model, **options)
    return str(error.value)


def turned(network: Network, perm: list[int]) -> Network:
    return network.op("Transpose", perm=perm)


def test_layouts() -> None:
    assert entry_of(image())["layout"] == "NCHW"
    last = turned(Network((6, 4, 3)).op("Mul", 0.5).quant(), [0, 3, 1, 2])
    last.shape = [1, 3, 6, 4]
    assert entry_of(convolution(last, 4, (3, 2)).model())["layout"] == "NHWC"
    swapped = turned(Network((3, 4, 6)).quant(), [0, 1, 3, 2])
    swapped.shape = [1, 3, 6, 4]
    assert entry_of(convolution(swapped, 4, (3, 2)).model())["layout"] == "NCWH"
    assert entry_of(Network(12).quant().dense(5).model())["layout"] == "NC"
    assert entry_of(Network((5, 12)).quant().dense(7).model())["layout"] == "NWC"
    row = convolution(Network((3, 12)).quant(), 4, (3,))
    assert entry_of(row.model())["layout"] == "NCW"


def test_scale_mean_and_deviation_by_channel_are_found_through_the_first_thresholds() -> None:
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    values = (PIXELS / 255 - mean.reshape(3, 1, 1)) / std.reshape(3, 1, 1)
    options = {"input_datatype": "UINT8", "input_scale": "1/255"}
    options |= {"input_mean": "0.485, 0.456,0.406", "input_std": list(std)}  # type: ignore[dict-item]
    layers = ["Thresholding", "ConvolutionInputGenerator", "MVAU"]
    parent = check(image(), layers, inputs=values, **options)
    assert parent.get_initializer("Thresholding_0_thresholds").shape[0] == 3
    (entry,) = json.loads(parent.get_metadata_prop("finn_inputs"))
    assert entry["integers"]["scale"] == [1 / 255 / s for s in std]
    assert entry["integers"]["offset"] == [0.0 - m / s for m, s in zip(mean, std, strict=True)]


def test_thresholds_of_pixels_are_those_of_the_models_float32_input() -> None:
    """The pixel 1 is worth 1 + 2^-25, which is 1 in float32, and half of that is rounded to 0."""
    network = Network(4).quant(2.0, 0.0, 8.0).dense(3, scale=1.0, bits=2.0)
    options = {"input_datatype": "UINT8", "input_scale": 1 + 2.0**-25}
    parent = import_network(network.model(), **options)
    assert parent.get_initializer("Thresholding_0_thresholds")[0, 0] == 2


def test_a_flattened_image_keeps_the_deviation_of_its_channels() -> None:
    network = Network(SHAPE).op("Flatten")
    network.shape = [1, 72]
    network.quant(0.0171, bits=8.0)
    std = np.array([0.229, 0.524, 0.125])
    values = PIXELS / 255 / std.reshape(3, 1, 1)
    options = {"input_datatype": "UINT8", "input_scale": 1 / 255, "input_std": tuple(std)}
    check(network.dense(5).model(), ["Requantise", "MVAU"], inputs=values, **options)


def with_input(model: ModelWrapper, kind: int, *before: Any, **constants: Any) -> ModelWrapper:
    """The model behind ``before``, whose last output is ``i``, with an input of another type."""
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info("x", kind, shape))
    model.graph.node[0].input[0] = "i"
    nodes = [*before, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for name, value in constants.items():
        model.set_initializer(name, np.asarray(value, np.float32))
    return model


@pytest.mark.parametrize(("kind", "name"), [(TensorProto.UINT8, "UINT8"), (TensorProto.INT8, "INT8")])
def test_a_model_that_takes_bytes_needs_no_option(kind: int, name: str) -> None:
    cast = helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT)
    scaled = helper.make_node("Div", ["f", "d"], ["i"])
    model = with_input(image(0.0171), kind, cast, scaled, d=[[[[90.0]], [[110.0]], [[130.0]]]])
    parent = import_network(model)
    assert [n.op_type for n in parent.graph.node][:2] == ["Transpose", "Thresholding"]
    (entry,) = json.loads(parent.get_metadata_prop("finn_inputs"))
    assert entry["integers"] == {"datatype": name, "scale": [1.0], "offset": [0.0], "pixels": name == "UINT8"}
    assert entry["datatype"] == name.lower()
    assert refused(model, input_datatype=name, input_scale="1/255") == (
        f"input 'x' is {name} in the model, so that its integers are its values; leave --input-scale,"
        " --input-mean and --input-std out"
    )


def test_a_scale_is_not_assumed() -> None:
    text = "--input-datatype UINT8 needs --input-scale, what one step of it is worth to the model"
    assert refused(image(0.0078), input_datatype="UINT8") == (
        f"{text}: the first quantiser, Quant_0 (Quant), takes -1.002 to 0.9945, which makes 1/255 plausible;"
        " add --input-scale 1/255 if that is so"
    )
    assert refused(image(1.9), input_datatype="UINT8") == (
        f"{text}: the first quantiser, Quant_0 (Quant), takes -244.1 to 242.2, which makes 1 plausible; add"
        " --input-scale 1 if that is so"
    )
    assert refused(image(0.13), input_datatype="UINT8") == (
        f"{text}: the first quantiser, Quant_0 (Quant), takes -16.7 to 16.57; give a number, or a fraction"
        " such as 1/255"
    )
    relu = Network(4).op("Relu").quant(0.3).dense(3).model()
    assert refused(relu, input_datatype="UINT8") == f"{text}: a number, or a fraction such as 1/255"


def divided(by: float) -> ModelWrapper:
    return convolution(Network(SHAPE).op("Div", by).quant(0.0171, bits=8.0), 4, (3, 2)).model()


def test_a_model_that_scales_pixels_itself_says_what_they_are_worth() -> None:
    parent = import_network(divided(255.0), input_datatype="UINT8")
    assert json.loads(parent.get_metadata_prop("finn_warnings")) == [
        "input 'x': one step of UINT8 is worth 1, because Div_0 (Div) scales the input before the first"
        " quantiser; give --input-scale if that is not so"
    ]
    # Here the quantiser takes -4.4 to 4.4 only: pixels of 0 to 255 are not what it was made for.
    assert "plausible" not in refused(divided(2.0), input_datatype="UINT8")
    assert "needs --input-scale" in refused(divided(255.0), input_datatype="UINT8", input_mean=0.5)


def test_the_type_bipolar_names_its_values() -> None:
    assert entry_of(Network(6).dense(3).model(), input_datatype="BIPOLAR")["integers"]["scale"] == [1.0]


def test_what_the_first_quantiser_takes() -> None:
    assert entry_of(Network(6).quant(0.3, zero=2.0, bits=4.0).dense(3).model())["unclipped"] == {
        "low": [pytest.approx(-10.5 * 0.3)],
        "high": [pytest.approx(5.5 * 0.3)],
    }
    network = Network(SHAPE).op("Sub", np.array([0.1, 0.2, 0.4]).reshape(3, 1, 1)).op("Mul", -2.0).quant(0.3)
    found = entry_of(convolution(network, 4, (3, 2)).model())["unclipped"]
    assert found["low"] == pytest.approx([0.1 - 7.5 * 0.15, 0.2 - 7.5 * 0.15, 0.4 - 7.5 * 0.15])
    assert found["high"] == pytest.approx([0.1 + 8.5 * 0.15, 0.2 + 8.5 * 0.15, 0.4 + 8.5 * 0.15])


@pytest.mark.parametrize(
    "network",
    [
        Network(6).op("Relu").quant(0.3),
        Network(6).quant(0.3, bits=1.0),
        Network(6).op("BipolarQuant", 0.5),
        Network(6).op("Mul", 0.0).op("Add", 0.3).quant(0.3),
    ],
)
def test_quantisers_that_clip_nothing_that_could_be_told(network: Network) -> None:
    assert "unclipped" not in entry_of(network.dense(3).model())


def test_of_two_quantisers_the_wider_counts() -> None:
    network = Network(6)
    network.quant(0.3).dense(3).quant(0.5)
    one, network.tensor, network.shape = network.tensor, "x", [1, 6]
    model = network.quant(0.7).dense(3).quant(0.5).op("Add", one).model()
    found = entry_of(model)["unclipped"]
    assert (found["low"], found["high"]) == ([pytest.approx(-8.5 * 0.7)], [pytest.approx(7.5 * 0.7)])


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("1/255", (1 / 255,)),
        ("0.5, 1/4", (0.5, 0.25)),
        (3, (3.0,)),
        ([1, "1/2"], (1.0, 0.5)),
        ("1e-3", (1e-3,)),
    ],
)
def test_numbers(value: Any, numbers: tuple[float, ...]) -> None:
    assert numbers_of(value, "it") == numbers


@pytest.mark.parametrize("value", ["", "a", "1/0", "1,,2", "nan", float("inf"), [], [None]])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(FinnError) as error:
        numbers_of(value, "--input-scale")
    assert str(error.value) == f"--input-scale takes a number or a fraction such as 1/255, not {value!r}"
