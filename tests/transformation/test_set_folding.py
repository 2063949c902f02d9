from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from networks import dense_network

from finn.boards import get_board
from finn.core.network import bottleneck_cycles, instances, total_resources
from finn.design.cost import design_resources
from finn.design.folding import FoldingSpace
from finn.design.room import LUT_SHARE
from finn.errors import FinnError
from finn.transformation.fpgadataflow.set_folding import SetFolding, apply_folding

BOARD = get_board("Pynq-Z1")
WIDTHS = (12, 8, 6)


def folded(**options):
    return dense_network(WIDTHS).transform(SetFolding(BOARD, 100.0, **options))


@pytest.mark.parametrize("cycles", [1, 2, 5, 12, 40, 96])
def test_a_rate_is_reached_with_the_fewest_luts(cycles):
    model = folded(target_fps=100e6 / cycles)
    assert bottleneck_cycles(model) <= cycles
    assert design_resources(instances(model), BOARD, 100.0).lut == fewest_luts(cycles)


def fewest_luts(cycles):
    """Of all foldings that are fast enough, tried one by one, converters and shell included."""
    parts = instances(dense_network(WIDTHS))
    every = [[part.kernel.with_folding(**f) for f in part.kernel.foldings()] for part in parts]
    designs = [
        [replace(part, kernel=kernel) for part, kernel in zip(parts, kernels, strict=True)]
        for kernels in product(*every)
        if max(kernel.cycles for kernel in kernels) <= cycles
    ]
    return min(design_resources(design, BOARD, 100.0).lut for design in designs)


def test_a_rate_beyond_the_clock_names_the_best():
    with pytest.raises(FinnError) as caught:
        folded(target_fps=200e6)
    assert str(caught.value) == (
        "200000000 images/s cannot be reached on Pynq-Z1 at 100 MHz; the best rate that fits in 70 % of its"
        " LUTs is 100000000"
    )


@pytest.mark.parametrize("share", [0.05, 0.9])
def test_a_share_of_the_luts_is_kept_and_used(share):
    """Of all cycles that any folding takes, the least that fits in the share."""
    space = FoldingSpace(instances(dense_network(WIDTHS)), BOARD, 100.0)
    limit = share * BOARD.luts
    fitting = [cycles for cycles in space.reachable_cycles() if fewest_luts(cycles) <= limit]
    if share < LUT_SHARE:
        assert min(fitting) > min(space.reachable_cycles())
    assert bottleneck_cycles(folded(lut_share=share)) == min(fitting)


def test_a_rate_that_does_not_fit_in_the_share():
    with pytest.raises(FinnError) as caught:
        folded(target_fps=100e6, lut_share=0.05)
    assert str(caught.value).startswith(
        "100000000 images/s cannot be reached on Pynq-Z1 at 100 MHz; the best rate that fits in 5 % of its"
        " LUTs is "
    )


def test_the_default_is_no_faster_than_memory():
    model = dense_network((1024, 8)).transform(SetFolding(BOARD, 100.0))
    # 1,024 2-bit elements in and 8 14-bit ones out, at 15.75 bytes a cycle.
    memory = (1024 * 2 + 8 * 14) / 8 / 15.75
    space = FoldingSpace(instances(dense_network((1024, 8))), BOARD, 100.0)
    assert bottleneck_cycles(model) == min(c for c in space.reachable_cycles() if c >= memory)


def test_the_default_fits_the_board():
    small = replace(BOARD, luts=5200)
    model = dense_network((64, 64, 64, 10)).transform(SetFolding(small, 100.0))
    assert 0.6 * small.luts < design_resources(instances(model), small, 100.0).lut <= LUT_SHARE * small.luts


def test_a_network_too_large_for_the_board_is_refused():
    with pytest.raises(FinnError) as caught:
        dense_network((64, 64, 10)).transform(SetFolding(replace(BOARD, luts=10), 100.0))
    assert "the network does not fit Pynq-Z1 at any folding; the smallest needs " in str(caught.value)
    assert str(caught.value).endswith(
        " LUTs of 7 usable; the smallest supported board that holds it is Cora-Z7-07S"
    )


def test_apply_folding_replaces_what_was_there():
    model = dense_network(WIDTHS)
    apply_folding(model, {"MVAU_0": {"PE": 4}})
    apply_folding(model, {"MVAU_0": {"PE": 2, "SIMD": 3}})
    kernel = instances(model)[0].kernel
    assert (kernel.pe, kernel.simd) == (2, 3)


def test_what_is_short_is_named():
    with pytest.raises(FinnError) as caught:
        dense_network((1024, 1024, 10)).transform(SetFolding(replace(BOARD, bram18=40), 100.0))
    text = str(caught.value)
    assert text.startswith("the network does not fit Pynq-Z1 at any folding; the smallest needs ")
    assert text.endswith(" BRAM18s of 40 usable; the smallest supported board that holds it is Cora-Z7-10")


def test_a_network_too_large_for_all_boards_says_so():
    with pytest.raises(FinnError) as caught:
        dense_network((4000, 2500, 60)).transform(SetFolding(BOARD, 100.0))
    assert str(caught.value).endswith(
        " of 280 usable; no supported board holds it; quantise to fewer bits or choose a smaller network"
    )


def test_scarce_block_rams_are_spared():
    model = dense_network((1024, 256, 10))
    plenty = model.transform(SetFolding(BOARD, 100.0, 100e6 / 20_000))
    used = total_resources(plenty).bram18
    scarce = replace(BOARD, bram18=used - 1)
    spared = dense_network((1024, 256, 10)).transform(SetFolding(scarce, 100.0, 100e6 / 20_000))
    assert bottleneck_cycles(spared) <= 20_000
    assert total_resources(spared).bram18 < used
