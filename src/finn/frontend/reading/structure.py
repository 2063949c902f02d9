"""What every ONNX graph must have, checked before anything reads it."""

from __future__ import annotations

from copy import deepcopy
from math import prod

import onnx
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from finn.errors import FinnError
from finn.frontend.graph.attributes import QUANTISER_DOMAINS, STANDARD_DOMAINS, printable
from finn.frontend.graph.sizes import MAX_ELEMENTS

__all__ = ("require_sound",)

_QUANTISER_INPUTS = {
    **{"Quant": (4, 4), "IntQuant": (4, 4), "BipolarQuant": (2, 2)},
    **{"MultiThreshold": (2, 2), "Trunc": (5, 6)},
}
_QUANTISER_ATTRIBUTES = {
    **dict.fromkeys(("signed", "narrow"), AttributeProto.INT),
    **dict.fromkeys(("out_scale", "out_bias"), AttributeProto.FLOAT),
    **dict.fromkeys(("rounding_mode", "data_layout", "out_dtype"), AttributeProto.STRING),
}


def require_sound(model: ModelProto) -> None:
    """Put the nodes of ``model`` in order, and refuse what is no graph by ONNX' rules.

    Raises
    ------
    FinnError
        If a constant does not hold its values, two nodes give one tensor, nodes read one another's
        results in a circle, or one lacks inputs, outputs or attributes; the text names it.
    """
    graph = model.graph
    _require_text(model)
    if graph.sparse_initializer:
        name = graph.sparse_initializer[0].values.name
        raise FinnError(f"initialiser {name!r} is sparse; export it dense")
    for tensor in graph.initializer:
        _require_values(tensor, f"initialiser {tensor.name!r}")
    for info in graph.input:
        _require_numbers(info)
    versions = {_domain(entry.domain): entry.version for entry in model.opset_import}
    for index, node in enumerate(graph.node):
        _require_form(node, _label(node, index), versions)
    _require_one_maker(model)
    _require_outputs(model)
    _sort(model)


def _require_text(model: ModelProto) -> None:
    """protobuf gives a text that is none as bytes."""
    graph = model.graph
    names = [t.name for t in [*graph.input, *graph.output, *graph.initializer, *graph.value_info]]
    for node in graph.node:
        names += [node.name, node.op_type, node.domain, *node.input, *node.output]
        names += [attribute.name for attribute in node.attribute]
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise FinnError(f"the model is damaged: the name {wrong!r} is no text; export it again")


def _domain(name: str) -> str:
    return "" if name in STANDARD_DOMAINS else name


def _label(node: NodeProto, index: int) -> str:
    """As `attributes.label`, where nodes without a name have the one that they will get."""
    return printable(f"{node.name or f'{node.op_type}_{index}'} ({node.op_type})")


def _require_values(tensor: TensorProto, what: str) -> None:
    if min(tensor.dims, default=1) < 0 or prod(tensor.dims) > MAX_ELEMENTS:
        shape = tuple(tensor.dims)
        raise FinnError(f"{what} has shape {shape}; at most {MAX_ELEMENTS} elements are supported")
    if tensor.data_type == TensorProto.STRING:
        raise FinnError(f"{what} holds text where numbers are wanted; export the network again")
    try:
        numpy_helper.to_array(tensor)
    except Exception as error:  # a data type that ONNX does not have is a KeyError, TypeError or ValueError
        reason = f"does not hold the values of its shape {tuple(tensor.dims)}"
        raise FinnError(f"{what} {reason}; export the network again") from error


def _require_numbers(info: ValueInfoProto) -> None:
    kind = info.type.tensor_type.elem_type
    try:
        numbers = helper.tensor_dtype_to_np_dtype(kind).kind in "fiu"
    except (KeyError, TypeError, ValueError):
        numbers = False
    if not numbers:
        name = TensorProto.DataType.Name(kind) if kind in TensorProto.DataType.values() else kind
        raise FinnError(f"input {info.name!r} is of type {name}; export it as a tensor of numbers")


def _require_form(node: NodeProto, label: str, versions: dict[str, int]) -> None:
    """Refuse a node that lacks inputs, outputs or attributes of its operator's definition."""
    if not any(node.output):
        raise FinnError(f"{label} gives no tensor; check the export")
    for attribute in node.attribute:
        if attribute.HasField("t"):
            _require_values(attribute.t, f"attribute {attribute.name!r} of {label}")
    if node.op_type in _QUANTISER_INPUTS and node.domain in QUANTISER_DOMAINS:
        _require_inputs(node, label, *_QUANTISER_INPUTS[node.op_type])
        _require_types(node, label, _QUANTISER_ATTRIBUTES)
    elif node.domain in STANDARD_DOMAINS:
        _require_standard(node, label, versions)


def _require_standard(node: NodeProto, label: str, versions: dict[str, int]) -> None:
    if "" not in versions:
        raise FinnError(f"{label} is of no version: the model imports no operator set; export it again")
    try:
        schema = onnx.defs.get_schema(node.op_type, versions[""], "")
    except onnx.defs.SchemaError:
        return
    _require_inputs(node, label, schema.min_input, schema.max_input)
    given = {attribute.name for attribute in node.attribute}
    for name, attribute in schema.attributes.items():
        if attribute.required and name not in given:
            raise FinnError(f"{label} has no attribute {name!r}; check the export")
    _require_types(node, label, {k: int(v.type) for k, v in schema.attributes.items()})


def _require_inputs(node: NodeProto, label: str, least: int, most: int) -> None:
    if len(node.input) < least or (least and not node.input[0]):
        count = sum(map(bool, node.input))
        raise FinnError(f"{label} has {count} of the {least} inputs that it needs; check the export")
    if len(node.input) > most:
        raise FinnError(f"{label} has {len(node.input)} inputs and takes {most}; check the export")


def _require_types(node: NodeProto, label: str, types: dict[str, int]) -> None:
    for attribute in node.attribute:
        wanted = types.get(attribute.name)
        if wanted is not None and attribute.type != wanted:
            kind = AttributeProto.AttributeType.Name(attribute.type)
            reason = f"has attribute {attribute.name!r} of type {kind}, not"
            raise FinnError(f"{label} {reason} {AttributeProto.AttributeType.Name(wanted)}; check the export")


def _require_one_maker(model: ModelProto) -> None:
    """Every tensor is given once; outputs that are not read may have no name, which they get here."""
    graph = model.graph
    makers = {t.name: "the model itself" for t in [*graph.input, *graph.initializer]}
    for index, node in enumerate(graph.node):
        label = _label(node, index)
        node.output[0] = node.output[0] or f"{label} unread"
        for name in filter(None, node.output):
            if name in makers:
                raise FinnError(f"{label} gives {name!r}, which {makers[name]} gives too; check the export")
            makers[name] = label


def _require_outputs(model: ModelProto) -> None:
    """Outputs are tensors of nodes, each once; what is declared of them a second time is left out."""
    graph = model.graph
    names = [tensor.name for tensor in graph.output]
    inputs = {tensor.name for tensor in graph.input}
    given = inputs | {tensor.name for tensor in graph.initializer}
    for index, name in enumerate(names):
        if name in given or name in names[:index]:
            what = "an input or a constant" if name in given else "an output twice"
            raise FinnError(f"output {name!r} is {what}; leave it out of the model")
    declared = {info.name: info for info in graph.value_info if info.name not in inputs | {*names}}
    if len(declared) < len(graph.value_info):
        kept = [deepcopy(info) for info in declared.values()]
        del graph.value_info[:]
        graph.value_info.extend(kept)


def _sort(model: ModelProto) -> None:
    """Put each node behind those that it reads; those that are so already stay where they are."""
    graph = model.graph
    made = {t.name for t in [*graph.input, *graph.initializer]} | {""}
    waiting, order = list(enumerate(graph.node)), list[NodeProto]()
    while waiting:
        left = []
        for index, node in waiting:
            if made.issuperset(node.input):
                made.update(node.output)
                order.append(node)
            else:
                left.append((index, node))
        if len(left) == len(waiting):
            label = _label(left[0][1], left[0][0])
            raise FinnError(f"{label} reads what is made of its own result; feed-forward networks only")
        waiting = left
    if any(node is not other for node, other in zip(order, graph.node, strict=True)):
        copies = [deepcopy(node) for node in order]
        del graph.node[:]
        graph.node.extend(copies)
