"""What the ``.hwh`` says of the processing system: names, clocks, widths of the ports.

``pynq`` sets the fabric clocks from the parameters before it loads a bitstream and, on a Zynq
UltraScale+, the widths of the ports after it: a missing width parameter would leave a port as the
boot image wanted it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from finn.errors import FinnError
from finn.shell.spec import ShellSpec

__all__ = ("ProcessorModule", "chip", "processor_module")

CLOCKS = 4
DIVISOR_LIMIT = 63
# A clock that is off is described all the same.
IDLE_MHZ = 10.0
PART = re.compile(r"xc(?P<device>7z\d+s?|zu\d+\w+?|k\d+)-?(?P<package>[a-z]{3,4}\d+)(?P<grade>-\d[A-Z]*)")
# M_AXI_HPM0_FPD is set to 32 bits, so that the processor splits what is wider; S_AXI_HP0..3_FPD are
# the ports that the vendor numbers from 2.
HPM_BITS, HP_BITS, FIRST_HP = 32, 128, 2


@dataclass(frozen=True)
class ProcessorModule:
    """The processing system's MODULE.

    Attributes
    ----------
    instance, kind, vlnv
        Its name, MODTYPE and VLNV.
    master
        Its bus interface that leads to the registers.
    arch
        Of the SYSTEMINFO.
    parameters
        By name.
    """

    instance: str
    kind: str
    vlnv: str
    master: str
    arch: str
    parameters: dict[str, str]


def processor_module(spec: ShellSpec) -> ProcessorModule:
    """Describe the shell's processing system; FinnError for a clock that it cannot make."""
    if spec.board.processor.name == "ps8":
        return ProcessorModule(
            instance="zynq_ultra_ps_e_0",
            kind="zynq_ultra_ps_e",
            vlnv="xilinx.com:ip:zynq_ultra_ps_e:3.3",
            master="M_AXI_HPM0_FPD",
            arch="zynquplus",
            parameters={**_ultrascale_clocks(spec.clk_mhz), **_widths()},
        )
    return ProcessorModule(
        instance="processing_system7_0",
        kind="processing_system7",
        vlnv="xilinx.com:ip:processing_system7:5.5",
        master="M_AXI_GP0",
        arch="zynq",
        parameters=_zynq_clocks(spec.clk_mhz),
    )


def chip(part: str) -> tuple[str, str, str]:
    """Device, package and speed grade of a part: ``xc7z020clg400-1`` is 7z020, clg400 and -1."""
    found = PART.match(part)
    if found is None:
        raise FinnError(f"the part {part!r} of the board is not written as device, package and speed grade")
    return found["device"], found["package"], found["grade"]


def _zynq_clocks(mhz: float) -> dict[str, str]:
    """Of a Zynq-7000; the PLL is what every image makes of the reference, the limit its clock network's."""
    first, second, actual = _divisors(1000.0, mhz, 250.0)
    values = {}
    for index in range(CLOCKS):
        used = index == 0
        values[f"PCW_FPGA_FCLK{index}_ENABLE"] = "1" if used else "0"
        values[f"PCW_FCLK{index}_PERIPHERAL_DIVISOR0"] = str(first if used else 1)
        values[f"PCW_FCLK{index}_PERIPHERAL_DIVISOR1"] = str(second if used else 1)
        values[f"PCW_FCLK{index}_PERIPHERAL_CLKSRC"] = "IO PLL"
        values[f"PCW_ACT_FPGA{index}_PERIPHERAL_FREQMHZ"] = f"{actual if used else IDLE_MHZ:.6f}"
    return values


def _ultrascale_clocks(mhz: float) -> dict[str, str]:
    """Of a Zynq UltraScale+, likewise; its ports to the fabric take 333 MHz (DS925)."""
    first, second, actual = _divisors(1500.0, mhz, 333.0)
    values = {}
    for index in range(CLOCKS):
        used, name = index == 0, f"PSU__CRL_APB__PL{index}_REF_CTRL"
        values[f"PSU__FPGA_PL{index}_ENABLE"] = "1" if used else "0"
        values[f"{name}__DIVISOR0"] = str(first if used else 1)
        values[f"{name}__DIVISOR1"] = str(second if used else 1)
        values[f"{name}__SRCSEL"] = "IOPLL"
        values[f"{name}__ACT_FREQMHZ"] = f"{actual if used else IDLE_MHZ:.6f}"
    return values


def _widths() -> dict[str, str]:
    ports = {f"C_SAXIGP{FIRST_HP + port}_DATA_WIDTH": str(HP_BITS) for port in range(4)}
    return {"C_MAXIGP0_DATA_WIDTH": str(HPM_BITS), **ports}


def _divisors(pll_mhz: float, mhz: float, most_mhz: float) -> tuple[int, int, float]:
    """Two divisors and their clock, the nearest one that is not above ``mhz``."""
    if not 1.0 <= mhz <= most_mhz:
        raise FinnError(f"a fabric clock of {mhz:g} MHz is not possible; choose 1 to {most_mhz:g} MHz")
    wanted = pll_mhz / mhz
    pairs = [
        (first, second)
        for second in range(1, DIVISOR_LIMIT + 1)
        for first in range(second, DIVISOR_LIMIT + 1)
        if first * second >= wanted - 1e-9
    ]
    first, second = min(pairs, key=lambda pair: (pair[0] * pair[1], pair[1]))
    return first, second, pll_mhz / first / second
