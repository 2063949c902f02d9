"""Published networks: import of the largest; CNV at FINN's folding, its build, simulation and board."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figure import ROOT, Figure, timed

from finn.build import BuildConfig, build, load_output
from finn.core.inputs import model_inputs
from finn.core.targets import open_target
from finn.frontend import import_network

__all__ = ("published",)

sys.path.append(str(ROOT / "tests"))
# Frames over which the time that the first one takes to pass is spread.
FRAMES = 310


def _info_seconds(path: Path) -> float:
    """CPU seconds, the system's included, of ``finn info``, which refuses what no board holds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).parent / "finn"), "info", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if "supported board" not in done.stderr + done.stdout:
        raise RuntimeError(f"finn info {path.name} names no board: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def published(work: Path) -> Iterator[Figure]:
    """MobileNet-v1 and CNV-w1a1.

    FINN measured 3,020.5 images/s with CNV on a Pynq-Z1 at 100 MHz, which are 33,107 cycles per frame.
    """
    from published import CNV_FOLDING, cnv, mobilenet_v1, resnet18

    largest = mobilenet_v1()
    seconds, _ = timed(lambda: import_network(largest))
    yield Figure("MobileNet-v1 w4a4, 224x224: import", seconds, "s")
    for name, network in (("MobileNet-v1", largest), ("ResNet-18", resnet18())):
        network.save(str(work / "large.onnx"))
        yield Figure(f"{name} w4a4, 224x224: finn info", _info_seconds(work / "large.onnx"), "s of CPU")
    cnv().save(str(work / "cnv.onnx"))
    (work / "cnv.json").write_text(json.dumps(CNV_FOLDING))
    config = BuildConfig(model=work / "cnv.onnx", output=work / "out", folding=work / "cnv.json")
    seconds, out = timed(lambda: build(config))
    yield Figure("CNV w1a1: build", seconds, "s")
    model = load_output(out)
    x = np.random.default_rng(0).uniform(-1, 1, size=(1, 3, 32, 32)).astype(np.float32)
    inputs = model_inputs(model, {"": x}, "bench")
    with open_target(model, "rtlsim") as target:
        target.execute(inputs)
        seconds, _ = timed(lambda: target.execute(inputs))
    yield Figure("CNV w1a1: rtlsim of one frame", seconds, "s")
    yield Figure("CNV w1a1: rtlsim", float(model.get_metadata_prop("cycles_per_frame") or 0), "cycles/frame")
    with open_target(model, "emulated") as target:
        metrics = target.throughput(FRAMES)
    note = f"{FRAMES} frames, bound by {metrics['bound_by']}"
    yield Figure("CNV w1a1: emulated", metrics["cycles_per_frame"], "cycles/frame", note)
    yield Figure("CNV w1a1: emulated", metrics["throughput[images/s]"], "images/s")
