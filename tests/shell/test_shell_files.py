"""What stands beside the RTL: specification, generated top, .hwh and .bit."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from shell.loopback import Loopback

from finn.emulator.environment import ensure_environment
from finn.errors import FinnError
from finn.shell import ShellSpec, StreamPort, ports_for, read_bit, write_bit, write_hwh, write_shell

PIXELS = Loopback(128, 49, 2, reduced=80).spec


@pytest.mark.parametrize(
    ("width", "beats", "cycles", "ports"),
    [(128, 49, 64, 2), (80, 1, 64, 1), (64, 1, 1, 2), (8, 784, 784, 1), (128, 100, 100, 4), (512, 1, 1, 4)],
)
def test_as_many_ports_as_the_rate_needs(width: int, beats: int, cycles: int, ports: int) -> None:
    assert ports_for(StreamPort("idma0", width, beats), cycles) == ports


def test_ports_go_by_the_boards_order() -> None:
    assert PIXELS.ports(PIXELS.inputs[0]) == (0, 2)
    assert replace(PIXELS, hp_ports=None, cycles_per_frame=64).ports(PIXELS.outputs[0]) == (0,)
    assert replace(PIXELS, hp_ports=4).ports(PIXELS.inputs[0]) == (0, 2, 1, 3)


def test_streams_share_no_port_of_one_direction() -> None:
    inputs = tuple(StreamPort(f"idma{index}", 256, 1) for index in range(3))
    spec = replace(PIXELS, inputs=inputs, hp_ports=None)
    used = [port for stream in inputs for port in spec.ports(stream)]
    assert sorted(used) == sorted(set(used))
    assert [spec.address(stream) for stream in spec.streams] == [0x4000_0000 + 4096 * i for i in range(4)]


def test_refusals() -> None:
    with pytest.raises(FinnError, match=r"^hp_ports=3 is not possible; possible are 1, 2 and 4$"):
        replace(PIXELS, hp_ports=3)
    with pytest.raises(FinnError, match=r"^a frame of idma0 has 268435456 bytes, more than the shell's"):
        replace(PIXELS, inputs=(StreamPort("idma0", 8, 1 << 28),))
    many = tuple(StreamPort(f"idma{index}", 8, 1) for index in range(5))
    with pytest.raises(
        FinnError, match=r"^the network has 5 streams in one direction, but Pynq-Z1 has 4 memory"
    ):
        replace(PIXELS, inputs=many)


def test_top_is_the_same_for_the_same_shell(tmp_path: Path) -> None:
    first, second = write_shell(PIXELS, tmp_path / "a"), write_shell(PIXELS, tmp_path / "b")
    assert first == second
    assert all((tmp_path / "a" / source).is_file() for source in first.sources)
    assert (tmp_path / "a" / "finn_top.sv").read_text() == (tmp_path / "b" / "finn_top.sv").read_text()


def test_bit_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.bit"
    write_bit(path, b"twelve bytes", "finn-a", "xc7z020clg400-1")
    found = read_bit(path)
    assert (found.design, found.part, found.payload) == ("finn-a", "7z020clg400-1", b"twelve bytes")


def test_bit_is_padded_to_whole_words(tmp_path: Path) -> None:
    path = tmp_path / "a.bit"
    write_bit(path, b"12345", "finn-a", "xc7z020clg400-1")
    assert read_bit(path).payload == b"12345\0\0\0"


def test_broken_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bit"
    write_bit(path, b"12345678", "finn-a", "xc7z020clg400-1")
    whole = path.read_bytes()
    path.write_bytes(b"PK" + whole)
    with pytest.raises(
        FinnError, match=r"^a\.bit is not a Xilinx bitstream: its header is missing; build it again$"
    ):
        read_bit(path)
    path.write_bytes(whole[:30])
    with pytest.raises(FinnError, match=r"^a\.bit is cut off within its header; build or copy it again$"):
        read_bit(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(
        FinnError, match=r"^a\.bit holds 7 bytes of 8 that its header announces; build or copy"
    ):
        read_bit(path)


def hwh(path: Path, spec: ShellSpec = PIXELS) -> ElementTree.Element:
    write_hwh(spec, path, path.stem)
    return ElementTree.parse(path).getroot()


def test_hwh_has_what_the_parser_of_pynq_2_5_reads(tmp_path: Path) -> None:
    root = hwh(tmp_path / "a.hwh")
    assert all(module.get("FULLNAME", "").startswith("/") for module in root.iter("MODULE"))
    registers = list(root.iter("REGISTER"))
    assert len(registers) == 2 * 11
    for register in registers:
        names = {found.get("NAME") for found in register.findall("PROPERTY")}
        assert {"ADDRESS_OFFSET", "SIZE", "ACCESS", "DESCRIPTION"} <= names
    for field in root.iter("FIELD"):
        names = {found.get("NAME") for found in field.findall("PROPERTY")}
        assert {"BIT_OFFSET", "BIT_WIDTH", "ACCESS", "DESCRIPTION"} <= names


@pytest.mark.parametrize(
    ("mhz", "divisors"), [(100.0, ("10", "1")), (50.0, ("20", "1")), (150.0, ("7", "1")), (10.0, ("50", "2"))]
)
def test_hwh_clock_is_never_above_the_builds(tmp_path: Path, mhz: float, divisors: tuple[str, str]) -> None:
    root = hwh(tmp_path / "a.hwh", replace(PIXELS, clk_mhz=mhz))
    values = {found.get("NAME"): found.get("VALUE") for found in root.iter("PARAMETER")}
    assert tuple(values[f"PCW_FCLK0_PERIPHERAL_DIVISOR{index}"] for index in range(2)) == divisors
    assert 1000 / int(divisors[0]) / int(divisors[1]) <= mhz


def test_impossible_clock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FinnError, match=r"^a fabric clock of 300 MHz is not possible; choose 1 to 250 MHz$"):
        write_hwh(replace(PIXELS, clk_mhz=300.0), tmp_path / "a.hwh", "a")


READ_BY_PYNQ = """
import json, sys
from pynq.metadata.runtime_metadata_parser import RuntimeMetadataParser
from pynq.pl_server.embedded_device import parse_bit_header
from pynqmetadata.frontends import Metadata
parsed = RuntimeMetadataParser(Metadata(input=sys.argv[1]))
dmas = {name: dict(entry["registers"], address=entry["phys_addr"], size=entry["addr_range"])
        for name, entry in parsed.ip_dict.items() if "dma" in name}
with open(sys.argv[2], "rb") as file:
    header = parse_bit_header(file.read())
header["data"] = len(header["data"])
print(json.dumps({"dmas": dmas, "clocks": parsed.clock_dict, "header": header}))
"""


def test_pynq_reads_both_files(tmp_path: Path) -> None:
    write_hwh(PIXELS, tmp_path / "a.hwh", "a")
    write_bit(tmp_path / "a.bit", bytes(100), "a", PIXELS.board.part)
    python = str(ensure_environment() / "bin" / "python")
    command = [python, "-W", "ignore", "-c", READ_BY_PYNQ, "a.hwh", "a.bit"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert set(found["dmas"]) == {"idma0", "odma0"}
    assert found["dmas"]["odma0"]["address"] == 0x4000_1000
    assert found["dmas"]["odma0"]["size"] == 4096
    registers = {name: entry for name, entry in found["dmas"]["idma0"].items() if isinstance(entry, dict)}
    assert registers["CTRL"]["address_offset"] == 0x00
    assert registers["BUILD_ID"]["address_offset"] == 0x34
    assert all(register["size"] == 32 for register in registers.values())
    assert found["clocks"]["0"]["enable"] == 1
    assert found["clocks"]["0"]["divisor0"] == 10
    assert (found["header"]["design"], found["header"]["data"]) == ("a", 100)
