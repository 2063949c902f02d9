"""One call from an ONNX file to a folder that can be deployed."""

from __future__ import annotations

from finn.build.adopt import adopt
from finn.build.config import BuildConfig
from finn.build.info import LayerInfo, NetworkInfo, TensorInfo, info
from finn.build.output import load_output
from finn.build.steps import build

__all__ = ("BuildConfig", "LayerInfo", "NetworkInfo", "TensorInfo", "adopt", "build", "info", "load_output")
