"""Every SystemVerilog module of the kernels is free of Verilator's warnings, in each of its forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernels.instances import INSTANCES

import finn.kernels
from finn.kernels.base import Kernel
from finn.toolchain.verilator import lint

KERNELS = Path(finn.kernels.__file__).parent
# Stand-ins for vendor primitives, which synthesis tools provide.
NOT_LINTED = {"xilinx_stubs.sv"}


@pytest.mark.parametrize("name", INSTANCES)
def test_instance_has_no_warning(name: str, tmp_path: Path) -> None:
    kernel: Kernel = INSTANCES[name]
    module = kernel.rtl("lint")
    for file, text in module.memories.items():
        (tmp_path / file).write_text(text)
    lint(module.module, kernel.sources, tmp_path / "lint.log", module.parameters)


def test_every_source_belongs_to_an_instance() -> None:
    used = {path.resolve() for kernel in INSTANCES.values() for path in kernel.sources}
    missing = {path for path in KERNELS.rglob("*.sv") if path.resolve() not in used}
    assert {path.name for path in missing} <= NOT_LINTED


def test_every_source_guards_its_nets() -> None:
    for path in KERNELS.rglob("*.sv"):
        text = path.read_text()
        assert "`default_nettype none" in text, path.name
        assert text.endswith("`default_nettype wire\n"), path.name
