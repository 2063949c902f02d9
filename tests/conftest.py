"""Where the tests find models, and how they are interrupted."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# What a shell starts in the background ignores interrupts, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "models"


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The public TFC networks and MNIST images, beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs the public models in ../shared/models, which are not there")
    return SHARED


@pytest.fixture(scope="session")
def digits() -> Path:
    """The digits example."""
    return ROOT / "examples" / "digits"


@pytest.fixture(scope="session")
def digits_out(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 2-bit digits network, built once; tests that change it copy it first."""
    from finn.build import BuildConfig, build

    out = tmp_path_factory.mktemp("digits") / "out"
    return build(BuildConfig(digits / "digits_w2a2.onnx", out, target_fps=500_000))
