"""QONNX in, integer dataflow graph out."""

from finn.frontend.import_network import import_network
from finn.frontend.load import load_model

__all__ = ("import_network", "load_model")
