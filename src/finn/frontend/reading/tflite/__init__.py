"""TensorFlow Lite files of int8 networks, as graphs of whole numbers."""
