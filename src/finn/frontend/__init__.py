"""QONNX or TensorFlow Lite in, integer dataflow graph out."""

from finn.frontend.import_network import import_network
from finn.frontend.reading.load import copy_model, load_model, original_name

__all__ = ("copy_model", "import_network", "load_model", "original_name")
