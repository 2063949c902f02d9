"""The two processing systems: what the shell, its files and the emulated board have to know of them.

Zynq-7000: UG585 (Technical Reference Manual); Zynq UltraScale+: UG1085, registers in UG1087.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("PS7", "PS8", "Processor")


@dataclass(frozen=True)
class Processor:
    """A processing system.

    Attributes
    ----------
    name
        ``ps7`` or ``ps8``: of its wrapper, ``finn_<name>.sv``, and of its twin in simulation.
    family
        The family of parts that it is in.
    arch
        Of its Linux, as ``pynq`` names it.
    register_base, register_bytes
        Where the general-purpose port that leads to the registers begins, and bytes of its window.
    hp_ports
        High-performance ports in the order in which a buffer is striped over them.
    port_bytes, address_bits
        Data bytes and address bits of a high-performance port.
    clock_pin
        Of the fabric clock, in Vivado's hierarchy of the shell.
    fabric_reset
        Whether it has a pin that resets the fabric.
    """

    name: str
    family: str
    arch: str
    register_base: int
    register_bytes: int
    hp_ports: tuple[int, ...]
    port_bytes: int
    address_bits: int
    clock_pin: str
    fabric_reset: bool


# M_AXI_GP0 and S_AXI_HP0..3.
PS7 = Processor(
    name="ps7",
    family="zynq-7000",
    arch="armv7l",
    register_base=0x4000_0000,
    register_bytes=0x4000_0000,
    hp_ports=(0, 2, 1, 3),
    port_bytes=8,
    address_bits=32,
    clock_pin="u_processor/u_ps7/FCLKCLK[0]",
    fabric_reset=True,
)

# M_AXI_HPM0_FPD, of which only the window below 4 GiB is used, and S_AXI_HP0..3_FPD. The fabric
# reset is a bit of the GPIO that nothing pulses at a download.
PS8 = Processor(
    name="ps8",
    family="zynq-ultrascale+",
    arch="aarch64",
    register_base=0xA000_0000,
    register_bytes=0x1000_0000,
    hp_ports=(0, 2, 1, 3),
    port_bytes=16,
    address_bits=49,
    clock_pin="u_processor/u_ps8/PLCLK[0]",
    fabric_reset=False,
)
