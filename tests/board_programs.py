"""Users' own programs on an emulated board."""

from __future__ import annotations

import shutil
from pathlib import Path

from finn.emulator import EmulatedBoard
from finn.remote import Connection

PRELUDE = """
import numpy as np
from runtime import BoardError
from runtime.board import Accelerator
def frames(count, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (count, 784)).astype(np.float32)
def told(job, *arguments):
    try:
        job(*arguments)
    except (BoardError, ValueError) as error:
        print(error)
def same(found, expected):
    print("right" if (found == expected).all() and found.shape == expected.shape else "wrong")
"""


def install(board: EmulatedBoard, folder: Path, name: str) -> Path:
    shutil.copytree(folder, board.directory / name)
    return board.directory / name


def program(connection: Connection, board: EmulatedBoard, body: str, folder: str = "job") -> list[str]:
    """The lines that a user's own program prints."""
    (board.directory / folder / "user.py").write_text(PRELUDE + body)
    done = connection.sudo(f"cd {folder} && python3 -W ignore user.py")
    assert done.exit_status == 0, done.stderr
    return str(done.stdout).splitlines()
