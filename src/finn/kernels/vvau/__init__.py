"""The layer VVAU."""

from finn.kernels.vvau.op import VVAU

__all__ = ("VVAU",)
