"""Networks of several inputs, each of its own shape, type and scale."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.onnx_exec import execute_onnx
from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.host.comparison import compare_outputs
from finn.frontend.host.exact import exact_execution

from .qonnx_networks import Network
from .test_images import convolution
from .test_import_network import layers_of

IMAGES = 12
RNG = np.random.default_rng(11)


def two_sides() -> Network:
    """An image and a vector, joined behind a product of each."""
    network = convolution(Network((3, 6, 5)).quant(0.31), 4, (3, 2)).quant(0.53)
    network.op("GlobalAveragePool").op("Flatten").quant(0.17)
    image = network.tensor
    network.enter("speed", (7,)).quant(0.11, bits=6.0).dense(4).quant(0.41)
    network.op("Concat", image, source=network.tensor, axis=1).shape = [1, 8]
    return network.quant(0.23).dense(5)


def float_inputs() -> dict[str, Any]:
    values = {"x": RNG.normal(size=(IMAGES, 3, 6, 5)), "speed": RNG.normal(size=(IMAGES, 7))}
    return {name: value.astype(np.float32) for name, value in values.items()}


def check_several(model: ModelWrapper, inputs: dict[str, Any]) -> ModelWrapper:
    """Import, and compare with an evaluation in float64."""
    parent = import_network(model)
    (name,) = (tensor.name for tensor in parent.graph.output)
    comparison = compare_outputs(execute_onnx(parent, inputs)[name], exact_execution(model, inputs)[name])
    assert comparison.ok, comparison.text
    return parent


def test_an_image_and_a_vector() -> None:
    parent = check_several(two_sides().model(), float_inputs())
    assert layers_of(parent) == [
        *("ConvolutionInputGenerator", "MVAU", "GlobalAccPool", "MVAU"),
        *("Thresholding", "StreamingConcat", "Thresholding", "MVAU"),
    ]
    meant = {each["name"]: each for each in json.loads(parent.get_metadata_prop("finn_inputs"))}
    assert {name: each["layout"] for name, each in meant.items()} == {"x": "NCHW", "speed": "NC"}
    assert meant["speed"]["unclipped"]["high"] == [pytest.approx(31.5 * 0.11)]
    assert meant["x"]["unclipped"]["high"] == [pytest.approx(7.5 * 0.31)]


def test_integers_enter_beside_floats() -> None:
    model = two_sides().model()
    model.set_tensor_datatype("speed", DataType["INT4"])
    inputs = float_inputs() | {"speed": RNG.integers(-8, 8, (IMAGES, 7)).astype(np.float32)}
    parent = check_several(model, inputs)
    meant = {each["name"]: each for each in json.loads(parent.get_metadata_prop("finn_inputs"))}
    assert meant["speed"]["integers"]["datatype"] == "INT4"
    assert "integers" not in meant["x"]
    assert layers_of(parent).count("Thresholding") == 3


def test_inputs_added_before_the_first_quantiser() -> None:
    network = Network(7)
    network.enter("speed", (7,)).op("Mul", 0.37).op("Add", "x", source=network.tensor)
    parent = check_several(
        network.quant(0.29).dense(5).model(),
        {name: RNG.normal(size=(IMAGES, 7)).astype(np.float32) for name in ("x", "speed")},
    )
    assert layers_of(parent) == ["MVAU"]


def test_input_datatype_is_refused() -> None:
    with pytest.raises(FinnError) as error:
        import_network(two_sides().model(), input_datatype="UINT8", input_scale="1/255")
    assert str(error.value) == (
        "--input-datatype is for models of one input, and this has 2 (x, speed);"
        " annotate the inputs' types in the model"
    )


def test_batches_that_differ() -> None:
    model = two_sides().model()
    model.graph.input[1].type.tensor_type.shape.dim[0].dim_value = 3
    with pytest.raises(FinnError) as error:
        import_network(model)
    assert (
        str(error.value)
        == "the model's inputs have different batch sizes (x: 1, speed: 3); export it with one"
    )


def test_no_input() -> None:
    model = Network(7).quant(0.29).dense(5).model()
    del model.graph.input[:]
    model.set_initializer("x", np.ones((1, 7), np.float32))
    with pytest.raises(
        FinnError, match=r"^the model has no input; export it with the tensors that it reads$"
    ):
        import_network(model)
