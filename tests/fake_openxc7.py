"""Stand-ins for nextpnr-xilinx, fasm2frames, xc7frames2bit and bitread.

They check their arguments and write files of the right shape: they show that the tools are called as
documented and their answers read rightly, and nothing about a chip.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PART = "xc7z020clg400-1"
DATA_BYTES = 4_045_564

COMMON = """#!{python}
import json, struct, sys
from pathlib import Path
root = Path({root!r})
arguments = sys.argv[1:]
if arguments == ["--version"]:
    print("{name} (fake)")
    sys.exit(0)
with (root / "calls.jsonl").open("a") as file:
    file.write(json.dumps(["{name}", *arguments]) + "\\n")
"""

NEXTPNR = """
options = dict(zip(arguments[::2], arguments[1::2]))
assert list(options) == ["--chipdb", "--xdc", "--json", "--fasm", "--freq", "--seed"], arguments
assert "finn_top" in Path(options["--json"]).read_text() and Path(options["--xdc"]).is_file()
assert Path(options["--chipdb"]).is_file()
asked = float(options["--freq"])
reached = json.loads((root / "reached.json").read_text())[options["--seed"]]
clock = "u_processor.aclk"
print("Info: Max frequency for clock '%s': 31.00 MHz (PASS at 12.00 MHz)" % clock)
print("Info: Device utilisation:")
print("Info: \\t           SLICE_LUTX:  5120/106400     4%")
print("Info: \\t            SLICE_FFX:   900/106400     0%")
print("Info: \\t             RAMB18E1:     3/   280     1%")
print("Info: Critical path report for clock '%s' (posedge -> posedge):" % clock)
print("Info: curr total")
print("Info:  0.1  0.1  Source u_network.MVAU_0.u_dot.sum[3]_cell.Q")
print("Info:  1.0  1.1    Net u_network.t[3] budget 1.0 ns (10,20) -> (11,20)")
print("Info:                Sink $abc$1$lut$aiger$o7.A1")
print("Info:  0.1  1.2  Source $abc$1$lut$aiger$o7.O6")
print("Info:                Sink u_idma0.count[0]_cell.D")
print("Info:  0.1  1.3  Setup u_idma0.count[0]_cell.D")
met = reached >= asked
kind, verdict = ("Info", "PASS") if met else ("ERROR", "FAIL")
print("%s: Max frequency for clock '%s': %.2f MHz (%s at %.2f MHz)" % (kind, clock, reached, verdict, asked))
if not met:
    sys.exit(1)
Path(options["--fasm"]).write_text("# seed " + options["--seed"] + "\\n")
"""

FASM2FRAMES = """
assert arguments[:1] + arguments[2:3] + arguments[4:] == ["--part", "--db-root", "top.fasm"], arguments
assert arguments[1] == "xc7z020clg400-1" and (Path(arguments[3]) / arguments[1] / "part.yaml").is_file()
assert Path("top.fasm").read_text().startswith("# seed")
sys.stderr.write("a remark that is no frame\\n")
words = ["0x00000000"] * 101
words[3], words[50], words[100] = "0x80000001", "0x00002FFF", "0x00000010"
print("0x00400000 " + ",".join(words))
print("0x0040011A " + ",".join(["0x00000000"] * 101))
"""

FRAMES2BIT = """
names = ["--part_file", "--part_name", "--frm_file", "--output_file"]
assert arguments[::2] == names, arguments
assert Path(arguments[1]).is_file() and arguments[5:8:2] == ["top.frames", "top.bit"]
assert Path("top.frames").read_text().startswith("0x00400000 0x00000000,0x00000000,0x00000000,0x80000001,")
def field(key, text):
    data = text.encode() + b"\\0"
    return key + struct.pack(">H", len(data)) + data
data = b"\\xff" * 64 + bytes.fromhex("aa995566")
data += bytes({bytes} - len(data))
header = bytes.fromhex("00090ff00ff00ff00ff0000001")
header += field(b"a", "top.frames;Generator=xc7frames2bit") + field(b"b", arguments[3])
header += field(b"c", "2026/01/01") + field(b"d", "00:00:00")
Path("top.bit").write_bytes(header + b"e" + struct.pack(">I", len(data)) + data)
"""

# What the frames above hold, their checksum left out.
BITREAD = """
assert arguments[:1] + arguments[2:] == ["--part_file", "-o", "top.bits", "-z", "-y", "top.bit"], arguments
assert Path(arguments[1]).is_file() and Path("top.bit").is_file()
Path("top.bits").write_text("".join("bit_00400000_%s\\n" % bit for bit in {bits}))
"""
HELD = ("003_00", "003_31", "050_13", "100_04")


class FakeOpenXC7:
    """A folder for ``FINN_OPENXC7`` whose place and route reaches ``reached[seed]`` MHz."""

    def __init__(
        self,
        root: Path,
        reached: dict[int, float],
        *,
        bit_bytes: int = DATA_BYTES,
        held: tuple[str, ...] = HELD,
    ) -> None:
        self.root = root
        (root / "bin").mkdir(parents=True)
        (root / "reached.json").write_text(json.dumps(reached))
        self._tool("nextpnr-xilinx", NEXTPNR)
        self._tool("fasm2frames.py", FASM2FRAMES)
        self._tool("xc7frames2bit", FRAMES2BIT.replace("{bytes}", str(bit_bytes)))
        self._tool("bitread", BITREAD.format(bits=repr(held)))
        self.chipdb = root / "share" / "chipdb" / "xc7z020.bin"
        self.database = root / "share" / "prjxray-db" / "zynq7"
        for path in (self.chipdb, self.database / PART / "part.yaml"):
            path.parent.mkdir(parents=True)
            path.write_text("fake\n")

    def _tool(self, name: str, text: str) -> None:
        path = self.root / "bin" / name
        path.write_text(COMMON.format(python=sys.executable, root=str(self.root), name=name) + text)
        path.chmod(0o755)

    def calls(self) -> list[list[str]]:
        """Program and arguments of each call so far."""
        log = self.root / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
