"""Modules with AXI-Stream ports, compiled once and run on arrays of beats."""

from __future__ import annotations

import ctypes
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finn.errors import FinnError
from finn.rtlsim.library import BeatsStruct, RunStruct, simulate
from finn.toolchain.verilator import compile_model

__all__ = ("TIMEOUT_CYCLES", "StreamModel", "StreamResult", "StreamSpec", "compile_streams")

HARNESS = Path(__file__).with_name("streams.cpp")
TIMEOUT_CYCLES = 200_000
FORMAT = 1


@dataclass(frozen=True)
class StreamSpec:
    """One AXI-Stream port of a module.

    Attributes
    ----------
    name
        Prefix of the port's signals in RTL, e.g. ``s_axis_0``.
    width
        Bits of TDATA.
    beats
        Beats in one frame.
    """

    name: str
    width: int
    beats: int

    @property
    def word_bytes(self) -> int:
        """Bytes of one beat in an array."""
        return (self.width + 7) // 8


@dataclass(frozen=True)
class StreamResult:
    """What a run gave.

    Attributes
    ----------
    outputs
        For each output its beats, uint8 (beats, bytes), least significant byte first.
    input_cycles, output_cycles
        For each stream the cycle of each beat's handshake, counted from the end of reset.
    status
        The port ``status`` at the end, least significant byte first; None where there is none.
    cycles
        Cycles from the end of reset to the last handshake.
    """

    outputs: list[NDArray[np.uint8]]
    input_cycles: list[NDArray[np.uint64]]
    output_cycles: list[NDArray[np.uint64]]
    status: bytes | None
    cycles: int


@dataclass(frozen=True)
class StreamModel:
    """A compiled module; ``library`` and its memory files lie in one folder, which may be moved."""

    library: Path
    inputs: tuple[StreamSpec, ...]
    outputs: tuple[StreamSpec, ...]
    status_bits: int = 0
    trace: bool = False

    @classmethod
    def open(cls, path: Path) -> StreamModel:
        """The model that `compile_streams` wrote to ``path``; FinnError where there is none."""
        try:
            table = json.loads(path.with_suffix(".json").read_text())
            if table["format"] != FORMAT:
                raise ValueError
            sides = [tuple(StreamSpec(**spec) for spec in table[side]) for side in ("inputs", "outputs")]
            return cls(path, sides[0], sides[1], table["status_bits"], table["trace"])
        except (OSError, ValueError, KeyError, TypeError):
            raise FinnError(f"there is no compiled simulation at {path}; build it again") from None

    def run(
        self,
        inputs: Sequence[NDArray[np.uint8]],
        frames: int,
        *,
        seed_reset: int = 0,
        input_gap: float = 0.0,
        output_stall: float = 0.0,
        seed: int = 0,
        throttle: int | None = None,
        trace: Path | None = None,
        timeout_cycles: int = TIMEOUT_CYCLES,
        reset_at: int | None = None,
    ) -> StreamResult:
        """Stream ``frames`` frames through the module.

        Parameters
        ----------
        inputs, frames
            For each input its beats, uint8 (frames * beats, bytes), least significant byte first.
        seed_reset
            Seed of the registers' values before reset: they start random.
        input_gap, output_stall, seed
            Probability in each cycle that a source pauses, that a sink is not ready; seed of both.
        throttle
            The sources offer a frame's beats evenly spread over at least this many cycles.
        trace
            FST file for the waveforms; the model must be compiled for it.
        timeout_cycles
            Cycles without a handshake on any stream that count as a stall.
        reset_at
            Cycle at which the module is reset once more; all frames are then sent anew.

        Raises
        ------
        FinnError
            A stream stalls (named with its progress), an output breaks AXI-Stream's rules or gives
            too many beats, a memory file is missing, or the inputs have the wrong shape.
        """
        self._check(inputs, frames, trace)
        outputs = [np.zeros((frames * spec.beats, spec.word_bytes), np.uint8) for spec in self.outputs]
        given, taken = _sides(self.inputs, inputs), _sides(self.outputs, outputs)
        status = np.zeros((self.status_bits + 7) // 8, np.uint8)
        run = RunStruct(
            directory=_bytes(self.library.parent),
            trace=_bytes(trace) if trace else None,
            inputs=_structs(given),
            outputs=_structs(taken),
            status=status.ctypes.data,
            reset_seed=seed_reset,
            seed=seed,
            throttle=throttle or 0,
            timeout=timeout_cycles,
            reset_at=-1 if reset_at is None else reset_at,
            input_gap=input_gap,
            output_stall=output_stall,
        )
        cycles = simulate(self.library, run)
        final = status.tobytes() or None
        return StreamResult(outputs, _cycles(given), _cycles(taken), final, cycles)

    def _check(self, inputs: Sequence[NDArray[np.uint8]], frames: int, trace: Path | None) -> None:
        if trace and not self.trace:
            raise FinnError(f"the simulation {self.library.name} was compiled without waveforms")
        if len(inputs) != len(self.inputs):
            raise FinnError(f"{self.library.name} has {len(self.inputs)} inputs, {len(inputs)} were given")
        for spec, data in zip(self.inputs, inputs, strict=True):
            wanted = (frames * spec.beats, spec.word_bytes)
            if data.dtype != np.uint8 or data.shape != wanted:
                raise FinnError(
                    f"{spec.name} needs uint8 beats of shape {wanted}, not {data.dtype} of shape {data.shape}"
                )


class _Side:
    """One stream's arrays, kept alive while the library uses them."""

    def __init__(self, spec: StreamSpec, data: NDArray[np.uint8]) -> None:
        self.data = np.ascontiguousarray(data)
        self.cycles = np.zeros(len(data), np.uint64)
        self.struct = BeatsStruct(self.data.ctypes.data, self.cycles.ctypes.data, len(data), spec.beats)


def _sides(specs: Sequence[StreamSpec], data: Sequence[NDArray[np.uint8]]) -> list[_Side]:
    return [_Side(spec, beats) for spec, beats in zip(specs, data, strict=True)]


def _bytes(path: Path) -> bytes:
    return str(path.resolve()).encode()


def _cycles(sides: Sequence[_Side]) -> list[NDArray[np.uint64]]:
    return [side.cycles for side in sides]


def _structs(sides: Sequence[_Side]) -> ctypes.Array[BeatsStruct]:
    return (BeatsStruct * len(sides))(*(side.struct for side in sides))


def compile_streams(
    top: str,
    sources: Sequence[Path],
    memories: Mapping[str, str],
    inputs: Sequence[StreamSpec],
    outputs: Sequence[StreamSpec],
    output: Path,
    *,
    status_bits: int = 0,
    parameters: Mapping[str, int | str] | None = None,
    trace: bool = False,
    optimise: str = "-O1",
    work: Path | None = None,
) -> StreamModel:
    """Compile a module whose ports are ``aclk``, ``aresetn`` and AXI-Streams.

    Parameters
    ----------
    top, sources, parameters
        The module.
    memories
        Text of each memory file by its name; they are written beside the library.
    inputs, outputs
        Its streams.
    output
        The shared library to write; its table of streams is written beside it (``.json``).
    status_bits
        Width of the output port ``status``, 0 where there is none.
    trace
        Whether runs can write waveforms; such a model is slower.
    optimise
        The C++ compiler's optimisation flag.
    work
        Folder for intermediate files and logs; None uses a temporary one.

    Raises
    ------
    FinnError
        A tool fails.
    """
    _write_memories(output.parent, memories)
    with tempfile.TemporaryDirectory(prefix="finn-") as temporary:
        folder = work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "finn_streams.h").write_text(_bindings(inputs, outputs, status_bits))
        compile_model(
            top=top,
            sources=sources,
            harness=[HARNESS],
            output=output,
            work=folder,
            parameters=parameters,
            include=[folder],
            trace=trace,
            optimise=optimise,
        )
    model = StreamModel(output, tuple(inputs), tuple(outputs), status_bits, trace)
    output.with_suffix(".json").write_text(_table(model))
    return model


def _write_memories(folder: Path, memories: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in memories.items():
        (folder / name).write_text(text)


def _table(model: StreamModel) -> str:
    """What `StreamModel.open` reads."""
    table = {"format": FORMAT, "status_bits": model.status_bits, "trace": model.trace}
    sides = {"inputs": [asdict(s) for s in model.inputs], "outputs": [asdict(s) for s in model.outputs]}
    return json.dumps({**table, **sides}, indent=1)


def _bindings(inputs: Sequence[StreamSpec], outputs: Sequence[StreamSpec], status_bits: int) -> str:
    """The generated part of the harness: pointers to the Verilated ports."""
    lines = [
        f"constexpr unsigned FINN_INPUTS = {len(inputs)};",
        f"constexpr unsigned FINN_OUTPUTS = {len(outputs)};",
    ]
    lines.append("static void finn_bind(Vmodel& model, Port* inputs, Port* outputs) {")
    for side, specs in (("inputs", inputs), ("outputs", outputs)):
        for i, spec in enumerate(specs):
            signals = ", ".join(f"&model.{spec.name}_{signal}" for signal in ("tvalid", "tready", "tdata"))
            lines.append(f'    {side}[{i}] = {{"{spec.name}", {signals}, {spec.width}}};')
    copy = f"std::memcpy(status, &model.status, {(status_bits + 7) // 8});" if status_bits else ""
    lines += ["}", f"static void finn_status(const Vmodel& model, uint8_t* status) {{ {copy} }}", ""]
    return "\n".join(lines)
