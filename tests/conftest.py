"""Where the tests find models."""

from __future__ import annotations

from pathlib import Path

import pytest

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
