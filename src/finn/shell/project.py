"""Writes the shell's project: the hand-written RTL and a generated top that wires it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finn.shell.spec import ShellSpec, StreamPort

__all__ = ("RTL", "TOP", "ShellProject", "rtl_sources", "write_shell")

TOP = "finn_top"
RTL = Path(__file__).parent / "rtl"
WRAPPERS = ("finn_ps7.sv", "finn_ps8.sv")

# Pins of finn_axi_registers and of the same wires of the processor's wrapper.
GP_WIRES = {
    **{"awid": 16, "awaddr": 40, "awlen": 8, "awsize": 3, "awburst": 2, "awvalid": 1, "awready": 1},
    **{"wdata": 32, "wstrb": 4, "wlast": 1, "wvalid": 1, "wready": 1},
    **{"bid": 16, "bresp": 2, "bvalid": 1, "bready": 1},
    **{"arid": 16, "araddr": 40, "arlen": 8, "arsize": 3, "arburst": 2, "arvalid": 1, "arready": 1},
    **{"rid": 16, "rdata": 32, "rresp": 2, "rlast": 1, "rvalid": 1, "rready": 1},
}
# Whether the DMA drives a wire of a memory port.
READ_WIRES = {
    **{"araddr": True, "arvalid": True, "arready": False},
    **{"rdata": False, "rresp": False, "rlast": False, "rvalid": False, "rready": True},
}
WRITE_WIRES = {
    **{"awaddr": True, "awvalid": True, "awready": False},
    **{"wdata": True, "wstrb": True, "wlast": True, "wvalid": True, "wready": False},
    **{"bresp": False, "bvalid": False, "bready": True},
}


@dataclass(frozen=True)
class ShellProject:
    """A written shell.

    Attributes
    ----------
    top
        Name of the top module, which has no ports.
    sources
        SystemVerilog files relative to the project's folder, in compile order.
    """

    top: str
    sources: tuple[Path, ...]


def rtl_sources(processor: str | None = None) -> list[Path]:
    """The hand-written files of the shell: those around one processor, or around none."""
    wrapper = f"finn_{processor}.sv"
    return [path for path in sorted(RTL.glob("*.sv")) if path.name == wrapper or path.name not in WRAPPERS]


def write_shell(spec: ShellSpec, directory: Path) -> ShellProject:
    """Write the shell's RTL and its generated top, which instantiates ``finn_network``.

    Parameters
    ----------
    spec
        The shell.
    directory
        The project's folder; made if missing.
    """
    directory.mkdir(parents=True, exist_ok=True)
    names = []
    for source in rtl_sources(spec.board.processor.name):
        shutil.copyfile(source, directory / source.name)
        names.append(Path(source.name))
    top = Path(f"{TOP}.sv")
    (directory / top).write_text(_top(spec))
    return ShellProject(TOP, (*names, top))


def _top(spec: ShellSpec) -> str:
    parts = [
        "`default_nettype none",
        "",
        f"// Generated: the shell of {spec.board.name} around the network. It only instantiates and wires.",
        f"module {TOP};",
        *_wires(spec),
        "",
        *_processor(spec),
        *_control(spec),
        *(line for page, stream in enumerate(spec.streams) for line in _dma(spec, page, stream)),
        *_unused_ports(spec),
        *_network(spec),
        "endmodule",
        "",
        "`default_nettype wire",
    ]
    return "\n".join(parts) + "\n"


def _hp_bits(spec: ShellSpec) -> dict[str, int]:
    """Bits of each wire of a memory port."""
    processor = spec.board.processor
    wide = {
        **{"araddr": processor.address_bits, "awaddr": processor.address_bits},
        **{"rdata": 8 * processor.port_bytes, "wdata": 8 * processor.port_bytes},
        **{"wstrb": processor.port_bytes, "rresp": 2, "bresp": 2},
    }
    return {name: wide.get(name, 1) for name in (*READ_WIRES, *WRITE_WIRES)}


def _wire(bits: int, name: str, count: int | None = None) -> str:
    packed = "" if count is None else f"[{count - 1}:0]"
    packed += "" if bits == 1 else f"[{bits - 1}:0]"
    return f"    wire {packed} {name};".replace("wire  ", "wire ")


def _wires(spec: ShellSpec) -> list[str]:
    pages = len(spec.streams)
    lines = [_wire(1, name) for name in ("aclk", "processor_resetn", "aresetn", "flush_resetn")]
    lines += [_wire(1, name) for name in ("network_aresetn", "aborting")]
    lines += [_wire(1, name, pages) for name in ("abort_request", "quiet", "bus_write")]
    lines += [_wire(10, "bus_write_word"), _wire(32, "bus_write_data"), _wire(4, "bus_write_strobe")]
    lines += [_wire(10, "bus_read_word"), _wire(32, "bus_read_data", pages)]
    lines += [_wire(bits, f"gp_{name}") for name, bits in GP_WIRES.items()]
    lines += [_wire(bits, f"hp_{name}", 4) for name, bits in _hp_bits(spec).items()]
    for stream in spec.streams:
        lines += [_wire(1, f"{stream.name}_tvalid"), _wire(1, f"{stream.name}_tready")]
        lines += [f"    wire [{stream.width - 1}:0] {stream.name}_tdata;"]
    return lines


def _instance(module: str, name: str, parameters: Sequence[str], pins: Sequence[str]) -> list[str]:
    configured = f" #(\n{_list(parameters)}\n    )" if parameters else ""
    return [f"    {module}{configured} {name} (", _list(pins), "    );", ""]


def _list(items: Sequence[str]) -> str:
    return ",\n".join(f"        {item}" for item in items)


def _pins(*names: str) -> list[str]:
    return [f".{name}({name})" for name in names]


def _processor(spec: ShellSpec) -> list[str]:
    pins = [".aclk(aclk)", ".resetn(processor_resetn)"]
    pins += _pins(*(f"gp_{name}" for name in GP_WIRES), *(f"hp_{name}" for name in _hp_bits(spec)))
    return _instance(f"finn_{spec.board.processor.name}", "u_processor", [], pins)


def _control(spec: ShellSpec) -> list[str]:
    pages = len(spec.streams)
    bus = [f"bus_write{name}" for name in ("", "_word", "_data", "_strobe")] + [
        "bus_read_word",
        "bus_read_data",
    ]
    slave = [*_pins("aclk", "aresetn"), *(f".s_axi_{name}(gp_{name})" for name in GP_WIRES), *_pins(*bus)]
    base = f".BASE(32'h{spec.board.register_base:08x})"
    reset = f".PROCESSOR_RESET(1'b{int(spec.board.processor.fabric_reset)})"
    abort = [*_pins("aclk", "aresetn"), ".request(abort_request)", ".quiet(quiet)"]
    abort += _pins("aborting", "flush_resetn", "network_aresetn")
    return [
        *_instance("finn_reset", "u_reset", [reset], _pins("aclk", "processor_resetn", "aresetn")),
        *_instance("finn_axi_registers", "u_registers", [f".PAGES({pages})", base], slave),
        *_instance("finn_abort", "u_abort", [f".DMAS({pages})"], abort),
    ]


def _dma(spec: ShellSpec, page: int, stream: StreamPort) -> list[str]:
    reads = stream in spec.inputs
    ports = spec.ports(stream)
    parameters = [f".WIDTH({stream.width})", f".BEATS({stream.beats})", f".PORTS({len(ports)})"]
    parameters += [f".BUILD_ID(32'h{spec.build_id:08x})"]
    processor = spec.board.processor
    parameters += [f".ADDRESS_BITS({processor.address_bits})", f".BEAT_BYTES({processor.port_bytes})"]
    pins = _pins("aclk", "aresetn", "flush_resetn", "aborting")
    pins += [f".{name}({name}[{page}])" for name in ("abort_request", "quiet", "bus_write", "bus_read_data")]
    pins += _pins("bus_write_word", "bus_write_data", "bus_write_strobe", "bus_read_word")
    for name in READ_WIRES if reads else WRITE_WIRES:
        wires = ", ".join(f"hp_{name}[{port}]" for port in reversed(ports))
        pins.append(f".m_axi_{name}({{{wires}}})")
    side = "m_axis" if reads else "s_axis"
    pins += [f".{side}_{name}({stream.name}_{name})" for name in ("tvalid", "tready", "tdata")]
    return _instance("finn_idma" if reads else "finn_odma", f"u_{stream.name}", parameters, pins)


def _unused_ports(spec: ShellSpec) -> list[str]:
    lines = []
    unread = []
    bits = _hp_bits(spec)
    for streams, wires in ((spec.inputs, READ_WIRES), (spec.outputs, WRITE_WIRES)):
        used = {port for stream in streams for port in spec.ports(stream)}
        free = [(name, port) for name in wires for port in range(4) if port not in used]
        lines += [f"    assign hp_{name}[{port}] = {bits[name]}'d0;" for name, port in free if wires[name]]
        unread += [f"hp_{name}[{port}]" for name, port in free if not wires[name]]
    if not lines:
        return []
    return [*lines, f"    wire unused = &{{1'b0, {', '.join(unread)}}};", ""]


def _network(spec: ShellSpec) -> list[str]:
    pins = [".aclk(aclk)", ".aresetn(network_aresetn)"]
    for side, streams in (("s_axis", spec.inputs), ("m_axis", spec.outputs)):
        for index, stream in enumerate(streams):
            wires = ("tdata", "tvalid", "tready")
            pins += [f".{side}_{index}_{name}({stream.name}_{name})" for name in wires]
    return _instance("finn_network", "u_network", [], pins)[:-1]
