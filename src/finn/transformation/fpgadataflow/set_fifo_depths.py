"""Sizes the FIFOs between layers from a simulation of the network itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.network import bottleneck_cycles
from finn.kernels.registry import hardware_nodes, kernel_of
from finn.transformation.fpgadataflow.insert_fifo import InsertFIFO
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
            needed = {name: max(d, SHALLOWEST) for name, d in filled.items() if d > 1 or _blocks(model, name)}
            model = model.transform(InsertFIFO(needed))
        return model, False


def _blocks(model: ModelWrapper, name: str) -> bool:
    """Whether a kernel takes no input for a part of each frame, so that its producer would stop."""
    kernel = kernel_of(model.get_node_from_name(name), model)
    return kernel.cycles > kernel.input_streams[0].beats


def _trial_depths(model: ModelWrapper) -> dict[str, int]:
    depths = {}
    for node in hardware_nodes(model):
        if model.find_producer(node.input[0]) is not None:
            beats = kernel_of(node, model).input_streams[0].beats
            depths[node.name] = 1 << (max(2 * beats, SHALLOWEST_TRIAL) - 1).bit_length()
    return depths


def _occupancies(model: ModelWrapper, trial: dict[str, int]) -> dict[str, int]:
    counted = ModelWrapper(model.model, make_deepcopy=True).transform(
        InsertFIFO(trial, count_occupancy=True), make_deepcopy=False
    )
    with tempfile.TemporaryDirectory(prefix="finn_fifo_") as folder:
        simulation = compile_network(counted, Path(folder), optimise=trial_optimisation(counted))
        frames = settling_frames(counted, simulation)
        result = simulation.run(random_words(counted, frames), frames, throttle=bottleneck_cycles(counted))
    return dict(zip(trial, _counts(result.status), strict=True))


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


def _bare_edges(model: ModelWrapper) -> list[str]:
    names = []
    for node in hardware_nodes(model):
        producer = model.find_producer(node.input[0])
        if producer is not None and "StreamingFIFO" not in (producer.op_type, node.op_type):
            names.append(node.name)
    return names
