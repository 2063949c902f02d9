"""The layer GlobalAccPool."""

from finn.kernels.global_acc_pool.op import GlobalAccPool

__all__ = ("GlobalAccPool",)
