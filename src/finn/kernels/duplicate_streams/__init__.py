"""The layer DuplicateStreams."""

from finn.kernels.duplicate_streams.op import DuplicateStreams

__all__ = ("DuplicateStreams",)
