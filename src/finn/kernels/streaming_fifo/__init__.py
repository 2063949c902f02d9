"""The layer StreamingFIFO."""

from finn.kernels.streaming_fifo.op import StreamingFIFO

__all__ = ("StreamingFIFO",)
