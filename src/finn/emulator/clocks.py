"""The registers of the two processing systems that set the fabric's clock and the ports' widths."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ("ClockRegisters", "UltrascaleRegisters", "ZynqRegisters", "clock_registers")

# Zynq-7000, UG585 appendix B.28: the system-level control registers.
SLCR_BASE = 0xF800_0000
SLCR_BYTES = 0x1000
ARM_PLL, DDR_PLL, IO_PLL = (SLCR_BASE + offset for offset in (0x100, 0x104, 0x108))
ARM_CLOCK = SLCR_BASE + 0x120
FPGA0_CLOCK, FPGA_STRIDE, FPGA_CLOCKS = SLCR_BASE + 0x170, 0x10, 4
# Source select of a fabric clock: the two lowest codes both mean the I/O PLL.
SOURCES = (IO_PLL, IO_PLL, ARM_PLL, DDR_PLL)
# What the first-stage boot loader makes of any reference clock.
PLL_MHZ = {ARM_PLL: 1300.0, DDR_PLL: 1050.0, IO_PLL: 1000.0}
RESET_ARM_CLOCK = 0x1F00_0200
RESET_FABRIC = 2 << 20 | 5 << 8


class ClockRegisters:
    """A register file; the fabric clock follows from its dividers and the reference clock."""

    def __init__(self, reference_mhz: float, values: Mapping[int, int] | None = None) -> None:
        self._reference = reference_mhz
        self.values = dict(values or self._after_boot())

    def _after_boot(self) -> dict[int, int]:
        """Registers by address, as the boot loader leaves them."""
        raise NotImplementedError

    def holds(self, address: int) -> bool:
        """Whether a physical address lies in this block."""
        raise NotImplementedError

    def read(self, address: int) -> int:
        """One 32-bit register."""
        return self.values.get(address, 0)

    def write(self, address: int, value: int) -> None:
        """Set one 32-bit register."""
        self.values[address] = value & 0xFFFF_FFFF

    @property
    def fabric_mhz(self) -> float:
        """Frequency of the first fabric clock in MHz; 0 while it is off."""
        raise NotImplementedError

    @property
    def master_bits(self) -> int:
        """Data bits of the port to the registers as it is set."""
        return 32

    @property
    def ports_fit(self) -> bool:
        """Whether the memory ports are as wide as the shell drives them."""
        return True


class ZynqRegisters(ClockRegisters):
    """The clock registers of a Zynq-7000."""

    def _after_boot(self) -> dict[int, int]:
        plls = {pll: round(mhz / self._reference) << 12 for pll, mhz in PLL_MHZ.items()}
        fabric = {FPGA0_CLOCK + i * FPGA_STRIDE: RESET_FABRIC for i in range(FPGA_CLOCKS)}
        return {**plls, ARM_CLOCK: RESET_ARM_CLOCK, **fabric}

    def holds(self, address: int) -> bool:
        return SLCR_BASE <= address < SLCR_BASE + SLCR_BYTES

    @property
    def fabric_mhz(self) -> float:
        control = self.values[FPGA0_CLOCK]
        dividers = (control >> 8 & 0x3F) * (control >> 20 & 0x3F)
        multiplier = self.values[SOURCES[control >> 4 & 3]] >> 12 & 0x7F
        return self._reference * multiplier / dividers if dividers else 0.0


# Zynq UltraScale+, UG1087: clocks of the low- and the full-power domain, widths of the ports.
CRL_APB, CRF_APB, FPD_SLCR, LPD_SLCR = 0xFF5E_0000, 0xFD1A_0000, 0xFD61_0000, 0xFF41_0000
# One block a port, S_AXI_HP0..3_FPD from the third on, and the one in the low-power domain.
FPD_PORTS, FPD_PORT_BYTES, FPD_PORT_COUNT, HP_PORTS = 0xFD36_0000, 0x1_0000, 6, (2, 3, 4, 5)
LPD_PORT = 0xFF9B_0000
BLOCK_BYTES = 0x1_0000
IO_PLL_CONTROL, RT_PLL_CONTROL, PL0_CLOCK, PL_CLOCKS = CRL_APB + 0x20, CRL_APB + 0x30, CRL_APB + 0xC0, 4
APU_PLL_CONTROL, DDR_PLL_CONTROL, VIDEO_PLL_CONTROL, APU_CLOCK = (
    CRF_APB + offset for offset in (0x20, 0x2C, 0x38, 0x60)
)
MASTER_WIDTHS = FPD_SLCR + 0x5000
READ_WIDTH, WRITE_WIDTH = 0x00, 0x14
HALVED, ACTIVE = 1 << 16, 1 << 24
WIDTH_32, WIDTH_64, WIDTH_128 = 2, 1, 0
MASTER_BITS = {0: 32, 1: 64, 2: 128}


class UltrascaleRegisters(ClockRegisters):
    """The clock registers of a Zynq UltraScale+, and those that set the widths of its ports.

    A boot image leaves the widths as its own design wants them; here no memory port is as wide as
    ours, so that a driver that does not set them fails.
    """

    def _after_boot(self) -> dict[int, int]:
        plls = {IO_PLL_CONTROL: 90, RT_PLL_CONTROL: 90, APU_PLL_CONTROL: 72, DDR_PLL_CONTROL: 64}
        plls[VIDEO_PLL_CONTROL] = 90
        clocks = {PL0_CLOCK + 4 * i: ACTIVE | 1 << 16 | 15 << 8 for i in range(PL_CLOCKS)}
        widths = {port + side: WIDTH_64 for port in _hp_blocks() for side in (READ_WIDTH, WRITE_WIDTH)}
        return {
            **{address: multiplier << 8 | HALVED for address, multiplier in plls.items()},
            **clocks,
            **widths,
            APU_CLOCK: ACTIVE | 1 << 8,
            MASTER_WIDTHS: 0xA00,
        }

    def holds(self, address: int) -> bool:
        ports = FPD_PORTS <= address < FPD_PORTS + FPD_PORT_COUNT * FPD_PORT_BYTES
        blocks = (CRL_APB, CRF_APB, FPD_SLCR, LPD_SLCR, LPD_PORT)
        return ports or any(block <= address < block + BLOCK_BYTES for block in blocks)

    @property
    def fabric_mhz(self) -> float:
        control = self.values[PL0_CLOCK]
        dividers = (control >> 8 & 0x3F) * (control >> 16 & 0x3F) * (control >> 24 & 1)
        pll = self.values[{0: IO_PLL_CONTROL, 2: RT_PLL_CONTROL}.get(control & 7, DDR_PLL_CONTROL)]
        source = self._reference * (pll >> 8 & 0x7F) / (2 if pll & HALVED else 1)
        return source / dividers if dividers else 0.0

    @property
    def master_bits(self) -> int:
        return MASTER_BITS.get(self.values[MASTER_WIDTHS] >> 8 & 3, 128)

    @property
    def ports_fit(self) -> bool:
        sides = [port + side for port in _hp_blocks() for side in (READ_WIDTH, WRITE_WIDTH)]
        return all(self.values[address] & 3 == WIDTH_128 for address in sides)


def clock_registers(
    family: str, reference_mhz: float, values: Mapping[int, int] | None = None
) -> ClockRegisters:
    """The registers of a family's processing system, with ``values`` or as after boot."""
    kind = UltrascaleRegisters if family == "zynq-ultrascale+" else ZynqRegisters
    return kind(reference_mhz, values)


def _hp_blocks() -> list[int]:
    return [FPD_PORTS + index * FPD_PORT_BYTES for index in HP_PORTS]
