"""What a user asks of a build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finn.boards import get_board
from finn.design.room import check_lut_share
from finn.errors import FinnError
from finn.frontend.planning.pixels import Number, Pixels
from finn.transformation.fpgadataflow.apply_folding_config import read_folding
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions
from finn.transformation.fpgadataflow.synth_pynq_proj import choose_toolchain

__all__ = ("BuildConfig",)

REPORTS = ("synth",)


@dataclass(frozen=True)
class BuildConfig:
    """The options of ``finn build``; checked when made.

    Attributes
    ----------
    model, output
        The QONNX or TensorFlow Lite file, and the folder OUT to make. A path may be given as a string too.
    board, toolchain, clk_mhz
        Where it will run, what makes the bitstream, the clock in MHz.
    clk_auto
        With openxc7: the fastest clock that is met; ``clk_mhz`` is where the search begins.
    folding, target_fps
        A folding file, or images per second; neither for the largest design that fits.
    lut_share
        The share of the board's LUTs that a folding which the tool chooses may use, above 0 and at most 1;
        None: 0.7.
    top_k
        Put the final top-k into hardware.
    input_datatype, input_scale, input_mean, input_std
        What the integers are that enter the hardware, as `finn.frontend.import_network` takes them.
    hp_ports
        Force the number of memory ports of each DMA.
    report
        ``"synth"``: let Yosys count what the design takes, layer by layer.

    Raises
    ------
    FinnError
        For a value that is not possible, or two that exclude each other.
    """

    model: Path
    output: Path
    board: str = "Pynq-Z1"
    toolchain: str = "verilator"
    clk_mhz: float = 100.0
    clk_auto: bool = False
    folding: Path | None = None
    target_fps: float | None = None
    lut_share: float | None = None
    top_k: int | None = None
    input_datatype: str | None = None
    input_scale: Number | None = None
    input_mean: Number | Sequence[Number] | None = None
    input_std: Number | Sequence[Number] | None = None
    hp_ports: int | None = None
    report: str | None = None

    def __post_init__(self) -> None:
        for key in ("model", "output", "folding"):
            if isinstance(getattr(self, key), str):
                object.__setattr__(self, key, Path(getattr(self, key)))
        toolchain = choose_toolchain(self.toolchain, get_board(self.board))
        if self.clk_auto and toolchain != "openxc7":
            raise FinnError(
                f"the clock auto is for the toolchain openxc7, not {toolchain}; give a clock in MHz"
            )
        if not 1 <= self.clk_mhz <= 500:
            raise FinnError(f"the clock must be 1 to 500 MHz, not {self.clk_mhz:g}")
        if self.folding is not None and self.target_fps is not None:
            raise FinnError("give a folding file or a target rate, not both")
        if self.target_fps is not None and self.target_fps <= 0:
            raise FinnError(f"the target rate must be positive, not {self.target_fps:g}")
        if self.lut_share is not None:
            check_lut_share(self.lut_share)
        if self.folding is not None and self.lut_share is not None:
            raise FinnError("give a folding file or a share of the LUTs, not both")
        if self.top_k is not None and self.top_k < 1:
            raise FinnError(f"top-k must be at least 1, not {self.top_k}")
        Pixels(self.input_datatype, self.input_scale, self.input_mean, self.input_std)
        if self.hp_ports not in (None, 1, 2, 4):
            raise FinnError(f"a DMA can use 1, 2 or 4 memory ports, not {self.hp_ports}")
        if self.report not in (None, *REPORTS):
            raise FinnError(f"report {self.report!r} is unknown; possible is {', '.join(REPORTS)}")

    def network_options(self) -> NetworkOptions:
        """The part that concerns the network."""
        return NetworkOptions(
            clk_mhz=self.clk_mhz,
            folding=read_folding(self.folding) if self.folding is not None else None,
            target_fps=self.target_fps,
            lut_share=self.lut_share,
            top_k=self.top_k,
            input_datatype=self.input_datatype,
            input_scale=self.input_scale,
            input_mean=self.input_mean,
            input_std=self.input_std,
            hp_ports=self.hp_ports,
            dsp=choose_toolchain(self.toolchain) != "openxc7",
        )
