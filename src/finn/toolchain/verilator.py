"""Verilator: SystemVerilog and a C++ harness to one shared library."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from finn.toolchain.compiler import Runtime, find_compiler, find_verilator, object_command, verilator_runtime
from finn.toolchain.literal import literal
from finn.toolchain.process import Tool, run_tool, run_tools

__all__ = ("compile_model", "find_compiler", "lint")

PREFIX = "Vmodel"
VERILATOR_TIMEOUT = 600.0
COMPILE_TIMEOUT = 1800.0
# Sources of fewer bytes are compiled as one unit: starting a second compiler would cost more.
UNIT_BYTES = 250_000
EXPORTED = "finn_*"


def compile_model(
    *,
    top: str,
    sources: Sequence[Path],
    harness: Sequence[Path],
    output: Path,
    work: Path,
    parameters: Mapping[str, int | str] | None = None,
    defines: Mapping[str, str] | None = None,
    include: Sequence[Path] = (),
    trace: bool = False,
    optimise: str = "-O1",
    extra: Sequence[str] = (),
) -> Path:
    """Compile a module and its C++ harness to one shared library.

    Parameters
    ----------
    top
        The top module; in C++ the class ``Vmodel``, header ``Vmodel.h``.
    sources
        SystemVerilog files.
    harness
        C++ files; their ``extern "C"`` functions named ``finn_*`` are exported, nothing else is.
    output
        The shared library to write.
    work
        Folder for intermediate files and logs; made if missing.
    parameters, defines
        Of the top module and of the preprocessor; a string parameter becomes a string literal.
    include
        Folders of headers, for the SystemVerilog and the C++ preprocessor.
    trace
        Whether the model can write FST waveforms.
    optimise
        The C++ compiler's optimisation flag.
    extra
        More arguments for Verilator.

    Returns
    -------
    Path
        ``output``.

    Raises
    ------
    FinnError
        There is no compiler, or a tool fails; the text has its last lines and its log.
    """
    work.mkdir(parents=True, exist_ok=True)
    verilated = work.resolve() / "verilated"
    options = [f"-G{name}={literal(value)}" for name, value in (parameters or {}).items()]
    options += [f"-D{name}={value}" for name, value in (defines or {}).items()]
    options += [f"-I{path.resolve()}" for path in include]
    options += ["--trace-fst", "--trace-structs"] if trace else []
    _verilate(top, sources, verilated, work, [*options, *extra])
    runtime = verilator_runtime(optimise, trace)
    units = _units(verilated, [path.resolve() for path in harness], work.resolve())
    objects = _compile(units, runtime, [verilated, *(path.resolve() for path in include)])
    return _link(objects, runtime, output.resolve(), work.resolve())


def lint(
    top: str, sources: Sequence[Path], log: Path, parameters: Mapping[str, int | str] | None = None
) -> None:
    """Check a module with every warning on.

    Raises
    ------
    FinnError
        Verilator finds an error or gives a warning.
    """
    options = [f"-G{name}={literal(value)}" for name, value in (parameters or {}).items()]
    arguments = ["--lint-only", "-Wall", "--no-timing", "--top-module", top, *options]
    run_tool(_verilator([*arguments, *(str(path.resolve()) for path in sources)], log), VERILATOR_TIMEOUT)


def _verilator(arguments: Sequence[str], log: Path, artefacts: Sequence[Path] = ()) -> Tool:
    root = find_verilator()
    command = [str(root / "bin" / "verilator_bin"), *arguments]
    environment = {"VERILATOR_ROOT": str(root)}
    return Tool("Verilator", command, log, artefacts=artefacts, environment=environment)


def _verilate(top: str, sources: Sequence[Path], directory: Path, work: Path, options: Sequence[str]) -> None:
    for stale in directory.glob("*"):
        stale.unlink()
    arguments = ["--cc", "--top-module", top, "--prefix", PREFIX, "--Mdir", str(directory)]
    arguments += ["--x-assign", "unique", "--x-initial", "unique", "--no-timing", "-Wno-fatal", "-Wno-lint"]
    arguments += [*options, *(str(path.resolve()) for path in sources)]
    run_tool(_verilator(arguments, work / "verilator.log", [directory / f"{PREFIX}.h"]), VERILATOR_TIMEOUT)


def _units(verilated: Path, harness: Sequence[Path], work: Path) -> list[Path]:
    """Write the translation units: sources joined so that each processor has about as much to do."""
    sources = sorted([*verilated.glob("*.cpp"), *harness], key=lambda path: -path.stat().st_size)
    total = sum(path.stat().st_size for path in sources)
    count = max(1, min(os.cpu_count() or 1, total // UNIT_BYTES))
    groups: list[list[Path]] = [[] for _ in range(count)]
    for source in sources:
        min(groups, key=lambda group: sum(path.stat().st_size for path in group)).append(source)
    units = []
    for index, group in enumerate(groups):
        unit = work / f"unit{index}.cpp"
        unit.write_text("".join(f'#include "{path}"\n' for path in group))
        units.append(unit)
    return units


def _compile(units: Sequence[Path], runtime: Runtime, include: Sequence[Path]) -> list[Path]:
    jobs = []
    for unit in units:
        output = unit.with_suffix(".o")
        command = [*object_command(runtime, unit, output), *(f"-I{path}" for path in include)]
        jobs.append(Tool("the C++ compiler", command, unit.with_suffix(".log"), artefacts=[output]))
    run_tools(jobs, COMPILE_TIMEOUT)
    return [unit.with_suffix(".o") for unit in units]


def _link(objects: Sequence[Path], runtime: Runtime, output: Path, work: Path) -> Path:
    command = [*find_compiler(), "-shared", "-pthread", "-o", str(output)]
    if sys.platform == "darwin":
        command.append(f"-Wl,-exported_symbol,_{EXPORTED}")
    else:
        # Only the harness is visible: models loaded into one process must not see each other.
        script = work / "exports.map"
        script.write_text(f"{{ global: {EXPORTED}; local: *; }};\n")
        command += [f"-Wl,--version-script={script}", "-Wl,-z,defs"]
    command += [str(path) for path in (*objects, *runtime.objects)]
    output.parent.mkdir(parents=True, exist_ok=True)
    run_tool(Tool("the linker", command, work / "link.log", artefacts=[output]), COMPILE_TIMEOUT)
    return output
