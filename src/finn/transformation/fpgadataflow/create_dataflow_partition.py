"""Splits a graph into the parent, which the host runs, and the child that becomes hardware."""

from __future__ import annotations

from pathlib import Path

from onnx import NodeProto, TensorProto, helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation
from qonnx.util.basic import qonnx_make_model

from finn.core.build_dir import PARTITION, build_directory
from finn.errors import FinnError
from finn.kernels.node import DOMAIN
from finn.kernels.registry import hardware_nodes, is_hardware

__all__ = ("CHILD_FILE", "CreateDataflowPartition", "hardware_part")

CHILD_FILE = "stages/partition.onnx"


class CreateDataflowPartition(Transformation):  # type: ignore[misc]
    """Moves the contiguous run of hardware nodes into ``stages/partition.onnx``.

    The parent keeps one StreamingDataflowPartition in their place. FinnError if there is no
    hardware node, or if a host operator lies between two of them.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the parent; the child is written below the model's ``build_dir``."""
        nodes = _contiguous(model)
        inputs, outputs = _boundary(model, nodes)
        directory = build_directory(model)
        child = _child(model, nodes, inputs, outputs)
        child.set_metadata_prop("build_dir", str(directory))
        _save(child, directory / CHILD_FILE)
        _replace(model, nodes, inputs, outputs)
        return model, False


def hardware_part(model: ModelWrapper) -> ModelWrapper:
    """The hardware nodes alone, as a model of their own; FinnError where they cannot be split off."""
    nodes = _contiguous(model)
    return _child(model, nodes, *_boundary(model, nodes))


def _contiguous(model: ModelWrapper) -> list[NodeProto]:
    nodes = hardware_nodes(model)
    if not nodes:
        raise FinnError("the model has no layer for the hardware")
    positions = [i for i, node in enumerate(model.graph.node) if is_hardware(node)]
    for node in list(model.graph.node)[positions[0] : positions[-1]]:
        if not is_hardware(node):
            raise FinnError(f"{node.name} ({node.op_type}) runs on the host between two hardware layers")
    return nodes


def _boundary(model: ModelWrapper, nodes: list[NodeProto]) -> tuple[list[str], list[str]]:
    constants = {tensor.name for tensor in model.graph.initializer}
    made = {name for node in nodes for name in node.output}
    used = [n for node in nodes for n in node.input if n and n not in constants and n not in made]
    inside = {name for node in nodes for name in node.input}
    outer = {n for node in model.graph.node if not is_hardware(node) for n in node.input}
    outer |= {tensor.name for tensor in model.graph.output}
    outputs = [n for node in nodes for n in node.output if n in outer or n not in inside]
    return list(dict.fromkeys(used)), outputs


def _tensor(model: ModelWrapper, name: str) -> TensorProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, model.get_tensor_shape(name))


def _child(
    model: ModelWrapper, nodes: list[NodeProto], inputs: list[str], outputs: list[str]
) -> ModelWrapper:
    graph = helper.make_graph(
        nodes, "partition", [_tensor(model, n) for n in inputs], [_tensor(model, n) for n in outputs]
    )
    child = ModelWrapper(qonnx_make_model(graph))
    child.model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    for name in {n for node in nodes for n in (*node.input, *node.output)}:
        constant = model.get_initializer(name)
        if constant is not None:
            child.set_initializer(name, constant)
        elif name not in inputs and name not in outputs:
            child.set_tensor_shape(name, model.get_tensor_shape(name))
        child.set_tensor_datatype(name, model.get_tensor_datatype(name))
    return child


def _replace(model: ModelWrapper, nodes: list[NodeProto], inputs: list[str], outputs: list[str]) -> None:
    position = next(i for i, node in enumerate(model.graph.node) if is_hardware(node))
    partition = helper.make_node(
        PARTITION,
        inputs,
        outputs,
        name=f"{PARTITION}_0",
        domain=DOMAIN,
        model=CHILD_FILE,
        outputShape=model.get_tensor_shape(outputs[0]),
        backend="fpgadataflow",
    )
    removed = {n for node in nodes for n in node.input if model.get_initializer(n) is not None}
    for node in nodes:
        model.graph.node.remove(node)
    for tensor in [t for t in model.graph.initializer if t.name in removed]:
        model.graph.initializer.remove(tensor)
    model.graph.node.insert(position, partition)


def _save(child: ModelWrapper, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    child.save(str(path))
