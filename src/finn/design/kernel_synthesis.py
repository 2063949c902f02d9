"""Kernels by themselves, side by side in one run of Yosys, to count what each takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from finn.core.network import Boundary, Instance
from finn.core.network_rtl import NETWORK_TOP, network_rtl
from finn.kernels.base import PRIMITIVES, Kernel, Resources, Stream
from finn.toolchain.mapping import map_to_cells
from finn.toolchain.yosys import utilisation

__all__ = ("counted", "synthesise_kernels")


def synthesise_kernels(
    kernels: Mapping[str, Kernel], folder: Path, apart: Iterable[tuple[str, str, str]] = ()
) -> dict[str, Resources]:
    """What each kernel takes after synthesis for a 7-series part.

    Parameters
    ----------
    kernels
        By a name that is an identifier.
    folder
        Receives RTL, netlist and log; made if missing.
    apart
        A kernel's name, the name of a module in it and the path of its instance there: it is counted by
        itself, as ``<name>.<path>``, and not in the kernel.

    Raises
    ------
    FinnError
        Yosys fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rtl = {name: kernel.rtl(name) for name, kernel in kernels.items()}
    memories = {file: text for module in rtl.values() for file, text in module.memories.items()}
    for file, text in memories.items():
        (folder / file).write_text(text)
    top = folder / f"{NETWORK_TOP}.sv"
    top.write_text(_side_by_side(kernels))
    kept = {f"{rtl[name].module}${NETWORK_TOP}.{name}": name for name in kernels}
    kept |= {f"{module}${NETWORK_TOP}.{name}.{path}": f"{name}.{path}" for name, module, path in apart}
    sources = dict.fromkeys(path for kernel in kernels.values() for path in kernel.sources)
    mapped = map_to_cells(
        NETWORK_TOP, [PRIMITIVES, *sources, top], [folder / file for file in memories], folder, kept
    )
    return {name: counted(mapped.cells.get(module, {})) for module, name in kept.items()}


def counted(cells: Mapping[str, int]) -> Resources:
    """Cells, by type, as resources."""
    return Resources(**{name.lower(): count for name, count in utilisation(cells).items()})


def _side_by_side(kernels: Mapping[str, Kernel]) -> str:
    """A network of kernels that are not connected with each other."""
    parts, inputs, outputs = [], [], []
    for name, kernel in kernels.items():
        sources = [_boundary(f"{name}_in{i}", s) for i, s in enumerate(kernel.input_streams)]
        sinks = [_boundary(f"{name}_out{i}", s) for i, s in enumerate(kernel.output_streams)]
        parts.append(Instance(name, kernel, tuple(b.tensor for b in sources), tuple(b.tensor for b in sinks)))
        inputs += sources
        outputs += sinks
    return network_rtl(parts, inputs, outputs)


def _boundary(tensor: str, stream: Stream) -> Boundary:
    return Boundary(tensor, stream, (stream.beats * stream.lanes,))
