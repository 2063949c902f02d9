"""What an emulated board makes of a bitstream file."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from finn.errors import FinnError
from finn.shell import read_bit

__all__ = ("Configuration", "configure")

ABI = "finn-silicon-2"


@dataclass(frozen=True)
class Configuration:
    """A compiled simulation that is ready to be loaded.

    Attributes
    ----------
    directory
        Folder with the library and the memory files that it opens by relative names.
    library
        The shared library.
    clk_mhz
        The clock that the build was made for.
    """

    directory: Path
    library: Path
    clk_mhz: float


def configure(bitstream: Path, board: str, work: Path) -> Configuration:
    """Unpack a bitstream under ``work``, once for each content.

    Raises
    ------
    FinnError
        The file is no bitstream, is one for a real FPGA, or was built for another board.
    """
    payload = _payload(bitstream)
    directory = work / hashlib.sha256(payload).hexdigest()[:16]
    try:
        archive = zipfile.ZipFile(io.BytesIO(payload))
        info = json.loads(archive.read("info.json"))
        if info["abi"] != ABI:
            raise FinnError(f"{bitstream.name} is for another version of the emulated board; build it anew")
        if info["board"] != board:
            raise FinnError(f"{bitstream.name} was built for {info['board']}, this board is a {board}")
        if not directory.is_dir():
            archive.extractall(directory)
        return Configuration(directory, directory / "silicon.so", float(info["clk_mhz"]))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError):
        raise FinnError(
            f"{bitstream.name} is a bitstream for a real FPGA; an emulated board takes one built with "
            "toolchain verilator"
        ) from None


def _payload(bitstream: Path) -> bytes:
    try:
        return bytes(read_bit(bitstream).payload)
    except OSError as error:
        raise FinnError(f"{bitstream} cannot be read: {error.strerror}") from None
