"""The fabric clock from the registers, against the emulated processors' own reckoning."""

from __future__ import annotations

import pytest

from finn.boards import BOARDS, get_board
from finn.emulator.clocks import ClockRegisters, clock_registers
from finn.runtime import BoardError
from finn.runtime.clocks import FabricClock


class Window:
    """A mapping of some of a processor's registers, as ``pynq.MMIO`` makes one."""

    def __init__(self, registers: ClockRegisters, base: int, size: int) -> None:
        self._registers, self._base, self._size = registers, base, size

    def _address(self, offset: int) -> int:
        assert 0 <= offset < self._size
        assert self._registers.holds(self._base + offset)
        return self._base + offset

    def read(self, offset: int) -> int:
        return self._registers.read(self._address(offset))

    def write(self, offset: int, value: int) -> None:
        assert type(value) is int
        self._registers.write(self._address(offset), value)


def clock(family: str, reference_mhz: float) -> tuple[FabricClock, ClockRegisters]:
    registers = clock_registers(family, reference_mhz)
    return FabricClock(lambda base, size: Window(registers, base, size), family, reference_mhz), registers


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("asked", [100.0, 50.0, 142.9, 66.7, 5.0, 123.4])
def test_the_clock_is_the_fastest_that_is_not_above(name: str, asked: float) -> None:
    board = get_board(name)
    fabric, registers = clock(board.family, board.reference_mhz)
    fabric.set(asked)
    assert fabric.mhz == pytest.approx(registers.fabric_mhz, rel=1e-12)
    assert 0.9 * asked < fabric.mhz <= asked * 1.0001


@pytest.mark.parametrize("name", ["ZedBoard", "Zybo-Z7-20"])
def test_asking_100_gives_100_with_a_reference_of_33_mhz(name: str) -> None:
    board = get_board(name)
    fabric, registers = clock(board.family, board.reference_mhz)
    fabric.set(100.0)
    assert fabric.mhz == pytest.approx(100.0, rel=1e-6)
    assert registers.fabric_mhz == pytest.approx(100.0, rel=1e-6)


def test_every_source_of_a_zynq_7000() -> None:
    fabric, registers = clock("zynq-7000", 50.0)
    for source in range(4):
        control = registers.read(0xF800_0170)
        registers.write(0xF800_0170, control & ~0x30 | source << 4)
        fabric.set(75.0)
        assert fabric.mhz == pytest.approx(registers.fabric_mhz)
        assert 70 < fabric.mhz <= 75


def test_other_bits_of_the_register_stay() -> None:
    fabric, registers = clock("zynq-7000", 50.0)
    registers.write(0xF800_0170, 0xC000_C00F | 0x30)
    fabric.set(20.0)
    assert registers.read(0xF800_0170) & ~0x03F0_3F00 == 0xC000_C03F


def test_a_clock_that_is_off_reads_0() -> None:
    fabric, registers = clock("zynq-7000", 50.0)
    registers.write(0xF800_0170, 0)
    assert fabric.mhz == 0.0


def test_refusals() -> None:
    fabric, _ = clock("zynq-7000", 50.0)
    with pytest.raises(BoardError) as refused:
        fabric.set(0.2)
    assert str(refused.value) == "a clock of 0.200 MHz cannot be divided down from 1000.000 MHz"
    with pytest.raises(BoardError) as refused:
        FabricClock(lambda base, size: None, "8051", 12.0)
    assert str(refused.value) == "processors of the family 8051 are not known; deploy the build again"
