from __future__ import annotations

from dataclasses import replace

import pytest
from networks import dense_network

from finn.boards import BOARDS, get_board
from finn.core.network import instances
from finn.design.folding import FoldingSpace
from finn.design.room import LUT_SHARE, Room, smallest_board
from finn.errors import FinnError
from finn.transformation.fpgadataflow.set_folding import SetFolding

BOARD = get_board("Pynq-Z1")
CLK_MHZ = 100.0


def smallest(widths):
    parts = instances(dense_network(widths))
    board = smallest_board(parts, FoldingSpace(parts, BOARD, CLK_MHZ), CLK_MHZ)
    return board.name if board else None


@pytest.mark.parametrize(
    ("widths", "name"),
    [
        ((12, 8, 6), "Cora-Z7-07S"),
        # 1.2, 3.1, 4.7 and 10 million weights of 2 bits.
        ((1200, 1000, 10), "Pynq-Z1"),
        ((2000, 1500, 70), "Ultra96-V2"),
        ((2500, 1800, 120), "ZCU104"),
        ((4000, 2500, 60), None),
    ],
)
def test_the_smallest_board_that_holds_a_network(widths, name):
    assert smallest(widths) == name


@pytest.mark.parametrize("widths", [(12, 8, 6), (1200, 1000, 10)])
def test_no_smaller_board_folds_it(widths):
    least = get_board(smallest(widths))
    for board in BOARDS.values():
        if board.luts < least.luts:
            with pytest.raises(FinnError, match=f"does not fit {board.name} at any folding"):
                dense_network(widths).transform(SetFolding(board, CLK_MHZ))
    dense_network(widths).transform(SetFolding(least, CLK_MHZ))


def test_foldings_on_another_board_keep_their_layers():
    space = FoldingSpace(instances(dense_network((12, 8, 6))), BOARD, CLK_MHZ)
    other = space.on(get_board("ZCU104"))
    assert other.layers is space.layers
    assert other.cheapest(96) != {} and space.cheapest(96) != {}


def test_what_is_short():
    parts = instances(dense_network((64, 64, 10)))
    small = replace(BOARD, luts=10)
    room = Room(parts, FoldingSpace(parts, small, CLK_MHZ), small, CLK_MHZ)
    assert room.fastest(0) is None and not room.holds_any()
    assert room.shortage().endswith(f" LUTs of {int(LUT_SHARE * 10)} usable")
