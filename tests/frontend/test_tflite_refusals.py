"""What a TensorFlow Lite file cannot be, each in one sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tflite_files import RELU, VALID, TFLiteFile, window
from tflite_networks import dense_file, image_file
from tflite_refused import (
    constant_sum,
    convolved,
    floating,
    mean_over_images,
    one,
    other_scale,
    padded_channels,
    parted,
    product_with,
    resized,
    strided,
    sum_of_constants,
    transposed_convolution,
    unsigned,
)

from finn.errors import FinnError
from finn.frontend import import_network, load_model

TRUNCATED = " is truncated or not a TensorFlow Lite file; export the network again"
Change = Callable[[TFLiteFile], None]


def refused(file: TFLiteFile, tmp_path: Path) -> str:
    path = tmp_path / "network.tflite"
    path.write_bytes(file.content())
    with pytest.raises(FinnError) as caught:
        import_network(path)
    return str(caught.value).removeprefix(f"{path}: ")


_CUT = "STRIDED_SLICE_0 (STRIDED_SLICE) "
_WHOLE = ([0, 0, 0], [1, 7, 5], [1, 1, 1])
REFUSALS: list[tuple[TFLiteFile, str]] = [
    (
        strided(*_WHOLE, NewAxisMask=2),
        f"{_CUT}adds axes or leaves some out, which is not supported; export it without",
    ),
    (
        strided(*_WHOLE, EllipsisMask=1),
        f"{_CUT}adds axes or leaves some out, which is not supported; export it without",
    ),
    (
        strided(*_WHOLE, Offset=1),
        f"{_CUT}counts ends from where it begins, which is not supported; export it without",
    ),
    (
        strided([0, 6, 0], [1, 0, 5], [1, -2, 1]),
        f"{_CUT}goes backwards, which is not supported; begin at the lower end",
    ),
    (strided([0, 0], [1, 7], [1, 1]), f"{_CUT}cuts 2 of 3 axes; check the export"),
    (strided([1, 0, 0], [1, 7, 5], [1, 1, 1]), f"{_CUT}cuts the batch; keep the first axis as it is"),
    (
        one("ELU", (7,), (7,)),
        "ELU_0 (ELU) is not supported; see the list of operators in docs/operators.rst",
    ),
    (one("TANH", (7,), (7,)), "TANH_0 (TANH) gives another scale than 1/128 from 0; check the export"),
    (
        one("LOGISTIC", (7,), (7,)),
        "LOGISTIC_0 (LOGISTIC) gives another scale than 1/256 from -128; check the export",
    ),
    (
        resized([5, 0]),
        "RESIZE_NEAREST_NEIGHBOR_0 (RESIZE_NEAREST_NEIGHBOR) gives an image of size [5, 0]; check the export",
    ),
    (
        one("RELU", (7,), (7,)),
        "the model has no matrix product with constant weights that could run in hardware",
    ),
    (
        floating(),
        "FULLY_CONNECTED_0 (FULLY_CONNECTED) has weights of type FLOAT32 and shape (5, 7); quantise the"
        " network to int8",
    ),
    (unsigned(), "input 'x' is UINT8; quantise the network to int8, inputs and outputs among it"),
    (sum_of_constants(), "ADD_1 (ADD) reads a constant at input 0, which is not supported"),
    *(
        (
            constant_sum(*shape),
            f"ADD_1 (ADD) adds a constant of shape {shape} to a tensor of shape (1, 7), which do not fit;"
            " check the export",
        )
        for shape in ((3,), (1, 1, 7))
    ),
    (
        product_with(3),
        "MUL_1 (MUL) multiplies tensors whose shapes do not fit its result; check the export",
    ),
    (mean_over_images(), "MEAN_0 (MEAN) is over axes [0, 3] of (1, 7, 6, 3), which is not supported"),
    (
        parted("SPLIT", [[1]], [3, 4], 1, NumSplits=2),
        "SPLIT_0 (SPLIT) splits 7 places into 2 parts; check the export",
    ),
    (
        parted("SPLIT", [[1, 0]], [7], 1, NumSplits=1),
        "SPLIT_0 (SPLIT) splits axes [1, 0], which is not one; check the export",
    ),
    (
        parted("SPLIT", [[0]], [7], 1, NumSplits=1),
        "SPLIT_0 (SPLIT) cuts the batch; keep the first axis as it is",
    ),
    (
        parted("SPLIT_V", [[5, 4], [1]], [5, 4], NumSplits=2),
        "SPLIT_V_0 (SPLIT_V) splits 7 places into [5, 4]; check the export",
    ),
    (
        parted("UNPACK", [], [1, 1], Num=2, Axis=1),
        "UNPACK_0 (UNPACK) takes 7 places apart into 2; check the export",
    ),
    (
        transposed_convolution((5, 3, 2, 4), (9, 10, 5)),
        "TRANSPOSE_CONV_0 (TRANSPOSE_CONV) has weights for 4 of 3 channels; check the export",
    ),
    (
        transposed_convolution((5, 3, 2, 3), (9, 12, 5)),
        "TRANSPOSE_CONV_0 (TRANSPOSE_CONV) gives (9, 12) pixels, more than its kernel reaches;"
        " check the export",
    ),
    (padded_channels(), "PAD_0 (PAD) pads other axes than height and width; check the export"),
    (
        other_scale(),
        "MAX_POOL_2D_0 (MAX_POOL_2D) changes scale or zero point, which it cannot; check the export",
    ),
    (
        one("AVERAGE_POOL_2D", (7, 6), (7, 6), **window(3, 3, VALID), FusedActivationFunction=0),
        "AVERAGE_POOL_2D_0 (AVERAGE_POOL_2D) reads a tensor of shape (1, 7, 6) where an image is wanted;"
        " check the export",
    ),
    (
        one("AVERAGE_POOL_2D", (7, 6, 3), (5, 4, 3), **window(3, 3, VALID), FusedActivationFunction=4),
        "AVERAGE_POOL_2D_0 (AVERAGE_POOL_2D) has a fused activation that is no clamp; export it as"
        " an operator",
    ),
    (
        one("MAX_POOL_2D", (7, 6, 3), (5, 5, 3), **window(3, 3, VALID), FusedActivationFunction=0),
        "MAX_POOL_2D_0 (MAX_POOL_2D) gives a tensor of shape (1, 5, 4, 3) where the file says (1, 5, 5, 3);"
        " export the network again",
    ),
    (
        one("MAX_POOL_2D", (7, 6, 3), (5, 4, 3), **window(3, 3, VALID, 0), FusedActivationFunction=0),
        "MAX_POOL_2D_0 (MAX_POOL_2D) has strides [0, 0] and dilations [1, 1]; check the export",
    ),
    (
        one("SOFTMAX", (7,), (7,), Beta=1.0),
        "SOFTMAX_0 (SOFTMAX) gives another scale than 1/256 from -128; check the export",
    ),
    (
        convolved((5, 3, 2, 3), (7, 6, 5), zero_point=2),
        "CONV_2D_0 (CONV_2D) has weights with a zero point; quantise them symmetrically",
    ),
    (
        convolved((5, 3, 2, 3), (7, 6, 5), scale=[0.1, 0.2, 0.3]),
        "CONV_2D_0 (CONV_2D) has weight scales that are not one for each output; check the export",
    ),
    (
        convolved((5, 3, 2, 2), (7, 6, 5)),
        "CONV_2D_0 (CONV_2D) has weights for 2 of 3 channels; check the export",
    ),
    (
        convolved((5, 3, 2, 3), (7, 6, 5), values=None),
        "CONV_2D_0 (CONV_2D) has weights that are computed; only constant ones are supported",
    ),
    (
        convolved((5, 3, 2, 3), (7, 6, 5), scale=1e30),
        "CONV_2D_0 (CONV_2D) has scales that are no positive numbers, or too far apart; check the export",
    ),
    (
        convolved((1, 3, 2, 4), (7, 6, 4), "DEPTHWISE_CONV_2D"),
        "DEPTHWISE_CONV_2D_0 (DEPTHWISE_CONV_2D) has weights for 4 outputs of 3 channels; check the export",
    ),
]


@pytest.mark.parametrize(("file", "sentence"), REFUSALS, ids=[text[:40] for _, text in REFUSALS])
def test_a_network_is_refused_by_its_operator(file: TFLiteFile, sentence: str, tmp_path: Path) -> None:
    assert refused(file, tmp_path) == sentence


def without_inputs(file: TFLiteFile) -> None:
    file.inputs = []


def two_inputs(file: TFLiteFile) -> None:
    file.inputs = [0, 4]


def far_output(file: TFLiteFile) -> None:
    file.outputs = [99]


def constant_output(file: TFLiteFile) -> None:
    file.outputs = [1]


DAMAGES: list[tuple[Change, str]] = [
    (
        without_inputs,
        "FULLY_CONNECTED_0 (FULLY_CONNECTED) reads a tensor that no operator before it gives;"
        " check the export",
    ),
    (far_output, "is damaged: it names tensors that it does not hold; export the network again"),
    (constant_output, "output 'tensor 1' is given by no operator; check the export"),
]


@pytest.mark.parametrize(("change", "sentence"), DAMAGES)
def test_a_damaged_graph_is_refused(change: Change, sentence: str, tmp_path: Path) -> None:
    file = dense_file(function=RELU)
    change(file)
    assert refused(file, tmp_path) == sentence


@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\x1c\0\0\0TFL3", dense_file().content()[:600]])
def test_what_is_no_file_of_tflite(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(content)
    with pytest.raises(FinnError) as caught:
        load_model(path)
    assert str(caught.value) == f"{path}{TRUNCATED}"


@pytest.mark.parametrize("seed", range(40))
def test_changed_bytes_end_in_a_network_or_a_sentence(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    content = bytearray((image_file() if seed % 2 else dense_file()).content())
    for _ in range(rng.choice((1, 2, 5))):
        content[rng.randrange(len(content))] = rng.randrange(256)
    if seed % 5 == 0:
        del content[rng.randrange(len(content)) :]
    path = tmp_path / "network.tflite"
    path.write_bytes(content)
    try:
        import_network(path)
    except FinnError as error:
        assert "\n" not in str(error)
