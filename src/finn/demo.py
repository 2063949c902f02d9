"""The main job end to end on the digits example: build, emulated board, accuracy, speed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import finn
from finn.build import BuildConfig, build, load_output
from finn.core.accuracy import accuracy
from finn.core.inputs import load_inputs
from finn.core.progress import Progress, silent
from finn.core.targets import open_target
from finn.core.verify import VerifyReport, verify
from finn.errors import FinnError
from finn.frontend.host.reference import reference_execution

__all__ = ("STAGES", "DemoResult", "example_folder", "run_demo")

MODEL = "digits_w2a2.onnx"
BATCH = 1000
# 64 cycles per frame at 100 MHz: a design that is simulated in seconds, not the fastest that fits.
TARGET_FPS = 1.5e6
STAGES = 11


@dataclass(frozen=True)
class DemoResult:
    """What the demonstration has found.

    Attributes
    ----------
    images
        How many test images there are.
    board_accuracy, model_accuracy
        Share of them that the board, and the ONNX model executed by qonnx, classify correctly.
    same_class
        Images for which both give the same class.
    report
        Bit-for-bit comparison of the board with the integer model.
    metrics
        Of the throughput test, `BATCH` frames.
    """

    images: int
    board_accuracy: float
    model_accuracy: float
    same_class: int
    report: VerifyReport
    metrics: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the board and the ONNX model agree image for image."""
        return self.report.ok and self.same_class == self.images


def example_folder() -> Path:
    """``examples/digits`` of the checkout that this package is installed from.

    Raises
    ------
    FinnError
        The package was installed without its checkout.
    """
    folder = Path(finn.__file__).parents[2] / "examples" / "digits"
    if not (folder / MODEL).is_file():
        raise FinnError(f"the example {folder} is not there; clone the repository and run `make demo` in it")
    return folder


def run_demo(output: Path, board: str = "Pynq-Z1", progress: Progress = silent) -> DemoResult:
    """Build the 2-bit digits network to ``output``, run and measure it on an emulated board.

    Raises
    ------
    FinnError
        A step failed, or the example is not there.
    """
    example = example_folder()
    config = BuildConfig(model=example / MODEL, output=output, board=board, target_fps=TARGET_FPS)
    build(config, progress=progress)
    model = load_output(output)
    inputs = load_inputs(model, example / "x.npy")
    with progress("the ONNX model itself, by qonnx"):
        reference = reference_execution(output / "model.onnx", dict(inputs))
    expected = next(iter(reference.values()))
    with ExitStack() as stack:
        with progress("emulated board, deployment over SSH"):
            target = stack.enter_context(open_target(model, "emulated"))
        with progress(f"{len(expected)} test images on the board"):
            measured = next(iter(target.execute(inputs).values()))
            report = verify(target, inputs, reference)
        with progress(f"throughput test, {BATCH} frames"):
            metrics = target.throughput(BATCH)
    labels = np.load(example / "labels.npy")
    return DemoResult(
        images=len(labels),
        board_accuracy=accuracy(measured, labels),
        model_accuracy=accuracy(expected, labels),
        same_class=int((measured.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        report=report,
        metrics=metrics,
    )
