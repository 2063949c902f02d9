"""The layer StreamingMaxPool."""

from finn.kernels.streaming_max_pool.op import StreamingMaxPool

__all__ = ("StreamingMaxPool",)
