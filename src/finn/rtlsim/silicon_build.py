"""Compiles a shell with its network to the simulated chip that an emulated board loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finn.toolchain.verilator import compile_model

__all__ = ("SOURCES", "compile_silicon")

FOLDER = Path(__file__).parent
TOP = "finn_top"
# The processor primitive's twin.
SOURCES = (FOLDER / "silicon_ps7.sv",)
HARNESS = FOLDER / "silicon.cpp"


def compile_silicon(sources: Sequence[Path], output: Path, work: Path, optimise: str = "-O2") -> Path:
    """Compile a shell and its network with the model of processor and memory.

    Parameters
    ----------
    sources
        SystemVerilog of the shell (top ``finn_top``) and of the module ``finn_network``.
    output
        The shared library to write; :class:`finn.rtlsim.silicon.Silicon` loads it.
    work
        Folder for intermediate files and logs.
    optimise
        The C++ compiler's optimisation flag.

    Raises
    ------
    FinnError
        There is no compiler, or a tool fails.
    """
    return compile_model(
        top=TOP,
        sources=[*SOURCES, *sources],
        harness=[HARNESS],
        output=output,
        work=work,
        include=[FOLDER],
        optimise=optimise,
    )
