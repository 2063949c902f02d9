"""Tables for ``finn info``, ``finn build --report``, ``finn boards`` and ``finn doctor``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from finn.build import LayerInfo, NetworkInfo, SynthesisReport, TensorInfo
    from finn.doctor import Finding
    from finn.remote.status import BoardStatus

__all__ = ("boards_report", "boards_table", "findings_report", "network_report", "synthesis_table")

WRAPPED = ("found, or what to do", "in use by")  # the last column of a table


def network_report(info: NetworkInfo) -> list[RenderableType]:
    """What ``finn info`` prints: tensors, what the host runs, layers, rate, share of the board."""
    return [
        *(f"input   {_tensor(t)}" for t in info.inputs),
        *(f"output  {_tensor(t)}" for t in info.outputs),
        f"on the processor before the hardware: {', '.join(info.host_prefix) or 'nothing'}",
        f"on the processor after the hardware:  {', '.join(info.host_tail) or 'nothing'}",
        _layer_table(info.layers),
        *(
            f"{layer.name} is made of {layer.source.replace(' ', ', ')}"
            for layer in info.layers
            if layer.source
        ),
        f"{info.cycles_per_frame} cycles per frame: "
        f"{info.images_per_second:,.0f} images/s at {info.clk_mhz:g} MHz",
        f"share of a {info.board} (estimate, with the shell): {_shares(info.board_share)}",
        *_smallest_board(info),
        *(synthesis_table(info.synthesis) if info.synthesis else ()),
        *(f"warning: {text}" for text in info.warnings),
    ]


def synthesis_table(report: SynthesisReport) -> list[RenderableType]:
    """What ``finn build --report synth`` tells: for each part, synthesised / estimated."""
    kinds = ("lut", "lutram", "ff", "carry4", "bram18", "dsp")
    table = _table(("by Yosys / estimated",), [kind.upper() for kind in kinds])
    for part in (*report.parts, report.total):
        pairs = [(getattr(part.synthesised, kind), getattr(part.estimate, kind)) for kind in kinds]
        name = f"shell: {part.name}" if part.kind == "shell" else part.name
        table.add_row(name, *(f"{counted} / {expected}" for counted, expected in pairs))
    shares = f"share of a {report.board} ({report.tool.split(' (')[0]}): {_shares(report.board_share)}"
    return [table, shares]


def _smallest_board(info: NetworkInfo) -> list[str]:
    name = info.smallest_board
    return [f"smallest supported board on which it fits: {name}"] if name else []


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())


def _tensor(tensor: TensorInfo) -> str:
    shape = f"{tensor.name} (N, {', '.join(map(str, tensor.shape))})"
    return f"{shape}, {tensor.meaning}" if tensor.meaning else shape


def _layer_table(layers: Iterable[LayerInfo]) -> Table:
    table = _table(
        ("layer", "input", "weights", "output"), ("MW", "MH", "PE", "SIMD", "cycles", "LUT", "BRAM18", "DSP")
    )
    for layer in layers:
        cost = layer.resources
        numbers = (layer.mw, layer.mh, layer.pe, layer.simd, layer.cycles, cost.lut, cost.bram18, cost.dsp)
        table.add_row(
            layer.name,
            layer.input_datatype,
            layer.weights or "",
            layer.output_datatype,
            *("" if number is None else str(number) for number in numbers),
        )
    return table


def findings_report(findings: Sequence[Finding]) -> Table:
    """What ``finn doctor`` prints: one row per finding."""
    table = _table(("", "looked for", "serves", "found, or what to do"), ())
    for finding in findings:
        state = "ok" if not finding.missing else "MISSING" if finding.needed else "absent"
        table.add_row(state, finding.subject, finding.serves, finding.text)
    return table


def boards_table(boards: Mapping[str, str]) -> Table:
    """What ``finn boards list`` prints: names and addresses."""
    table = _table(("board", "address"), ())
    for name, url in boards.items():
        table.add_row(name, url)
    return table


def boards_report(found: Mapping[str, BoardStatus | None]) -> Table:
    """What ``finn boards check`` prints; a board without a status could not be asked."""
    table = _table(("", "board", "pynq", "free memory", "free disk", "fabric clock", "in use by"), ())
    for name, status in found.items():
        if status is None:
            table.add_row("FAILED", name)
            continue
        state = "ok" if status.pynq else "MISSING"
        clock = "unknown" if status.fclk_mhz is None else f"{status.fclk_mhz:.3f} MHz"
        free = (_mebibytes(status.free_memory), _mebibytes(status.free_disk))
        table.add_row(state, name, status.pynq or status.problem, *free, clock, status.holder or "nobody")
    return table


def _mebibytes(count: int | None) -> str:
    return "unknown" if count is None else f"{count // 2**20} MiB"


def _table(texts: Iterable[str], numbers: Iterable[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in texts:
        table.add_column(name, no_wrap=name not in WRAPPED, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table
