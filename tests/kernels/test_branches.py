"""Kernels with several streams behind each other, without FIFOs: what forks comes together, at full rate."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.grid import FRAMES, pack_beats, random_values, unpack_beats
from qonnx.core.datatype import DataType

from finn.core.network import Boundary, Instance
from finn.core.network_rtl import NETWORK_TOP, network_rtl
from finn.kernels.add_streams import AddStreams
from finn.kernels.duplicate_streams import DuplicateStreams
from finn.kernels.streaming_concat import StreamingConcat
from finn.kernels.streaming_split import StreamingSplit
from finn.rtlsim import StreamModel, StreamSpec, compile_streams

INT4 = DataType["INT4"]
CHANNELS = (4, 2, 6)
SPLIT = StreamingSplit(CHANNELS, 2, INT4, vectors=3)
CONCAT = StreamingConcat(CHANNELS, 2, (INT4,) * 3, INT4, vectors=3)
TWICE = DuplicateStreams(12, 2, 2, INT4, vectors=3)
ADD = AddStreams(12, 2, (INT4, INT4), DataType["INT7"], (3, -2), vectors=3)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> StreamModel:
    """Split, concatenated, duplicated and added: the input itself."""
    folder = tmp_path_factory.mktemp("branches")
    parts = [
        Instance("split", SPLIT, ("x",), ("a", "b", "c")),
        Instance("concat", CONCAT, ("a", "b", "c"), ("d",)),
        Instance("twice", TWICE, ("d",), ("e", "f")),
        Instance("add", ADD, ("e", "f"), ("y",)),
    ]
    ends = Boundary("x", SPLIT.input_streams[0], (36,)), Boundary("y", ADD.output_streams[0], (36,))
    top = folder / "top.sv"
    top.write_text(network_rtl(parts, *([end] for end in ends)))
    specs = [
        [StreamSpec(name, end.stream.width, end.stream.beats)]
        for name, end in zip(("s_axis_0", "m_axis_0"), ends, strict=True)
    ]
    sources = dict.fromkeys(path for part in parts for path in part.kernel.sources)
    return compile_streams(NETWORK_TOP, [*sources, top], {}, *specs, folder / "network.so")


@pytest.mark.parametrize(
    ("seed", "gap", "stall"), [(0, 0.0, 0.0), (1, 0.4, 0.4), (2, 0.0, 0.7), (3, 0.7, 0.0)]
)
def test_what_forks_comes_together(network: StreamModel, seed: int, gap: float, stall: float) -> None:
    x = random_values(np.random.default_rng(seed), INT4, (FRAMES, 36))
    beats = pack_beats(x, SPLIT.input_streams[0])
    result = network.run([beats], FRAMES, seed=seed, input_gap=gap, output_stall=stall)
    assert np.array_equal(unpack_beats(result.outputs[0], ADD.output_streams[0], x.shape), x)
    if not gap and not stall:
        assert (np.diff(result.output_cycles[0].astype(np.int64)) == 1).all()
