"""The first node that nothing reads is the one that is named; the documented list is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.graph.attributes import UNSUPPORTED
from finn.frontend.reading.known_operators import BECOMES, operator_rows
from finn.frontend.reading.rewrites.cutting import CUTTING_REWRITES
from finn.frontend.reading.rewrites.functions import FUNCTION_REWRITES
from finn.frontend.reading.rewrites.images import IMAGE_REWRITES
from finn.frontend.reading.rewrites.linear import ACTIVATION_REWRITES, LINEAR_REWRITES
from finn.frontend.reading.rewrites.resampling import RESAMPLING_REWRITES
from finn.frontend.reading.rewrites.rising import RISING_REWRITES
from finn.frontend.reading.rewrites.shaping import SHAPING_REWRITES

from .qonnx_networks import Network

ROOT = Path(__file__).parents[2]


def error_of(network: Network) -> str:
    with pytest.raises(FinnError) as error:
        import_network(network.model())
    return str(error.value)


def test_the_documented_table_is_the_codes() -> None:
    page = UNSUPPORTED.split()[-1]
    table = (ROOT / page).read_text().split("One by one")[1]
    columns = [len(part) + 2 for part in re.findall(r"^(=+) +(=+) +(=+) +=+$", table, re.MULTILINE)[0]]
    starts = [sum(columns[:index]) for index in range(4)]
    ends = [*starts[1:], None]
    lines = [line for line in table.splitlines() if line.startswith("``") and len(line) > starts[2]]
    cells = [tuple(line[a:b].strip("` ") for a, b in zip(starts, ends, strict=True)) for line in lines]
    assert cells == operator_rows()


def test_every_operator_that_is_rewritten_is_known() -> None:
    rewrites = (
        *LINEAR_REWRITES,
        *IMAGE_REWRITES,
        *RESAMPLING_REWRITES,
        *ACTIVATION_REWRITES,
        *FUNCTION_REWRITES,
        *SHAPING_REWRITES,
        *CUTTING_REWRITES,
        *RISING_REWRITES,
    )
    rewritten = {name for rewrite in rewrites for name in getattr(rewrite, "op_types", ())}
    assert rewritten <= {row[0] for row in operator_rows()}
    assert set(BECOMES) - {"IntQuant", "DebugMarker"} <= rewritten


def test_a_weight_by_a_floating_point_quantiser() -> None:
    network = Network(12).quant(0.3)
    here = network.tensor
    network.op("FloatQuant", 0.1, 4.0, 3.0, 7.0, source=network.constant(np.ones((12, 5))), name="weights")
    weights, network.tensor = network.tensor, here
    assert error_of(network.op("MatMul", weights)) == (
        "weights (FloatQuant) is a floating-point quantiser; only integers run in hardware, so quantise by"
        " Quant"
    )


def test_attention_is_named_at_its_product_and_not_at_what_its_shapes_do() -> None:
    network = Network((8, 16)).quant().dense(16).quant(0.53)
    queries = network.tensor
    keys = network.op("Transpose", perm=[0, 2, 1]).tensor
    network.op("MatMul", keys, source=queries, name="scores").op("Softmax", axis=-1)
    network.op("MatMul", queries).op("Transpose", perm=[1, 0, 2])
    assert error_of(network) == (
        "scores (MatMul) multiplies two tensors that are both computed, as attention does;"
        " only products with constant weights are supported"
    )


def test_the_first_of_several() -> None:
    network = Network(12).op("Asin", name="one").op("Sinh", name="two").op("Hardmax", name="three")
    assert error_of(network) == f"one (Asin) {UNSUPPORTED}"


def test_another_domain_is_named() -> None:
    network = Network(12).quant(0.3).dense(5)
    model = network.op("Relu", name="own").model()
    model.graph.node[-1].domain = "my.operators"
    model.model.opset_import.append(helper.make_opsetid("my.operators", 1))
    with pytest.raises(FinnError) as error:
        import_network(model)
    assert str(error.value) == (
        "own (Relu) is of the domain 'my.operators', of which nothing is read; export the network as QONNX"
    )
