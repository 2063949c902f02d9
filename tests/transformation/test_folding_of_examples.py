"""Folding of the trained examples: the smallest design for a rate, or what a board allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finn.boards import get_board
from finn.core.network import Instance, bottleneck_cycles, instances
from finn.design.arithmetic import settle_arithmetic
from finn.design.cost import design_resources
from finn.design.folding import FoldingSpace, Option
from finn.design.room import LUT_SHARE
from finn.errors import FinnError
from finn.frontend import import_network
from finn.transformation.fpgadataflow.create_dataflow_partition import hardware_part
from finn.transformation.fpgadataflow.set_folding import SetFolding

BOARD = get_board("Pynq-Z1")
EXAMPLES = Path(__file__).parents[2] / "examples"
MODELS = (
    "digits/digits_w2a2",
    "vgg/vgg_w1a1",
    "vgg/vgg_w2a2",
    "resnet/resnet_w4a4",
    "mobilenet/mobilenet_w4a4",
)
OTHERS = 20


def luts(parts: Sequence[Instance]) -> int:
    return design_resources(settle_arithmetic(parts, BOARD.dsps), BOARD, 100.0).lut


def folded(parts: Sequence[Instance], chosen: Mapping[str, Option]) -> list[Instance]:
    return [replace(part, kernel=chosen[part.name].kernel) for part in parts]


@pytest.mark.parametrize("name", MODELS)
def test_no_other_folding_of_the_rate_is_smaller(name: str) -> None:
    child = hardware_part(import_network(EXAMPLES / f"{name}.onnx"))
    parts, rng = instances(child), np.random.default_rng(1)
    space = FoldingSpace(parts, BOARD, 100.0)
    cycles = 4 * space.reachable_cycles()[0]
    model = child.transform(SetFolding(BOARD, 100.0, 100e6 / cycles))
    assert bottleneck_cycles(model) <= cycles
    smallest = luts(instances(model))
    chosen = space.cheapest(cycles)
    assert chosen is not None
    choices = {layer.name: [o for o in layer.options if o.cycles <= cycles] for layer in space.layers}
    for _ in range(OTHERS):
        layer = str(rng.choice(list(choices)))
        changed = {**chosen, layer: choices[layer][rng.integers(len(choices[layer]))]}
        assert luts(folded(parts, changed)) >= smallest
        anything = {key: options[rng.integers(len(options))] for key, options in choices.items()}
        assert luts(folded(parts, anything)) >= smallest


@pytest.mark.parametrize("name", MODELS)
def test_the_default_does_not_exceed_the_board_and_a_faster_one_would(name: str) -> None:
    child = hardware_part(import_network(EXAMPLES / f"{name}.onnx"))
    model = child.transform(SetFolding(BOARD, 100.0))
    total = design_resources(settle_arithmetic(instances(model), BOARD.dsps), BOARD, 100.0)
    assert total.lut <= LUT_SHARE * BOARD.luts
    assert (total.ff <= BOARD.ffs, total.bram18 <= BOARD.bram18, total.dsp <= BOARD.dsps) == (True,) * 3
    with pytest.raises(FinnError) as error:
        child.transform(SetFolding(BOARD, 100.0, 1e9))
    best = int(str(error.value).rsplit(" ", 1)[1])
    # The default stops at the memory's rate, if that is reached before the board is full.
    assert math.floor(100e6 / bottleneck_cycles(model)) <= best
    assert bottleneck_cycles(child.transform(SetFolding(BOARD, 100.0, best))) <= 100e6 / best
