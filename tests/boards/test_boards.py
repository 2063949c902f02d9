"""The boards' figures."""

from __future__ import annotations

import pytest

from finn.boards import BOARDS, get_board
from finn.errors import FinnError


def test_unknown_board_lists_the_known_ones() -> None:
    with pytest.raises(FinnError, match=r"^board 'Zybo' is not known; known are Pynq-Z1, Pynq-Z2$"):
        get_board("Zybo")


def test_any_case_will_do() -> None:
    assert get_board("pynq-z2").name == "Pynq-Z2"


@pytest.mark.parametrize("name", BOARDS)
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
    }
    pairs = (pair.split("=") for pair in get_board("Pynq-Z1").memory_config().split(";"))
    assert {key: float(value) for key, value in pairs} == pytest.approx(expected)


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
