"""A shell whose network only passes words through: the shell by itself, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn.boards import get_board
from finn.rtlsim.silicon import OKAY, Silicon
from finn.rtlsim.silicon_build import compile_silicon
from finn.shell import ShellSpec, StreamPort, write_shell

BUILD_ID = 0x1234_ABCD
DRAM_BASE = 0x1000_0000
# Offsets of the DMAs' pages from the board's first.
IDMA, ODMA = 0x0000, 0x1000
CONTROL, ADDRESS, ADDRESS_HIGH, FRAMES, CYCLES = 0x00, 0x10, 0x14, 0x1C, 0x20
MEMORY_STALLS, NETWORK_STALLS, ERRORS, BUILD, ABORT = 0x28, 0x2C, 0x30, 0x34, 0x38
START, DONE, IDLE = 1, 2, 4

# A frame of {beats} words passes in {period} cycles, whatever the memory could do. The words go
# out as they come, or, where a frame has one output word only, their exclusive or does.
NETWORK = """`default_nettype none
module finn_network (
    input  wire aclk,
    input  wire aresetn,
    input  wire [{width}-1:0] s_axis_0_tdata,
    input  wire s_axis_0_tvalid,
    output wire s_axis_0_tready,
    output logic [{output_width}-1:0] m_axis_0_tdata,
    output logic m_axis_0_tvalid,
    input  wire m_axis_0_tready
);
    logic [31:0] beat;
    logic [31:0] rest;
    wire accept = s_axis_0_tvalid && s_axis_0_tready;
    wire last = beat == {beats} - 1;
    wire unused = &{{1'b0, s_axis_0_tdata}};
    assign s_axis_0_tready = rest == 0 && (!m_axis_0_tvalid || m_axis_0_tready);
    always_ff @(posedge aclk) begin
        if (accept) begin
            m_axis_0_tdata <= ({reduce} && beat != 0 ? m_axis_0_tdata : '0) ^ {output_width}'(s_axis_0_tdata);
        end
        if (!aresetn) begin
            m_axis_0_tvalid <= 1'b0;
            beat <= 0;
            rest <= 0;
        end else begin
            if (accept) m_axis_0_tvalid <= !{reduce} || last;
            else if (m_axis_0_tready) m_axis_0_tvalid <= 1'b0;
            if (rest != 0) rest <= rest - 1;
            else if (accept && last) rest <= {period} - {beats};
            if (accept) beat <= last ? 0 : beat + 1;
        end
    end
endmodule
`default_nettype wire
"""


@dataclass(frozen=True)
class Loopback:
    """A shell around such a network.

    Attributes
    ----------
    width, beats
        Bits of a network word; words in a frame.
    ports
        Memory ports of each DMA.
    period
        The network's cycles per frame, at least ``beats``; 0 for as many as ``beats``.
    reduced
        Bits of the one output word of a frame; 0 where all words pass.
    board
        Whose shell it is.
    """

    width: int
    beats: int
    ports: int
    period: int = 0
    reduced: int = 0
    board: str = "Pynq-Z1"

    @property
    def spec(self) -> ShellSpec:
        """The shell."""
        inputs = (StreamPort("idma0", self.width, self.beats),)
        outputs = (StreamPort("odma0", self.reduced or self.width, 1 if self.reduced else self.beats),)
        return ShellSpec(get_board(self.board), inputs, outputs, BUILD_ID, 100.0, self.ports)

    @property
    def network(self) -> str:
        """Its RTL."""
        return NETWORK.format(
            width=self.width,
            output_width=self.reduced or self.width,
            beats=self.beats,
            period=max(self.period, self.beats),
            reduce=int(self.reduced > 0),
        )

    def build(self, directory: Path) -> Path:
        """Compile it; the shared library for :class:`finn.rtlsim.silicon.Silicon`."""
        project = write_shell(self.spec, directory / "shell")
        return self.compile(directory, [directory / "shell" / source for source in project.sources])

    def compile(self, directory: Path, shell: list[Path]) -> Path:
        """Compile given sources of the shell with the network."""
        network = directory / "finn_network.sv"
        network.write_text(self.network)
        output = directory / "silicon.so"
        processor = get_board(self.board).processor.name
        return compile_silicon([*shell, network], output, directory / "work", "-O1", processor)

    def expected(self, data: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What the output buffer holds for an input buffer of whole frames."""
        bits = np.unpackbits(data.reshape(-1, self.spec.inputs[0].word_bytes), axis=1, bitorder="little")
        bits = bits[:, : self.width]
        if self.reduced:
            bits = np.bitwise_xor.reduce(bits.reshape(-1, self.beats, self.width), axis=1)[:, : self.reduced]
        return np.packbits(bits, axis=1, bitorder="little").reshape(-1)


class Bench:
    """A simulated chip with a memory of random bytes, and one stream each way."""

    def __init__(
        self,
        library: Path,
        shape: Loopback,
        *,
        size: int = 1 << 21,
        seed: int = 0,
        config: str = "",
        dram_base: int = DRAM_BASE,
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.dram: NDArray[np.uint8] = self.random.integers(0, 256, size, np.uint8)
        self.dram_base = dram_base
        board = shape.spec.board
        config = f"{board.memory_config()};{config}"
        self.silicon = Silicon(library, self.dram, dram_base=dram_base, seed=seed, config=config)
        self.shape, self.base = shape, board.register_base
        self.output = size // 2

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.silicon.close()

    def read(self, offset: int) -> int:
        response, value = self.silicon.read(self.base + offset)
        assert response == OKAY, hex(offset)
        return value

    def write(self, offset: int, value: int) -> None:
        assert self.silicon.write(self.base + offset, value) == OKAY, hex(offset)

    def start(self, page: int, address: int, frames: int) -> None:
        self.write(page + ADDRESS, address & 0xFFFF_FFFF)
        self.write(page + ADDRESS_HIGH, address >> 32)
        self.write(page + FRAMES, frames)
        self.write(page + CONTROL, START)

    def wait(self, page: int, bits: int, limit: int = 1_000_000) -> None:
        """Until one of ``bits`` of the control register is set."""
        for _ in range(limit // 64):
            self.silicon.tick(64)
            if self.read(page + CONTROL) & bits:
                return
            assert self.silicon.fault() is None
        state = self.read(page), self.read(page + CYCLES)
        raise AssertionError(f"{page:#x} is not done: (control, cycles) {state}")

    def run(self, frames: int, *, source: int = 0, limit: int = 1_000_000) -> None:
        """One run from ``source`` to ``self.output``; checks every byte of the memory."""
        before = self.dram.copy()
        self.start(ODMA, self.dram_base + self.output, frames)
        self.start(IDMA, self.dram_base + source, frames)
        self.wait(ODMA, DONE, limit)
        self.wait(IDMA, DONE, 1000)
        result = self.shape.expected(before[source : source + self.shape.spec.inputs[0].frame_bytes * frames])
        before[self.output : self.output + result.size] = result
        np.testing.assert_array_equal(self.dram, before)
        assert self.read(ODMA + ERRORS) == self.read(IDMA + ERRORS) == 0
        assert self.silicon.fault() is None

    def cycles(self, page: int = ODMA) -> int:
        """Of the last run."""
        return self.read(page + CYCLES) + (self.read(page + CYCLES + 4) << 32)

    def renew(self) -> None:
        """New random bytes everywhere."""
        self.dram[:] = self.random.integers(0, 256, self.dram.size, np.uint8)
