"""Plain access to the parts of an ONNX node."""

from __future__ import annotations

from typing import Any

from onnx import NodeProto, helper

from finn.errors import FinnError

__all__ = (
    "QONNX_DOMAIN",
    "QUANTISER_DOMAINS",
    "STANDARD_DOMAINS",
    "UNSUPPORTED",
    "Refusal",
    "attributes",
    "channel_axis",
    "data_layout",
    "label",
    "printable",
    "refusal",
    "set_attribute",
)

QONNX_DOMAIN = "qonnx.custom_op.general"
STANDARD_DOMAINS = ("", "ai.onnx")
# Brevitas, FINN, and two generations of QKeras' exporter.
QUANTISER_DOMAINS = ("", "onnx.brevitas", "finn.custom_op.general", "qonnx", QONNX_DOMAIN)
UNSUPPORTED = "is not supported; see the list of operators in docs/operators.rst"
_LAYOUTS = {2: "NC", 3: "NWC", 4: "NCHW"}


def attributes(node: NodeProto, **defaults: Any) -> dict[str, Any]:
    """The node's attributes over ``defaults``; bytes are decoded."""
    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {
        **defaults,
        **{k: v.decode(errors="replace") if isinstance(v, bytes) else v for k, v in values.items()},
    }


def set_attribute(node: NodeProto, key: str, value: Any) -> None:
    """Give an attribute this value only."""
    for attribute in [a for a in node.attribute if a.name == key]:
        node.attribute.remove(attribute)
    node.attribute.append(helper.make_attribute(key, value))


def data_layout(node: NodeProto, rank: int) -> str:
    """The layout that a ``MultiThreshold`` states, or that qonnx takes for tensors of ``rank`` axes."""
    return str(attributes(node, data_layout="")["data_layout"] or _LAYOUTS.get(rank, "NC"))


def channel_axis(layout: str) -> int:
    """The axis of the channels: 1 where the layout does not say."""
    return layout.index("C") if "C" in layout else 1


def label(node: NodeProto) -> str:
    """Name and operator type as they stand in messages, which are of one line."""
    return printable(f"{node.name} ({node.op_type})")


def printable(text: str) -> str:
    """``text`` with escapes for what does not show, line ends among it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Refusal(FinnError):
    """The error that refuses a model because of the node of name ``node``."""

    def __init__(self, node: NodeProto, reason: str) -> None:
        super().__init__(printable(f"{label(node)} {reason}"))
        self.node = str(node.name)


def refusal(node: NodeProto, reason: str) -> Refusal:
    """The error that refuses a model because of ``node``."""
    return Refusal(node, reason)
