"""The networks of colour images, one by Brevitas and one by onnxruntime, on their whole test split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from examples.trained import TARGETS, Example

NETWORKS = (Example("colours", "w4a4", pixels=True), Example("colours", "qdq", pixels=True))


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


def test_colours_tell_the_digits_apart() -> None:
    """With red and blue exchanged the class is mostly another: a network that mixes channels is seen."""
    example = NETWORKS[0]
    images, labels = np.load(example.folder / "x.npy"), np.load(example.folder / "labels.npy")
    swapped = images[:, ::-1].astype(np.float32) / 255
    assert (example.executed(swapped).argmax(axis=1) == labels).mean() < 0.3
