"""A build of a model whose weights lie in a file beside it needs neither afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from typer.testing import CliRunner

from finn.build import BuildConfig, build, info
from finn.cli.application import application


def test_a_build_holds_the_data(digits: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    model = onnx.load(str(digits / "digits_w2a2.onnx"))
    beside = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}
    onnx.save_model(model, str(source / "model.onnx"), **beside)
    # Paths may be strings.
    out = build(BuildConfig(str(source / "model.onnx"), str(tmp_path / "out"), target_fps=500_000))
    shutil.rmtree(source)
    assert "MVAU" in {layer.op_type for layer in info(out).layers}
    np.save(tmp_path / "x.npy", np.load(digits / "x.npy")[:7])
    arguments = ["verify", str(out), "--input", str(tmp_path / "x.npy"), "--on", "model"]
    done = CliRunner().invoke(application(), arguments)
    assert done.exit_code == 0 and "7 of 7 images equal" in done.stdout
