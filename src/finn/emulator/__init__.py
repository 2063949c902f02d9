"""The emulated board: real RTL, real ``pynq``, a real SSH server."""

from finn.emulator.board import EmulatedBoard, serve
from finn.emulator.environment import ensure_environment

__all__ = ("EmulatedBoard", "ensure_environment", "serve")
