"""QONNX in, integer dataflow graph out."""

from finn.frontend.import_network import import_network

__all__ = ("import_network",)
