"""The shell that a network needs."""

from __future__ import annotations

from collections.abc import Sequence

from finn.boards import Board
from finn.kernels.base import Stream
from finn.shell import ShellSpec, StreamPort

__all__ = ("shell_around",)


def shell_around(
    board: Board,
    inputs: Sequence[Stream],
    outputs: Sequence[Stream],
    clk_mhz: float,
    cycles_per_frame: int,
    build_id: int = 0,
    hp_ports: int | None = None,
) -> ShellSpec:
    """The shell for a network with these outer streams; ``hp_ports`` forces the ports of each DMA."""
    return ShellSpec(
        board=board,
        inputs=_ports("idma", inputs),
        outputs=_ports("odma", outputs),
        build_id=build_id,
        clk_mhz=clk_mhz,
        hp_ports=hp_ports,
        cycles_per_frame=cycles_per_frame,
    )


def _ports(prefix: str, streams: Sequence[Stream]) -> tuple[StreamPort, ...]:
    return tuple(StreamPort(f"{prefix}{i}", s.width, s.beats) for i, s in enumerate(streams))
