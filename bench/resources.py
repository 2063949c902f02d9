"""What the hardware takes, by Yosys: kernels beside FINN's, whole networks beside the estimates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from figure import DIGITS, SHARED, TFC_FOLDING, Figure
from kernel_figures import BINARY, COMPARED, WEIGHTS, Compared

from finn.build import BuildConfig, build, read_synthesis
from finn.design.kernel_synthesis import synthesise_kernels
from finn.kernels.base import Kernel
from finn.kernels.mvau import MVAU
from finn.resources import Resources

__all__ = ("resources",)


def resources(work: Path) -> Iterator[Figure]:
    """Kernels at FINN's settings, LUTs of a binary product, networks."""
    for i, compared in enumerate(COMPARED):
        yield _beside(compared, _alone(compared.kernel, work / f"kernel{i}")["kernel"])
    for i, (name, kernel) in enumerate(BINARY.items()):
        counts, products = _alone(kernel, work / f"binary{i}"), kernel.pe * kernel.simd
        bare, weights = counts["kernel"].lut, counts["kernel.u_weights"].lut
        yield Figure(f"a binary product {name}, no weight memory", bare / products, "LUT")
        yield Figure(f"a binary product {name}, 64 weights each", (bare + weights) / products, "LUT")
    digits = BuildConfig(DIGITS / "digits_w2a2.onnx", work / "digits", target_fps=1.5e6, report="synth")
    yield from _network("digits w2a2", digits)
    folding = work / "tfc.json"
    folding.write_text(json.dumps(TFC_FOLDING))
    for name in ("TFC_1W1A", "TFC_2W2A"):
        model = SHARED / f"{name}.onnx"
        if model.is_file():
            yield from _network(name, BuildConfig(model, work / name, folding=folding, report="synth"))


def _alone(kernel: Kernel, folder: Path) -> dict[str, Resources]:
    """The kernel by itself, as FINN's were counted; the weights of an MVAU are counted apart."""
    return synthesise_kernels({"kernel": kernel}, folder, [WEIGHTS] if isinstance(kernel, MVAU) else [])


def _beside(compared: Compared, counted: Resources) -> Figure:
    texts = [f"{counted.lut / compared.lut:.2f} x FINN's {compared.lut}"]
    for kind in ("dsp", "bram18"):
        ours, theirs = getattr(counted, kind), getattr(compared, kind)
        if ours or theirs:
            texts.append(f"{kind.upper()} {ours}, FINN's {theirs}")
    return Figure(compared.name, float(counted.lut), "LUT", "; ".join([*texts, compared.note]).rstrip("; "))


def _network(name: str, config: BuildConfig) -> Iterator[Figure]:
    report = read_synthesis(build(config))
    assert report is not None
    total = report.total.synthesised
    shell = sum((p.synthesised for p in report.parts if p.kind == "shell"), Resources())
    off = report.total.estimate.lut / total.lut - 1
    note = f"{total.ff} FF, {total.bram18} BRAM18, {total.dsp} DSP; estimate {off:+.1%}"
    yield Figure(f"{name}: network", float(total.lut - shell.lut), "LUT")
    yield Figure(f"{name}: network and shell", float(total.lut), "LUT", note)
    yield Figure(f"{name}: synthesis report", report.seconds, "s")
