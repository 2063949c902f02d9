"""Compiles the network's RTL for simulation and measures its steady state."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.build_dir import build_directory, set_everywhere
from finn.core.network import Boundary, Instance, bottleneck_cycles, boundaries, instances, patience
from finn.core.network_rtl import NETWORK_TOP, status_bits
from finn.core.rtlsim_exec import pack_frames
from finn.rtlsim import StreamModel, StreamSpec, compile_streams
from finn.transformation.fpgadataflow.create_stitched_ip import write_network

__all__ = ("PrepareRTLSim", "compile_network", "random_words", "settling_frames", "trial_optimisation")

SIMULATION_FOLDER = "project/rtlsim"
DIGEST_CHARACTERS = 12
# Cycles per frame above which a run takes longer than an optimising compiler.
LONG_FRAME = 2000


class PrepareRTLSim(Transformation):  # type: ignore[misc]
    """Outcome: ``project/rtlsim`` holds the compiled network; FINN's ``rtlsim_so`` names it."""

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the child with its metadata."""
        folder = build_directory(model) / SIMULATION_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        library = compile_network(model, folder).library
        set_everywhere(model, {"rtlsim_so": f"{SIMULATION_FOLDER}/{library.name}"})
        return model, False


def compile_network(
    model: ModelWrapper, folder: Path, *, trace: bool = False, optimise: str = "-O1"
) -> StreamModel:
    """Compile the child's RTL into ``folder``; with ``trace`` it can write waveforms.

    ``optimise`` is the C++ compiler's flag: ``-O0`` compiles in half the time, for a short run.
    """
    sources = write_network(model, folder / "rtl")
    inputs, outputs = boundaries(model)
    parts = instances(model)
    return compile_streams(
        top=NETWORK_TOP,
        sources=sources,
        memories=_memories(parts),
        inputs=_specs("s_axis", inputs),
        outputs=_specs("m_axis", outputs),
        output=folder / f"network-{_digest(sources)}.so",
        status_bits=status_bits(parts),
        trace=trace,
        optimise=optimise,
    )


def _digest(sources: Sequence[Path]) -> str:
    # A process that has loaded a library gets the same one again for the same path, whatever the
    # file holds by then: other RTL must have another name.
    text = b"".join(source.read_bytes() for source in sources)
    return hashlib.sha256(text).hexdigest()[:DIGEST_CHARACTERS]


def _memories(parts: Sequence[Instance]) -> dict[str, str]:
    return {name: text for i in parts for name, text in i.kernel.rtl(i.name).memories.items()}


def _specs(prefix: str, sides: Sequence[Boundary]) -> list[StreamSpec]:
    return [StreamSpec(f"{prefix}_{i}", b.stream.width, b.stream.beats) for i, b in enumerate(sides)]


def random_words(model: ModelWrapper, frames: int) -> list[NDArray[np.uint8]]:
    """Seeded in-range input words of ``frames`` frames, for every input of the child."""
    rng = np.random.default_rng(0)
    words = []
    for boundary in boundaries(model)[0]:
        datatype = boundary.stream.datatype
        low, high = int(datatype.min()), int(datatype.max())
        values = rng.integers(low, high, size=(frames, *boundary.normal_shape), endpoint=True)
        if datatype.name == "BIPOLAR":
            values = np.where(values < 0, -1, 1)
        words.append(pack_frames(values, boundary).reshape(-1, boundary.word_bytes))
    return words


def settling_frames(model: ModelWrapper, simulation: StreamModel) -> int:
    """Frames after which every FIFO has shown its fullest state, and the rate is the steady one.

    A frame is in the network for its latency, which is measured; once the network was filled twice,
    the same happens in each period. Never more than each layer starting three frames late takes.
    """
    result = simulation.run(random_words(model, 1), 1, timeout_cycles=patience(model))
    periods = -(-result.cycles // bottleneck_cycles(model))
    return int(min(2 * periods + 4, 3 * len(instances(model)) + 8))


def trial_optimisation(model: ModelWrapper) -> str:
    """The C++ compiler's flag for a simulation that runs once: longer frames are worth more of it."""
    return "-O1" if bottleneck_cycles(model) > LONG_FRAME else "-O0"
