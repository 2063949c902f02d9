"""The stream harness: what it sends and measures, and the broken modules that it tells from good ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.rtlsim import StreamModel, StreamSpec, compile_streams

WIDTH, BEATS = 13, 5
# A register between input and output, with one fault for each value of FAULT.
RTL = """
module slice #(parameter int FAULT = 0) (
    input wire aclk, input wire aresetn,
    input wire [12:0] s_axis_tdata, input wire s_axis_tvalid, output wire s_axis_tready,
    output wire [12:0] m_axis_tdata, output wire m_axis_tvalid, input wire m_axis_tready,
    output logic [39:0] status
);
    logic [12:0] data, mask [0:0];
    logic valid, blink;
    logic [7:0] count;
    initial $readmemh("slice.mem", mask);
    assign s_axis_tready = (!valid || m_axis_tready) && !(FAULT == 1 && count == 7);
    assign m_axis_tvalid = FAULT == 4 ? valid && (m_axis_tready || blink) : FAULT == 6 || valid;
    assign m_axis_tdata = data ^ mask[0] ^ (FAULT == 3 ? {12'd0, blink} : 13'd0);
    always_ff @(posedge aclk) begin
        blink <= !blink;
        if (!aresetn) begin
            valid <= 1'b0; count <= '0; status <= '0; blink <= 1'b0;
        end else begin
            if (!valid || m_axis_tready)
                valid <= s_axis_tready && s_axis_tvalid && !(FAULT == 2 && count == 3)
                    || (FAULT == 5 && count == 25);
            if (s_axis_tvalid && s_axis_tready) begin
                data <= s_axis_tdata; count <= count + 8'd1; status <= status + 40'h1_0000_0001;
            end
        end
    end
endmodule
"""


def build(folder: Path, fault: int = 0, *, memory: str = "0000\n", trace: bool = False) -> StreamModel:
    folder.mkdir(exist_ok=True)
    source = folder / "slice.sv"
    source.write_text(RTL)
    specs = [StreamSpec("s_axis", WIDTH, BEATS)], [StreamSpec("m_axis", WIDTH, BEATS)]
    return compile_streams(
        "slice",
        [source],
        {"slice.mem": memory},
        *specs,
        folder / "slice.so",
        status_bits=40,
        parameters={"FAULT": fault},
        trace=trace,
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> StreamModel:
    return build(tmp_path_factory.mktemp("good"))


def beats(frames: int) -> NDArray[np.uint8]:
    words = np.random.default_rng(0).integers(0, 1 << WIDTH, frames * BEATS).astype("<u2")
    return words.view(np.uint8).reshape(-1, 2)


def test_beats_pass_at_full_rate_and_each_handshake_is_recorded(good: StreamModel) -> None:
    result = good.run([beats(4)], 4)
    assert np.array_equal(result.outputs[0], beats(4))
    assert result.input_cycles[0].tolist() == list(range(20))
    assert result.output_cycles[0].tolist() == list(range(1, 21))
    assert result.cycles == 21
    assert result.status == (20).to_bytes(4, "little") + bytes([20])


def test_gaps_and_stalls_slow_it_down_and_are_seeded(good: StreamModel) -> None:
    runs = [good.run([beats(40)], 40, input_gap=0.5, output_stall=0.5, seed=seed) for seed in (1, 1, 2)]
    assert all(np.array_equal(run.outputs[0], beats(40)) for run in runs)
    assert runs[0].cycles == runs[1].cycles != runs[2].cycles
    assert runs[0].cycles > 400


def test_throttle_spreads_a_frames_beats(good: StreamModel) -> None:
    result = good.run([beats(3)], 3, throttle=12)
    assert result.input_cycles[0].tolist() == [0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24, 26, 28, 31, 33]


def test_reset_at_sends_all_frames_anew(good: StreamModel) -> None:
    result = good.run([beats(4)], 4, reset_at=7)
    assert np.array_equal(result.outputs[0], beats(4))
    assert result.status is not None and result.status[0] == 20


def test_a_compiled_model_may_be_moved_with_its_memories(tmp_path: Path) -> None:
    model = build(tmp_path / "first", memory="1fff\n")
    shutil.move(tmp_path / "first", tmp_path / "second")
    moved = StreamModel.open(tmp_path / "second" / model.library.name)
    before = Path.cwd()
    result = moved.run([beats(2)], 2)
    assert Path.cwd() == before
    assert np.array_equal(result.outputs[0].view("<u2") ^ 0x1FFF, beats(2).view("<u2"))


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (1, "no stream moved for 500 cycles: s_axis was not accepted after 7 of 20 beats, "
            "m_axis gave 7 of 20 beats"),
        (2, "no stream moved for 500 cycles: m_axis gave 19 of 20 beats"),
        (3, "m_axis changed TDATA while stalled, at cycle"),
        (4, "m_axis dropped TVALID while stalled, at cycle"),
        (5, "m_axis gave more beats than 25"),
        (6, "m_axis has TVALID up in reset"),
    ],
)  # fmt: skip
def test_a_broken_module_is_told(fault: int, text: str, tmp_path: Path) -> None:
    model = build(tmp_path, fault)
    frames = 5 if fault == 5 else 4
    with pytest.raises(FinnError) as error:
        model.run(
            [beats(frames)], frames, output_stall=0.0 if fault in (1, 2, 5) else 0.5, timeout_cycles=500
        )
    assert text in str(error.value)
    assert "slice.so" in str(error.value)


def test_a_missing_memory_file_is_told(tmp_path: Path) -> None:
    model = build(tmp_path)
    (tmp_path / "slice.mem").unlink()
    with pytest.raises(FinnError, match=r"the simulation slice.so cannot start: .*slice.mem"):
        model.run([beats(1)], 1)


def test_waveforms_are_written(tmp_path: Path) -> None:
    model = build(tmp_path, trace=True)
    result = model.run([beats(4)], 4, trace=tmp_path / "waves.fst")
    assert np.array_equal(result.outputs[0], beats(4))
    wave = (tmp_path / "waves.fst").read_bytes()
    # The header block of FST: type 0, length 329; signal names are in the file as they are.
    assert wave[:9] == b"\0" + (329).to_bytes(8, "big")
    assert b"m_axis_tdata" in wave


def test_waveforms_need_a_model_compiled_for_them(good: StreamModel, tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        good.run([beats(1)], 1, trace=tmp_path / "waves.fst")
    assert str(error.value) == "the simulation slice.so was compiled without waveforms"


def test_inputs_of_another_shape_are_refused(good: StreamModel) -> None:
    with pytest.raises(FinnError) as error:
        good.run([beats(2)], 3)
    assert str(error.value) == "s_axis needs uint8 beats of shape (15, 2), not uint8 of shape (10, 2)"
    with pytest.raises(FinnError) as error:
        good.run([], 3)
    assert str(error.value) == "slice.so has 1 inputs, 0 were given"


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(FinnError) as error:
        StreamModel.open(tmp_path / "none.so")
    assert str(error.value) == f"there is no compiled simulation at {tmp_path / 'none.so'}; build it again"
