"""Files that are no networks."""

from __future__ import annotations

from pathlib import Path

import pytest
from onnx import helper

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network


def error_of(path: Path) -> str:
    with pytest.raises(FinnError) as error:
        import_network(path)
    return str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "none.onnx"
    assert error_of(path) == f"{path} does not exist; name an existing ONNX file"


def test_directory(tmp_path: Path) -> None:
    assert error_of(tmp_path) == f"{tmp_path} cannot be read (Is a directory); name an ONNX file"


def test_not_onnx(tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("these are not the weights you are looking for\n")
    assert error_of(path) == f"{path} is truncated or not an ONNX file; export the network again"


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.onnx"
    path.touch()
    assert error_of(path) == f"{path} is not an ONNX model: it holds no graph; export the network to QONNX"


def test_truncated_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    content = Network(12).quant(0.3).dense(8).model().model.SerializeToString()
    for size in range(1, len(content) - 40, 61):
        path.write_bytes(content[:size])
        text = error_of(path)
        assert text.startswith(f"{path} is ") and text.endswith("; export the network again")


def test_truncated_between_two_fields(tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    model = Network(12).quant(0.3).dense(8).model().model
    del model.graph.initializer[0]
    path.write_bytes(model.SerializeToString())
    assert error_of(path) == f"{path} is truncated: tensor 'c0' is never defined; export the network again"


def test_graph_without_nodes(tmp_path: Path) -> None:
    path = tmp_path / "bare.onnx"
    path.write_bytes(helper.make_model(helper.make_graph([], "bare", [], [])).SerializeToString())
    assert error_of(path) == f"{path} is not an ONNX model: it holds no graph; export the network to QONNX"
