"""The ``.hwh`` of every board, read by the real ``pynq``: addresses, register maps, clocks, port widths."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from shell.loopback import Loopback

from finn.boards import BOARDS, get_board
from finn.emulator.environment import ensure_environment
from finn.shell import write_hwh

ULTRASCALE = [name for name in BOARDS if get_board(name).family == "zynq-ultrascale+"]
# pynq 4 has no Zynq-7000 any more.
VERSIONS = {"3.1.2": list(BOARDS), "4.0.0": ULTRASCALE}
CASES = [(version, board) for version, boards in VERSIONS.items() for board in boards]
REGISTERS = {
    **{"CTRL": 0x00, "ADDRESS_LOW": 0x10, "ADDRESS_HIGH": 0x14, "FRAMES": 0x1C, "CYCLES_LOW": 0x20},
    **{"CYCLES_HIGH": 0x24, "MEMORY_STALLS": 0x28, "NETWORK_STALLS": 0x2C, "ERRORS": 0x30},
    **{"BUILD_ID": 0x34, "ABORT": 0x38},
}

READ = """
import json, sys
import numpy as np
from pynq.registers import RegisterMap
from pynqmetadata.frontends import Metadata
try:
    from pynq.metadata.runtime_metadata_parser import RuntimeMetadataParser
except ImportError:
    from pynqmetadata.views.runtime import RuntimeMetadataParser
found = {}
for path in sys.argv[1:]:
    parser = RuntimeMetadataParser(Metadata(input=path))
    page = np.arange(1024, dtype=np.uint32)
    dmas = {}
    for name, entry in parser.ip_dict.items():
        if "dma" not in name:
            continue
        registers = RegisterMap.create_subclass(name, entry["registers"])(page)
        values = {register: int(getattr(registers, register)) for register in entry["registers"]}
        page[0] = 0b110
        bits = [registers.CTRL.AP_START, registers.CTRL.AP_DONE, registers.CTRL.AP_IDLE]
        page[0] = 0
        dmas[name] = dict(address=entry["phys_addr"], size=entry["addr_range"], values=values, bits=bits)
    processor = parser.ip_dict[parser.ps_name]["parameters"]
    widths = {name: value for name, value in processor.items() if name.endswith("AXIGP0_DATA_WIDTH")
              or name.startswith("C_SAXIGP")}
    found[path] = dict(dmas=dmas, clocks=parser.clock_dict, family=parser.family_ps, widths=widths)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """What each version of ``pynq`` makes of each board's file."""
    folder = tmp_path_factory.mktemp("hwh")
    found = {}
    for version, boards in VERSIONS.items():
        for board in boards:
            write_hwh(Loopback(128, 49, 2, board=board).spec, folder / f"{board}.hwh", "finn-a.bit")
        python = str(ensure_environment(pynq=version) / "bin" / "python")
        command = [python, "-W", "ignore", "-c", READ, *(f"{board}.hwh" for board in boards)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        for name, entry in json.loads(done.stdout.splitlines()[-1]).items():
            found[version, Path(name).stem] = entry
    return found


@pytest.mark.parametrize(("version", "board"), CASES)
def test_dmas_and_their_registers(read: dict[tuple[str, str], Any], version: str, board: str) -> None:
    dmas, base = read[version, board]["dmas"], get_board(board).register_base
    assert {name: entry["address"] for name, entry in dmas.items()} == {"idma0": base, "odma0": base + 4096}
    for entry in dmas.values():
        assert entry["size"] == 4096
        # Each word of the page holds its own number.
        assert entry["values"] == {name: offset // 4 for name, offset in REGISTERS.items()}
        assert entry["bits"] == [0, 1, 1]


@pytest.mark.parametrize(("version", "board"), CASES)
def test_clocks(read: dict[tuple[str, str], Any], version: str, board: str) -> None:
    clocks = read[version, board]["clocks"]
    assert sorted(clocks) == ["0", "1", "2", "3"]
    assert [clocks[name]["enable"] for name in sorted(clocks)] == [1, 0, 0, 0]
    ultrascale = board in ULTRASCALE
    assert (clocks["0"]["divisor0"], clocks["0"]["divisor1"]) == ((15, 1) if ultrascale else (10, 1))
    if version == "4.0.0":
        assert clocks["0"]["frequency"] == pytest.approx(100.0)


@pytest.mark.parametrize(("version", "board"), CASES)
def test_processor_and_widths_of_its_ports(
    read: dict[tuple[str, str], Any], version: str, board: str
) -> None:
    found = read[version, board]
    if board not in ULTRASCALE:
        assert (found["family"], found["widths"]) == ("processing_system7", {})
        return
    assert found["family"] == "zynq_ultra_ps_e"
    ports = {f"C_SAXIGP{port}_DATA_WIDTH": "128" for port in range(2, 6)}
    assert found["widths"] == {"C_MAXIGP0_DATA_WIDTH": "32", **ports}
