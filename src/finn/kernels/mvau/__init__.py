"""The layer MVAU."""

from finn.kernels.mvau.op import MVAU

__all__ = ("MVAU",)
