"""The boards' figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from finn.boards import BOARDS, get_board
from finn.errors import FinnError


def test_unknown_board_lists_the_known_ones() -> None:
    with pytest.raises(FinnError) as refused:
        get_board("Zybo")
    assert str(refused.value) == (
        "board 'Zybo' is not known; known are Pynq-Z1, Pynq-Z2, Arty-Z7-20, ZedBoard, Zybo-Z7-20, "
        "Cora-Z7-07S, Cora-Z7-10, ZCU104, KV260, Ultra96-V2"
    )


def test_any_case_will_do() -> None:
    assert get_board("pynq-z2").name == "Pynq-Z2"


@pytest.mark.parametrize("name", ["Pynq-Z1", "Pynq-Z2", "Arty-Z7-20", "Cora-Z7-07S", "Cora-Z7-10"])
def test_memory_is_three_quarters_of_its_peak(name: str) -> None:
    board = get_board(name)
    assert board.memory_bytes_per_cycle(100.0) == pytest.approx(15.75)
    assert board.memory_bytes_per_cycle(200.0) == pytest.approx(7.875)
    assert board.dram_mb_per_s == pytest.approx(1575)
    assert board.memory.port_bytes_per_cycle == pytest.approx(8 * 754 / 780)


def test_configuration_for_the_simulation() -> None:
    expected = {
        "bytes_per_cycle": 15.75,
        "latency_min": 20,
        "latency_max": 60,
        "refresh_period": 780,
        "refresh_stall": 26,
        "outstanding": 8,
        "controllers": 11,
    }
    pairs = (pair.split("=") for pair in get_board("Pynq-Z1").memory_config().split(";"))
    assert {key: float(value) for key, value in pairs} == pytest.approx(expected)


@pytest.mark.parametrize("name", ["ZedBoard", "Zybo-Z7-20"])
def test_boards_with_a_32_bit_memory(name: str) -> None:
    board = get_board(name)
    assert board.dram_mb_per_s == pytest.approx(3200, rel=1e-3)
    assert board.reference_mhz == pytest.approx(100 / 3)


@pytest.mark.parametrize("name", BOARDS)
def test_figures_fit_together(name: str) -> None:
    board = get_board(name)
    assert BOARDS[name] is board
    assert board.memory.base <= board.buffer_base
    assert board.buffer_base + board.cma_bytes <= board.memory.base + board.memory.size
    assert sorted(board.hp_ports) == list(range(len(board.memory.controllers)))
    assert board.memory.port_bytes == board.processor.port_bytes
    assert board.processor.address_bits >= board.memory.base.bit_length()


@pytest.mark.parametrize("name", BOARDS)
def test_documentation_lists_it(name: str) -> None:
    board = get_board(name)
    table = (Path(__file__).parents[2] / "docs" / "boards.rst").read_text()
    row = next(line.split() for line in table.splitlines() if line.startswith(name + " "))
    assert row[1:3] == [board.part, str(board.luts)]


def test_part() -> None:
    board = get_board("Pynq-Z1")
    assert (board.part, board.luts, board.ffs, board.bram18, board.dsps) == (
        "xc7z020clg400-1",
        53200,
        106400,
        280,
        220,
    )
    assert board.hp_ports == (0, 2, 1, 3)
