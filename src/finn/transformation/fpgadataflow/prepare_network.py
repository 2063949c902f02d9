"""From whatever stage a model is in to a parent whose child is stitched and runs at full rate."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import Board
from finn.core.build_dir import build_directory, ensure_build_directory, partition_node, partition_path
from finn.core.network import bottleneck_cycles, boundaries, patience
from finn.core.progress import Progress, silent
from finn.core.rtlsim_exec import cycles_per_frame
from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.planning.pixels import Number
from finn.kernels.registry import hardware_nodes
from finn.rtlsim import StreamModel
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig
from finn.transformation.fpgadataflow.create_dataflow_partition import CreateDataflowPartition
from finn.transformation.fpgadataflow.create_stitched_ip import CreateStitchedIP
from finn.transformation.fpgadataflow.insert_dwc import InsertDWC
from finn.transformation.fpgadataflow.prepare_rtlsim import PrepareRTLSim, random_words, settling_frames
from finn.transformation.fpgadataflow.set_arithmetic import SetArithmetic
from finn.transformation.fpgadataflow.set_fifo_depths import SetFIFODepths, deepen_fifos
from finn.transformation.fpgadataflow.set_folding import SetFolding

__all__ = ("NetworkOptions", "prepare_network")

log = logging.getLogger(__name__)
DEEPENINGS = 4
STITCH_KEYS = (
    "vivado_stitch_proj",
    "vivado_stitch_vlnv",
    "wrapper_filename",
    "rtlsim_so",
    "cycles_per_frame",
)


@dataclass(frozen=True)
class NetworkOptions:
    """What a user may choose about the network.

    Attributes
    ----------
    clk_mhz
        Clock of the programmable logic in MHz.
    folding
        A parsed folding file, or None.
    target_fps
        Images per second to reach with the smallest design, or None.
    lut_share
        The share of the board's LUTs that a folding which the tool chooses may use; None: 0.7.
    top_k, input_datatype, input_scale, input_mean, input_std
        As :func:`finn.frontend.import_network` takes them.
    hp_ports
        Force the number of memory ports of each DMA, or None.
    dsp
        Whether layers may multiply in DSPs; not with the toolchain openxc7.
    """

    clk_mhz: float = 100.0
    folding: Mapping[str, Any] | None = None
    target_fps: float | None = None
    lut_share: float | None = None
    top_k: int | None = None
    input_datatype: str | None = None
    input_scale: Number | None = None
    input_mean: Number | Sequence[Number] | None = None
    input_std: Number | Sequence[Number] | None = None
    hp_ports: int | None = None
    dsp: bool = True


def prepare_network(
    model: ModelWrapper, board: Board, options: NetworkOptions, progress: Progress = silent
) -> ModelWrapper:
    """Return the model with its hardware part partitioned, folded, stitched and compiled.

    Accepts a raw QONNX model, a dataflow graph, a partitioned parent or a child; what is done
    already stays.
    """
    directory = build_directory(model) if model.get_metadata_prop("build_dir") else None
    if partition_node(model) is None and not _is_child(model):
        with progress("front end"):
            model = _import(model, options)
            directory = ensure_build_directory(model)
            _save(model, directory / "stages" / "dataflow.onnx")
        model = model.transform(CreateDataflowPartition())
        _save(model, directory / "stages" / "parent.onnx")
    node = partition_node(model)
    if node is None:
        return _stitch(model, board, options, progress)
    path = partition_path(model, node)
    child = ModelWrapper(str(path))
    child.set_metadata_prop("build_dir", str(directory or build_directory(model)))
    child = _stitch(child, board, options, progress)
    child.save(str(path))
    for key in STITCH_KEYS:
        model.set_metadata_prop(key, child.get_metadata_prop(key))
    return model


def _is_child(model: ModelWrapper) -> bool:
    return len(model.graph.node) == len(hardware_nodes(model)) > 0


def _import(model: ModelWrapper, options: NetworkOptions) -> ModelWrapper:
    if hardware_nodes(model):
        return model
    parent = import_network(
        model,
        input_datatype=options.input_datatype,
        input_scale=options.input_scale,
        input_mean=options.input_mean,
        input_std=options.input_std,
        top_k=options.top_k,
    )
    for sentence in json.loads(parent.get_metadata_prop("finn_warnings") or "[]"):
        log.warning(sentence)
    if model.get_metadata_prop("build_dir"):
        parent.set_metadata_prop("build_dir", model.get_metadata_prop("build_dir"))
    return parent


def _save(model: ModelWrapper, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(str(path))


def _stitch(child: ModelWrapper, board: Board, options: NetworkOptions, progress: Progress) -> ModelWrapper:
    if child.get_metadata_prop("vivado_stitch_proj"):
        return child
    ensure_build_directory(child)
    with progress("folding"):
        child = _fold(child, board, options).transform(InsertDWC())
    with progress("FIFO sizing by simulation"):
        child = child.transform(SetFIFODepths())
    with progress("RTL and its simulation"):
        return _at_full_rate(child)


def _fold(child: ModelWrapper, board: Board, options: NetworkOptions) -> ModelWrapper:
    arithmetic = SetArithmetic(board, options.dsp)
    if not options.dsp:
        # Before folding, which goes by what each layer takes.
        child = child.transform(arithmetic)
    return _sized(child, board, options).transform(arithmetic)


def _folded_as_told(child: ModelWrapper, folding: Mapping[str, Any]) -> ModelWrapper:
    """By a file; what of it is left out stands among the child's warnings."""
    told: list[str] = []
    child = child.transform(ApplyFoldingConfig(folding, told.append))
    for sentence in told:
        log.warning(sentence)
    child.set_metadata_prop("finn_warnings", json.dumps(told))
    return child


def _sized(child: ModelWrapper, board: Board, options: NetworkOptions) -> ModelWrapper:
    if options.folding is not None:
        return _folded_as_told(child, options.folding)
    folded = any(a.name in ("PE", "SIMD") and a.i > 1 for n in hardware_nodes(child) for a in n.attribute)
    if folded and options.target_fps is None:
        return child
    return child.transform(SetFolding(board, options.clk_mhz, options.target_fps, options.lut_share))


def _at_full_rate(child: ModelWrapper) -> ModelWrapper:
    expected = bottleneck_cycles(child)
    for _ in range(DEEPENINGS):
        child = child.transform(CreateStitchedIP()).transform(PrepareRTLSim())
        measured, latency = _measure(child)
        if measured == expected:
            _report(child, measured, latency)
            return child
        log.info("measured %d cycles per frame, expected %d: FIFOs doubled", measured, expected)
        child = deepen_fifos(child)
    raise FinnError(
        f"the network takes {measured} cycles per frame in simulation where its slowest layer takes "
        f"{expected}; report this as a defect, with the model and its folding"
    )


def _measure(child: ModelWrapper) -> tuple[int, int]:
    library = build_directory(child) / str(child.get_metadata_prop("rtlsim_so"))
    simulation = StreamModel.open(library)
    frames = settling_frames(child, simulation)
    outputs = boundaries(child)[1]
    result = simulation.run(random_words(child, frames), frames, timeout_cycles=patience(child))
    first = int(result.output_cycles[0][outputs[0].stream.beats - 1])
    return cycles_per_frame(result, outputs), first - int(result.input_cycles[0][0]) + 1


def _report(child: ModelWrapper, measured: int, latency: int) -> None:
    child.set_metadata_prop("cycles_per_frame", str(measured))
    folder = build_directory(child) / "report"
    folder.mkdir(exist_ok=True)
    figures = {"cycles_per_frame": measured, "latency_cycles": latency}
    (folder / "rtlsim_performance.json").write_text(json.dumps(figures, indent=2) + "\n")
