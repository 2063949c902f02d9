"""ONNX domains that qonnx resolves by module name."""
