"""One memory for each shape of block RAM that synthesis infers, side by side in one module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finn.rtlsim import StreamSpec

__all__ = ("INPUT", "MEMORIES", "SOURCE", "TOP", "Memory", "contents", "output", "stimulus", "top")

TOP = "memories"
SOURCE = Path(__file__).with_name("memories.sv")
PORTS, DATA, ADDRESS, LANES = 2, 72, 16, 8
INPUT = StreamSpec("s_axis_0", 1 + PORTS * (1 + ADDRESS + LANES + DATA), 1)
FEWEST_WORDS = 512
# Few enough addresses that one port often meets what the other writes.
HOT, NEAR = 8, 6
BEATS = 3000
RNG = np.random.default_rng(8)
# Arbitrary words.
FIRST, RESET = 0x93_8B4A_0C6E_7A5D_31F2, 0x5C_21F7_B390_46D8_EA1B


@dataclass(frozen=True)
class Memory:
    """A module of `memories.sv` with its parameters; ``shown`` bits of each port's word matter."""

    module: str
    width: int
    depth: int
    parameters: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a failing test prints."""
        values = "-".join(str(value) for value in self.parameters.values())
        return f"{self.module}-{self.depth}x{self.width}-{values}".rstrip("-")


def _shapes() -> Iterator[Memory]:
    kibi = 1024
    for width in (1, 2, 4, 9, 18):
        depth = 16 * kibi // (width - width // 9)
        yield Memory("simple_dual_port", width, depth, {"GRAIN": width, "FIRST": FIRST, "RESET": RESET})
        yield Memory("true_dual_port", width, 2 * depth, {"GRAIN": width})
    for width in (36, 72):
        yield Memory("simple_dual_port", width, 512, {"GRAIN": 9, "FIRST": FIRST, "RESET": RESET})
    for width in (18, 36):
        yield Memory("true_dual_port", width, kibi, {"GRAIN": 9})
    for width, grain, mode in ((4, 4, "NO_CHANGE"), (18, 9, "WRITE_FIRST"), (36, 36, "NO_CHANGE")):
        yield Memory("true_dual_port", width, kibi, {"GRAIN": grain, "PORTS": 1, "MODE": mode})
    for width, ratio in ((4, 4), (9, 4), (9, 8)):
        for wide_write in (0, 1):
            parameters = {"RATIO": ratio, "WIDE_WRITE": wide_write}
            yield Memory("two_widths", width, 2 * kibi, parameters)
    yield Memory("read_only", 18, kibi)
    yield Memory("true_dual_port", 1, 64 * kibi, {"GRAIN": 1})


MEMORIES = tuple(_shapes())


def contents() -> dict[str, str]:
    """The first contents of each memory, by file name."""
    return {f"memory{i}.mem": _hex(memory) for i, memory in enumerate(MEMORIES)}


def _hex(memory: Memory) -> str:
    digits = (memory.width + 3) // 4
    raw = RNG.bytes(memory.depth * 9)
    top = (1 << memory.width) - 1
    words = (int.from_bytes(raw[9 * i : 9 * i + 9], "little") & top for i in range(memory.depth))
    return "\n".join(f"{word:0{digits}x}" for word in words)


def output() -> StreamSpec:
    """The words last read of all memories, the first memory's lowest."""
    return StreamSpec("m_axis_0", PORTS * DATA * len(MEMORIES), 1)


def top() -> Iterator[str]:
    """Lines of the module TOP: a beat in is one clock edge of all memories, a beat out what they show."""
    yield f"module {TOP} (\n    input wire aclk, input wire aresetn,"
    yield f"    input wire [{INPUT.width - 1}:0] s_axis_0_tdata, input wire s_axis_0_tvalid,"
    yield f"    output wire s_axis_0_tready, output wire [{output().width - 1}:0] m_axis_0_tdata,"
    yield "    output reg m_axis_0_tvalid, input wire m_axis_0_tready\n);"
    yield "    wire edge_ = s_axis_0_tvalid && s_axis_0_tready && aresetn;"
    yield "    wire clear;\n    wire [1:0] on;\n    wire [1:0][15:0] address;\n    wire [1:0][7:0] write;"
    yield "    wire [1:0][71:0] data;\n    wire [1:0] enable = on & {2{edge_}};"
    yield "    assign {clear, on, address, write, data} = s_axis_0_tdata;"
    yield "    assign s_axis_0_tready = m_axis_0_tready || !m_axis_0_tvalid;"
    yield "    always @(posedge aclk) if (!aresetn) m_axis_0_tvalid <= 0;"
    yield "        else if (s_axis_0_tready) m_axis_0_tvalid <= s_axis_0_tvalid;"
    for index, memory in enumerate(MEMORIES):
        values = {**memory.parameters, "WIDTH": memory.width, "DEPTH": memory.depth}
        texts = [f".{key}({_literal(value)})" for key, value in values.items()]
        yield f'    {memory.module} #(.CONTENTS("memory{index}.mem"), {", ".join(texts)}) m{index} ('
        yield "        .clk(aclk), .clear(clear), .enable(enable), .address(address), .write(write),"
        yield f"        .data(data), .q(m_axis_0_tdata[{PORTS * DATA * index}+:{PORTS * DATA}])\n    );"
    yield "endmodule"


def _literal(value: int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else f"72'h{value:x}" if value >= 1 << 31 else str(value)


def stimulus() -> NDArray[np.uint8]:
    """Beats: every address with no write, then reads and writes at few addresses."""
    sweep = np.arange(1 << ADDRESS)
    shape = (BEATS, PORTS)
    hot = (RNG.choice(RNG.integers(0, 1 << ADDRESS, HOT), shape) + RNG.integers(0, NEAR, shape)) % len(sweep)
    write = np.where(RNG.random(shape) < 0.5, RNG.integers(0, 1 << LANES, shape), 0)
    # What a word holds that both ports write at once is undefined.
    write[:, 1] *= (hot[:, 0] ^ hot[:, 1]) % FEWEST_WORDS != 0
    clear, on = RNG.random((BEATS, 1)) < 0.1, RNG.random(shape) < 0.8
    # The first beat shows what the output registers start with.
    reading = np.repeat(sweep[:, None] > 0, PORTS, axis=1)
    reads = _beats(np.zeros((len(sweep), 1)), reading, np.stack([sweep, sweep[::-1]], 1))
    return np.concatenate([reads, _beats(clear, on, hot, write)])


def _beats(
    clear: NDArray[Any], on: NDArray[Any], address: NDArray[Any], write: NDArray[Any] | None = None
) -> NDArray[np.uint8]:
    """Packed {clear, on, address, write, data}, port 0 lowest in each; data is random."""
    count = len(address)
    data = RNG.integers(0, 2, (count, PORTS * DATA))
    enables = np.zeros((count, PORTS), np.int64) if write is None else write
    fields = [data, _bits(enables, LANES), _bits(address, ADDRESS), on, clear]
    return np.packbits(np.concatenate(fields, axis=1).astype(np.uint8), axis=1, bitorder="little")


def _bits(values: NDArray[Any], bits: int) -> NDArray[np.int64]:
    return ((values[..., None] >> np.arange(bits)) & 1).reshape(len(values), -1)
