"""The trained MobileNet on its whole test split."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.trained import TARGETS, Example

NETWORK = Example("mobilenet", "w4a4")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return NETWORK.build(tmp_path_factory.mktemp(NETWORK.name) / "out")


def test_committed_outputs_and_accuracy() -> None:
    NETWORK.check_committed_outputs(0.95)


@pytest.mark.parametrize("on", TARGETS)
def test_every_image_is_equal(built: Path, on: str) -> None:
    NETWORK.check_target(built, on)
