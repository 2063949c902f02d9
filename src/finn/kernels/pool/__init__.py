"""The layer Pool."""

from finn.kernels.pool.op import Pool

__all__ = ("Pool",)
