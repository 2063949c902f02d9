"""Deployments of the loopback shell, for tests of what runs on boards."""

from __future__ import annotations

import atexit
import io
import json
import shutil
import sys
import tempfile
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn import runtime
from finn.boards import BOARDS, get_board
from finn.shell import write_bit, write_hwh
from finn.transformation.fpgadataflow.make_pynq_driver import BESIDE

sys.path.append(str(Path(__file__).parent / "shell"))

from loopback import BUILD_ID, Loopback

WIDTH, BEATS, PORTS, PERIOD = 128, 49, 2, 64
FRAME_BYTES = WIDTH // 8 * BEATS
LOOPBACK = Loopback(WIDTH, BEATS, PORTS, PERIOD)


def loopback_library(board: str = "Pynq-Z1") -> Path:
    """The compiled shell; made once for each processor and all tests of this run."""
    return _library(get_board(board).processor.name)


@cache
def _library(processor: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="finn-loopback-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    board = next(name for name in BOARDS if get_board(name).processor.name == processor)
    return replace(LOOPBACK, board=board).build(folder)


def loopback_deployment(
    folder: Path,
    *,
    mark: str = "0",
    build_id: int = BUILD_ID,
    clk_mhz: float = 100.0,
    board: str = "Pynq-Z1",
) -> Path:
    """A deployment whose outputs are its inputs: 784 bytes a frame, 64 cycles.

    ``mark`` makes another design of it, ``build_id`` is what the description claims.
    """
    folder.mkdir(parents=True)
    source = Path(runtime.__file__).parent
    shutil.copytree(source, folder / "runtime", ignore=shutil.ignore_patterns("__pycache__", *BESIDE))
    for name in BESIDE:
        shutil.copyfile(source / name, folder / name)
    write_bitstream(folder / f"finn-{mark}.bit", mark, clk_mhz, board)
    write_hwh(replace(LOOPBACK, board=board).spec, folder / f"finn-{mark}.hwh", f"finn-{mark}")
    np.savez(folder / "host.npz")
    (folder / "accelerator.json").write_text(json.dumps(description(mark, build_id, clk_mhz, board)))
    return folder


def write_bitstream(path: Path, mark: str, clk_mhz: float, board: str = "Pynq-Z1") -> None:
    """A bitstream for the emulated board."""
    info = {
        "abi": "finn-silicon-2",
        "build_id": BUILD_ID,
        "clk_mhz": clk_mhz,
        "board": board,
        "mark": mark,
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.write(loopback_library(board), "silicon.so")
        file.writestr("info.json", json.dumps(info))
    write_bit(path, archive.getvalue(), "finn_top", get_board(board).part)


def description(mark: str, build_id: int, clk_mhz: float, board: str = "Pynq-Z1") -> dict[str, object]:
    """What ``accelerator.json`` says."""
    port = {
        "datatype": "UINT8",
        "normal_shape": [FRAME_BYTES],
        "folded_shape": [BEATS, WIDTH // 8],
        "bytes_per_frame": FRAME_BYTES,
        "hp_ports": PORTS,
    }
    return {
        "format": 1,
        "name": "loopback",
        "build_id": build_id,
        "board": board,
        "family": get_board(board).family,
        "reference_mhz": get_board(board).reference_mhz,
        "clk_mhz": clk_mhz,
        "bitstreams": {"emulated": f"finn-{mark}.bit"},
        "hwh": f"finn-{mark}.hwh",
        "expected_cycles_per_frame": PERIOD,
        "inputs": [{"name": "x", "dma": "idma0", **port}],
        "outputs": [{"name": "y", "dma": "odma0", **port}],
        "host": {"arrays": "host.npz", "prefix": [], "tail": []},
        "model_inputs": [{"name": "x", "shape": [FRAME_BYTES], "datatype": "float32"}],
        "model_outputs": [{"name": "y", "shape": [FRAME_BYTES], "datatype": "float32"}],
    }


def frames(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Random packed frames."""
    return np.random.default_rng(seed).integers(0, 256, (count, FRAME_BYTES), np.uint8)
