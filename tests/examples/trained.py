"""Checks that every trained example passes: committed outputs, and all targets on the whole test split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.util.cleanup import cleanup_model
from typer.testing import CliRunner

from finn.cli.application import application

__all__ = ("TARGETS", "Example")

EXAMPLES = Path(__file__).parents[2] / "examples"
TARGETS = ("model", "rtlsim", "emulated")


@dataclass(frozen=True)
class Example:
    """The model ``<name>_<bits>.onnx`` in the folder ``name``; its test split may be 8-bit pixels."""

    name: str
    bits: str
    pixels: bool = False

    @property
    def folder(self) -> Path:
        """Where it is."""
        return EXAMPLES / self.name

    @property
    def model(self) -> Path:
        """The QONNX file."""
        return self.folder / f"{self.name}_{self.bits}.onnx"

    @property
    def expected(self) -> NDArray[np.float32]:
        """The committed outputs for the test split."""
        outputs: NDArray[np.float32] = np.load(self.folder / f"y_{self.bits}.npy")
        return outputs

    def build(self, out: Path) -> Path:
        """Build it with its folding file."""
        options = ["--folding", self.folder / "folding.json"]
        if self.pixels:
            options += ["--input-datatype", "UINT8", "--input-scale", "1/255"]
        code, _, stderr = _finn("build", self.model, "-o", out, *options)
        assert code == 0, stderr
        return out

    def check_committed_outputs(self, least: float) -> None:
        """The outputs are those of the repository; the README names their accuracy, at least ``least``."""
        images = np.load(self.folder / "x.npy")
        logits = self.executed(images.astype(np.float32) / 255 if self.pixels else images)
        np.testing.assert_allclose(logits, self.expected, rtol=1e-4, atol=1e-4)
        accuracy = self._accuracy(logits)
        assert accuracy >= least
        assert f"| {100 * accuracy:.2f} %" in (self.folder / "README.md").read_text()
        assert b"site-packages" not in self.model.read_bytes()

    def executed(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """By onnxruntime without its optimisations where it has operators of its own, else by qonnx."""
        if any(node.op_type == "QuantizeLinear" for node in onnx.load(self.model).graph.node):
            options = SessionOptions()
            options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
            session = InferenceSession(str(self.model), options, providers=["CPUExecutionProvider"])
            return np.concatenate([session.run(None, {"pixels": image})[0] for image in images[:, None]])
        model = cleanup_model(ModelWrapper(str(self.model)), override_inpsize=len(images))
        feed = {model.graph.input[0].name: images}
        outputs: NDArray[np.float32] = execute_onnx(model, feed)[model.graph.output[0].name]
        return outputs

    def check_target(self, out: Path, on: str) -> None:
        """Every image of the test split is right on a target, and the accuracy is the ONNX model's."""
        images = ("--input", self.folder / "x.npy", "--on", on)
        expected = self.folder / f"y_{self.bits}.npy"
        truth = ("--classes", self.folder / "labels.npy")
        code, stdout, stderr = _finn("verify", out, *images, "--expected", expected, *truth)
        assert code == 0, stdout + stderr
        count = len(self.expected)
        assert f": {count} of {count} images equal the integer model" in stdout
        assert re.search(f": {count} of {count} images (equal|within 1e-4 of) the reference", stdout)
        reached = f"{100 * self._accuracy(self.expected):.2f} %"
        assert f"accuracy {reached}, of the reference {reached}, on {count} images" in stdout

    def _accuracy(self, logits: NDArray[np.float32]) -> float:
        return float((logits.argmax(axis=1) == np.load(self.folder / "labels.npy")).mean())


def _finn(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
