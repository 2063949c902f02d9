"""From a QONNX or TensorFlow Lite model to the parent graph of integer layers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend.graph.attributes import label
from finn.frontend.graph.guard import guarded
from finn.frontend.graph.operators import ON_CHIP
from finn.frontend.host.programs import program_of
from finn.frontend.planning.given_input import given_inputs
from finn.frontend.planning.input_meaning import INPUTS, network_inputs
from finn.frontend.planning.network import Network
from finn.frontend.planning.pixels import Number, Pixels
from finn.frontend.planning.planner import plan_network
from finn.frontend.planning.top_k import TOP_K, select_labels
from finn.frontend.reading.load import load_model
from finn.frontend.reading.lowered import refuse_hardware
from finn.frontend.reading.normalise import normalise
from finn.frontend.reading.trial import require_running
from finn.frontend.writing.emit import ParentGraph

__all__ = ("import_network",)


def import_network(
    source: Path | str | ModelWrapper,
    *,
    input_datatype: str | None = None,
    input_scale: Number | None = None,
    input_mean: Number | Sequence[Number] | None = None,
    input_std: Number | Sequence[Number] | None = None,
    top_k: int | None = None,
) -> ModelWrapper:
    """Import a QONNX network, or an int8 network of TensorFlow Lite.

    Parameters
    ----------
    source
        A file, or a qonnx model, which is left as it is.
    input_datatype, input_scale, input_mean, input_std
        The model's input is (integer of this type * scale - mean) / std, mean and std for all or for each
        channel: the integers then enter the hardware as they are, and its first thresholds are found
        through all of that. A number may be a text such as ``"1/255"``.
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
        If the file is neither of the two, or the network cannot be compiled; the text names the node.
    """
    pixels = Pixels(input_datatype, input_scale, input_mean, input_std)
    with guarded("the model"):
        return _imported(load_model(source), pixels, top_k)


def _imported(model: ModelWrapper, pixels: Pixels, top_k: int | None) -> ModelWrapper:
    refuse_hardware(model.model)
    model, quantised = normalise(model)
    constants = {t.name: model.get_initializer(t.name) for t in model.graph.initializer}
    program_of([node for node in model.graph.node if node.op_type not in ON_CHIP], constants)
    network = Network(model, quantised)
    given = given_inputs(model, network, pixels)
    plan = plan_network(network, given)
    plan.warnings += [one.note for one in given.values() if one.note]
    _require_on_host([*plan.prefix, *plan.tail], plan.warnings)
    require_running(model, plan.prefix, constants, network.inputs)
    require_running(model, plan.tail, constants, [leaving.edge.tensor for leaving in plan.exits])
    if top_k is not None:
        if len(model.graph.output) != 1:
            raise FinnError(f"--top-k needs one output; the model has {len(model.graph.output)}")
        select_labels(plan, constants, top_k)
    parent = ParentGraph(model, plan).build()
    parent.set_metadata_prop(INPUTS, json.dumps(network_inputs(network, plan, given)))
    if top_k is not None:
        parent.set_metadata_prop(TOP_K, str(top_k))
    return parent


def _require_on_host(nodes: Sequence[NodeProto], reasons: Sequence[str]) -> None:
    """Refuse convolutions and poolings that would be left to the host."""
    for node in nodes:
        if node.op_type in ON_CHIP:
            own = next((text for text in reasons if text.startswith(label(node))), None)
            raise FinnError(own or f"{label(node)} would run on the host, which does not run it")
