"""A shell whose network only passes words through: the shell by itself, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn.boards import get_board
from finn.rtlsim.silicon import OKAY, Silicon
from finn.rtlsim.silicon_build import compile_silicon
from finn.shell import ShellSpec, StreamPort, write_shell

BUILD_ID = 0x1234_ABCD
DRAM_BASE = 0x1000_0000
IDMA = 0x4000_0000
ODMA = 0x4000_1000
CONTROL, ADDRESS, ADDRESS_HIGH, FRAMES, CYCLES = 0x00, 0x10, 0x14, 0x1C, 0x20
MEMORY_STALLS, NETWORK_STALLS, ERRORS, BUILD, ABORT = 0x28, 0x2C, 0x30, 0x34, 0x38
START, DONE, IDLE = 1, 2, 4
GUARD = 256

# A frame of `beats` words passes in `period` cycles, whatever the memory could do.
NETWORK = """`default_nettype none
module finn_network (
    input  wire aclk,
    input  wire aresetn,
    input  wire [{top}:0] s_axis_0_tdata,
    input  wire s_axis_0_tvalid,
    output wire s_axis_0_tready,
    output logic [{top}:0] m_axis_0_tdata,
    output logic m_axis_0_tvalid,
    input  wire m_axis_0_tready
);
    logic [31:0] beat;
    logic [31:0] rest;
    wire open = rest == 0;
    assign s_axis_0_tready = open && (!m_axis_0_tvalid || m_axis_0_tready);
    always_ff @(posedge aclk) begin
        if (s_axis_0_tready) m_axis_0_tdata <= s_axis_0_tdata;
        if (!aresetn) begin
            m_axis_0_tvalid <= 1'b0;
            beat <= 0;
            rest <= 0;
        end else begin
            if (s_axis_0_tready) m_axis_0_tvalid <= s_axis_0_tvalid;
            else if (m_axis_0_tready) m_axis_0_tvalid <= 1'b0;
            if (!open) rest <= rest - 1;
            if (s_axis_0_tready && s_axis_0_tvalid) begin
                beat <= beat == {beats} - 1 ? 0 : beat + 1;
                if (beat == {beats} - 1) rest <= {rest};
            end
        end
    end
endmodule
`default_nettype wire
"""


def loopback_spec(width: int, beats: int, ports: int) -> ShellSpec:
    """A shell with one stream each way of the same shape."""
    inputs = (StreamPort("idma0", width, beats),)
    outputs = (StreamPort("odma0", width, beats),)
    return ShellSpec(get_board("Pynq-Z1"), inputs, outputs, BUILD_ID, 100.0, ports)


def build_loopback(directory: Path, width: int, beats: int, ports: int, period: int | None = None) -> Path:
    """Compile such a shell; the shared library for :class:`finn.rtlsim.silicon.Silicon`.

    ``period`` is the network's cycles per frame, at least ``beats``.
    """
    project = write_shell(loopback_spec(width, beats, ports), directory / "shell")
    network = directory / "finn_network.sv"
    network.write_text(NETWORK.format(top=width - 1, beats=beats, rest=(period or beats) - beats))
    sources = [*(directory / "shell" / source for source in project.sources), network]
    return compile_silicon(sources, directory / "silicon.so", directory / "work")


class Bench:
    """A simulated chip with a memory of random bytes, and one stream each way."""

    def __init__(self, library: Path, width: int, beats: int, *, size: int = 1 << 21, seed: int = 0, config: str = ""):
        self.random = np.random.default_rng(seed)
        self.dram: NDArray[np.uint8] = self.random.integers(0, 256, size, np.uint8)
        self.silicon = Silicon(library, self.dram, dram_base=DRAM_BASE, seed=seed, config=config)
        self.word_bytes = (width + 7) // 8
        self.frame_bytes = self.word_bytes * beats
        self.mask = np.full(self.word_bytes, 255, np.uint8)
        if width % 8:
            self.mask[-1] = (1 << width % 8) - 1
        self.output = size // 2

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.silicon.close()

    def read(self, address: int) -> int:
        response, value = self.silicon.read(address)
        assert response == OKAY, hex(address)
        return value

    def write(self, address: int, value: int) -> None:
        assert self.silicon.write(address, value) == OKAY, hex(address)

    def start(self, page: int, address: int, frames: int) -> None:
        self.write(page + ADDRESS, address)
        self.write(page + ADDRESS_HIGH, 0)
        self.write(page + FRAMES, frames)
        self.write(page + CONTROL, START)

    def wait(self, page: int, bits: int, limit: int = 1_000_000) -> None:
        """Until one of ``bits`` of the control register is set."""
        for _ in range(limit // 64):
            self.silicon.tick(64)
            if self.read(page + CONTROL) & bits:
                return
            assert self.silicon.fault() is None
        raise AssertionError(f"{page:#x} is not done: control {self.read(page):#x}, cycles {self.read(page + CYCLES)}")

    def run(self, frames: int, *, source: int = 0, limit: int = 1_000_000) -> None:
        """One run from ``source`` to ``self.output``; checks every byte of the memory."""
        before = self.dram.copy()
        self.start(ODMA, DRAM_BASE + self.output, frames)
        self.start(IDMA, DRAM_BASE + source, frames)
        self.wait(ODMA, DONE, limit)
        self.wait(IDMA, DONE, 1000)
        size = self.frame_bytes * frames
        words = before[source : source + size].reshape(-1, self.word_bytes)
        before[self.output : self.output + size] = (words & self.mask).reshape(-1)
        np.testing.assert_array_equal(self.dram, before)
        assert self.read(ODMA + ERRORS) == self.read(IDMA + ERRORS) == 0
        assert self.silicon.fault() is None

    def renew(self) -> None:
        """New random bytes everywhere."""
        self.dram[:] = self.random.integers(0, 256, self.dram.size, np.uint8)
