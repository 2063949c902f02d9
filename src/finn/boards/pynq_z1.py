"""Digilent PYNQ-Z1: Zynq-7020, 512 MB of 16-bit DDR3 at 525 MHz."""

from __future__ import annotations

from finn.boards.base import Board, Memory

__all__ = ("BOARD",)

# 16 bits, both edges of 525 MHz; 75 % is the vendor's design maximum.
DDR3 = Memory(
    base=0,
    size=512 << 20,
    peak=2.1e9,
    efficiency=0.75,
    port_bytes=8,
    latency=(20, 60),
    refresh_period=780,
    refresh_stall=26,
    outstanding=8,
    shared_ports=((0, 1), (2, 3)),
)

BOARD = Board(
    name="Pynq-Z1",
    part="xc7z020clg400-1",
    family="zynq-7000",
    register_base=0x4000_0000,
    register_bytes=0x4000_0000,
    hp_ports=(0, 2, 1, 3),
    clk_mhz=100.0,
    reference_mhz=50.0,
    memory=DDR3,
    cma_bytes=128 << 20,
    luts=53_200,
    ffs=106_400,
    bram18=280,
    dsps=220,
)
