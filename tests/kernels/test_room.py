"""The room behind pipelines that never wait: it loses nothing, and leaves no gap behind a pause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import finn.kernels
from finn.rtlsim import StreamModel, StreamSpec, compile_streams

RTL = Path(finn.kernels.__file__).parent / "rtl"
BENCH = Path(__file__).with_name("room_bench.sv")
WIDTH, BEATS, PAUSE = 12, 300, 120
# (cycles, interval): the shift register's shortest and longest, both sides of the ring's, slow results.
CASES = ((1, 1), (2, 1), (3, 1), (6, 1), (13, 1), (14, 1), (29, 1), (40, 1), (1, 2), (9, 3), (17, 5), (5, 40))


def _top() -> str:
    """All cases side by side, each on its own streams."""
    ports, instances = ["input wire aclk", "input wire aresetn"], []
    for i, (cycles, interval) in enumerate(CASES):
        for side, way, back in (("s", "input", "output"), ("m", "output", "input")):
            name = f"{side}_axis_{i}"
            ports += [f"{way} wire [{WIDTH - 1}:0] {name}_tdata", f"{way} wire {name}_tvalid"]
            ports.append(f"{back} wire {name}_tready")
        wires = ", ".join(
            f".{side}_axis_{signal}({side}_axis_{i}_{signal})"
            for side in "sm"
            for signal in ("tdata", "tvalid", "tready")
        )
        values = f".CYCLES({cycles}), .INTERVAL({interval}), .WIDTH({WIDTH}), .PAUSE({PAUSE})"
        instances.append(f"room_bench #({values}) bench{i} (.aclk, .aresetn, {wires});")
    return f"module rooms ({', '.join(ports)});\n" + "\n".join(instances) + "\nendmodule\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StreamModel:
    folder = tmp_path_factory.mktemp("rooms")
    (folder / "rooms.sv").write_text(_top())
    sources = [RTL / "finn_srl.sv", RTL / "finn_room.sv", BENCH, folder / "rooms.sv"]
    streams = [[StreamSpec(f"{side}_axis_{i}", WIDTH, BEATS) for i in range(len(CASES))] for side in "sm"]
    return compile_streams("rooms", sources, {}, *streams, folder / "rooms.so", work=folder / "work")


def _words() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 1 << WIDTH, (len(CASES), BEATS))
    return [np.stack([row & 255, row >> 8], axis=1).astype(np.uint8) for row in numbers]


@pytest.mark.parametrize(("gap", "stall"), [(0.0, 0.0), (0.3, 0.3), (0.0, 0.8), (0.8, 0.0)])
def test_what_comes_goes(model: StreamModel, gap: float, stall: float) -> None:
    result = model.run(_words(), 1, seed=4, input_gap=gap, output_stall=stall)
    for case, given, words in zip(CASES, result.outputs, _words(), strict=True):
        assert np.array_equal(given, words), case


def test_no_gap_behind_a_pause(model: StreamModel) -> None:
    result = model.run(_words(), 1)
    for (cycles, interval), handshakes in zip(CASES, result.output_cycles, strict=True):
        assert handshakes[0] >= PAUSE - 1
        between = np.diff(handshakes.astype(np.int64))
        # Where results come more seldom than the sink takes them, what was held is soon gone.
        settled = between if interval == 1 else between[PAUSE:]
        assert np.all(settled == interval), (cycles, interval, between.tolist())
