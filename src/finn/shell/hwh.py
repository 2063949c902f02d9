"""The ``.hwh`` that PYNQ reads beside the bitstream: addresses, registers, clocks.

Written for the parsers of ``pynq`` 3 and 4 (pynqmetadata), which need the PS module's four clocks and a
memory range for each IP, and of PYNQ 2.5, which needs FULLNAME on every module and every property
of every register.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from finn.shell.hwh_processor import ProcessorModule, chip, processor_module
from finn.shell.spec import PAGE_BYTES, ShellSpec, StreamPort

__all__ = ("REGISTERS", "Field", "Register", "write_hwh")

MEMORY_MAPPED = "xilinx.com:interface:aximm:1.0"
SLAVE = "s_axi_control"
REGISTER_BITS = 32


@dataclass(frozen=True)
class Field:
    """Some bits of a register."""

    name: str
    offset: int
    width: int
    access: str
    description: str


@dataclass(frozen=True)
class Register:
    """A 32-bit register of a DMA's page."""

    name: str
    offset: int
    access: str
    description: str
    fields: tuple[Field, ...] = ()


REGISTERS = (
    Register(
        "CTRL",
        0x00,
        "read-write",
        "Control",
        (
            Field("AP_START", 0, 1, "read-write", "Write 1 to start; 1 while it runs"),
            Field("AP_DONE", 1, 1, "read-only", "The last run is complete; cleared by start"),
            Field("AP_IDLE", 2, 1, "read-only", "Nothing is outstanding"),
        ),
    ),
    Register("ADDRESS_LOW", 0x10, "read-write", "Physical address, bits 31 to 0; a multiple of 128"),
    Register("ADDRESS_HIGH", 0x14, "read-write", "Physical address, bits 63 to 32"),
    Register("FRAMES", 0x1C, "read-write", "Frames of a run"),
    Register("CYCLES_LOW", 0x20, "read-only", "Clock cycles of the last run, bits 31 to 0"),
    Register("CYCLES_HIGH", 0x24, "read-only", "Clock cycles of the last run, bits 63 to 32"),
    Register("MEMORY_STALLS", 0x28, "read-only", "Cycles stalled on memory, saturating"),
    Register("NETWORK_STALLS", 0x2C, "read-only", "Cycles stalled on the network, saturating"),
    Register(
        "ERRORS",
        0x30,
        "read-only",
        "Errors of the last run",
        (
            Field("SLVERR", 0, 1, "read-only", "The memory refused an access"),
            Field("DECERR", 1, 1, "read-only", "There is no memory at the address"),
            Field("ADDRESS", 2, 1, "read-only", "The address is not a multiple of 128, or too large"),
        ),
    ),
    Register("BUILD_ID", 0x34, "read-only", "Identifies the build"),
    Register(
        "ABORT",
        0x38,
        "read-write",
        "Abort of all DMAs",
        (Field("ABORT", 0, 1, "read-write", "Write 1 to abort; 1 until all is flushed"),),
    ),
)


def write_hwh(spec: ShellSpec, path: Path, bit_name: str) -> None:
    """Write the description of the shell for the bitstream ``bit_name`` (without suffix)."""
    system = ElementTree.Element("EDKSYSTEM", EDWVERSION="1.2", VIVADOVERSION="2019.1")
    device, package, grade = chip(spec.board.part)
    processor = processor_module(spec)
    ElementTree.SubElement(
        system,
        "SYSTEMINFO",
        NAME=bit_name,
        ARCH=processor.arch,
        DEVICE=device,
        PACKAGE=package,
        SPEEDGRADE=grade,
    )
    ElementTree.SubElement(system, "EXTERNALPORTS")
    ElementTree.SubElement(system, "EXTERNALINTERFACES")
    modules = ElementTree.SubElement(system, "MODULES")
    _processor(modules, spec, processor)
    for stream in spec.streams:
        _dma(modules, spec, stream)
    ElementTree.indent(system)
    ElementTree.ElementTree(system).write(path, encoding="UTF-8", xml_declaration=True)


def _module(parent: ElementTree.Element, name: str, kind: str, vlnv: str) -> ElementTree.Element:
    return ElementTree.SubElement(
        parent, "MODULE", FULLNAME=f"/{name}", INSTANCE=name, MODTYPE=kind, VLNV=vlnv, IPTYPE="PERIPHERAL"
    )


def _bus(module: ElementTree.Element, name: str, kind: str) -> None:
    buses = ElementTree.SubElement(module, "BUSINTERFACES")
    ElementTree.SubElement(buses, "BUSINTERFACE", NAME=name, TYPE=kind, VLNV=MEMORY_MAPPED, BUSNAME=name)


def _parameters(module: ElementTree.Element, values: dict[str, str]) -> None:
    parameters = ElementTree.SubElement(module, "PARAMETERS")
    for name, value in values.items():
        ElementTree.SubElement(parameters, "PARAMETER", NAME=name, VALUE=value)


def _processor(modules: ElementTree.Element, spec: ShellSpec, processor: ProcessorModule) -> None:
    module = _module(modules, processor.instance, processor.kind, processor.vlnv)
    ElementTree.SubElement(module, "PORTS")
    _parameters(module, processor.parameters)
    _bus(module, processor.master, "MASTER")
    memory = ElementTree.SubElement(module, "MEMORYMAP")
    for stream in spec.streams:
        base = spec.address(stream)
        ElementTree.SubElement(
            memory,
            "MEMRANGE",
            ADDRESSBLOCK="reg0",
            BASENAME="C_BASEADDR",
            BASEVALUE=f"0x{base:08X}",
            HIGHNAME="C_HIGHADDR",
            HIGHVALUE=f"0x{base + PAGE_BYTES - 1:08X}",
            INSTANCE=stream.name,
            IS_DATA="TRUE",
            IS_INSTRUCTION="FALSE",
            MASTERBUSINTERFACE=processor.master,
            MEMTYPE="REGISTER",
            SLAVEBUSINTERFACE=SLAVE,
        )


def _dma(modules: ElementTree.Element, spec: ShellSpec, stream: StreamPort) -> None:
    kind = "finn_idma" if stream in spec.inputs else "finn_odma"
    module = _module(modules, stream.name, kind, f"finn:pynq:{kind}:1.0")
    blocks = ElementTree.SubElement(module, "ADDRESSBLOCKS")
    block = ElementTree.SubElement(
        blocks,
        "ADDRESSBLOCK",
        ACCESS="",
        INTERFACE=SLAVE,
        NAME="reg0",
        RANGE=str(PAGE_BYTES),
        USAGE="register",
    )
    registers = ElementTree.SubElement(block, "REGISTERS")
    for register in REGISTERS:
        _register(registers, register)
    ElementTree.SubElement(module, "PORTS")
    base = spec.address(stream)
    limits = {
        "C_S_AXI_CONTROL_BASEADDR": f"0x{base:08X}",
        "C_S_AXI_CONTROL_HIGHADDR": f"0x{base + PAGE_BYTES - 1:08X}",
    }
    _parameters(module, limits)
    _bus(module, SLAVE, "SLAVE")


def _register(registers: ElementTree.Element, register: Register) -> None:
    element = ElementTree.SubElement(registers, "REGISTER", NAME=register.name)
    _properties(
        element,
        {
            "DESCRIPTION": register.description,
            "ADDRESS_OFFSET": f"0x{register.offset:02X}",
            "SIZE": str(REGISTER_BITS),
            "ACCESS": register.access,
            "IS_ENABLED": "true",
            "RESET_VALUE": "0",
        },
    )
    fields = ElementTree.SubElement(element, "FIELDS")
    for field in register.fields:
        inner = ElementTree.SubElement(fields, "FIELD", NAME=field.name)
        _properties(
            inner,
            {
                "ADDRESS_OFFSET": f"0x{register.offset:02X}",
                "DESCRIPTION": field.description,
                "ACCESS": field.access,
                "BIT_OFFSET": str(field.offset),
                "BIT_WIDTH": str(field.width),
            },
        )


def _properties(element: ElementTree.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(element, "PROPERTY", NAME=name, VALUE=value)
