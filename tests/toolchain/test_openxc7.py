"""openXC7's tools are found, called as documented, and their answers read; the tools are fakes.

Nothing here shows anything about a chip.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_openxc7 import HELD, PART, FakeOpenXC7

from finn.errors import FinnError
from finn.shell.real_bit import check_real_bit
from finn.toolchain.nextpnr import layer_of, place_and_route, place_at_fastest
from finn.toolchain.openxc7 import find_openxc7, write_bitstream


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("FINN_OPENXC7", "CHIPDB", "PRJXRAY_DB_DIR"):
        monkeypatch.delenv(name, raising=False)


def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: dict[int, float], **options
) -> FakeOpenXC7:
    made = FakeOpenXC7(tmp_path / "openxc7", reached, **options)
    monkeypatch.setenv("FINN_OPENXC7", str(made.root))
    return made


def design(tmp_path: Path) -> Path:
    folder = tmp_path / "design"
    folder.mkdir()
    (folder / "top.json").write_text('{"modules": {"finn_top": {}}}')
    (folder / "top.xdc").write_text("")
    return folder


def test_missing_tools_are_named() -> None:
    with pytest.raises(FinnError) as error:
        find_openxc7(PART)
    assert str(error.value) == (
        "openXC7 is incomplete, missing are: nextpnr-xilinx, fasm2frames, xc7frames2bit, chip database "
        "xc7z020.bin, prjxray database zynq7/xc7z020clg400-1; install openXC7 "
        "(https://github.com/openXC7/toolchain-installer), then put its programs on PATH or name its folder "
        "in FINN_OPENXC7"
    )


def test_only_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {})
    made.chipdb.unlink()
    (made.root / "bin" / "xc7frames2bit").unlink()
    with pytest.raises(FinnError, match=r"missing are: xc7frames2bit, chip database xc7z020.bin; install"):
        find_openxc7(PART)


def test_found_below_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {})
    (made.root / "bin" / "xc7frames2bit").rename(made.root / "share" / "xc7frames2bit")
    tools = find_openxc7(PART)
    assert tools.frames2bit == made.root / "share" / "xc7frames2bit"
    assert (tools.nextpnr, tools.chipdb) == (made.root / "bin" / "nextpnr-xilinx", made.chipdb)
    assert tools.part_file == made.database / PART / "part.yaml"


def test_path_comes_first_and_variables_name_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FakeOpenXC7(tmp_path / "openxc7", {})
    other = tmp_path / "data"
    other.mkdir()
    made.chipdb.rename(other / "xc7z020clg400.bin")
    made.database.rename(other / "zynq7")
    monkeypatch.setenv("PATH", f"{made.root / 'bin'}:/usr/bin:/bin")
    with pytest.raises(FinnError, match=r"missing are: chip database xc7z020.bin, prjxray database"):
        find_openxc7(PART)
    monkeypatch.setenv("CHIPDB", str(other))
    monkeypatch.setenv("PRJXRAY_DB_DIR", str(other))
    tools = find_openxc7(PART)
    assert (tools.chipdb, tools.database) == (other / "xc7z020clg400.bin", other / "zynq7")
    monkeypatch.setenv("CHIPDB", str(other / "xc7z020clg400.bin"))
    assert find_openxc7(PART).chipdb == tools.chipdb


def test_the_documented_command_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {1: 171.5})
    folder = design(tmp_path)
    tools = find_openxc7(PART)
    routed = place_and_route(tools, folder, 100.0)
    assert (routed.clk_mhz, routed.asked_mhz, routed.reported_mhz, routed.seed) == (100.0, 160.0, 171.5, 1)
    assert routed.used == {"SLICE_LUTX": (5120, 106400), "SLICE_FFX": (900, 106400), "RAMB18E1": (3, 280)}
    bit = write_bitstream(tools, folder)
    assert check_real_bit(bit, PART).part == PART
    chipdb, database = str(made.chipdb), str(made.database)
    names = ["--xdc", "top.xdc", "--json", "top.json", "--fasm", "top.fasm"]
    part = ["--part_file", f"{database}/{PART}/part.yaml", "--part_name", PART]
    assert made.calls() == [
        ["nextpnr-xilinx", "--chipdb", chipdb, *names, "--freq", "160", "--seed", "1"],
        ["fasm2frames.py", "--part", PART, "--db-root", database, "top.fasm"],
        ["xc7frames2bit", *part, "--frm_file", "top.frames", "--output_file", "top.bit"],
        ["bitread", *part[:2], "-o", "top.bits", "-z", "-y", "top.bit"],
    ]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (HELD[1:], r"1 bits differ, the first is bit 0 of word 3 of frame 0x00400000"),
        ((*HELD, "050_31", "099_00"), r"2 bits differ, the first is bit 31 of word 50 of frame 0x00400000"),
        (("3_0",), r"top\.bits is no list of bits; use a bitread of Project X-Ray"),
    ],
)
def test_a_bitstream_that_reads_back_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: tuple[str, ...], said: str
) -> None:
    fake(tmp_path, monkeypatch, {1: 200.0}, held=held)
    folder = design(tmp_path)
    tools = find_openxc7(PART)
    place_and_route(tools, folder, 100.0)
    with pytest.raises(FinnError, match=said):
        write_bitstream(tools, folder)


def test_without_a_disassembler_nothing_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {1: 200.0}, held=())
    (made.root / "bin" / "bitread").unlink()
    folder = design(tmp_path)
    tools = find_openxc7(PART)
    place_and_route(tools, folder, 100.0)
    assert tools.bitread is None and write_bitstream(tools, folder).is_file()


def test_another_seed_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, {1: 150.0, 2: 159.99, 3: 160.0})
    routed = place_and_route(find_openxc7(PART), design(tmp_path), 100.0)
    assert (routed.seed, routed.reported_mhz) == (3, 160.0)


def test_a_missed_clock_names_the_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, {1: 90.0, 2: 120.0, 3: 100.0})
    folder = design(tmp_path)
    with pytest.raises(FinnError) as error:
        place_and_route(find_openxc7(PART), folder, 100.0)
    assert str(error.value) == (
        "the clock of 100 MHz is missed: nextpnr-xilinx estimates 120 MHz at best of 3 seeds, 160 are asked "
        "for (a margin of 1.6); the slowest path goes from MVAU_0 to idma0; build with --clk-mhz 75 or auto, "
        f"or with a smaller folding; its log is {folder}/nextpnr-seed2.log"
    )
    assert not (folder / "top.fasm").exists()


@pytest.mark.parametrize(
    ("reached", "clock", "seed", "asked"),
    [
        ({1: 200.0, 2: 240.0, 3: 250.0}, 150.0, 2, [160.0, 230.0, 276.0]),
        ({1: 120.0, 2: 121.0, 3: 100.0}, 75.6, 2, [160.0, 114.0, 139.15]),
        ({1: 800.0}, 250.0, 1, [160.0]),
    ],
)
def test_the_fastest_clock_that_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached, clock, seed, asked
) -> None:
    made = fake(tmp_path, monkeypatch, reached)
    folder = design(tmp_path)
    routed = place_at_fastest(find_openxc7(PART), folder, 100.0)
    assert (routed.clk_mhz, routed.seed) == (clock, seed)
    assert routed.clk_mhz <= routed.reported_mhz / 1.6
    assert (folder / "top.fasm").read_text() == f"# seed {seed}\n"
    assert [float(call[call.index("--freq") + 1]) for call in made.calls()] == pytest.approx(asked)


def test_a_design_that_meets_no_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, {1: 12.0})
    folder = design(tmp_path)
    with pytest.raises(FinnError) as error:
        place_at_fastest(find_openxc7(PART), folder, 100.0)
    assert str(error.value) == (
        "no clock is met: nextpnr-xilinx estimates 12 MHz where 160 are asked for; the slowest path goes "
        f"from MVAU_0 to idma0; choose a smaller folding; its log is {folder}/nextpnr-seed1.log"
    )


def test_a_crash_is_no_missed_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {1: 10.0})
    program = made.root / "bin" / "nextpnr-xilinx"
    text = "print(\"Warning: Max frequency for clock 'c': 9.00 MHz (FAIL at 160.00 MHz)\")\n"
    program.write_text(
        f"#!/usr/bin/env python3\n{text}print('ERROR: no Bels remaining')\nraise SystemExit(255)\n"
    )
    with pytest.raises(FinnError, match=r"nextpnr-xilinx failed \(exit code 255\): ERROR: no Bels remaining"):
        place_and_route(find_openxc7(PART), design(tmp_path), 100.0)


def test_silence_about_the_clock_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fake(tmp_path, monkeypatch, {1: 10.0})
    program = made.root / "bin" / "nextpnr-xilinx"
    program.write_text("#!/bin/sh\necho some > top.fasm\n")
    with pytest.raises(FinnError, match=r"nextpnr-xilinx names no clock frequency, so nothing is known"):
        place_and_route(find_openxc7(PART), design(tmp_path), 100.0)


def test_a_bitstream_of_a_wrong_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, {1: 200.0}, bit_bytes=2_083_740)
    folder = design(tmp_path)
    place_and_route(find_openxc7(PART), folder, 100.0)
    with pytest.raises(FinnError) as error:
        check_real_bit(write_bitstream(find_openxc7(PART), folder), PART)
    assert str(error.value) == (
        "top.bit holds 2083740 bytes of configuration data where a 7z020clg400 takes 4045564; build it "
        "again, uncompressed"
    )


@pytest.mark.parametrize(
    ("cell", "layer"),
    [
        ("u_network.MVAU_0.u_dot.x_FDRE_Q", "MVAU_0"),
        ("u_network/Thresholding_1/u_core/x[3]", "Thresholding_1"),
        ("$abc$1$auto$u_idma0.u_gather.x", "idma0"),
        ("hp_wdata[0][3]_cell", "shell"),
        ("$abc$1$lut$aiger$o7", "$abc$1$lut$aiger$o7"),
    ],
)
def test_layers(cell: str, layer: str) -> None:
    assert layer_of(cell) == layer
