"""The layer StreamingReorder."""

from finn.kernels.streaming_reorder.op import StreamingReorder

__all__ = ("StreamingReorder",)
