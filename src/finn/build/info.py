"""Will it work? What a network becomes, without writing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qonnx.core.modelwrapper import ModelWrapper

from finn.boards import get_board
from finn.build.output import load_output
from finn.build.synthesis import SynthesisReport, read_synthesis
from finn.core.build_dir import PARTITION, hardware_child
from finn.core.network import Instance, bottleneck_cycles, boundaries, instances
from finn.core.network_shell import shell_around
from finn.design.folding import FoldingSpace
from finn.design.room import check_lut_share, smallest_board
from finn.frontend import import_network
from finn.frontend.graph.guard import guarded
from finn.frontend.planning.input_meaning import input_entries
from finn.kernels.mvau import MVAU
from finn.kernels.registry import hardware_nodes, is_hardware
from finn.resources import Resources
from finn.shell import ShellSpec
from finn.shell.cost import shell_resources
from finn.transformation.fpgadataflow.create_dataflow_partition import hardware_part
from finn.transformation.fpgadataflow.make_pynq_proj import shell_spec
from finn.transformation.fpgadataflow.set_arithmetic import SetArithmetic
from finn.transformation.fpgadataflow.set_folding import SetFolding

__all__ = ("LayerInfo", "NetworkInfo", "TensorInfo", "info")


@dataclass(frozen=True)
class TensorInfo:
    """A model input or output; ``shape`` has no batch axis, ``meaning`` says what an input's array is."""

    name: str
    shape: tuple[int, ...]
    meaning: str = ""


@dataclass(frozen=True)
class LayerInfo:
    """One hardware layer; ``mw``, ``mh``, ``simd`` and the weights' type are None but for an MVAU."""

    name: str
    op_type: str
    source: str
    mw: int | None
    mh: int | None
    weights: str | None
    input_datatype: str
    output_datatype: str
    pe: int | None
    simd: int | None
    cycles: int
    resources: Resources


@dataclass(frozen=True)
class NetworkInfo:
    """What ``finn info`` tells; ``resources`` and ``board_share`` are estimates, with the shell.

    ``smallest_board`` is the supported board of fewest LUTs on which any folding fits; None for a build.
    """

    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    host_prefix: tuple[str, ...]
    layers: tuple[LayerInfo, ...]
    host_tail: tuple[str, ...]
    warnings: tuple[str, ...]
    cycles_per_frame: int
    board: str
    clk_mhz: float
    resources: Resources
    board_share: dict[str, float]
    synthesis: SynthesisReport | None = None
    smallest_board: str | None = None

    @property
    def images_per_second(self) -> float:
        """The rate of the slowest layer at the build's clock."""
        return self.clk_mhz * 1e6 / self.cycles_per_frame


def info(
    path: Path, board: str = "Pynq-Z1", clk_mhz: float = 100.0, lut_share: float | None = None
) -> NetworkInfo:
    """Describe a model file, at its default folding, or a finished build.

    ``lut_share`` is the share of the board's LUTs that the folding may use; None: 0.7. FinnError, with
    the reason, where the network cannot be compiled or does not fit.
    """
    if lut_share is not None:
        check_lut_share(lut_share)
    synthesis, smallest = None, None
    if path.is_dir():
        parent = load_output(path)
        synthesis = read_synthesis(path)
        child = hardware_child(parent)
        board = parent.get_metadata_prop("platform") or board
        clk_mhz = float(parent.get_metadata_prop("clk_mhz") or clk_mhz)
        shell = shell_spec(child)
    else:
        parent = import_network(path)
        with guarded(str(path)):
            child, shell = _estimated(parent, board, clk_mhz, lut_share)
            parts = instances(hardware_part(parent))
            least = smallest_board(parts, FoldingSpace(parts, shell.board, clk_mhz), clk_mhz)
            smallest = least.name if least else None
    described = _describe(parent, child, shell)
    return replace(described, synthesis=synthesis, smallest_board=smallest)


def _estimated(
    parent: ModelWrapper, board: str, clk_mhz: float, lut_share: float | None
) -> tuple[ModelWrapper, ShellSpec]:
    """The hardware part at its default folding, and the shell that it needs."""
    folding = SetFolding(get_board(board), clk_mhz, lut_share=lut_share)
    child = hardware_part(parent).transform(folding)
    child = child.transform(SetArithmetic(get_board(board), dsp=True))
    inputs, outputs = ([boundary.stream for boundary in side] for side in boundaries(child))
    return child, shell_around(get_board(board), inputs, outputs, clk_mhz, bottleneck_cycles(child))


def _describe(parent: ModelWrapper, child: ModelWrapper, shell: ShellSpec) -> NetworkInfo:
    sources = {node.name: node.doc_string for node in hardware_nodes(child)}
    parts = instances(child)
    layers = tuple(_layer(part, sources[part.name]) for part in parts)
    costs = (*(layer.resources for layer in layers), *shell_resources(shell).values())
    total = sum(costs, Resources())
    prefix, tail = _host_nodes(parent)
    return NetworkInfo(
        inputs=tuple(_input(entry) for entry in input_entries(parent)),
        outputs=_tensors(parent, [t.name for t in parent.graph.output]),
        host_prefix=prefix,
        layers=layers,
        host_tail=tail,
        warnings=tuple(json.loads(parent.get_metadata_prop("finn_warnings") or "[]")),
        cycles_per_frame=bottleneck_cycles(child),
        board=shell.board.name,
        clk_mhz=shell.clk_mhz,
        resources=total,
        board_share=shell.board.share(total),
    )


def _layer(part: Instance, source: str) -> LayerInfo:
    kernel = part.kernel
    matrix = kernel if isinstance(kernel, MVAU) else None
    return LayerInfo(
        name=part.name,
        op_type=kernel.op_type,
        source=source,
        mw=matrix.mw if matrix else None,
        mh=matrix.mh if matrix else None,
        weights=matrix.weight_datatype.name if matrix else None,
        input_datatype=kernel.input_streams[0].datatype.name,
        output_datatype=kernel.output_streams[0].datatype.name,
        pe=getattr(kernel, "pe", None),
        simd=getattr(kernel, "simd", None),
        cycles=kernel.cycles,
        resources=kernel.resources(),
    )


def _input(entry: dict[str, Any]) -> TensorInfo:
    words = [entry["datatype"], entry.get("layout", "")]
    integers = entry.get("integers")
    if integers is not None:
        words.append(f"from {integers['datatype']}")
        if integers["scale"] != [1.0] or integers["offset"] != [0.0]:
            scale, offset = (", ".join(f"{v:.4g}" for v in integers[key]) for key in ("scale", "offset"))
            words.append(f"x ({scale}) + ({offset})")
    return TensorInfo(entry["name"], tuple(entry["shape"]), " ".join(word for word in words if word))


def _tensors(model: ModelWrapper, names: list[str]) -> tuple[TensorInfo, ...]:
    return tuple(TensorInfo(name, tuple(model.get_tensor_shape(name)[1:])) for name in names)


def _host_nodes(parent: ModelWrapper) -> tuple[tuple[str, ...], tuple[str, ...]]:
    nodes = list(parent.graph.node)
    hardware = [i for i, n in enumerate(nodes) if n.op_type == PARTITION or is_hardware(n)]
    before, after = nodes[: hardware[0]], nodes[hardware[-1] + 1 :]
    return tuple(n.op_type for n in before), tuple(n.op_type for n in after)
