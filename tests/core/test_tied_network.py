"""``verify`` of a network whose sums fall on ties, where float32 executors give wrong answers."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import load, numpy_helper
from tied import tied_images, write_tied_network
from typer.testing import CliRunner

from finn.build import BuildConfig, build, load_output
from finn.cli.application import application
from finn.core.build_dir import hardware_child, partition_node
from finn.core.onnx_exec import execute_onnx
from finn.core.targets import open_target
from finn.core.ties import count_ties
from finn.core.verify import VerifyReport, verify
from finn.frontend.host.reference import reference_execution

COUNT = 12
# Of the first twelve images, those at which qonnx in float32 takes a tie for something else.
DECIDED = [1, 2, 4, 6, 9, 10]
RIGHT = slice(1, COUNT)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tied")
    return build(BuildConfig(write_tied_network(folder / "tied.onnx"), folder / "out"))


@pytest.fixture(scope="module")
def images() -> Any:
    return tied_images(COUNT)


@pytest.fixture(scope="module")
def float32(out: Path, images: Any) -> Any:
    return reference_execution(out / "model.onnx", {"x": images})["y"]


def verified(out: Path, images: Any, expected: Any = None, on: str = "model") -> VerifyReport:
    given = None if expected is None else {"": expected}
    with open_target(load_output(out), on) as target:
        return verify(target, {"x": images}, given)


def ties_of(out: Path, images: Any) -> Any:
    """How many sums of each image lie just between two levels, in whole numbers of NumPy's own."""
    constants = {t.name: numpy_helper.to_array(t) for t in load(out / "model.onnx").graph.initializer}
    pixels = np.clip(np.rint(images / np.float32(0.1)), -8, 7).astype(int)
    taps = np.clip(np.rint(constants["h_weights"] / 0.125), -7, 7).astype(int)
    sums = np.einsum("nchwij,mcij->nmhw", sliding_window_view(pixels, (3, 2), axis=(2, 3)), taps)
    return ((sums > 0) & (sums % 16 == 8)).sum(axis=(1, 2, 3))


def test_ties_are_counted_image_by_image(out: Path, images: Any) -> None:
    model = load_output(out)
    context = execute_onnx(model, {"x": images}, return_full_exec_context=True)
    child, node = hardware_child(model), partition_node(model)
    assert node is not None
    counts = count_ties(model, child, {child.graph.input[0].name: context[node.input[0]]})
    assert list(counts) == ["MVAU_0"]
    np.testing.assert_array_equal(counts["MVAU_0"], ties_of(out, images))


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("on", ["model", "rtlsim", "emulated"])
def test_the_hardware_is_right_where_float32_is_wrong(
    out: Path, images: Any, float32: Any, on: str, given: bool
) -> None:
    report = verified(out, images[RIGHT], float32[RIGHT] if given else None, on)
    met = ties_of(out, images)[DECIDED].sum()
    assert report.ok
    assert report.counts["y"] == 0
    assert re.fullmatch(
        r"output y: 5 of 11 images within 1e-4 of the reference \(\d of them equal\); at 6 images "
        rf"float32 rounding decided ties \(MVAU_0 {met}\), and the exact answer is the hardware's",
        report.lines[-1],
    )


def test_sums_that_float32_takes_for_more_than_a_tie_are_ties_in_hardware(out: Path, images: Any) -> None:
    """104 times 0.1 * 0.125 is 6.5 times 0.2; each number rounded to float32 first, it is more."""
    report = verified(out, images)
    assert (report.ok, report.counts["y"]) == (True, 0), report.lines


def test_expected_values_that_are_another_answer_are_mismatches(out: Path, images: Any, float32: Any) -> None:
    garbled = float32[RIGHT].copy()
    garbled[3, 2, 1, 1] += 0.05
    report = verified(out, images[RIGHT], garbled)
    assert (report.ok, report.counts["y"]) == (False, 1)
    assert "; at 5 images float32 rounding decided ties" in report.lines[-1]
    assert "; first mismatch: image 3, index " in report.lines[-1]
    assert report.lines[-1].endswith(
        "the expected values are neither the float32 nor the exact answer of this model"
    )


def test_a_wrong_bit_in_hardware_is_told_from_a_tie(out: Path, images: Any, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    memory = tmp_path / "out" / "project" / "rtlsim" / "MVAU_1_weights.mem"
    first, rest = memory.read_text().split("\n", 1)
    memory.write_text(f"{int(first, 16) ^ 1:0{len(first)}x}\n{rest}")
    calm = [i for i in range(COUNT) if i not in (0, *DECIDED)]
    report = verified(tmp_path / "out", images[calm], on="rtlsim")
    assert not report.ok
    assert report.counts["hardware_mismatches"] == report.counts["y"] > 0
    assert report.lines[-1].endswith("; evaluated in float64 the reference is right")
    report = verified(tmp_path / "out", images[DECIDED], on="rtlsim")
    assert not report.ok
    assert report.lines[-1].endswith("; evaluated in float64 neither is right")


def test_raw_integers_cannot_be_judged(out: Path, images: Any, float32: Any) -> None:
    model = load_output(out)
    node = partition_node(model)
    assert node is not None
    raw = execute_onnx(model, {"x": images}, return_full_exec_context=True)[node.input[0]]
    with open_target(model, "model") as target:
        report = verify(target, {node.input[0]: raw}, {"": float32 + np.float32(0.05)})
    assert (report.ok, report.counts["y"]) == (False, COUNT)
    reason = "; it cannot be judged: raw quantised inputs cannot be given to the original model"
    assert report.lines[-1].endswith(reason)


def test_exit_codes(out: Path, images: Any, float32: Any, tmp_path: Path) -> None:
    files = {"x": images[RIGHT], "float32": float32[RIGHT], "garbled": float32[RIGHT] + np.float32(0.05)}
    paths = {name: tmp_path / f"{name}.npy" for name in files}
    for name, values in files.items():
        np.save(paths[name], values)
    for expected, code in ((None, 0), ("float32", 0), ("garbled", 1)):
        given = ["--expected", paths[expected]] if expected else []
        arguments = ["verify", out, "--input", paths["x"], *given, "--on", "model"]
        assert CliRunner().invoke(application(), [str(a) for a in arguments]).exit_code == code
