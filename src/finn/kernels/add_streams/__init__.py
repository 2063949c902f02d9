"""The layer AddStreams."""

from finn.kernels.add_streams.op import AddStreams

__all__ = ("AddStreams",)
