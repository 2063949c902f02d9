"""The published topologies at full scale: the integer model against qonnx, the RTL against both."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from published import LFC_FOLDING, lfc, mobilenet_v1, resnet50_stage, vgg10
from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.core.network import instances
from finn.core.onnx_exec import execute_onnx
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.frontend import import_network
from finn.frontend.host.reference import reference_execution
from finn.kernels.mvau import MVAU
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions, prepare_network

Values = NDArray[np.float32]
# On RTL images are smaller, unless this is set: their simulation takes half an hour in all.
FULL_SIZE = bool(os.environ.get("FINN_FULL_SIZE"))


def pixels(model: ModelWrapper, images: int, scale: float = 1 / 256, low: int = 0, high: int = 255) -> Values:
    """Random integers times a scale, one for each element of the model's input."""
    shape = model.get_tensor_shape("x")[1:]
    values = np.random.default_rng(1).integers(low, high, (images, *shape), endpoint=True) * scale
    return values.astype(np.float32)


def signals(model: ModelWrapper, images: int) -> Values:
    """8-bit samples that span their range."""
    return pixels(model, images, 1 / 64, -128, 127)


def activations(model: ModelWrapper, images: int) -> Values:
    """What 4-bit layers before the first one would give."""
    return pixels(model, images, 0.25, 0, 15)


@pytest.mark.parametrize(
    ("make", "inputs"),
    [(lfc, signals), (vgg10, signals), (mobilenet_v1, pixels), (resnet50_stage, activations)],
    ids=lambda function: function.__name__,
)
def test_the_integer_model_equals_qonnx(
    make: Callable[[], ModelWrapper], inputs: Callable[[ModelWrapper, int], Values]
) -> None:
    model = make()
    parent = import_network(model)
    feed = {"x": inputs(model, 2)}
    outputs = execute_onnx(parent, feed)
    for name, expected in reference_execution(model, feed).items():
        assert np.std(expected) > 0
        # Not within a bound: these models' constants let float32 compute exactly.
        assert np.array_equal(outputs[name], expected)


def test_mobilenet_is_the_published_one() -> None:
    parts = instances(import_network(mobilenet_v1()))
    sizes = [(part.kernel.mw, part.kernel.mh) for part in parts if isinstance(part.kernel, MVAU)]
    widths = (32, 64, 128, 128, 256, 256, *(512,) * 6, 1024, 1024, 1000)
    assert sizes == [(27, 32), *itertools.pairwise(widths)]
    streams = [part.kernel.output_streams[0] for part in parts if part.kernel.op_type == "VVAU"]
    sides = (112, 56, 56, 28, 28, *(14,) * 6, 7, 7)
    assert [math.prod(stream.folded_shape) for stream in streams] == [
        side**2 * width for side, width in zip(sides, widths, strict=False)
    ]


def on_rtl(
    model: ModelWrapper, folder: Path, inputs: Values, **options: Any
) -> tuple[ModelWrapper, dict[str, Any]]:
    """The network compiled for simulation, and how its RTL compares with the integer model and qonnx."""
    model.set_metadata_prop("build_dir", str(folder))
    expected = reference_execution(model, {"x": inputs})
    parent = prepare_network(model, get_board("ZCU104"), NetworkOptions(**options))
    with open_target(parent, "rtlsim") as target:
        report = verify(target, {"x": inputs}, expected)
    assert report.ok, report.lines
    return parent, report.counts


def test_lfc_takes_512_cycles_per_frame(tmp_path: Path) -> None:
    model = lfc()
    parent, counts = on_rtl(model, tmp_path, signals(model, 20), folding=LFC_FOLDING)
    assert (counts["images"], counts["hardware_mismatches"]) == (20, 0)
    assert parent.get_metadata_prop("cycles_per_frame") == "512"


def test_five_blocks_of_mobilenet_on_rtl(tmp_path: Path) -> None:
    model = mobilenet_v1(size=224 if FULL_SIZE else 32, blocks=5)
    _, counts = on_rtl(model, tmp_path, pixels(model, 2), target_fps=850 if FULL_SIZE else 2000)
    assert (counts["images"], counts["hardware_mismatches"]) == (2, 0)


def test_the_first_stage_of_resnet50_on_rtl(tmp_path: Path) -> None:
    model = resnet50_stage(size=56 if FULL_SIZE else 8)
    _, counts = on_rtl(model, tmp_path, activations(model, 2), target_fps=900 if FULL_SIZE else 1600)
    assert (counts["images"], counts["hardware_mismatches"]) == (2, 0)


def test_vgg10_on_rtl(tmp_path: Path) -> None:
    model = vgg10()
    _, counts = on_rtl(model, tmp_path, signals(model, 4), target_fps=1500)
    assert (counts["images"], counts["hardware_mismatches"]) == (4, 0)
