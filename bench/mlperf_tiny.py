"""MLPerf Tiny's int8 networks on a Pynq-Z2, beside what FPGA submissions reached with others of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figure import SHARED, Figure, timed

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target

__all__ = ("mlperf_tiny",)

# MLPerf Tiny v0.7, open division, single stream on a Pynq-Z2: networks trained small for it.
SUBMITTED = {
    "kws": "FINN, MLP W3A3: 17.5 us",
    "ad": "hls4ml, autoencoder AD08: 18.7 us",
    "ic": "FINN, CNV W1A1: 1,510 us; hls4ml, ResNet RN07: 27,300 us",
    "vww": "none",
}
CYCLES_PER_US = 100
IMAGES = 16


def mlperf_tiny(work: Path) -> Iterator[Figure]:
    """Build time, cycles, latency at 100 MHz, cost, and how many answers on the RTL are the stored ones."""
    for name, submitted in SUBMITTED.items():
        source = SHARED / "mlperf_tiny" / f"{name}.tflite"
        if source.is_file():
            yield from _network(name, submitted, source, work / name)


def _network(name: str, submitted: str, source: Path, out: Path) -> Iterator[Figure]:
    seconds, _ = timed(lambda: build(BuildConfig(source, out, board="Pynq-Z2")))
    yield Figure(f"MLPerf Tiny {name}: build", seconds, "s")
    reports = out / "report"
    rates = json.loads((reports / "rtlsim_performance.json").read_text())
    cost = json.loads((reports / "estimate_layers.json").read_text())["resources"]
    yield Figure(f"MLPerf Tiny {name}: rtlsim", rates["cycles_per_frame"], "cycles/frame")
    latency = rates["latency_cycles"] / CYCLES_PER_US
    yield Figure(f"MLPerf Tiny {name}: latency", latency, "us", f"at 100 MHz; submitted: {submitted}")
    for part in ("lut", "bram18", "dsp"):
        yield Figure(f"MLPerf Tiny {name}: network, estimated", cost[part], part.upper())
    stored = np.load(source.with_suffix(".npz"))
    model = load_output(out)
    with open_target(model, "rtlsim") as target:
        outputs = target.execute(model_inputs(model, {"": stored["x"][:IMAGES]}, "bench"))
    (answers,) = outputs.values()
    equal = (answers == stored["y"][:IMAGES]).all(axis=1).sum()
    yield Figure(f"MLPerf Tiny {name}: rtlsim", int(equal), "equal answers", f"of {IMAGES}")
