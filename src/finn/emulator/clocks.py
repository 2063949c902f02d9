"""The clock registers of a Zynq-7000's system-level control block."""

from __future__ import annotations

__all__ = ("ClockRegisters",)

SLCR_BASE = 0xF800_0000
SLCR_BYTES = 0x1000
ARM_PLL, DDR_PLL, IO_PLL = 0x100, 0x104, 0x108
ARM_CLOCK = 0x120
FPGA0_CLOCK, FPGA_STRIDE, FPGA_CLOCKS = 0x170, 0x10, 4
# Source select of a fabric clock: the two lowest codes both mean the I/O PLL.
SOURCES = (IO_PLL, IO_PLL, ARM_PLL, DDR_PLL)
# PLL feedback dividers and fabric dividers as the first-stage boot loader leaves them.
RESET_VALUES = {ARM_PLL: 26 << 12, DDR_PLL: 21 << 12, IO_PLL: 20 << 12, ARM_CLOCK: 0x1F00_0200}
RESET_FABRIC = 2 << 20 | 5 << 8


class ClockRegisters:
    """A register file; the fabric clock follows from its dividers and the reference clock."""

    def __init__(self, reference_mhz: float, values: dict[int, int] | None = None) -> None:
        self._reference = reference_mhz
        fabric = {FPGA0_CLOCK + i * FPGA_STRIDE: RESET_FABRIC for i in range(FPGA_CLOCKS)}
        self.values = dict(values or {**RESET_VALUES, **fabric})

    @staticmethod
    def holds(address: int) -> bool:
        """Whether a physical address lies in this block."""
        return SLCR_BASE <= address < SLCR_BASE + SLCR_BYTES

    def read(self, address: int) -> int:
        """One 32-bit register."""
        return self.values.get(address - SLCR_BASE, 0)

    def write(self, address: int, value: int) -> None:
        """Set one 32-bit register."""
        self.values[address - SLCR_BASE] = value & 0xFFFF_FFFF

    @property
    def fabric_mhz(self) -> float:
        """Frequency of FCLK0 in MHz; 0 while a divider is 0."""
        control = self.values[FPGA0_CLOCK]
        dividers = (control >> 8 & 0x3F) * (control >> 20 & 0x3F)
        multiplier = self.values[SOURCES[control >> 4 & 3]] >> 12 & 0x7F
        return self._reference * multiplier / dividers if dividers else 0.0
