"""What a folded network takes of a board, before it is built: layers, width converters, shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from finn.boards import Board
from finn.core.network import Instance
from finn.core.network_shell import shell_around
from finn.kernels.base import Stream
from finn.kernels.streaming_data_width_converter import StreamingDataWidthConverter
from finn.resources import Resources
from finn.shell.cost import shell_resources

__all__ = ("design_resources",)


def design_resources(parts: Sequence[Instance], board: Board, clk_mhz: float) -> Resources:
    """The estimate of a network that has no converters yet; without FIFOs, which simulation sizes."""
    sources = {name: s for p in parts for name, s in zip(p.outputs, p.kernel.output_streams, strict=True)}
    sinks = {name: s for p in parts for name, s in zip(p.inputs, p.kernel.input_streams, strict=True)}
    inputs = [stream for name, stream in sinks.items() if name not in sources]
    outputs = [stream for name, stream in sources.items() if name not in sinks]
    shell = shell_around(board, inputs, outputs, clk_mhz, max(part.kernel.cycles for part in parts))
    costs = [
        *(part.kernel.resources() for part in parts),
        *_converters(sources, sinks),
        *shell_resources(shell).values(),
    ]
    return sum(costs, Resources())


def _converters(sources: dict[str, Stream], sinks: dict[str, Stream]) -> Iterator[Resources]:
    for name in sources.keys() & sinks.keys():
        source, sink = sources[name], sinks[name]
        if source.lanes != sink.lanes:
            elements = source.beats * source.lanes
            converter = StreamingDataWidthConverter(source.datatype, elements, source.lanes, sink.lanes)
            yield converter.resources()
