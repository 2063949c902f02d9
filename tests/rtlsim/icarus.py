"""A netlist in Icarus Verilog, where whatever has no initial value is X."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn.rtlsim import StreamSpec
from finn.rtlsim.netlist import cell_models

__all__ = ("run_icarus",)

TIMEOUT = 300
RESET_CYCLES = 8
LAST_CYCLE = 20_000


def run_icarus(
    netlist: Path,
    top: str,
    inputs: Sequence[StreamSpec],
    outputs: Sequence[StreamSpec],
    beats: Sequence[NDArray[np.uint8]],
    folder: Path,
) -> list[NDArray[np.uint8]]:
    """The beats of each output; fails where one holds an X, or does not come."""
    (folder / "cells.sv").write_text(cell_models(netlist.read_text()))
    for index, data in enumerate(beats):
        (folder / f"in{index}.mem").write_text("\n".join(bytes(beat[::-1]).hex() for beat in data))
    frames = len(beats[0]) // inputs[0].beats
    (folder / "bench.sv").write_text("\n".join(_bench(top, inputs, outputs, frames)))
    sources = ["bench.sv", "cells.sv", str(netlist.resolve())]
    _call(["iverilog", "-g2012", "-s", "bench", "-o", "bench.vvp", *sources], folder)
    _call(["vvp", "-n", "bench.vvp"], folder)
    return [_beats(folder / f"out{i}.txt", spec, frames) for i, spec in enumerate(outputs)]


def _call(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _beats(path: Path, spec: StreamSpec, frames: int) -> NDArray[np.uint8]:
    lines = path.read_text().split()
    assert len(lines) == frames * spec.beats, f"{spec.name}: {len(lines)} beats of {frames * spec.beats}"
    unknown = [index for index, line in enumerate(lines) if set(line.lower()) & set("xz")]
    assert not unknown, f"{spec.name}: beat {unknown[0]} is {lines[unknown[0]]}"
    words = [bytes.fromhex(line.zfill(2 * spec.word_bytes)[-2 * spec.word_bytes :])[::-1] for line in lines]
    return np.frombuffer(b"".join(words), np.uint8).reshape(-1, spec.word_bytes)


def _bench(
    top: str, inputs: Sequence[StreamSpec], outputs: Sequence[StreamSpec], frames: int
) -> Iterator[str]:
    yield "module bench;\n    reg aclk = 0, aresetn = 0;\n    integer cycle = 0, done = 0;"
    yield "    always #5 aclk = !aclk;"
    yield "    always @(posedge aclk) begin"
    yield f"        cycle <= cycle + 1;\n        aresetn <= cycle >= {RESET_CYCLES};"
    yield f"        if (done == {len(outputs)} || cycle == {LAST_CYCLE}) $finish;\n    end"
    ports = [".aclk(aclk)", ".aresetn(aresetn)"]
    for spec in (*inputs, *outputs):
        ports += [f".{spec.name}_{signal}({spec.name}_{signal})" for signal in ("tdata", "tvalid", "tready")]
    for index, spec in enumerate(inputs):
        yield _source(index, spec, frames * spec.beats)
    for index, spec in enumerate(outputs):
        yield _sink(index, spec, frames * spec.beats)
    yield f"    {top} dut ({', '.join(ports)});\nendmodule"


def _source(index: int, spec: StreamSpec, total: int) -> str:
    name, high = spec.name, 8 * spec.word_bytes - 1
    return f"""
    reg [{high}:0] data{index}[0:{total - 1}];
    integer sent{index} = 0;
    wire {name}_tready;
    reg {name}_tvalid = 0;
    wire [{spec.width - 1}:0] {name}_tdata = {name}_tvalid ? data{index}[sent{index}] : 'x;
    initial $readmemh("in{index}.mem", data{index});
    always @(posedge aclk) if (aresetn) begin
        if ({name}_tvalid && {name}_tready === 1) sent{index} <= sent{index} + 1;
        if (!{name}_tvalid || {name}_tready === 1)
            {name}_tvalid <= sent{index} + ({name}_tvalid ? 1 : 0) < {total} && $urandom % 4 != 0;
    end"""


def _sink(index: int, spec: StreamSpec, total: int) -> str:
    name = spec.name
    return f"""
    integer taken{index} = 0, file{index};
    wire {name}_tvalid;
    reg {name}_tready = 0;
    wire [{spec.width - 1}:0] {name}_tdata;
    initial file{index} = $fopen("out{index}.txt", "w");
    always @(posedge aclk) if (aresetn) begin
        {name}_tready <= $urandom % 4 != 0;
        if ({name}_tvalid === 1'bx) $fwrite(file{index}, "x\\n");
        if ({name}_tvalid === 1 && {name}_tready) begin
            $fwrite(file{index}, "%h\\n", {name}_tdata);
            taken{index} <= taken{index} + 1;
            if (taken{index} == {total - 1}) done = done + 1;
        end
    end"""
