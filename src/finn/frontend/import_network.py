"""From a QONNX model to the parent graph of integer layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onnx import NodeProto
from qonnx.core.datatype import BaseDataType, DataType
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.attributes import label
from finn.frontend.emit import ParentGraph
from finn.frontend.guard import guarded
from finn.frontend.host import program_of
from finn.frontend.load import load_model
from finn.frontend.lowered import refuse_hardware
from finn.frontend.normalise import normalise
from finn.frontend.operators import ON_CHIP, network_input
from finn.frontend.plan import IntegerInput
from finn.frontend.planner import plan_network
from finn.frontend.top_k import TOP_K, select_labels
from finn.frontend.trial import require_running

__all__ = ("import_network",)

_MAX_INPUT_BITS = 16


def import_network(
    source: Path | str | ModelWrapper,
    *,
    input_datatype: str | None = None,
    input_scale: float | None = None,
    top_k: int | None = None,
) -> ModelWrapper:
    """Import a QONNX network.

    Parameters
    ----------
    source
        A file, or a qonnx model, which is left as it is.
    input_datatype, input_scale
        The input carries integers of this type times this scale: its first layers then run in
        hardware, as thresholds on the raw integers.
    top_k
        End the hardware with a ``LabelSelect`` of the ``top_k`` largest outputs; the graph output
        is then int64 (N, top_k).

    Returns
    -------
    ModelWrapper
        Host prefix, hardware layers of domain ``finn.custom_op.fpgadataflow``, host tail; graph
        inputs and outputs keep their names.

    Raises
    ------
    FinnError
        If the file is no ONNX model, or the network cannot be compiled; the text names the node.
    """
    with guarded("the model"):
        return _imported(load_model(source), input_datatype, input_scale, top_k)


def _imported(
    model: ModelWrapper, input_datatype: str | None, input_scale: float | None, top_k: int | None
) -> ModelWrapper:
    refuse_hardware(model.model)
    model, quantised = normalise(model)
    constants = {t.name: model.get_initializer(t.name) for t in model.graph.initializer}
    program_of([node for node in model.graph.node if node.op_type not in ON_CHIP], constants)
    given = _given_input(model, input_datatype, input_scale)
    plan = plan_network(model, quantised, given)
    _require_on_host([*plan.prefix, *plan.tail], plan.warnings)
    require_running(model, plan.prefix, constants, [network_input(model)])
    require_running(model, plan.tail, constants, [leaving.edge.tensor for leaving in plan.exits])
    if top_k is not None:
        if len(model.graph.output) != 1:
            raise FinnError(f"--top-k needs one output; the model has {len(model.graph.output)}")
        select_labels(plan, constants, top_k)
    parent = ParentGraph(model, plan, given if given is not None and given.required else None).build()
    if top_k is not None:
        parent.set_metadata_prop(TOP_K, str(top_k))
    return parent


def _require_on_host(nodes: Sequence[NodeProto], reasons: Sequence[str]) -> None:
    """Refuse convolutions and poolings that would be left to the host."""
    for node in nodes:
        if node.op_type in ON_CHIP:
            own = next((text for text in reasons if text.startswith(label(node))), None)
            raise FinnError(own or f"{label(node)} would run on the host, which does not run it")


def _given_input(
    model: ModelWrapper, input_datatype: str | None, input_scale: float | None
) -> IntegerInput | None:
    """What is known of the graph input: by option, by annotation, or nothing."""
    name = network_input(model)
    annotated = model.get_tensor_datatype(name)
    if input_datatype is not None:
        datatype = _integer_type(input_datatype)
        if annotated.is_integer() and annotated != datatype:
            reason = f"is annotated {annotated}, not {datatype}; leave --input-datatype out"
            raise FinnError(f"input {name!r} {reason}")
        return IntegerInput(datatype, 1.0 if input_scale is None else float(input_scale), required=True)
    if input_scale is not None:
        raise FinnError("--input-scale needs --input-datatype; give both")
    return IntegerInput(_integer_type(annotated.name), 1.0) if annotated.is_integer() else None


def _integer_type(name: str) -> BaseDataType:
    try:
        datatype = DataType[name]
    except (KeyError, ValueError) as error:
        known = "UINT1..UINT16, INT2..INT16 or BIPOLAR"
        raise FinnError(f"input datatype {name!r} is unknown; use {known}") from error
    if not datatype.is_integer() or datatype.bitwidth() > _MAX_INPUT_BITS:
        raise FinnError(f"input datatype {name} is not an integer type of at most {_MAX_INPUT_BITS} bits")
    return datatype
