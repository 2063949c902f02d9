"""Whole networks: build, simulation, emulated board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from figure import BATCH, DIGITS, SHARED, TFC_FOLDING, Figure, shortest, timed

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target

__all__ = ("networks",)


def network(name: str, config: BuildConfig, arrays: dict[str, Any]) -> Iterator[Figure]:
    """Build, simulation, emulated board with as many ports as needed and with one."""
    seconds, out = timed(lambda: build(config))
    yield Figure(f"{name}: build", seconds, "s")
    model = load_output(out)
    inputs = model_inputs(model, arrays, "bench")
    images = len(next(iter(inputs.values())))
    with open_target(model, "rtlsim") as target:
        seconds, _ = timed(lambda: target.execute(inputs))
        yield Figure(f"{name}: rtlsim", seconds, "s", f"{images} images")
    yield Figure(f"{name}: rtlsim", float(model.get_metadata_prop("cycles_per_frame") or 0), "cycles/frame")
    yield from emulated(name, model, inputs)
    one_port = replace(config, output=config.output.with_name("one_port"), hp_ports=1)
    with open_target(load_output(build(one_port)), "emulated") as target:
        metrics = target.throughput(BATCH)
    yield Figure(
        f"{name}: emulated, 1 HP port", metrics["cycles_per_frame"], "cycles/frame", metrics["bound_by"]
    )


def emulated(name: str, model: Any, inputs: dict[str, Any]) -> Iterator[Figure]:
    """Steady state and latency on an emulated board."""
    first = {key: values[:1] for key, values in inputs.items()}
    with open_target(model, "emulated") as target:
        metrics = target.throughput(BATCH)
        target.execute(first)
        seconds = shortest(lambda: target.execute(first))
    expected = f"expected {metrics['expected_cycles_per_frame']}, bound by {metrics['bound_by']}"
    yield Figure(f"{name}: emulated", metrics["cycles_per_frame"], "cycles/frame", expected)
    yield Figure(
        f"{name}: emulated", metrics["throughput[images/s]"], "images/s", f"{metrics['fclk[mhz]']:g} MHz"
    )
    yield Figure(f"{name}: emulated, one frame", metrics["latency_cycles"], "cycles")
    yield Figure(f"{name}: emulated, execute_onnx of one frame", 1000 * seconds, "ms", "through SSH")


def networks(work: Path) -> Iterator[Figure]:
    """The digits network, and TFC at FINN's folding where it is there."""
    digits = BuildConfig(model=DIGITS / "digits_w2a2.onnx", output=work / "digits", target_fps=1.5e6)
    yield from network("digits w2a2", digits, {"": np.load(DIGITS / "x.npy")})
    if not (SHARED / "TFC_1W1A.onnx").is_file():
        return
    folding = work / "tfc.json"
    folding.write_text(json.dumps(TFC_FOLDING))
    pixels = np.load(SHARED / "mnist_1000.npz")["images_uint8"].reshape(BATCH, 1, 28, 28)
    raw = {"input_datatype": "UINT8", "input_scale": 1 / 255}
    tfc = BuildConfig(model=SHARED / "TFC_1W1A.onnx", output=work / "tfc", folding=folding, **raw)
    yield from network("TFC 1W1A, 8-bit pixels", tfc, {"": pixels.astype(np.uint8)})
