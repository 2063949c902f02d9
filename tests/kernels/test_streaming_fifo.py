"""StreamingFIFO against its golden model, in RTL; its capacity, its counter, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.streaming_fifo import StreamingFIFO
from finn.rtlsim import StreamSpec, compile_streams

# Type of an element, lanes, beats in a frame, depth, where.
SETS = [
    ("UINT8", 1, 7, 1, "auto"),
    ("UINT8", 3, 7, 2, "auto"),
    ("BIPOLAR", 1, 1, 2, "auto"),
    ("BIPOLAR", 1, 1, 3, "distributed"),
    ("INT3", 5, 9, 3, "block"),
    ("INT3", 5, 9, 4, "block"),
    ("INT4", 16, 32, 5, "distributed"),
    ("INT4", 16, 32, 32, "auto"),
    ("UINT2", 3, 100, 33, "auto"),
    ("UINT2", 3, 100, 64, "block"),
    ("INT32", 1, 50, 100, "auto"),
    ("INT8", 9, 300, 128, "distributed"),
    ("INT8", 9, 300, 512, "auto"),
    ("TERNARY", 50, 20, 1000, "auto"),
    ("UINT1", 1, 400, 2048, "block"),
]


class TestStreamingFIFO(KernelGrid):
    def cases(self) -> list[Case]:
        rng = np.random.default_rng(4)
        cases = []
        for name, lanes, beats, depth, style in SETS:
            datatype = DataType[name]
            kernel = StreamingFIFO(datatype, (beats, lanes), depth, style)
            cases.append(Case(kernel, (random_values(rng, datatype, (FRAMES, beats * lanes)),)))
        return cases


@pytest.mark.parametrize(
    ("depth", "style"), [(2, "auto"), (3, "distributed"), (16, "distributed"), (16, "block")]
)
def test_holds_its_depth_and_counts_it(depth: int, style: str, tmp_path: Path) -> None:
    kernel = StreamingFIFO(DataType["UINT8"], (200, 1), depth, style, count_occupancy=True)
    wrapper = tmp_path / "top.sv"
    parameters = ", ".join(
        f'.{k}("{v}")' if isinstance(v, str) else f".{k}({v})"
        for k, v in kernel.rtl("fifo").parameters.items()
    )
    wrapper.write_text(
        f"""module top(input wire aclk, aresetn, input wire [7:0] s_axis_tdata, input wire s_axis_tvalid,
        output wire s_axis_tready, output wire [7:0] m_axis_tdata, output wire m_axis_tvalid,
        input wire m_axis_tready, output wire [31:0] status);
        streaming_fifo #({parameters}) dut(.*, .maxcount(status)); endmodule"""
    )
    spec = [StreamSpec("s_axis", 8, 200)], [StreamSpec("m_axis", 8, 200)]
    model = compile_streams(
        "top", [*kernel.sources, wrapper], {}, *spec, tmp_path / "fifo.so", status_bits=32
    )
    beats = np.arange(200, dtype=np.uint8).reshape(-1, 1)

    free = model.run([beats], 1)
    stalled = model.run([beats], 1, output_stall=0.9, seed=1)

    assert int.from_bytes(free.status or b"", "little") <= 3
    # Never fewer than its depth; never more than the next power of two and the output registers.
    held = int.from_bytes(stalled.status or b"", "little")
    assert depth <= held <= (depth if depth == 2 else 2 ** (depth - 1).bit_length() + 1)


def test_where_the_beats_are_held() -> None:
    def storage(depth: int, lanes: int) -> str:
        return StreamingFIFO(DataType["UINT8"], (64, lanes), depth).storage

    assert [storage(2, 8), storage(32, 8), storage(64, 64), storage(1024, 1), storage(4096, 8)] == [
        "registers",
        "distributed",
        "distributed",
        "block",
        "block",
    ]


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(FinnError) as error:
        StreamingFIFO(DataType["UINT8"], (4, 1), 0)
    assert str(error.value) == "depth=0 of a FIFO is not possible; it must be at least 1"
    with pytest.raises(FinnError) as error:
        StreamingFIFO(DataType["UINT8"], (4, 1), 4, "ultra")
    assert str(error.value) == "ram_style=ultra of a FIFO is unknown; possible are auto, distributed, block"
