"""The layer StreamingConcat."""

from finn.kernels.streaming_concat.op import StreamingConcat

__all__ = ("StreamingConcat",)
