"""The layer StreamingGather."""

from finn.kernels.streaming_gather.op import StreamingGather

__all__ = ("StreamingGather",)
