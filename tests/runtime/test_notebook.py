"""The notebook of a deployment: its format, and its cells on an emulated board."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from deployments import loopback_deployment

from finn import runtime
from finn.emulator import EmulatedBoard
from finn.remote import BoardAddress, Connection, connect

NOTEBOOK = Path(runtime.__file__).with_name("example.ipynb")
RUN_CELLS = """
import json
names = {}
for cell in json.load(open("example.ipynb"))["cells"]:
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
"""
# Stands in for matplotlib, which the emulated board's Python does not have; draws nothing, says what it
# was asked for. It cannot show what a figure looks like.
FAKE_MATPLOTLIB = """
class FakeAxes:
    def bar(self, positions, heights): print("bars", len(positions), len(heights))
    def set_title(self, text): print("title:", text)
def subplots(rows, columns, figsize): return object(), [FakeAxes() for _ in range(columns)]
def show(): print("shown")
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedBoard]:
    folder = loopback_deployment(tmp_path_factory.mktemp("build") / "deploy")
    with EmulatedBoard(seed=2) as running:
        shutil.copytree(folder, running.directory / "job")
        (running.directory / "job" / "cells.py").write_text(RUN_CELLS)
        yield running


@pytest.fixture(scope="module")
def connection(board: EmulatedBoard) -> Iterator[Connection]:
    address = BoardAddress(board.host, board.port, board.username)
    opened = connect(address, password=board.password, host_key=board.host_key)
    yield opened
    opened.close()


def run_cells(connection: Connection) -> list[str]:
    done = connection.sudo("cd job && python3 -W ignore cells.py")
    assert done.exit_status == 0, done.stderr
    return str(done.stdout).splitlines()


def test_it_is_a_notebook_without_results_in_it() -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    nbformat.validate(notebook)
    assert notebook["nbformat"] == 4
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


def test_its_cells_run_on_random_inputs_and_without_matplotlib(connection: Connection) -> None:
    lines = run_cells(connection)
    assert lines[0] == "loopback at 100.0 MHz on Pynq-Z1"
    assert lines[1:3] == ["x [None, 784]", "y [None, 784]"]
    assert lines[3].startswith("256 inputs in ")
    assert "matplotlib is not installed; the first outputs and the winners as numbers:" in lines
    assert "four more batches are equal" in lines
    assert next(line for line in lines if line.startswith("batch_size")).split()[1] == "1000"


def test_its_cells_run_on_the_users_inputs_and_plot(connection: Connection, board: EmulatedBoard) -> None:
    job = board.directory / "job"
    (job / "matplotlib").mkdir()
    (job / "matplotlib" / "__init__.py").touch()
    (job / "matplotlib" / "pyplot.py").write_text(FAKE_MATPLOTLIB)
    np.save(job / "x.npy", np.zeros((12, 784), np.float32))
    lines = run_cells(connection)
    assert any(line.startswith("12 inputs in ") for line in lines)
    drawn = lines.index("bars 784 784")
    assert lines[drawn : drawn + 5] == [
        "bars 784 784",
        "title: outputs of the first input",
        "bars 784 784",
        "title: largest output, over 12 inputs",
        "shown",
    ]
