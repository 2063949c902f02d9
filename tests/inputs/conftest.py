"""Builds of one network for images, and such images in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from qonnx.core.modelwrapper import ModelWrapper

from . import camera as forms


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="package")
def camera(folder: Path) -> ModelWrapper:
    """Built for pixels with scale, mean and deviation."""
    return forms.built(folder / "camera", forms.network().model(), **forms.OPTIONS)


@pytest.fixture(scope="package")
def plain(folder: Path) -> ModelWrapper:
    """Built without a word on inputs."""
    return forms.built(folder / "plain", forms.network(0.9).model())


@pytest.fixture(scope="package")
def own(folder: Path) -> ModelWrapper:
    """Of a model that takes uint8 images, channels last."""
    return forms.built(folder / "own", forms.uint8_model())


@pytest.fixture(scope="package")
def files(folder: Path) -> Path:
    (folder / "files").mkdir()
    return folder / "files"


@pytest.fixture(scope="package")
def pixel_forms(files: Path) -> forms.Forms:
    return forms.pixel_forms(files)


@pytest.fixture(scope="package")
def number_forms(folder: Path) -> forms.Forms:
    (folder / "numbers").mkdir()
    return forms.number_forms(folder / "numbers")
