"""Runs RTL: modules with AXI-Stream ports on arrays, cycle by cycle."""

from finn.rtlsim.streams import TIMEOUT_CYCLES, StreamModel, StreamResult, StreamSpec, compile_streams

__all__ = ("TIMEOUT_CYCLES", "StreamModel", "StreamResult", "StreamSpec", "compile_streams")
