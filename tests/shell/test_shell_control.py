"""Registers, AXI3 accesses of every kind, errors and abort."""

from __future__ import annotations

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

from finn.rtlsim.silicon import DECERR, OKAY

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
            assert chip.silicon.read(IDMA + offset)[0] == OKAY
            if offset not in (CONTROL, ABORT):
                assert chip.silicon.write(ODMA + offset, 0) == OKAY
        for address in (0x4000_2000, 0x4000_FFFC, 0x4001_0000, 0x5000_0000, 0x7FFF_FFFC):
            assert chip.silicon.read(address)[0] == DECERR
            assert chip.silicon.write(address, 1) == DECERR
        chip.run(2)


def test_strobes_write_single_bytes(bench: Open) -> None:
    with bench(SHAPE) as chip:
        chip.write(IDMA + ADDRESS, 0x11223344)
        for lane in range(4):
            assert chip.silicon.write(IDMA + ADDRESS, 0xAABBCCDD, 1 << lane) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0xAABBCCDD
        assert chip.silicon.write(IDMA + ADDRESS, 0, 0) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0xAABBCCDD


@pytest.mark.parametrize("order", range(3))
@pytest.mark.parametrize("beats", range(1, 17))
def test_bursts_of_every_length_with_data_first_or_last(bench: Open, beats: int, order: int) -> None:
    with bench(SHAPE) as chip:
        words = np.arange(beats, dtype=np.uint32) * 0x01010101 + 0x80
        strobes = [15] * min(beats, 4) + [0] * (beats - 4)
        assert chip.silicon.write_burst(IDMA + ADDRESS, words, order=order, strobes=strobes) == OKAY
        got = chip.silicon.read_burst(IDMA + ADDRESS, beats)[1]
        assert got[0] == words[0]
        assert beats < 2 or got[1] == words[1]
        assert beats < 4 or got[3] == words[3]
        assert chip.silicon.fault() is None


def test_fixed_wrapping_and_narrow_bursts(bench: Open) -> None:
    with bench(SHAPE) as chip:
        silicon = chip.silicon
        silicon.write_burst(IDMA + ADDRESS, [1, 2, 3], kind=FIXED)
        assert chip.read(IDMA + ADDRESS) == 3
        # A wrap of four words from the second: 0x14, 0x18, 0x1C, 0x10.
        silicon.write_burst(IDMA + ADDRESS_HIGH, [5, 6, 7, 8], kind=WRAP)
        assert [chip.read(IDMA + offset) for offset in (ADDRESS, ADDRESS_HIGH, FRAMES)] == [8, 5, 7]
        words = silicon.read_burst(IDMA + ADDRESS_HIGH, 4, kind=WRAP)[1]
        assert words.tolist() == [5, 0, 7, 8]
        lanes = [0x11, 0x2200, 0x330000, 0x44000000]
        assert silicon.write_burst(IDMA + ADDRESS, lanes, strobes=[1, 2, 4, 8], size=0) == OKAY
        assert chip.read(IDMA + ADDRESS) == 0x44332211
        assert silicon.read_burst(IDMA + ADDRESS, 4, size=0)[1].tolist() == [0x44332211] * 4
        assert silicon.read_burst(IDMA + 0x1FF0, 4)[0] == OKAY
        assert silicon.read_burst(0x4000_2000, 16)[0] == DECERR
        assert silicon.fault() is None


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


@pytest.mark.parametrize("address", [DRAM_BASE + 64, 1 << 32])
def test_impossible_address_is_flagged(bench: Open, address: int) -> None:
    with bench(SHAPE) as chip:
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
