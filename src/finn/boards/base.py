"""What a board is to the rest of the project: part, clocks, memory, addresses."""

from __future__ import annotations

from dataclasses import dataclass

from finn.boards.processor import Processor
from finn.resources import Resources

__all__ = ("Board", "Memory")


@dataclass(frozen=True)
class Memory:
    """The board's DRAM as the fabric sees it.

    Attributes
    ----------
    base, size
        Physical address and bytes of the DRAM, or of the part of it that buffers come from.
    peak
        Bytes per second of the DRAM's interface, both directions together.
    efficiency
        Share of the peak that a design may count on, refresh included.
    port_bytes
        Bytes per fabric cycle of one port, each way.
    latency
        Least and most fabric cycles from an address to its first beat, or from the last beat
        written to its response.
    refresh_period, refresh_stall
        Every so many fabric cycles nothing moves for so many.
    outstanding
        Reads, and writes, that one port holds at a time.
    controllers
        For each fabric port the port of the memory controller behind it; ports that share one
        take turns.
    """

    base: int
    size: int
    peak: float
    efficiency: float
    port_bytes: int
    latency: tuple[int, int]
    refresh_period: int
    refresh_stall: int
    outstanding: int
    controllers: tuple[int, ...]

    @property
    def bandwidth(self) -> float:
        """Bytes per second that all ports share, both ways, refresh included."""
        return self.peak * self.efficiency

    @property
    def port_bytes_per_cycle(self) -> float:
        """Bytes per fabric cycle that one port sustains one way, refresh included."""
        return self.port_bytes * (1 - self.refresh_stall / self.refresh_period)


@dataclass(frozen=True)
class Board:
    """A board with a Zynq-7000 or a Zynq UltraScale+.

    Attributes
    ----------
    name, part
        The name that PYNQ uses, the FPGA part.
    processor
        Its processing system.
    clk_mhz, reference_mhz
        The fabric clock unless the user asks for another, and the processor's reference clock.
    memory
        The DRAM.
    buffer_base, cma_bytes
        Address and bytes of the contiguous memory that the image gives to buffers.
    luts, ffs, bram18, dsps
        What the part has; ``bram18`` counts half block RAMs.
    """

    name: str
    part: str
    processor: Processor
    clk_mhz: float
    reference_mhz: float
    memory: Memory
    buffer_base: int
    cma_bytes: int
    luts: int
    ffs: int
    bram18: int
    dsps: int

    @property
    def family(self) -> str:
        """The family of its part."""
        return self.processor.family

    @property
    def register_base(self) -> int:
        """Address of the first register page."""
        return self.processor.register_base

    @property
    def register_bytes(self) -> int:
        """Bytes of the window that the registers lie in."""
        return self.processor.register_bytes

    @property
    def hp_ports(self) -> tuple[int, ...]:
        """High-performance ports in the order in which a buffer is striped over them."""
        return self.processor.hp_ports

    @property
    def dram_mb_per_s(self) -> float:
        """MB per second that all ports share."""
        return self.memory.bandwidth / 1e6

    def memory_bytes_per_cycle(self, clk_mhz: float) -> float:
        """Bytes per fabric cycle that all ports share."""
        return self.memory.bandwidth / (clk_mhz * 1e6)

    def share(self, used: Resources) -> dict[str, float]:
        """What a design takes of the part, by resource."""
        return {
            "LUT": used.lut / self.luts,
            "FF": used.ff / self.ffs,
            "BRAM18": used.bram18 / self.bram18,
            "DSP": used.dsp / self.dsps,
        }

    def memory_config(self, clk_mhz: float | None = None) -> str:
        """The memory's figures as ``finn.rtlsim.silicon`` takes them; without a clock, at the board's."""
        memory = self.memory
        figures = {
            "bytes_per_cycle": self.memory_bytes_per_cycle(clk_mhz or self.clk_mhz),
            "latency_min": memory.latency[0],
            "latency_max": memory.latency[1],
            "refresh_period": memory.refresh_period,
            "refresh_stall": memory.refresh_stall,
            "outstanding": memory.outstanding,
            "controllers": "".join(str(port) for port in memory.controllers),
        }
        return ";".join(f"{key}={value}" for key, value in figures.items())
