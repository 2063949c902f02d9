"""The shell is not the bottleneck, and its counters say what is."""

from __future__ import annotations

import pytest
from shell.conftest import Open
from shell.loopback import CYCLES, IDMA, MEMORY_STALLS, NETWORK_STALLS, ODMA, Loopback

from finn.boards import get_board

BATCH = 1000
RESULT_BYTES = 10


def shell(board: str, ports: int) -> Loopback:
    """A frame of 98 beats of one port; ten results of a byte; the network needs 64 cycles.

    On a PYNQ-Z1 these are 784 pixels of 8 bits, 16 in a word.
    """
    word_bytes = 2 * get_board(board).memory.port_bytes
    return Loopback(8 * word_bytes, 49, ports, period=64, reduced=8 * RESULT_BYTES)


def test_network_bound_run_is_at_the_networks_rate(bench: Open, board: str) -> None:
    with bench(shell(board, 2), size=1 << 22) as chip:
        chip.run(BATCH)
        assert 64 * BATCH <= chip.cycles() <= 64 * BATCH + 400
        assert chip.read(IDMA + MEMORY_STALLS) < 0.02 * chip.cycles()
        assert chip.read(ODMA + MEMORY_STALLS) == 0


def test_one_port_is_bound_by_input_memory(bench: Open, board: str) -> None:
    with bench(shell(board, 1), size=1 << 22) as chip:
        chip.run(BATCH)
        assert 98 <= chip.cycles() / BATCH <= 104
        assert chip.read(IDMA + MEMORY_STALLS) > 0.3 * chip.cycles()


def test_slow_memory_sets_the_rate(bench: Open, board: str) -> None:
    with bench(shell(board, 2), size=1 << 22, config="bytes_per_cycle=6") as chip:
        chip.run(BATCH)
        frame_bytes = chip.shape.spec.inputs[0].frame_bytes + RESULT_BYTES
        assert chip.cycles() / BATCH == pytest.approx(frame_bytes / 6, rel=0.03)


def test_output_memory_shows_in_its_counter(bench: Open) -> None:
    with bench(Loopback(128, 49, 2), config="bytes_per_cycle=4") as chip:
        chip.run(100)
        assert chip.read(ODMA + MEMORY_STALLS) + chip.read(IDMA + MEMORY_STALLS) > 0.5 * chip.cycles()
        assert chip.read(IDMA + NETWORK_STALLS) > 0


def test_counters_stand_still_after_the_run(bench: Open, board: str) -> None:
    with bench(shell(board, 2), size=1 << 22) as chip:
        chip.run(10)
        counters = (CYCLES, MEMORY_STALLS, NETWORK_STALLS)
        before = [chip.read(page + offset) for page in (IDMA, ODMA) for offset in counters]
        chip.silicon.tick(1000)
        assert before == [chip.read(page + offset) for page in (IDMA, ODMA) for offset in counters]
