"""The demonstration: its stages, its result, its summary."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

import finn
from finn import demo
from finn.cli.application import application
from finn.errors import FinnError


def test_the_board_equals_the_onnx_model_image_for_image(tmp_path: Path) -> None:
    seen: list[str] = []

    @contextmanager
    def progress(name: str):
        seen.append(name)
        yield

    result = demo.run_demo(tmp_path / "out", progress=progress)
    assert result.ok and result.report.ok
    assert result.images == result.same_class == 360
    assert result.board_accuracy == result.model_accuracy >= 0.94
    assert result.metrics["batch_size"] == demo.BATCH
    assert len(seen) == demo.STAGES


def test_the_command_tells_and_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = {
        "expected_cycles_per_frame": 64,
        "cycles_per_frame": 64.25,
        "bound_by": "network",
        "throughput[images/s]": 1556420.2,
        "fclk[mhz]": 100.0,
        "batch_size": 1000,
        "runtime[ms]": 0.6425,
        "latency_cycles": 400,
        "DRAM_in_bandwidth[MB/s]": 24.9,
        "DRAM_out_bandwidth[MB/s]": 15.6,
    }
    report = demo.VerifyReport(
        ok=True, lines=["hardware output y: 359 of 360 images equal the integer model"]
    )
    result = demo.DemoResult(360, 0.975, 0.9778, 359, report, metrics)
    monkeypatch.setattr(demo, "run_demo", lambda *args, **kwargs: result)
    done = CliRunner().invoke(application(), ["demo"])
    assert done.exit_code == 1
    text = " ".join(done.stdout.split())
    assert "emulated board 97.50 %, ONNX model 97.78 %; same class for 359 of 360 test images" in text
    assert "cycles per frame expected 64, measured 64.25; bound by network" in text
    assert "1,556,420 images/s at 100 MHz" in text


def test_without_the_checkout_it_says_where_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(finn, "__file__", str(tmp_path / "site-packages" / "finn" / "__init__.py"))
    with pytest.raises(FinnError, match="clone the repository and run `make demo` in it"):
        demo.example_folder()
