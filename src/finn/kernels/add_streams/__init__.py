"""The layer AddStreams."""

from finn.kernels.add_streams.op import ADDER_SOURCES, AddStreams

__all__ = ("ADDER_SOURCES", "AddStreams")
