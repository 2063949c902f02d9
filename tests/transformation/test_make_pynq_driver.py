"""The deployment of a build, which several processes may read while another one asks for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from finn.build import load_output
from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment


def inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_what_is_there_is_not_touched(digits_out: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_out, tmp_path / "out")
    model = load_output(tmp_path / "out")
    before = inodes(tmp_path / "out" / "deploy")
    assert any(name.endswith(".bit") for name in before) and any(name.endswith(".hwh") for name in before)
    assert inodes(assemble_deployment(model)) == before


def test_what_is_missing_damaged_or_of_another_build_is_mended(digits_out: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_out, tmp_path / "out")
    folder = tmp_path / "out" / "deploy"
    whole = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (bit,), (hwh,) = folder.glob("*.bit"), folder.glob("*.hwh")
    bit.write_bytes(b"damaged")
    hwh.unlink()
    (folder / "finn-0.bit").write_bytes(b"of another build")
    beside = {path.name for path in folder.parent.iterdir()}
    assemble_deployment(load_output(folder.parent))
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == whole
    assert {path.name for path in folder.parent.iterdir()} == beside
