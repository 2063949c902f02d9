"""Runs a stitched child on its compiled RTL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import recorded_path
from finn.core.network import Boundary, boundaries, patience
from finn.rtlsim import StreamModel, StreamResult
from finn.runtime.numeric import pack, unpack

__all__ = ("cycles_per_frame", "pack_frames", "run_rtlsim", "unpack_frames")


def run_rtlsim(child: ModelWrapper, tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    """Outputs of the child's RTL for integer inputs, batch in axis 0.

    Writes FINN's metadata ``sim_cycles`` to the child object. With the metadata ``rtlsim_trace``
    set, waveforms go to that file.
    """
    inputs, outputs = boundaries(child)
    library = recorded_path(child, "rtlsim_so", "MakePYNQProject")
    packed = [pack_frames(tensors[b.tensor], b) for b in inputs]
    frames = len(packed[0])
    trace = child.get_metadata_prop("rtlsim_trace")
    words = [p.reshape(-1, b.word_bytes) for p, b in zip(packed, inputs, strict=True)]
    result = StreamModel.open(library).run(
        words, frames, trace=Path(trace) if trace else None, timeout_cycles=patience(child)
    )
    child.set_metadata_prop("sim_cycles", str(result.cycles))
    return {b.tensor: unpack_frames(w, b) for w, b in zip(result.outputs, outputs, strict=True)}


def pack_frames(values: NDArray[Any], boundary: Boundary) -> NDArray[np.uint8]:
    """Integer values (N, ...) as DMA bytes (N, frame bytes)."""
    stream = boundary.stream
    return np.asarray(pack(np.asarray(values), stream.datatype.name, stream.folded_shape))


def unpack_frames(words: NDArray[np.uint8], boundary: Boundary) -> NDArray[np.int64]:
    """DMA bytes as integer values (N, *normal shape)."""
    stream = boundary.stream
    frames = words.reshape(-1, boundary.frame_bytes)
    values = unpack(frames, stream.datatype.name, stream.folded_shape, boundary.normal_shape)
    return np.asarray(values).astype(np.int64)


def cycles_per_frame(result: StreamResult, outputs: list[Boundary]) -> int:
    """Cycles between the ends of a long run's last two frames, of the slowest output: the steady state."""
    return max(_period(cycles, side) for cycles, side in zip(result.output_cycles, outputs, strict=True))


def _period(cycles: NDArray[np.uint64], side: Boundary) -> int:
    ends = cycles[side.stream.beats - 1 :: side.stream.beats]
    return int(ends[-1]) - int(ends[-2])
