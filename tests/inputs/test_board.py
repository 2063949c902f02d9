"""`Accelerator` and ``driver.py`` on an emulated board take inputs in every form."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.onnx_exec import execute_onnx
from finn.emulator import EmulatedBoard
from finn.remote import BoardAddress, connect
from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment

from .camera import GRID, OUTPUT, PIXELS, Forms

ORDER = "(5, 6, 4, 3); the model takes (N, 3, 6, 4), the same axes in another order: add --layout NHWC"
REFUSED = [
    f"input x has shape {ORDER}",
    "input x has shape (3, 6, 4); the model takes (N, 3, 6, 4)",
    f"input x holds 0.3 at index (0, 0, 0, 0), {GRID}",
    "input x holds 256 at index (0, 0, 0, 0), which is no UINT8; its values are 0 to 255",
]
PROGRAM = """
import numpy as np
from runtime import BoardError
from runtime.board import Accelerator

FORMS = [
    ("float32", {}), ("float64", {}), ("uint8", {}), ("int64", {}), ("float32_nhwc", {"layout": "NHWC"}),
    ("uint8_nhwc", {"layout": "NHWC"}), ("raw", {"raw": True}), ("raw_nhwc", {"raw": True, "layout": "NHWC"}),
]
WRONG = [np.zeros((5, 6, 4, 3)), np.zeros((3, 6, 4)), np.full((5, 3, 6, 4), 0.3), np.full((5, 3, 6, 4), 256)]
with Accelerator(".") as accelerator:
    for name, options in FORMS:
        np.save("out_%s.npy" % name, accelerator(np.load(name + ".npy"), **options))
    np.save("out_folder.npy", accelerator("images"))
    np.save("out_glob.npy", accelerator.submit("images/?.png").result())
    print(accelerator(accelerator.samples(9)).shape)
    for values in WRONG:
        try:
            accelerator(values)
        except BoardError as error:
            print(error)
"""


@pytest.fixture(scope="module")
def board(camera: ModelWrapper, pixel_forms: Forms, files: Path) -> Iterator[tuple[Any, Path]]:
    """A connection to an emulated board, and the folder there that holds the deployment and all forms."""
    with EmulatedBoard(seed=3) as running:
        folder = running.directory / "job"
        shutil.copytree(assemble_deployment(camera), folder)
        for path in files.glob("*.npy"):
            shutil.copy(path, folder)
        shutil.copytree(files / "images", folder / "images")
        address = BoardAddress(running.host, running.port, running.username)
        connection = connect(address, password=running.password, host_key=running.host_key)
        yield connection, folder
        connection.close()


@pytest.fixture(scope="module")
def right(camera: ModelWrapper) -> NDArray[Any]:
    return np.asarray(execute_onnx(camera, {"x": PIXELS})[OUTPUT])


def test_accelerator_in_every_form(board: tuple[Any, Path], right: NDArray[Any]) -> None:
    connection, folder = board
    (folder / "user.py").write_text(PROGRAM)
    done = connection.sudo("cd job && python3 -W ignore user.py")
    assert done.exit_status == 0, done.stderr
    assert done.stdout.splitlines() == ["(9, 7)", *REFUSED]
    assert done.stderr.count("are clipped by the first quantiser") == 1
    outputs = sorted(folder.glob("out_*.npy"))
    assert len(outputs) == 10
    for path in outputs:
        np.testing.assert_array_equal(np.load(path), right, err_msg=path.name)


@pytest.mark.parametrize(
    "arguments",
    [
        "--inputfile float32.npy --batchsize 5",
        "--inputfile float64.npy",
        "--inputfile uint8.npy",
        "--inputfile int64.npy",
        "--inputfile uint8_nhwc.npy --layout NHWC",
        "--inputfile raw.npy --raw",
        "--inputfile images",
        "--inputfile 'images/*.png'",
    ],
)
def test_driver_in_every_form(board: tuple[Any, Path], right: NDArray[Any], arguments: str) -> None:
    connection, folder = board
    done = connection.sudo(
        f"cd job && rm -f o.npy && python3 -W ignore driver.py {arguments} --outputfile o.npy"
    )
    assert done.exit_status == 0, done.stderr
    np.testing.assert_array_equal(np.load(folder / "o.npy"), right)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("--inputfile uint8_nhwc.npy", f"uint8_nhwc.npy has shape {ORDER}"),
        ("--inputfile uint8.npy --batchsize 4", "uint8.npy holds 5 inputs; --batchsize is 4"),
        ("--inputfile none.npy", "none.npy cannot be read: No such file or directory"),
        ("--inputfile float32.npy --raw", "float32.npy holds float32; raw codes are integers"),
    ],
)
def test_driver_refuses_in_a_sentence(board: tuple[Any, Path], arguments: str, text: str) -> None:
    connection, _ = board
    done = connection.sudo(f"cd job && python3 -W ignore driver.py {arguments}")
    assert (done.exit_status, done.stderr.splitlines()[-1]) == (1, f"driver.py: {text}")
