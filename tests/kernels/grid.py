"""The checks that every kernel passes, on many parameter sets in one compiled model.

A test module subclasses `KernelGrid` and gives the parameter sets; inherited tests compile one
wrapper that holds all of them side by side and run them together, each on its own streams. Words
are packed here by a naive implementation that shares nothing with the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from qonnx.core.datatype import BaseDataType

from finn.errors import FinnError
from finn.kernels.base import IntArray, Kernel, Stream
from finn.rtlsim import StreamModel, StreamResult, StreamSpec, compile_streams
from finn.toolchain.literal import literal

__all__ = (
    "FRAMES",
    "TOP",
    "Bench",
    "Case",
    "KernelGrid",
    "pack_beats",
    "random_values",
    "unpack_beats",
    "wrapper",
)

FRAMES = 8
# The first frames may leave faster while buffers fill.
SETTLING_FRAMES = 2
# Through a room, from a result's coming to its being there for the sink.
ROOM_CYCLES = 2
TOP = "grid_top"


@dataclass(frozen=True)
class Case:
    """One parameter set with its inputs, unfolded, FRAMES frames in axis 0."""

    kernel: Kernel
    inputs: tuple[IntArray, ...]

    @property
    def name(self) -> str:
        """What a failing test prints."""
        fields = {k: v for k, v in vars(self.kernel).items() if not isinstance(v, np.ndarray)}
        return f"{self.kernel.op_type}({', '.join(f'{k}={v}' for k, v in fields.items())})"


def random_values(rng: np.random.Generator, datatype: BaseDataType, shape: Sequence[int]) -> IntArray:
    """Values of a datatype, its extremes among them more often than by chance."""
    low, high = int(datatype.min()), int(datatype.max())
    values = rng.integers(low, high, size=tuple(shape), endpoint=True, dtype=np.int64)
    extreme = rng.random(tuple(shape))
    values = np.where(extreme < 0.1, low, np.where(extreme > 0.9, high, values))
    return np.where(values == 0, high, values) if datatype.name == "BIPOLAR" else values


def pack_beats(values: IntArray, stream: Stream) -> NDArray[np.uint8]:
    """Beats (frames * beats, bytes) of unfolded values: element 0 lowest, least significant byte first."""
    bits = int(stream.datatype.bitwidth())
    codes = (values + 1) // 2 if stream.datatype.name == "BIPOLAR" else values
    lanes = codes.reshape(-1, stream.lanes)
    each = (lanes[..., None] >> np.arange(bits)) & 1
    return np.packbits(each.reshape(len(lanes), -1).astype(np.uint8), axis=1, bitorder="little")


def unpack_beats(beats: NDArray[np.uint8], stream: Stream, shape: Sequence[int]) -> IntArray:
    """The inverse of `pack_beats`, in the given shape."""
    bits = int(stream.datatype.bitwidth())
    each = np.unpackbits(beats, axis=1, bitorder="little", count=stream.width).astype(np.int64)
    codes = (each.reshape(len(beats), stream.lanes, bits) << np.arange(bits)).sum(axis=2)
    if stream.datatype.name == "BIPOLAR":
        codes = 2 * codes - 1
    elif stream.datatype.min() < 0:
        codes = np.where(codes >> (bits - 1), codes - (1 << bits), codes)
    return codes.reshape(tuple(shape))


class Bench:
    """All parameter sets of one test module, compiled to one model."""

    def __init__(self, cases: Sequence[Case], folder: Path, sources: Sequence[Path] = ()) -> None:
        self.cases = list(cases)
        self.expected = [case.kernel.golden(list(case.inputs)) for case in self.cases]
        rtl = [case.kernel.rtl(f"case{i}") for i, case in enumerate(self.cases)]
        top = folder / f"{TOP}.sv"
        top.write_text("\n".join(wrapper([case.kernel for case in self.cases])))
        files = dict.fromkeys(path for case in self.cases for path in case.kernel.sources)
        self.model: StreamModel = compile_streams(
            TOP,
            [*sources, *files, top],
            {name: text for module in rtl for name, text in module.memories.items()},
            self.specs("s_axis"),
            self.specs("m_axis"),
            folder / "grid.so",
            work=folder / "work",
        )

    def specs(self, prefix: str) -> list[StreamSpec]:
        """The wrapper's streams, in (``s_axis``) or out (``m_axis``)."""
        kernels = [case.kernel for case in self.cases]
        sides = [k.input_streams if prefix == "s_axis" else k.output_streams for k in kernels]
        return _specs(prefix, [stream for side in sides for stream in side])

    def beats(self) -> list[NDArray[np.uint8]]:
        """The inputs of all parameter sets, packed."""
        return [
            pack_beats(values, stream)
            for case in self.cases
            for values, stream in zip(case.inputs, case.kernel.input_streams, strict=True)
        ]

    def run(self, **options: float) -> StreamResult:
        """Run all; a stall or broken stream rule is told by the parameter set's name."""
        try:
            return self.model.run(self.beats(), FRAMES, timeout_cycles=20_000, **options)  # type: ignore[arg-type]
        except FinnError as error:
            raise AssertionError(self._explain(str(error))) from None

    def _explain(self, text: str) -> str:
        owners = {
            "s_axis": [c.name for c in self.cases for _ in c.kernel.input_streams],
            "m_axis": [c.name for c in self.cases for _ in c.kernel.output_streams],
        }
        return re.sub(r"\b([sm]_axis)_(\d+)", lambda m: f"\n{m[0]} [{owners[m[1]][int(m[2])]}]", text)

    def wrong_outputs(self, result: StreamResult) -> list[str]:
        """The parameter sets whose outputs differ from the golden model, with the first difference."""
        given = iter(result.outputs)
        return [
            text
            for case, expected in zip(self.cases, self.expected, strict=True)
            for stream, values in zip(case.kernel.output_streams, expected, strict=True)
            for text in _differences(case, unpack_beats(next(given), stream, values.shape), values)
        ]

    def wrong_cycles(self, result: StreamResult) -> list[str]:
        """The parameter sets that do not take exactly their cycles in every settled frame."""
        handshakes = iter(result.output_cycles)
        wrong = []
        for case in self.cases:
            for stream in case.kernel.output_streams:
                ends = next(handshakes).astype(np.int64).reshape(FRAMES, stream.beats)[:, -1]
                taken = np.diff(ends)[SETTLING_FRAMES:]
                if (taken != case.kernel.cycles).any():
                    wrong.append(f"{case.name}: {taken.tolist()} cycles, not {case.kernel.cycles}")
        return wrong

    def wrong_latencies(self, result: StreamResult) -> list[str]:
        """The parameter sets whose first result does not come as long after its last beat as they state."""
        taken, given = iter(result.input_cycles), iter(result.output_cycles)
        wrong = []
        for case in self.cases:
            kernel = case.kernel
            starts = [next(taken) for _ in kernel.input_streams]
            ends = [next(given) for _ in kernel.output_streams]
            found = int(ends[0][0]) - int(starts[0][kernel.first_result_at]) - ROOM_CYCLES
            if kernel.latency not in (None, found):
                wrong.append(f"{case.name}: {found} cycles, not {kernel.latency}")
        return wrong


def _differences(case: Case, given: IntArray, expected: IntArray) -> Iterator[str]:
    where = np.argwhere(given != expected)
    if len(where):
        first = tuple(where[0])
        yield (
            f"{case.name}: {len(where)} of {expected.size} differ, first at {[int(i) for i in first]}: "
            f"{given[first]}, expected {expected[first]}"
        )


def _specs(prefix: str, streams: Sequence[Stream]) -> list[StreamSpec]:
    return [StreamSpec(f"{prefix}_{i}", s.width, s.beats) for i, s in enumerate(streams)]


def wrapper(kernels: Sequence[Kernel]) -> Iterator[str]:
    """Lines of the module TOP: the kernels ``case0``, ``case1`` and so on, each on its own streams."""
    ports, instances = ["input wire aclk", "input wire aresetn"], []
    counts = {"s_axis": 0, "m_axis": 0}
    for index, kernel in enumerate(kernels):
        connections = [".aclk(aclk)", ".aresetn(aresetn)"]
        sides = (("s_axis", kernel.input_streams), ("m_axis", kernel.output_streams))
        for prefix, streams in sides:
            outer = [f"{prefix}_{counts[prefix] + number}" for number in range(len(streams))]
            counts[prefix] += len(streams)
            for name, stream in zip(outer, streams, strict=True):
                ports += _ports(prefix, name, stream.width)
            # Several streams side by side, the first lowest.
            for signal in ("tdata", "tvalid", "tready"):
                joined = ", ".join(f"{name}_{signal}" for name in reversed(outer))
                connections.append(f".{prefix}_{signal}({{{joined}}})")
        instances.append(_instance(kernel, f"case{index}", connections))
    yield f"module {TOP} (\n    " + ",\n    ".join(ports) + "\n);"
    yield from instances
    yield "endmodule\n"


def _ports(prefix: str, name: str, width: int) -> list[str]:
    forward, back = ("input", "output") if prefix == "s_axis" else ("output", "input")
    vector = f"{forward} wire [{width - 1}:0] {name}_tdata"
    return [vector, f"{forward} wire {name}_tvalid", f"{back} wire {name}_tready"]


def _instance(kernel: Kernel, name: str, connections: Sequence[str]) -> str:
    module = kernel.rtl(name)
    parameters = ", ".join(f".{key}({literal(value)})" for key, value in module.parameters.items())
    return f"    {module.module} #({parameters}) {name} ({', '.join(connections)});"


def expect_none(failures: Sequence[str]) -> None:
    """Fail with each parameter set's line."""
    assert not failures, f"{len(failures)} parameter sets:\n" + "\n".join(failures)


class KernelGrid:
    """Subclass it as ``TestXxx`` and give `cases`; the tests below are inherited."""

    def cases(self) -> list[Case]:
        """The parameter sets, each with FRAMES frames of input."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Bench:
        """The compiled parameter sets."""
        return Bench(cls().cases(), tmp_path_factory.mktemp("grid"))

    @pytest.fixture(scope="class")
    @classmethod
    def free_run(cls, bench: Bench) -> StreamResult:
        """A run with continuous input and no back-pressure."""
        return bench.run()

    def test_outputs_equal_the_golden_model(self, bench: Bench, free_run: StreamResult) -> None:
        expect_none(bench.wrong_outputs(free_run))

    def test_cycles_are_exact(self, bench: Bench, free_run: StreamResult) -> None:
        expect_none(bench.wrong_cycles(free_run))

    def test_results_come_as_late_as_stated(self, bench: Bench, free_run: StreamResult) -> None:
        """Of kernels behind whose pipeline a room stands, through which a result takes two cycles."""
        expect_none(bench.wrong_latencies(free_run))

    @pytest.mark.parametrize(("seed", "gap", "stall"), [(1, 0.3, 0.3), (2, 0.0, 0.7), (3, 0.7, 0.0)])
    def test_gaps_and_back_pressure_change_nothing(
        self, bench: Bench, seed: int, gap: float, stall: float
    ) -> None:
        result = bench.run(seed=seed, input_gap=gap, output_stall=stall)
        expect_none(bench.wrong_outputs(result))

    @pytest.mark.parametrize("seed_reset", [1, 2, 3])
    def test_initial_values_do_not_matter(self, bench: Bench, seed_reset: int) -> None:
        result = bench.run(seed_reset=seed_reset)
        expect_none(bench.wrong_outputs(result))
        expect_none(bench.wrong_cycles(result))

    @pytest.mark.parametrize("part", [0.02, 0.4])
    def test_reset_in_mid_frame(self, bench: Bench, free_run: StreamResult, part: float) -> None:
        reset_at = 1 + int(free_run.cycles * part)
        result = bench.run(reset_at=reset_at, seed=5, input_gap=0.2, output_stall=0.2)
        expect_none(bench.wrong_outputs(result))
