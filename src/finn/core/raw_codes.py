"""The way of integers that are given as the first quantiser gives them: layouts only."""

from __future__ import annotations

from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import host_parts, partition_node
from finn.errors import FinnError
from finn.frontend.graph.attributes import label
from finn.frontend.graph.operators import ELEMENTWISE, LAYOUT
from finn.frontend.host.programs import Arrays, Program, host_program
from finn.frontend.planning.input_meaning import graph_inputs

__all__ = ("raw_program",)


def raw_program(model: ModelWrapper) -> tuple[Program, Arrays]:
    """What brings raw codes in the shape of the model's input into the order of the hardware's stream.

    Parameters
    ----------
    model
        The parent of a build.

    Raises
    ------
    FinnError
        More than one stream enters the hardware, or more than a quantiser and element-wise operators
        run on the processor before it.
    """
    node, inputs = partition_node(model), [entry["name"] for entry in graph_inputs(model)]
    ports = list(node.input) if node is not None else []
    if len(ports) != 1 or len(inputs) != 1:
        raise FinnError(f"--raw needs one input that one quantiser reads; here {len(ports)} streams enter")
    moved = [step for step in _way(model, inputs[0], ports[0]) if step.op_type in LAYOUT]
    program, arrays = host_program(moved, model)
    tensor = inputs[0]
    joined = []
    for step in program:
        joined.append({**step, "inputs": [tensor, *step["inputs"][1:]]})
        tensor = step["outputs"][0]
    named = {"op": "Identity", "inputs": [tensor], "outputs": ports, "attributes": {}}
    return [*joined, *([named] if tensor != ports[0] else [])], arrays


def _way(model: ModelWrapper, source: str, target: str) -> list[NodeProto]:
    """The operators from the input to the stream, in order."""
    prefix, _ = host_parts(model)
    constants = {tensor.name for tensor in model.graph.initializer}
    makers = {name: node for node in prefix for name in node.output}
    way: list[NodeProto] = []
    while target != source:
        node = makers[target]
        moving = [name for name in node.input if name and name not in constants]
        if len(moving) != 1 or node.op_type not in (*ELEMENTWISE, *LAYOUT):
            raise FinnError(f"--raw cannot be used: {label(node)} runs on the processor before the hardware")
        way.insert(0, node)
        target = moving[0]
    return way
