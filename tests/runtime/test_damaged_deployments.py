"""`Accelerator` with a deployment that is damaged or of another build, on an emulated board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from board_programs import install, program
from deployments import loopback_deployment

from finn.emulator import EmulatedBoard
from finn.remote import Connection


def damaged(board: EmulatedBoard, tmp_path: Path, name: str, **options: Any) -> Path:
    return install(board, loopback_deployment(tmp_path / name, mark=name, **options), name)


def spoil(path: Path, how: str) -> None:
    """A cut or a change in the middle; archives keep checksums of what they hold."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if path.name == "accelerator.json":
        content = content.replace(b'"build_id"', b'"built_id"')
    elif path.suffix == ".hwh":
        content = content.replace(b"/idma0", b"/other")
    else:
        content[middle] ^= 0x40
    path.write_bytes({"empty": b"", "cut": bytes(content[:middle]), "changed": bytes(content)}[how])


def test_a_damaged_file_is_told_in_one_sentence(
    connection: Connection, board: EmulatedBoard, tmp_path: Path
) -> None:
    cases = [(file, how) for file in ("bit", "hwh", "npz", "json") for how in ("empty", "cut", "changed")]
    for file, how in cases:
        name = f"{file}-{how}"
        folder = damaged(board, tmp_path, name)
        np.savez(folder / "host.npz", scale=np.arange(100.0))
        spoil(next(folder.glob(f"*.{file}")), how)
    body = f"""
import os
for case in {[f"{file}-{how}" for file, how in cases]}:
    os.chdir("../" + case)
    told(Accelerator, ".")
os.chdir("../job")
with Accelerator(".") as acc:
    same(acc(frames(5)), frames(5))
"""
    lines = program(connection, board, body)
    assert len(lines) == len(cases) + 1 and lines[-1] == "right"
    named = {"bit": "finn-{}.bit", "hwh": "bitstream", "npz": "host.npz", "json": "accelerator.json"}
    for (file, how), line in zip(cases, lines, strict=False):
        assert named[file].format(f"{file}-{how}") in line
        assert "again" in line or "cannot be loaded" in line


def test_a_clock_that_cannot_be_had(connection: Connection, board: EmulatedBoard, tmp_path: Path) -> None:
    damaged(board, tmp_path, "clock", clk_mhz=99.0)
    lines = program(connection, board, "told(Accelerator, '.')\n", "clock")
    assert lines == ["the clock is 90.909 MHz, not 99.000 MHz as asked for"]


def test_a_build_of_its_own_only(connection: Connection, board: EmulatedBoard, tmp_path: Path) -> None:
    damaged(board, tmp_path, "other", build_id=7)
    lines = program(connection, board, "told(Accelerator, '.')\n", "other")
    assert lines == ["the bitstream is of another build (1234abcd, not 00000007); deploy the build again"]
