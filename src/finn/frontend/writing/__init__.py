"""A plan as an ONNX graph."""
