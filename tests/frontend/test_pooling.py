"""Poolings whose windows reach beyond the image, imported, against qonnx' and float64's own execution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.frontend import import_network
from finn.frontend.host.exact import exact_execution

from .naive import outputs_of
from .qonnx_networks import Network
from .test_images import PAD, SLIDE
from .test_import_network import check, layers_of

PLACEWISE = ["Pool", "ChannelwiseOp", "Thresholding", "MVAU"]
INSIDE = {"count_include_pad": 0}


def pooled(
    op_type: str, size: tuple[int, int], places: tuple[int, int], zero: float = 0.0, **window: Any
) -> Network:
    """A pooling of three channels, of integers less ``zero`` if any, and a dense layer on its places."""
    network = Network((3, *size))
    network = network.op("Sub", zero) if zero else network.quant(0.23)
    network.op(op_type, **window).quant(0.19, bits=5.0)
    network.op("Flatten", axis=1).shape = [1, 3 * places[0] * places[1]]
    return network.dense(4)


def window(kernel: str, strides: str, pads: str, **options: int) -> dict[str, Any]:
    """Attributes, each digit by digit."""
    named = zip(("kernel_shape", "strides", "pads"), (kernel, strides, pads), strict=True)
    return {**{key: [int(digit) for digit in digits] for key, digits in named}, **options}


@pytest.mark.parametrize("zero", [0.0, 3.0])
@pytest.mark.parametrize(
    ("size", "places", "given"),
    [
        ((7, 5), (4, 3), window("33", "22", "1111", **INSIDE)),
        ((6, 8), (5, 4), window("32", "12", "1001", **INSIDE)),
        # Half of one window, a third of another.
        ((8, 7), (4, 3), window("33", "23", "0000", ceil_mode=1, **INSIDE)),
        ((8, 7), (4, 3), window("33", "23", "0000", ceil_mode=1, count_include_pad=1)),
        # The padding counts, what the last places cover behind it does not.
        ((8, 6), (5, 4), window("33", "22", "1111", ceil_mode=1, count_include_pad=1)),
    ],
)
def test_averages_over_what_a_window_covers(
    size: tuple[int, int], places: tuple[int, int], given: dict[str, Any], zero: float
) -> None:
    model = pooled("AveragePool", size, places, zero, **given).model(datatype="UINT5" if zero else None)
    layers = ([PAD] if any(given["pads"]) or given.get("ceil_mode") else []) + [SLIDE, *PLACEWISE]
    if zero:
        layers.insert(layers.index("ChannelwiseOp"), "ChannelwiseOp")
    inputs = np.random.default_rng(4).integers(0, 32, (100, 3, *size)) if zero else None
    check(model, layers, inputs=inputs)


@pytest.mark.parametrize("op_type", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    ("size", "places", "given"),
    [
        # A place would begin in the padding behind both axes, behind the first, behind the second.
        ((5, 7), (3, 4), window("22", "22", "1111", ceil_mode=1)),
        ((5, 6), (3, 4), window("22", "22", "1111", ceil_mode=1)),
        ((5, 6), (2, 4), window("23", "32", "1101", ceil_mode=1)),
        # Paddings of two axes that differ, of which onnx.reference gives another shape.
        ((5, 3), (4, 4), window("22", "11", "0101")),
    ],
)
def test_no_place_begins_in_the_padding(
    op_type: str, size: tuple[int, int], places: tuple[int, int], given: dict[str, Any]
) -> None:
    model = pooled(op_type, size, places, **given).model()
    check(model, layers_of(import_network(model)))


def test_padding_counts_beside_an_axis_that_drops_a_place() -> None:
    """ONNX has no spelling of it of which its own inference of shapes is right."""
    given = window("23", "32", "1101", ceil_mode=1, count_include_pad=1)
    model = pooled("AveragePool", (5, 8), (2, 5), **given).model()
    x = np.random.default_rng(1).normal(size=(50, 3, 5, 8)).astype(np.float32)
    parent = import_network(model)
    (name,) = exact_execution(model, {"x": x})
    found, exact = (f(m, {"x": x})[name] for f, m in ((outputs_of, parent), (exact_execution, model)))
    assert np.allclose(found, exact, atol=1e-6)


def test_two_poolings_in_a_row_are_both_rounded_up() -> None:
    network = Network((3, 9, 12)).quant(0.23)
    for _ in range(2):
        network.op("MaxPool", **window("22", "22", "1111", ceil_mode=1))
    network.quant(0.31, bits=3.0).op("Flatten", axis=1).shape = [1, 3 * 3 * 4]
    model = network.dense(4).model()
    check(model, layers_of(import_network(model)))
