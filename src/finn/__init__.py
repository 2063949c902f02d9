"""Quantised neural networks, from a QONNX file to a PYNQ board."""
