"""TUL PYNQ-Z2: the same part and memory as the PYNQ-Z1."""

from __future__ import annotations

from dataclasses import replace

from finn.boards.pynq_z1 import BOARD as PYNQ_Z1

__all__ = ("BOARD",)

BOARD = replace(PYNQ_Z1, name="Pynq-Z2")
