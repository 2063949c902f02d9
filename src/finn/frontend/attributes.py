"""Plain access to the parts of an ONNX node."""

from __future__ import annotations

from typing import Any

from onnx import NodeProto, helper

from finn.errors import FinnError

__all__ = ("QONNX_DOMAIN", "attributes", "label", "refusal")

QONNX_DOMAIN = "qonnx.custom_op.general"


def attributes(node: NodeProto, **defaults: Any) -> dict[str, Any]:
    """The node's attributes over ``defaults``; bytes are decoded."""
    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {**defaults, **{k: v.decode() if isinstance(v, bytes) else v for k, v in values.items()}}


def label(node: NodeProto) -> str:
    """Name and operator type as they stand in messages."""
    return f"{node.name} ({node.op_type})"


def refusal(node: NodeProto, reason: str) -> FinnError:
    """The error that refuses a model because of ``node``."""
    return FinnError(f"{label(node)} {reason}")
