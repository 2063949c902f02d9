"""One call from an ONNX file to a folder that can be deployed."""

from __future__ import annotations

from finn.build.adopt import adopt
from finn.build.config import BuildConfig
from finn.build.info import LayerInfo, NetworkInfo, TensorInfo, info
from finn.build.output import build_warnings, load_output
from finn.build.steps import build
from finn.build.synthesis import Part, SynthesisReport, read_synthesis

__all__ = (
    "BuildConfig",
    "LayerInfo",
    "NetworkInfo",
    "Part",
    "SynthesisReport",
    "TensorInfo",
    "adopt",
    "build",
    "build_warnings",
    "info",
    "load_output",
    "read_synthesis",
)
