from __future__ import annotations

import pytest
from networks import dense_network

from finn.core.build_dir import build_directory, ensure_build_directory, recorded_path
from finn.errors import FinnError


def test_a_model_never_built_is_named():
    with pytest.raises(FinnError, match=r"^the model has no build_dir; run MakePYNQProject on it first$"):
        build_directory(dense_network())


def test_a_new_directory_lies_under_finn_build_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("FINN_BUILD_DIR", str(tmp_path / "builds"))
    model = dense_network()
    path = ensure_build_directory(model)
    assert path.parent == tmp_path / "builds"
    assert build_directory(model) == path == ensure_build_directory(model)


def test_without_it_the_directory_lies_under_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("FINN_BUILD_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert ensure_build_directory(dense_network()).parent == tmp_path


def test_a_moved_build_is_told(tmp_path):
    model = dense_network()
    model.set_metadata_prop("build_dir", str(tmp_path / "gone"))
    with pytest.raises(FinnError) as caught:
        build_directory(model)
    assert str(caught.value) == (
        f"the build directory {tmp_path / 'gone'} does not exist; "
        "set the model's build_dir metadata to where the build lies now"
    )


def test_the_pass_that_is_missing_is_named(tmp_path):
    model = dense_network()
    model.set_metadata_prop("build_dir", str(tmp_path))
    with pytest.raises(FinnError, match=r"^the model has no rtlsim_so; run MakePYNQProject on it first$"):
        recorded_path(model, "rtlsim_so", "MakePYNQProject")
