"""Weights in a file beside the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from finn.core.onnx_exec import execute_onnx
from finn.errors import FinnError
from finn.frontend import copy_model, import_network, load_model
from finn.frontend.reading import load

from .qonnx_networks import Network

X = np.random.default_rng(1).normal(size=(5, 12)).astype(np.float32)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network whose values all lie in ``model.onnx.data``."""
    path = tmp_path / "beside" / "model.onnx"
    path.parent.mkdir()
    proto = Network(12).quant(0.3).dense(30).quant(0.4).dense(3).model().model
    onnx.save_model(
        proto, str(path), save_as_external_data=True, location="model.onnx.data", size_threshold=0
    )
    return path


def logits(path: Path) -> np.ndarray:
    (value,) = execute_onnx(import_network(path), {"x": X}).values()
    return value


def error_of(path: Path) -> str:
    with pytest.raises(FinnError) as error:
        import_network(path)
    return str(error.value)


def test_it_is_read_from_the_models_folder(model: Path) -> None:
    whole = Network(12).quant(0.3).dense(30).quant(0.4).dense(3).model()
    (expected,) = execute_onnx(import_network(whole), {"x": X}).values()
    assert np.array_equal(logits(model), expected)


def test_a_missing_file(model: Path) -> None:
    data = model.parent / "model.onnx.data"
    data.unlink()
    assert error_of(model) == (
        f"{model} keeps its weights in {data}, which does not exist; copy that file together with the model"
    )


def test_a_short_file(model: Path) -> None:
    data = model.parent / "model.onnx.data"
    data.write_bytes(data.read_bytes()[:-1])
    name = load_model_without_data(model).graph.initializer[-1].name
    assert error_of(model) == f"{data} is too short for tensor {name!r} of {model}; copy it again"


def load_model_without_data(path: Path) -> onnx.ModelProto:
    return onnx.load(str(path), load_external_data=False)


@pytest.mark.parametrize("place", ["../secret", "/etc/passwd"])
def test_a_file_outside_the_folder(place: str, model: Path) -> None:
    proto = load_model_without_data(model)
    next(e for e in proto.graph.initializer[0].external_data if e.key == "location").value = place
    model.write_bytes(proto.SerializeToString())
    assert error_of(model) == (
        f"{model} keeps tensor 'c0' in {place!r}, outside its folder; export it with its data beside it"
    )


def test_a_place_that_is_no_number(model: Path) -> None:
    proto = load_model_without_data(model)
    next(e for e in proto.graph.initializer[0].external_data if e.key == "length").value = "many"
    model.write_bytes(proto.SerializeToString())
    assert error_of(model) == f"{model} does not say where the data of tensor 'c0' is; export it again"


def test_a_file_that_is_none(model: Path, tmp_path: Path) -> None:
    data = model.parent / "model.onnx.data"
    data.rename(tmp_path / "elsewhere")
    data.symlink_to(tmp_path / "elsewhere")
    assert error_of(model) == f"the data beside {model} cannot be read; copy the model and its data again"


@pytest.mark.parametrize("limit", [load._PROTOBUF_LIMIT, 100], ids=["inside", "beside"])
def test_a_copy_holds_it(limit: int, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_PROTOBUF_LIMIT", limit)
    expected = logits(model)
    copy = tmp_path / "out" / "copy.onnx"
    copy.parent.mkdir()
    copy_model(model, copy)
    shutil.rmtree(model.parent)
    assert np.array_equal(logits(copy), expected)
    assert {p.name for p in copy.parent.iterdir()} == {"copy.onnx"} | (
        {"copy.onnx.data"} if limit == 100 else set()
    )


def test_a_copy_of_a_whole_file_has_its_bytes(model: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.onnx"
    load_model(model).save(str(whole))
    whole.write_bytes(whole.read_bytes() + b"\x1a\x00")
    copy_model(whole, tmp_path / "copy.onnx")
    assert (tmp_path / "copy.onnx").read_bytes() == whole.read_bytes()
