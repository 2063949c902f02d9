"""The PYNQ shell: processor wrapper, DMAs, registers, and the files that PYNQ loads."""

from __future__ import annotations

from finn.shell.bitfile import Bitstream, read_bit, write_bit
from finn.shell.hwh import write_hwh
from finn.shell.project import TOP, ShellProject, rtl_sources, write_shell
from finn.shell.spec import ShellSpec, StreamPort, ports_for

__all__ = (
    "TOP",
    "Bitstream",
    "ShellProject",
    "ShellSpec",
    "StreamPort",
    "ports_for",
    "read_bit",
    "rtl_sources",
    "write_bit",
    "write_hwh",
    "write_shell",
)
