"""Registers, AXI accesses of every kind, errors and abort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shell.conftest import Open
from shell.loopback import (
    ABORT,
    ADDRESS,
    ADDRESS_HIGH,
    BUILD,
    BUILD_ID,
    CONTROL,
    DONE,
    DRAM_BASE,
    ERRORS,
    FRAMES,
    IDLE,
    IDMA,
    ODMA,
    START,
    Bench,
    Loopback,
)

from finn.rtlsim.silicon import DECERR, OKAY, SLVERR

SHAPE = Loopback(128, 49, 2)
FIXED, INCR, WRAP = 0, 1, 2
SLVERR_FLAG, DECERR_FLAG, ADDRESS_FLAG = 1, 2, 4


def test_state_after_reset(bench: Open) -> None:
    with bench(SHAPE) as chip:
        for page in (IDMA, ODMA):
            assert chip.read(page + CONTROL) == IDLE
            assert chip.read(page + BUILD) == BUILD_ID
            cleared = (ADDRESS, ADDRESS_HIGH, FRAMES, ERRORS, ABORT)
            assert [chip.read(page + offset) for offset in cleared] == [0] * len(cleared)


def test_every_address_is_answered(bench: Open) -> None:
    with bench(SHAPE) as chip:
        for offset in range(0, 0x1000, 4):
            assert chip.silicon.read(chip.base + IDMA + offset)[0] == OKAY
            if offset not in (CONTROL, ABORT):
                assert chip.silicon.write(chip.base + ODMA + offset, 0) == OKAY
        end = chip.shape.spec.board.register_bytes - 4
        for offset in (0x2000, 0xFFFC, 0x1_0000, 0x100_0000, end):
            address = chip.base + offset
            assert chip.silicon.read(address)[0] == DECERR
            assert chip.silicon.write(address, 1) == DECERR
        chip.run(2)


def test_strobes_write_single_bytes(bench: Open) -> None:
    with bench(SHAPE) as chip:
        chip.write(IDMA + ADDRESS, 0x11223344)
        for lane in range(4):
            assert chip.silicon.write(chip.base + IDMA + ADDRESS, 0xAABBCCDD, 1 << lane) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0xAABBCCDD
        assert chip.silicon.write(chip.base + IDMA + ADDRESS, 0, 0) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0xAABBCCDD


@pytest.mark.parametrize("order", range(3))
@pytest.mark.parametrize("beats", range(1, 17))
def test_bursts_of_every_length_with_data_first_or_last(bench: Open, beats: int, order: int) -> None:
    with bench(SHAPE) as chip:
        words = np.arange(beats, dtype=np.uint32) * 0x01010101 + 0x80
        strobes = [15] * min(beats, 4) + [0] * (beats - 4)
        address = chip.base + IDMA + ADDRESS
        assert chip.silicon.write_burst(address, words, order=order, strobes=strobes) == OKAY
        got = chip.silicon.read_burst(address, beats)[1]
        assert got[0] == words[0]
        assert beats < 2 or got[1] == words[1]
        assert beats < 4 or got[3] == words[3]
        assert chip.silicon.fault() is None


def test_fixed_wrapping_and_narrow_bursts(bench: Open) -> None:
    with bench(SHAPE) as chip:
        silicon, idma = chip.silicon, chip.base + IDMA
        silicon.write_burst(idma + ADDRESS, [1, 2, 3], kind=FIXED)
        assert chip.read(IDMA + ADDRESS) == 3
        # A wrap of four words from the second: 0x14, 0x18, 0x1C, 0x10.
        silicon.write_burst(idma + ADDRESS_HIGH, [5, 6, 7, 8], kind=WRAP)
        assert [chip.read(IDMA + offset) for offset in (ADDRESS, ADDRESS_HIGH, FRAMES)] == [8, 5, 7]
        words = silicon.read_burst(idma + ADDRESS_HIGH, 4, kind=WRAP)[1]
        assert words.tolist() == [5, 0, 7, 8]
        lanes = [0x11, 0x2200, 0x330000, 0x44000000]
        assert silicon.write_burst(idma + ADDRESS, lanes, strobes=[1, 2, 4, 8], size=0) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0x44332211
        assert silicon.read_burst(idma + ADDRESS, 4, size=0)[1].tolist() == [0x44332211] * 4
        assert silicon.read_burst(idma + 0x1FF0, 4)[0] == OKAY
        assert silicon.read_burst(idma + 0x2000, 16)[0] == DECERR
        assert silicon.fault() is None


@pytest.fixture
def zcu104(library: Callable[[Loopback], Path]) -> Open:
    """Opens a chip with the shell of a Zynq UltraScale+."""
    shape = replace(SHAPE, board="ZCU104")
    return lambda **options: Bench(library(shape), shape, **options)


@pytest.mark.parametrize("master_bits", [32, 64, 128])
def test_words_pass_whatever_the_width_of_the_port(zcu104: Open, master_bits: int) -> None:
    with zcu104(config=f"master_bits={master_bits}") as chip:
        chip.run(3)
        idma = chip.base + IDMA
        chip.silicon.write_burst(idma + ADDRESS, [1, 2, 0, 4])
        assert chip.silicon.read_burst(idma + 0x0C, 5)[1].tolist() == [0, 1, 2, 0, 4]
        assert chip.silicon.fault() is None


@pytest.mark.parametrize("size", [3, 4])
def test_beats_wider_than_a_register_are_refused(zcu104: Open, size: int) -> None:
    with zcu104(config="master_bits=128") as chip:
        chip.write(IDMA + ADDRESS, 77)
        assert chip.silicon.write_burst(chip.base + IDMA + ADDRESS, [5, 6], size=size) == SLVERR
        assert chip.silicon.read_burst(chip.base + IDMA + ADDRESS, 2, size=size)[0] == SLVERR
        assert chip.read(IDMA + ADDRESS) == 77
        chip.run(1)


# No master may hold an address back until more data is taken than the slave can hold.
@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("beats", [17, 32, 33, 255, 256])
def test_long_bursts_of_axi4(zcu104: Open, beats: int, order: int) -> None:
    with zcu104() as chip:
        strobes = [15] * beats
        strobes[0] = strobes[0x38 // 4] = 0  # neither start nor abort
        words = np.arange(beats, dtype=np.uint32)
        assert chip.silicon.write_burst(chip.base + IDMA, words, order=order, strobes=strobes) == OKAY
        response, got = chip.silicon.read_burst(chip.base + IDMA, beats)
        assert (response, got[4], got[5], got[7]) == (OKAY, 4, 5, 7)
        assert chip.silicon.read_burst(chip.base + IDMA + 0x2000, 256)[0] == DECERR
        assert chip.silicon.fault() is None


def test_addresses_above_the_window_are_not_the_window(zcu104: Open) -> None:
    with zcu104() as chip:
        for upper in (1 << 32, 1 << 39):
            assert chip.silicon.read(chip.base + IDMA + upper)[0] == DECERR
            assert chip.silicon.write(chip.base + IDMA + ADDRESS + upper, 1) == DECERR
        assert chip.read(IDMA + ADDRESS) == 0


def test_buffers_above_4_gib(zcu104: Open) -> None:
    for dram_base in (0x8_0000_0000, (1 << 49) - (1 << 21), (1 << 32) - (1 << 20)):
        with zcu104(dram_base=dram_base) as chip:
            # The last of them has its input below, and its output from, 4 GiB on.
            chip.run(20)


def test_done_is_sticky_and_cleared_by_start(bench: Open) -> None:
    with bench(SHAPE) as chip:
        chip.run(1)
        for _ in range(3):
            assert chip.read(ODMA + CONTROL) == DONE | IDLE
        chip.start(ODMA, DRAM_BASE + chip.output, 1)
        assert chip.read(ODMA + CONTROL) == START


def test_a_run_in_progress_keeps_its_buffer(bench: Open) -> None:
    with bench(SHAPE) as chip:
        chip.start(ODMA, DRAM_BASE + chip.output, 3)
        chip.write(ODMA + ADDRESS, DRAM_BASE)
        chip.write(ODMA + FRAMES, 1)
        chip.write(ODMA + CONTROL, START)
        assert chip.read(ODMA + ADDRESS) == DRAM_BASE + chip.output
        assert chip.read(ODMA + FRAMES) == 3


@pytest.mark.parametrize("beyond", [False, True], ids=["no whole block", "beyond the ports"])
def test_impossible_address_is_flagged(bench: Open, beyond: bool) -> None:
    with bench(SHAPE) as chip:
        bits = chip.shape.spec.board.processor.address_bits
        address = 1 << bits if beyond else DRAM_BASE + 64
        chip.write(IDMA + ADDRESS, address & 0xFFFF_FFFF)
        chip.write(IDMA + ADDRESS_HIGH, address >> 32)
        chip.write(IDMA + FRAMES, 1)
        chip.write(IDMA + CONTROL, START)
        chip.wait(IDMA, IDLE)
        assert chip.read(IDMA + CONTROL) == IDLE
        assert chip.read(IDMA + ERRORS) == ADDRESS_FLAG
        chip.run(2)


def abort(chip: Bench, page: int) -> None:
    chip.write(page + ABORT, 1)
    for each in (IDMA, ODMA):
        chip.wait(each, IDLE, 5000)
    assert chip.read(page + ABORT) == 0


@pytest.mark.parametrize("page", [IDMA, ODMA])
@pytest.mark.parametrize("seed", range(4))
def test_abort_in_mid_run_leaves_nothing_behind(bench: Open, seed: int, page: int) -> None:
    with bench(SHAPE, seed=seed) as chip:
        for _ in range(8):
            chip.start(ODMA, DRAM_BASE + chip.output, 100)
            chip.start(IDMA, DRAM_BASE, 100)
            chip.silicon.tick(int(chip.random.integers(0, 3000)))
            abort(chip, page)
            assert chip.read(ODMA + CONTROL) == IDLE
            memory = chip.dram.copy()
            chip.silicon.tick(500)
            np.testing.assert_array_equal(chip.dram, memory)
            chip.run(int(chip.random.integers(1, 5)))
            chip.renew()


def test_abort_when_idle_or_half_started(bench: Open) -> None:
    with bench(SHAPE) as chip:
        abort(chip, ODMA)
        chip.run(1)
        chip.start(IDMA, DRAM_BASE, 50)
        chip.silicon.tick(400)
        abort(chip, IDMA)
        chip.run(3)


@pytest.mark.parametrize("at", ["input", "output"])
def test_slave_error_reaches_idle_with_its_flag(bench: Open, at: str) -> None:
    with bench(SHAPE) as chip:
        page, buffer = (IDMA, 0) if at == "input" else (ODMA, chip.output)
        chip.silicon.set("error_base", DRAM_BASE + buffer + 4096)
        chip.silicon.set("error_bytes", 128)
        chip.start(ODMA, DRAM_BASE + chip.output, 50)
        chip.start(IDMA, DRAM_BASE, 50)
        for each in (IDMA, ODMA):
            chip.wait(each, IDLE, 10000)
        assert chip.read(page + ERRORS) == SLVERR_FLAG
        assert chip.read(ODMA + CONTROL) == IDLE
        chip.silicon.set("error_bytes", 0)
        chip.renew()
        chip.run(3)


@pytest.mark.parametrize("page", [IDMA, ODMA])
def test_address_without_memory_reaches_idle_with_its_flag(bench: Open, page: int) -> None:
    with bench(SHAPE) as chip:
        good = {IDMA: DRAM_BASE, ODMA: DRAM_BASE + chip.output}
        for each in (ODMA, IDMA):
            chip.start(each, good[each] if each != page else 0x2000_0000, 20)
        for each in (IDMA, ODMA):
            chip.wait(each, IDLE, 10000)
        assert chip.read(page + ERRORS) == DECERR_FLAG
        chip.run(1)
