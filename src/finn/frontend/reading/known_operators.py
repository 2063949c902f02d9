"""Which operators are read at all, and the first node of a model whose operator is not."""

from __future__ import annotations

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.frontend.graph.attributes import QONNX_DOMAIN, STANDARD_DOMAINS, UNSUPPORTED, refusal
from finn.frontend.graph.integer_operators import INTEGER_DOMAIN, INTEGER_OPERATORS
from finn.frontend.graph.operators import ELEMENTWISE, JOINS, LAYOUT, ON_CHIP, QUANTISERS, WINDOWED
from finn.frontend.host.programs import HOST_OPERATORS
from finn.frontend.reading.channels_last import CHANNELS_LAST_DOMAIN, ChannelsLastOperators
from finn.frontend.reading.integer_operators import FLOAT_OPERATORS
from finn.frontend.reading.linear_quantisation import LINEAR, LINEAR_DOMAINS

__all__ = ("BECOMES", "operator_rows", "require_known_operators")

BECOMES = {
    "DebugMarker": "Identity",
    "Dropout": "Identity",
    "Flatten": "Reshape",
    "Gelu": "Erf",
    "Gemm": "MatMul",
    "GlobalMaxPool": "MaxPool",
    "HardSwish": "HardSigmoid",
    "IntQuant": "Quant",
    "Mean": "Add",
    "Mish": "Softplus",
    "ReduceMax": "MaxPool",
    "ReduceMean": "GlobalAveragePool",
    "Squeeze": "Reshape",
    "Sum": "Add",
    "Unsqueeze": "Reshape",
    "Upsample": "Resize",
}
"""Operators that are read as others."""

# Their results do not depend on values.
_SHAPES = ("Shape", "Size")
# Nothing says before how long they run.
_UNBOUNDED = ("Loop", "Scan")
_KNOWN = {*HOST_OPERATORS, *ON_CHIP, *BECOMES, *_SHAPES} - {*INTEGER_OPERATORS}
_ON_INTEGERS = {*LINEAR, *FLOAT_OPERATORS}
_WEIGHTED = ("MatMul", "Gemm", "Conv", "ConvTranspose")


def require_known_operators(model: ModelWrapper) -> None:
    """Refuse the first node, in graph order, whose operator nothing here reads.

    Operators on constants alone are computed, whatever they are, but for quantisers of other kinds.

    Raises
    ------
    FinnError
        For that node, with what it is.
    """
    fixed = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        on_constants = all(name in fixed for name in node.input if name)
        reason = _reason_against(node, on_constants) or _reason_against_product(model, node, fixed)
        if reason:
            raise refusal(node, reason)
        if on_constants or node.op_type in _SHAPES:
            fixed.update(node.output)


def _reason_against(node: NodeProto, on_constants: bool) -> str:
    """Why a node cannot be read; empty where it can."""
    if node.op_type.startswith("DynamicQuantize"):
        reason = "finds its scale in each input (dynamic quantisation), which hardware has no use for"
        return f"{reason}; quantise with static scales (onnxruntime: quantize_static)"
    if node.domain in LINEAR_DOMAINS and node.op_type in _ON_INTEGERS:
        return ""
    if node.op_type == "FloatQuant":
        return "is a floating-point quantiser; only integers run in hardware, so quantise by Quant"
    if node.domain == QONNX_DOMAIN:
        return "" if node.op_type in QUANTISERS else UNSUPPORTED
    if node.domain == INTEGER_DOMAIN:
        return "" if node.op_type in INTEGER_OPERATORS else UNSUPPORTED
    if node.domain == CHANNELS_LAST_DOMAIN:
        return "" if node.op_type in ChannelsLastOperators.op_types else UNSUPPORTED
    if node.domain in LINEAR_DOMAINS and node.domain not in STANDARD_DOMAINS:
        return UNSUPPORTED
    if node.domain not in STANDARD_DOMAINS:
        return f"is of the domain {node.domain!r}, of which nothing is read; export the network as QONNX"
    if (on_constants and node.op_type not in _UNBOUNDED) or node.op_type in _SHAPES:
        return ""
    return "" if node.op_type in _KNOWN else UNSUPPORTED


def _reason_against_product(model: ModelWrapper, node: NodeProto, fixed: set[str]) -> str:
    """Why a product of computed tensors is not read: the processor has it behind the last layer only."""
    if node.op_type not in ("MatMul", "Gemm") or fixed & set(node.input[:2]):
        return ""
    if node.op_type == "MatMul" and not _feeds_layer(model, node):
        return ""
    reason = "multiplies two tensors that are both computed, as attention does"
    return f"{reason}; only products with constant weights are supported"


def _feeds_layer(model: ModelWrapper, node: NodeProto) -> bool:
    """Whether something with weights, or another such product, is behind ``node``."""
    reached = set(node.output)
    for later in model.graph.node:
        if reached & set(later.input):
            if later.op_type in _WEIGHTED:
                return True
            reached.update(later.output)
    return False


def operator_rows() -> list[tuple[str, ...]]:
    """One row for each operator, in alphabetical order: name, read as, in hardware, on the processor."""
    in_hardware = {*ELEMENTWISE, *LAYOUT, *WINDOWED, *JOINS, "MatMul"}
    rows = []
    for name in sorted({*_KNOWN, *ELEMENTWISE} - {*_SHAPES, *INTEGER_OPERATORS}):
        becomes = BECOMES.get(name, name)
        places = (becomes in in_hardware, bool({becomes, name} & {*HOST_OPERATORS}))
        rows.append((name, BECOMES.get(name, ""), *("yes" if place else "" for place in places)))
    return rows
