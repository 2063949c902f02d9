"""Sizes the FIFOs between layers from a simulation of the network itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.network import bottleneck_cycles, instances, patience
from finn.core.network_rtl import counting_fifos
from finn.kernels.registry import kernel_of
from finn.transformation.fpgadataflow.edges import Edge, edges_of
from finn.transformation.fpgadataflow.insert_fifo import InsertFIFO, fifo_name
from finn.transformation.fpgadataflow.prepare_rtlsim import (
    compile_network,
    random_words,
    settling_frames,
    trial_optimisation,
)

__all__ = ("SetFIFODepths", "deepen_fifos")

SHALLOWEST = 2
SHALLOWEST_TRIAL = 32


class SetFIFODepths(Transformation):  # type: ignore[misc]
    """Outcome: a FIFO, as deep as a run at full rate filled it, wherever one is needed.

    The trial network has FIFOs of two frames on every edge; its sources offer one frame in each
    period of the slowest layer, as they will once the network has settled.
    """

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model with its FIFOs."""
        trial = _trial_depths(model)
        if trial:
            filled = _occupancies(model, trial)
            needed = {edge: max(d, SHALLOWEST) for edge, d in filled.items() if d > 1 or _blocks(model, edge)}
            model = model.transform(InsertFIFO(needed))
        return model, False


def _blocks(model: ModelWrapper, edge: Edge) -> bool:
    """Whether a kernel takes no input for a part of each frame, so that its producer would stop."""
    kernel = kernel_of(model.get_node_from_name(edge.consumer), model)
    return kernel.cycles > kernel.input_streams[edge.port].beats


def _trial_depths(model: ModelWrapper) -> dict[Edge, int]:
    return {
        edge: 1 << (max(2 * sink.beats, SHALLOWEST_TRIAL) - 1).bit_length()
        for edge, _, sink in edges_of(model)
    }


def _occupancies(model: ModelWrapper, trial: dict[Edge, int]) -> dict[Edge, int]:
    counted = ModelWrapper(model.model, make_deepcopy=True).transform(
        InsertFIFO(trial, count_occupancy=True), make_deepcopy=False
    )
    with tempfile.TemporaryDirectory(prefix="finn_fifo_") as folder:
        simulation = compile_network(counted, Path(folder), optimise=trial_optimisation(counted))
        frames = settling_frames(counted, simulation)
        words, period = random_words(counted, frames), bottleneck_cycles(counted)
        result = simulation.run(words, frames, throttle=period, timeout_cycles=patience(counted))
    # The status holds them in the order of the graph, which is not that of the edges.
    held = dict(zip(counting_fifos(instances(counted)), _counts(result.status), strict=True))
    return {edge: held[fifo_name(edge)] for edge in trial}


def _counts(status: bytes | None) -> list[int]:
    counts: NDArray[np.uint32] = np.frombuffer(status or b"", dtype="<u4")
    return [int(c) for c in counts]


def deepen_fifos(model: ModelWrapper) -> ModelWrapper:
    """The model with every FIFO doubled, and a shallow one on each edge that had none."""
    doubled = model.transform(InsertFIFO(dict.fromkeys(_bare_edges(model), SHALLOWEST)))
    for node in model.graph.node:
        for attribute in doubled.get_node_from_name(node.name).attribute:
            if node.op_type == "StreamingFIFO" and attribute.name == "depth":
                attribute.i = 2 * attribute.i
    return doubled


def _bare_edges(model: ModelWrapper) -> list[Edge]:
    fifos = {node.name for node in model.graph.node if node.op_type == "StreamingFIFO"}
    return [
        edge
        for edge, _, _ in edges_of(model)
        if edge.consumer not in fifos and model.find_producer(edge.tensor(model)).name not in fifos
    ]
