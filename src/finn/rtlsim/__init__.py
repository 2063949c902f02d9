"""Runs RTL: modules with AXI-Stream ports on arrays, cycle by cycle."""

from finn.rtlsim.streams import StreamModel, StreamResult, StreamSpec, compile_streams

__all__ = ("StreamModel", "StreamResult", "StreamSpec", "compile_streams")
