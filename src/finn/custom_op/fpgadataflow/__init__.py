"""The ONNX domain ``finn.custom_op.fpgadataflow``: every kernel, and the partition node."""

from __future__ import annotations

from qonnx.custom_op.base import CustomOp

from finn.custom_op.fpgadataflow.streamingdataflowpartition import StreamingDataflowPartition
from finn.kernels.registry import HARDWARE_NODES

__all__ = ("StreamingDataflowPartition", "custom_op")

custom_op: dict[str, type[CustomOp]] = {
    **HARDWARE_NODES,
    "StreamingDataflowPartition": StreamingDataflowPartition,
}
