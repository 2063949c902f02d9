"""Compiling a model: parameters, exports, errors with the tool's own words, and the choice of compiler."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finn.errors import FinnError
from finn.toolchain.compiler import find_compiler
from finn.toolchain.verilator import compile_model, lint

MODULE = """module answer #(parameter int VALUE = 1, parameter TEXT = "no") (output wire [31:0] value, text);
    assign value = VALUE;
    assign text = TEXT == "yes" ? 1 : 0;
endmodule
"""
HARNESS = """#include "Vmodel.h"
extern "C" unsigned finn_answer() {
    VerilatedContext context; Vmodel model{&context}; model.eval(); return model.value + model.text;
}
extern "C" unsigned other_function() { return 1; }
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "answer.sv").write_text(MODULE)
    (tmp_path / "harness.cpp").write_text(HARNESS)
    return tmp_path / "answer.sv", tmp_path / "harness.cpp"


def compiled(files: tuple[Path, Path], folder: Path, value: int) -> ctypes.CDLL:
    output = compile_model(
        top="answer",
        sources=[files[0]],
        harness=[files[1]],
        output=folder / f"answer{value}.so",
        work=folder / f"work{value}",
        parameters={"VALUE": value, "TEXT": "yes"},
    )
    return ctypes.CDLL(str(output))


def test_parameters_reach_the_model_and_models_do_not_meet(files: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = compiled(files, tmp_path, 41), compiled(files, tmp_path, 6)
    assert [first.finn_answer(), second.finn_answer()] == [42, 7]
    assert not hasattr(first, "other_function")


def test_an_error_in_the_source_is_told_with_the_log(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[0].write_text("module answer; wire broken = ; endmodule")
    with pytest.raises(
        FinnError, match=r"^Verilator failed \(exit code 1\): .*answer.sv:1:.*its log is .*verilator.log$"
    ):
        compiled(files, tmp_path, 1)


def test_an_error_in_the_harness_is_told_with_the_log(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[1].write_text('extern "C" int finn_answer() { return nothing; }')
    with pytest.raises(
        FinnError, match=r"^the C\+\+ compiler failed \(exit code 1\): .*nothing.*its log is .*unit0.log$"
    ):
        compiled(files, tmp_path, 1)


def test_lint_finds_a_width_that_does_not_fit(tmp_path: Path) -> None:
    source = tmp_path / "narrow.sv"
    source.write_text("module narrow(input wire [3:0] a, output wire [1:0] b); assign b = a; endmodule\n")
    with pytest.raises(FinnError, match="WIDTHTRUNC"):
        lint("narrow", [source], tmp_path / "lint.log")


def test_the_compiler_is_cxx_then_what_is_on_path_then_ziglang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "ccache clang++")
    assert find_compiler() == ["ccache", "clang++"]
    monkeypatch.delenv("CXX")
    (tmp_path / "clang++").write_text("#!/bin/sh\n")
    (tmp_path / "clang++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_compiler() == [str(tmp_path / "clang++")]
    (tmp_path / "clang++").unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "ziglang")
    assert find_compiler() == [sys.executable, "-m", "ziglang", "c++"]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FinnError) as error:
        find_compiler()
    assert str(error.value) == (
        "no C++ compiler was found: install g++ or clang, or run `pip install ziglang`, which holds one"
    )


def test_ziglang_compiles_a_model_where_its_runtime_is_cached(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    pytest.importorskip("ziglang")
    if "FINN_TEST_ZIG" not in os.environ:
        pytest.skip("set FINN_TEST_ZIG=1: the first compilation with ziglang takes two minutes")
    script = (
        "import sys; from pathlib import Path; from finn.toolchain.verilator import compile_model; "
        "folder = Path(sys.argv[1]); compile_model(top='answer', sources=[folder / 'answer.sv'], "
        "harness=[folder / 'harness.cpp'], output=folder / 'zig.so', work=folder / 'work')"
    )
    environment = {**os.environ, "CXX": f"{sys.executable} -m ziglang c++"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert ctypes.CDLL(str(tmp_path / "zig.so")).finn_answer() == 1
