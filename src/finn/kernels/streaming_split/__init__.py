"""The layer StreamingSplit."""

from finn.kernels.streaming_split.op import StreamingSplit

__all__ = ("StreamingSplit",)
