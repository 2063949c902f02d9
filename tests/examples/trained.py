"""Checks that every trained example passes: committed outputs, and all targets on the whole test split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
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
    """The model ``<name>_<bits>.onnx`` in the folder ``name``."""

    name: str
    bits: str

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
        folding = self.folder / "folding.json"
        code, _, stderr = _finn("build", self.model, "-o", out, "--folding", folding)
        assert code == 0, stderr
        return out

    def check_committed_outputs(self, least: float) -> None:
        """qonnx' outputs are those of the repository; the README names their accuracy, at least ``least``."""
        images = np.load(self.folder / "x.npy")
        model = cleanup_model(ModelWrapper(str(self.model)), override_inpsize=len(images))
        logits = execute_onnx(model, {model.graph.input[0].name: images})[model.graph.output[0].name]
        np.testing.assert_allclose(logits, self.expected, rtol=1e-4, atol=1e-4)
        accuracy = self._accuracy(logits)
        assert accuracy >= least
        assert f"| {100 * accuracy:.2f} %" in (self.folder / "README.md").read_text()
        assert b"site-packages" not in self.model.read_bytes()

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
