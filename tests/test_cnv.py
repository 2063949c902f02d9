"""CNV at FINN's folding, built for an emulated Pynq-Z1."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from published import CNV_FOLDING, cnv
from qonnx.core.modelwrapper import ModelWrapper

from finn.build import BuildConfig, build, load_output
from finn.core.targets import open_target
from finn.core.verify import verify

CYCLES = 32_768
# On a Pynq-Z1 at 100 MHz FINN measured 3,020.5 images/s with batches of 1000.
MEASURED_BY_FINN = 33_107
BATCH = 310
FRAMES = BATCH if os.environ.get("FINN_FULL_SIZE") else 5


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ModelWrapper:
    folder = tmp_path_factory.mktemp("cnv")
    cnv().save(str(folder / "cnv.onnx"))
    (folder / "folding.json").write_text(json.dumps(CNV_FOLDING))
    out = build(BuildConfig(folder / "cnv.onnx", folder / "out", folding=folder / "folding.json"))
    return load_output(out)


def test_the_rtl_is_exact_at_the_rate_of_the_folding(built: ModelWrapper) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, size=(2, 3, 32, 32)).astype(np.float32)
    with open_target(built, "rtlsim") as target:
        report = verify(target, {"x": x}, None)
    assert report.ok, report.lines
    assert built.get_metadata_prop("cycles_per_frame") == str(CYCLES)


def test_a_batch_on_the_emulated_board_is_no_slower_than_finns(built: ModelWrapper) -> None:
    with open_target(built, "emulated") as target:
        metrics = target.throughput(FRAMES)
    # What filling and emptying the network costs is the same for any batch.
    extra = FRAMES * (metrics["cycles_per_frame"] - CYCLES)
    assert CYCLES + extra / BATCH <= 33_100 < MEASURED_BY_FINN
    assert metrics["bound_by"] == "network"
