"""The throughput test: FINN's keys, from the shell's own counters."""

import time
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from .packing import pack, unpack
from .samples import random_elements
from .watching import Tell, Watching

__all__ = ("bound_by", "throughput_test")

STALL_SHARE = 0.02  # of the cycles: above it the memory is what the network waits for
ANNOUNCED_SECONDS = 60.0
PHASES = (
    "fold_input[ms]",
    "pack_input[ms]",
    "copy_input_data_to_device[ms]",
    "copy_output_data_from_device[ms]",
    "unpack_output[ms]",
    "unfold_output[ms]",
)


class _Stopwatch(object):
    """Adds up the time of named phases, in milliseconds."""

    def __init__(self) -> None:
        self.phases = dict.fromkeys(PHASES, 0.0)
        self.phases["wall_runtime[ms]"] = 0.0

    def time(self, phase: str, job: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        result = job(*arguments)
        self.phases[phase] += 1000.0 * (time.perf_counter() - start)
        return result


def throughput_test(accelerator: Any, batchsize: int, tell: Optional[Tell] = None) -> Dict[str, Any]:
    """Run a batch of random frames and measure.

    Parameters
    ----------
    accelerator
        An :class:`~finn.runtime.board.Accelerator`.
    batchsize
        Frames.
    tell
        Called with figures several times a second while the test runs.

    Returns
    -------
    dict
        FINN's keys: ``runtime[ms]`` is cycles over the clock, as the shell counted them, and
        ``wall_runtime[ms]`` what the board's clock saw; ``cycles_per_frame`` is the cycles of
        ``odma0`` over the batch, ``latency_cycles`` those of a run of one frame; bandwidths are
        bytes in memory over ``runtime[ms]``; ``bound_by`` says what limits the rate.
    """
    with accelerator.alone() as engine:
        watch = _Stopwatch()
        latency, seconds = _one_frame(accelerator, engine)
        _announce(accelerator, batchsize, seconds / max(latency, 1))
        counts = _Counts()
        with Watching(accelerator.dmas, watch.phases, tell):
            for first in range(0, batchsize, accelerator.frames_per_run):
                frames = min(accelerator.frames_per_run, batchsize - first)
                _measure(accelerator.description, engine, _random(accelerator, frames), frames, watch)
                counts.add(accelerator)
        return _metrics(accelerator, batchsize, latency, watch, counts)


class _Counts(object):
    """What the shell counted, over all slices of the batch."""

    def __init__(self) -> None:
        self.cycles = self.input_stalls = self.output_stalls = 0

    def add(self, accelerator: Any) -> None:
        description = accelerator.description
        dmas = accelerator.dmas
        self.cycles += dmas[description.outputs[0].dma].cycles
        self.input_stalls += max(dmas[port.dma].stalls[0] for port in description.inputs)
        self.output_stalls += max(dmas[port.dma].stalls[0] for port in description.outputs)


def bound_by(cycles: int, input_stalls: int, output_stalls: int) -> str:
    """``input memory`` or ``output memory`` if its stalls exceed 2 % of the cycles, else ``network``."""
    if max(input_stalls, output_stalls) <= STALL_SHARE * cycles:
        return "network"
    return "input memory" if input_stalls >= output_stalls else "output memory"


def _random(accelerator: Any, frames: int) -> List[np.ndarray]:
    """Values of each input's type, unfolded."""
    ports = accelerator.description.inputs
    return [random_elements(np.random, port.datatype, [frames] + port.normal_shape) for port in ports]


def _one_frame(accelerator: Any, engine: Any) -> Tuple[int, float]:
    """Cycles of a run of one frame, and the seconds that it took."""
    ports = accelerator.description.inputs
    values = _random(accelerator, 1)
    engine.load(_pack(values, ports))
    start = time.perf_counter()
    engine.run(1)
    seconds = time.perf_counter() - start
    return accelerator.dmas[accelerator.description.outputs[0].dma].cycles, seconds


def _announce(accelerator: Any, batchsize: int, seconds_per_cycle: float) -> None:
    estimate = batchsize * accelerator.description.expected_cycles_per_frame * seconds_per_cycle
    if accelerator.emulated and estimate > ANNOUNCED_SECONDS:
        accelerator.note("the emulated board will take about %d s for %d frames" % (estimate, batchsize))


def _measure(description: Any, engine: Any, values: List[np.ndarray], frames: int, watch: _Stopwatch) -> None:
    """One slice of the batch, phase by phase."""
    folded = watch.time(PHASES[0], _fold, values, description.inputs)
    packed = watch.time(PHASES[1], _pack, folded, description.inputs)
    watch.time(PHASES[2], engine.load, packed)
    watch.time("wall_runtime[ms]", engine.run, frames)
    raw = watch.time(PHASES[3], engine.outputs, 0, frames)
    for port, image in zip(description.outputs, raw):
        words = watch.time(PHASES[4], unpack, image, port.datatype, port.folded_shape, port.folded_shape)
        watch.time(PHASES[5], words.reshape, [frames] + port.normal_shape)


def _fold(values: List[np.ndarray], ports: List[Any]) -> List[np.ndarray]:
    return [array.reshape([-1] + port.folded_shape) for array, port in zip(values, ports)]


def _pack(values: List[np.ndarray], ports: List[Any]) -> List[np.ndarray]:
    return [pack(array, port.datatype, port.folded_shape) for array, port in zip(values, ports)]


def _metrics(
    accelerator: Any, batchsize: int, latency: int, watch: _Stopwatch, counts: _Counts
) -> Dict[str, Any]:
    description = accelerator.description
    fclk = accelerator.fclk_mhz
    seconds = counts.cycles / (fclk * 1e6)
    read = batchsize * sum(port.bytes_per_frame for port in description.inputs)
    written = batchsize * sum(port.bytes_per_frame for port in description.outputs)
    metrics = {
        "runtime[ms]": 1000.0 * seconds,
        "throughput[images/s]": batchsize / seconds,
        "DRAM_in_bandwidth[MB/s]": read * 1e-6 / seconds,
        "DRAM_out_bandwidth[MB/s]": written * 1e-6 / seconds,
        "fclk[mhz]": fclk,
        "batch_size": batchsize,
    }
    metrics.update(watch.phases)
    metrics["cycles_per_frame"] = counts.cycles / float(batchsize)
    metrics["latency_cycles"] = latency
    metrics["expected_cycles_per_frame"] = description.expected_cycles_per_frame
    metrics["bound_by"] = bound_by(counts.cycles, counts.input_stalls, counts.output_stalls)
    return metrics
