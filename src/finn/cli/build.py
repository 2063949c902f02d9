"""``finn info`` and ``finn build``: from the ONNX file to what a board takes."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finn.cli.console import Stages, complain, note, show, tell
from finn.cli.options import BoardName, InputDatatype, InputMean, InputScale, InputStd, LutShare

if TYPE_CHECKING:
    from finn.build import BuildConfig

__all__ = ("build", "info")


class Report(str, Enum):
    """What is counted beside the build."""

    synth = "synth"


class Toolchain(str, Enum):
    """Who makes the bitstream."""

    verilator = "verilator"
    openxc7 = "openxc7"
    vivado = "vivado"
    auto = "auto"


def info(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx|OUT", help="QONNX or TFLite, or a build.")],
    board: BoardName = "Pynq-Z1",
    lut_share: LutShare = None,
) -> None:
    """Tell how a network maps and what it costs.

    Takes a QONNX or TFLite file, or a build; refuses what cannot be compiled by node name; writes nothing.
    """
    from finn.build import info as network_info
    from finn.cli.report import network_report

    for part in network_report(network_info(model, board=board, lut_share=lut_share)):
        show(part)


def build(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL.onnx", help="QONNX or TFLite.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Folder to write.")
    ] = None,
    board: BoardName = "Pynq-Z1",
    toolchain: Annotated[Toolchain, typer.Option(help="What makes the bitstream.")] = Toolchain.verilator,
    clk_mhz: Annotated[
        str, typer.Option(help="Clock of the network, MHz; auto: the fastest that openxc7 meets.")
    ] = "100",
    folding: Annotated[Path | None, typer.Option(help="Folding, JSON in FINN's format.")] = None,
    target_fps: Annotated[float | None, typer.Option(help="Smallest design with this many frames/s.")] = None,
    lut_share: LutShare = None,
    top_k: Annotated[int | None, typer.Option(help="Return the K best classes, found in hardware.")] = None,
    input_datatype: InputDatatype = None,
    input_scale: InputScale = None,
    input_mean: InputMean = None,
    input_std: InputStd = None,
    hp_ports: Annotated[
        int | None, typer.Option(help="Memory ports of the shell; default: as many as needed.")
    ] = None,
    report: Annotated[
        Report | None, typer.Option(help="synth: let Yosys count what each layer and the shell take.")
    ] = None,
    adopt: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Take back the bitstream that the Vivado script made in DIR."),
    ] = None,
) -> None:
    """Build hardware, simulation and bitstream.

    OUT holds all that is copied to a board; it appears when everything is done, or not at all,
    but for the bitstream for the chip: without that one the rest still runs on emulated boards.
    """
    if adopt is not None:
        _adopt(adopt, model, output)
        return
    model, output, clock = *_named(model, output), _clock(clk_mhz)
    if folding is not None and target_fps is not None:
        raise typer.BadParameter("--folding and --target-fps exclude each other; give one of them")
    from finn.build import BuildConfig

    config = BuildConfig(
        model=model,
        output=output,
        board=board,
        toolchain=toolchain.value,
        **({"clk_auto": True} if clock is None else {"clk_mhz": clock}),
        folding=folding,
        target_fps=target_fps,
        lut_share=lut_share,
        top_k=top_k,
        input_datatype=input_datatype,
        input_scale=input_scale,
        input_mean=input_mean,
        input_std=input_std,
        hp_ports=hp_ports,
        report=report.value if report else None,
    )
    _run(config)


def _named(model: Path | None, output: Path | None) -> tuple[Path, Path]:
    """What only ``--adopt`` can do without."""
    if model is None or output is None:
        missing = "argument 'MODEL.onnx'" if model is None else "option '-o' / '--output'"
        raise typer.BadParameter(f"Missing {missing}")
    return model, output


def _run(config: BuildConfig) -> None:
    from finn.build import build as run_build
    from finn.build import build_warnings

    with Stages() as stages:
        done = run_build(config, progress=stages)
    for text in build_warnings(done):
        complain(text, label="warning: ")
    if config.report:
        _tell_synthesis(done)
    note(f"next: finn verify {done} --input x.npy --on emulated")
    print(done)


def _tell_synthesis(out: Path) -> None:
    from finn.build import read_synthesis
    from finn.cli.report import synthesis_table

    counted = read_synthesis(out)
    if counted is not None:
        for part in synthesis_table(counted):
            tell(part)


def _clock(text: str) -> float | None:
    """A clock in MHz, or None for ``auto``."""
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"--clk-mhz takes a number or auto, not {text!r}") from None


def _adopt(directory: Path, model: Path | None, output: Path | None) -> None:
    if model is not None:
        raise typer.BadParameter("--adopt takes the folder that Vivado's script was run in, and no model")
    from finn.build import adopt

    print(adopt(directory, output))
