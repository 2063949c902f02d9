"""Compiles a shell with its network to the simulated chip that an emulated board loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from finn.toolchain.verilator import compile_model

__all__ = ("compile_silicon", "twins")

FOLDER = Path(__file__).parent
TOP = "finn_top"
HARNESSES = {"ps7": FOLDER / "silicon.cpp", "ps8": FOLDER / "silicon_ps8.cpp"}


def twins(processor: str) -> tuple[Path, ...]:
    """The models of a processor's primitives; ``processor`` is ``ps7`` or ``ps8``."""
    return (FOLDER / f"silicon_{processor}.sv",)


def compile_silicon(
    sources: Sequence[Path], output: Path, work: Path, optimise: str = "-O2", processor: str = "ps7"
) -> Path:
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
    processor
        The shell's: ``ps7`` or ``ps8``.

    Raises
    ------
    FinnError
        There is no compiler, or a tool fails.
    """
    return compile_model(
        top=TOP,
        sources=[*twins(processor), *sources],
        harness=[HARNESSES[processor]],
        output=output,
        work=work,
        include=[FOLDER],
        optimise=optimise,
    )
