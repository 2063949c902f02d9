"""``finn demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finn.cli.console import Stages, note, show
from finn.cli.options import BoardName

if TYPE_CHECKING:
    from finn.demo import DemoResult

__all__ = ("demo",)


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the build.")] = Path("demo-out"),
    board: BoardName = "Pynq-Z1",
) -> None:
    """Do the main job end to end, in a minute.

    From a trained network's ONNX file to figures from an emulated board.
    """
    note("2-bit network on handwritten digits (examples/digits), from the ONNX file to an emulated " + board)
    from finn.demo import STAGES, run_demo

    with Stages(expected=STAGES) as stages:
        result = run_demo(output, board, progress=stages)
    for line in summary(result):
        show(line)
    note(f"the build is in {output}; try: finn info {output}")
    if not result.ok:
        raise typer.Exit(1)


def summary(result: DemoResult) -> list[str]:
    """The demonstration's result in lines."""
    metrics = result.metrics
    return [
        "",
        f"accuracy            emulated board {100 * result.board_accuracy:.2f} %, "
        f"ONNX model {100 * result.model_accuracy:.2f} %; "
        f"same class for {result.same_class} of {result.images} test images",
        *(f"                    {line}" for line in result.report.lines),
        f"cycles per frame    expected {metrics['expected_cycles_per_frame']}, "
        f"measured {metrics['cycles_per_frame']:.2f}; bound by {metrics['bound_by']}",
        f"throughput          {metrics['throughput[images/s]']:,.0f} images/s "
        f"at {metrics['fclk[mhz]']:g} MHz, batch {metrics['batch_size']} in {metrics['runtime[ms]']:.3f} ms",
        f"latency             {metrics['latency_cycles']} cycles for one frame",
        f"memory              in {metrics['DRAM_in_bandwidth[MB/s]']:.0f} MB/s, "
        f"out {metrics['DRAM_out_bandwidth[MB/s]']:.0f} MB/s",
    ]
