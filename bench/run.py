"""Measures what a user waits for and what the hardware does; one table, and results.json.

``make bench`` calls it. TFC (needs ``../shared/models``) is left out where the networks are not there.
Times are wall-clock, the smallest of several runs where a run is short.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target
from finn.runtime.packing import pack, unpack

HERE = Path(__file__).parent
DIGITS = HERE.parent / "examples" / "digits"
SHARED = HERE.parent.parent / "shared" / "models"
BATCH = 1000
SHORT_RUNS = 7
TFC_FOLDING = {
    "Defaults": {},
    **{
        f"MVAU_{i}": {"PE": pe, "SIMD": simd}
        for i, (pe, simd) in enumerate([(16, 49), (8, 8), (8, 8), (10, 8)])
    },
}


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str
    note: str = ""


def shortest(job: Callable[[], object], runs: int = SHORT_RUNS) -> float:
    """Seconds of the fastest of ``runs`` calls."""
    return min(timed(job)[0] for _ in range(runs))


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of one call, and what it returned."""
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result


def packing() -> Iterator[Figure]:
    """Packing and unpacking beside a plain copy of the same packed bytes."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (BATCH, 784)).astype(np.float32)
    yield from packing_of("UINT8", (16, 49), pixels)
    yield from packing_of("BIPOLAR", (15, 40), random.integers(0, 2, (BATCH, 600)) * 2 - 1)
    yield from packing_of("UINT4", (3136, 64), random.integers(0, 16, (10, 200704)))
    yield from packing_of("INT32", (1, 10), random.integers(-(2**31), 2**31, (BATCH, 10)))


def packing_of(datatype: str, folded: tuple[int, ...], values: NDArray[Any]) -> Iterator[Figure]:
    """Both directions for one datatype and shape."""
    packed = pack(values, datatype, folded)
    copy = shortest(partial(np.copyto, np.empty_like(packed), packed))
    jobs = {
        "pack": partial(pack, values, datatype, folded),
        "unpack": partial(unpack, packed, datatype, folded, values.shape[1:]),
    }
    for verb, job in jobs.items():
        seconds = shortest(job)
        name = f"{verb} {len(values)} x {values.shape[1]} {datatype}"
        note = f"{seconds / copy:.0f} x the time of a copy"
        yield Figure(name, packed.nbytes / 1e6 / seconds, "MB/s", note)


def imports() -> Iterator[Figure]:
    """How long a user waits for the command to say anything."""
    for name, command in (
        ("finn --help", [str(Path(sys.executable).parent / "finn"), "--help"]),
        ("import finn.build", [sys.executable, "-c", "import finn.build"]),
    ):
        seconds = shortest(partial(subprocess.run, command, check=True, capture_output=True), 3)
        yield Figure(name, seconds, "s")


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


def main() -> None:
    """Measure, print, write."""
    table = Table("figure", "value", "unit", "", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    figures: list[Figure] = []
    console = Console(width=120, highlight=False)
    with tempfile.TemporaryDirectory() as scratch:
        for source in (packing(), imports(), networks(Path(scratch))):
            for figure in source:
                print(f"{figure.name}: {figure.value:.4g} {figure.unit}", file=sys.stderr)
                figures.append(figure)
    for figure in figures:
        value = f"{figure.value:,.3f}" if figure.value < 1000 else f"{figure.value:,.0f}"
        table.add_row(figure.name, value, figure.unit, figure.note)
    console.print(table)
    result = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [asdict(f) for f in figures],
    }
    (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
