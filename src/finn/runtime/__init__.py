"""What runs on the board: packing, host operators, the accelerator and its server.

The folder is copied to the board as it is, so it keeps to Python 3.6 and NumPy 1.13, imports
nothing of ``finn`` but its own modules, and only ``board`` imports ``pynq``.
"""

__all__ = ("BoardError",)


class BoardError(Exception):
    """Something is wrong with the board, its bitstream or its data, told in one sentence."""
