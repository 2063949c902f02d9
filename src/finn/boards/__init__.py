"""The boards; a new one is one file here and one entry below."""

from __future__ import annotations

from finn.boards import (
    arty_z7_20,
    cora_z7,
    kv260,
    pynq_z1,
    pynq_z2,
    ultra96_v2,
    zcu104,
    zedboard,
    zybo_z7_20,
)
from finn.boards.base import Board, Memory
from finn.boards.processor import Processor
from finn.errors import FinnError

__all__ = ("BOARDS", "Board", "Memory", "Processor", "get_board")

BOARDS = {
    board.name: board
    for board in (
        pynq_z1.BOARD,
        pynq_z2.BOARD,
        arty_z7_20.BOARD,
        zedboard.BOARD,
        zybo_z7_20.BOARD,
        cora_z7.CORA_Z7_07S,
        cora_z7.CORA_Z7_10,
        zcu104.BOARD,
        kv260.BOARD,
        ultra96_v2.BOARD,
    )
}


def get_board(name: str) -> Board:
    """The board of that name, in any case.

    Raises
    ------
    FinnError
        There is none; the text lists those there are.
    """
    known = {board.lower(): board for board in BOARDS}
    if name.lower() not in known:
        raise FinnError(f"board {name!r} is not known; known are {', '.join(BOARDS)}")
    return BOARDS[known[name.lower()]]
