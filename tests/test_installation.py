from __future__ import annotations

import sys

import pytest

from finn.installation import conflict


def install(folder, name, package):
    information = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (information / "RECORD").write_text(f"{package}/core.py,,\n")


def test_nothing_else_is_no_conflict():
    assert conflict() is None


@pytest.mark.parametrize(("name", "package"), [("finn-plus", "qonnx"), ("numpy", "finnish")])
def test_others_without_the_package_are_no_conflict(tmp_path, name, package):
    install(tmp_path, name, package)
    assert conflict([*sys.path, str(tmp_path)]) is None


def test_another_distribution_is_named(tmp_path):
    install(tmp_path, "finn-plus", "finn")
    assert conflict([*sys.path, str(tmp_path)]) == (
        "the package 'finn' is also provided by finn-plus; "
        "install finn-pynq into a virtual environment of its own"
    )


def test_a_folder_before_or_behind_ours_is_named(tmp_path):
    (tmp_path / "finn").mkdir()
    (tmp_path / "finn" / "__init__.py").write_text("")
    assert conflict([*sys.path, str(tmp_path)]) == (
        f"the package 'finn' is also provided by {tmp_path / 'finn'}; "
        "install finn-pynq into a virtual environment of its own"
    )
