"""The trained VGG-like networks on their whole test split."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.trained import TARGETS, Example

NETWORKS = (Example("vgg", "w1a1"), Example("vgg", "w2a2"))


@pytest.fixture(scope="module", params=NETWORKS, ids=[network.bits for network in NETWORKS])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Example, Path]:
    example: Example = request.param
    return example, example.build(tmp_path_factory.mktemp(example.bits) / "out")


@pytest.mark.parametrize("network", NETWORKS, ids=[network.bits for network in NETWORKS])
def test_committed_outputs_and_accuracy(network: Example) -> None:
    network.check_committed_outputs(0.95)


@pytest.mark.parametrize("on", TARGETS)
def test_every_image_is_equal(built: tuple[Example, Path], on: str) -> None:
    example, out = built
    example.check_target(out, on)
