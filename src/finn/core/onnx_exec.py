"""Runs a model: host operators in NumPy, hardware layers as the metadata ``exec_mode`` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import PARTITION, partition_path
from finn.core.golden import golden_outputs
from finn.core.inputs import read_arrays
from finn.errors import FinnError
from finn.frontend.host.programs import host_program
from finn.frontend.host.reference import reference_execution
from finn.frontend.planning.input_meaning import INPUTS
from finn.kernels.registry import is_hardware
from finn.runtime.numeric import run_program

__all__ = ("EXEC_MODES", "execute_onnx")

Tensors = dict[str, NDArray[Any]]
EXEC_MODES = ("", "rtlsim", "remote_pynq")


def execute_onnx(
    model: ModelWrapper, input_dict: Mapping[str, NDArray[Any]], return_full_exec_context: bool = False
) -> Tensors:
    """Run a model on a batch.

    Parameters
    ----------
    model
        A raw QONNX model, a parent with a StreamingDataflowPartition, or a child. Its metadata
        ``exec_mode`` selects the integer model (``""``), RTL simulation (``"rtlsim"``) or a board
        (``"remote_pynq"``) for the hardware part.
    input_dict
        The model's own inputs by name, batch in axis 0, as `finn.runtime.reader` takes them; any batch
        size, whatever the model's file says. Where the integer tensors that enter the hardware are
        given, the host's part before it is left out.
    return_full_exec_context
        Also return every intermediate tensor that the host sees.

    Raises
    ------
    FinnError
        If an input is missing or is not what the model takes, the mode is unknown, or the target fails.
    """
    mode = model.get_metadata_prop("exec_mode") or ""
    if mode not in EXEC_MODES:
        raise FinnError(f"exec_mode {mode!r} is unknown; possible are '', 'rtlsim' and 'remote_pynq'")
    context = _inputs(model, input_dict)
    if not any(_in_hardware(node) for node in model.graph.node):
        return reference_execution(model, context)
    if mode and not any(node.op_type == PARTITION for node in model.graph.node):
        context.update(_hardware_runner(mode)(model, context))
    else:
        _run_graph(model, context, mode)
    return context if return_full_exec_context else {o.name: context[o.name] for o in model.graph.output}


def _inputs(model: ModelWrapper, given: Mapping[str, NDArray[Any]]) -> Tensors:
    position = _partition_position(model)
    if position is not None and all(name in given for name in model.graph.node[position].input):
        streams = list(model.graph.node[position].input)
        if not _enters_as_input(model, streams):
            return {name: np.asarray(given[name]) for name in streams}
    if _is_child(model, position):
        return _streams(model, given)
    return read_arrays(model, given)


def _is_child(model: ModelWrapper, position: int | None) -> bool:
    """Whether the model is hardware alone, whose inputs are streams."""
    return (
        position is None
        and model.get_metadata_prop(INPUTS) is None
        and all(_in_hardware(node) for node in model.graph.node)
    )


def _streams(model: ModelWrapper, given: Mapping[str, NDArray[Any]]) -> Tensors:
    names = [tensor.name for tensor in model.graph.input]
    for name in names:
        if name not in given:
            raise FinnError(f"input {name!r} is missing; the model's inputs are {', '.join(names)}")
    return {name: np.asarray(given[name]) for name in names}


def _enters_as_input(model: ModelWrapper, streams: list[str]) -> bool:
    """Whether what enters the hardware is a graph input as it stands."""
    return bool({tensor.name for tensor in model.graph.input} & set(streams))


def _partition_position(model: ModelWrapper) -> int | None:
    return next((i for i, node in enumerate(model.graph.node) if node.op_type == PARTITION), None)


def _in_hardware(node: NodeProto) -> bool:
    return node.op_type == PARTITION or is_hardware(node)


def _run_graph(model: ModelWrapper, context: Tensors, mode: str) -> None:
    position = _partition_position(model)
    given = position is not None and all(name in context for name in model.graph.node[position].input)
    for hardware, nodes in groupby(list(model.graph.node)[position if given else 0 :], key=_in_hardware):
        if not hardware:
            _run_host(model, list(nodes), context)
            continue
        for node in nodes:
            if node.op_type == PARTITION:
                _run_partition(model, node, context, mode)
            else:
                context.update(golden_outputs(model, node, context))


def _run_host(model: ModelWrapper, nodes: list[NodeProto], context: Tensors) -> None:
    program, arrays = host_program(nodes, model)
    context.update(run_program(program, arrays, context))


def _run_partition(model: ModelWrapper, node: NodeProto, context: Tensors, mode: str) -> None:
    if mode == "remote_pynq":
        from finn.core.remote_exec import run_partition

        context.update(run_partition(model, node, context))
        return
    child = ModelWrapper(str(partition_path(model, node)))
    for entry in model.graph.metadata_props:
        if entry.key != INPUTS:
            child.set_metadata_prop(entry.key, entry.value)
    child.set_metadata_prop("exec_mode", mode)
    inputs = {t.name: context[n] for t, n in zip(child.graph.input, node.input, strict=True)}
    outputs = execute_onnx(child, inputs)
    context.update({n: outputs[t.name] for t, n in zip(child.graph.output, node.output, strict=True)})


def _hardware_runner(mode: str) -> Callable[[ModelWrapper, Tensors], Tensors]:
    if mode == "rtlsim":
        from finn.core.rtlsim_exec import run_rtlsim

        return run_rtlsim
    from finn.core.remote_exec import run_remote

    return run_remote
