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

# Pins of finn_axi_registers and of the same GP0 wires of finn_ps7.
GP_WIRES = {
    **{"awid": 12, "awaddr": 32, "awlen": 4, "awsize": 2, "awburst": 2, "awvalid": 1, "awready": 1},
    **{"wdata": 32, "wstrb": 4, "wlast": 1, "wvalid": 1, "wready": 1},
    **{"bid": 12, "bresp": 2, "bvalid": 1, "bready": 1},
    **{"arid": 12, "araddr": 32, "arlen": 4, "arsize": 2, "arburst": 2, "arvalid": 1, "arready": 1},
    **{"rid": 12, "rdata": 32, "rresp": 2, "rlast": 1, "rvalid": 1, "rready": 1},
}
# Wires of the memory ports: bits, and whether the DMA drives them.
READ_WIRES = {
    **{"araddr": (32, True), "arvalid": (1, True), "arready": (1, False)},
    **{"rdata": (64, False), "rresp": (2, False), "rlast": (1, False), "rvalid": (1, False)},
    "rready": (1, True),
}
WRITE_WIRES = {
    **{"awaddr": (32, True), "awvalid": (1, True), "awready": (1, False)},
    **{"wdata": (64, True), "wstrb": (8, True), "wlast": (1, True), "wvalid": (1, True)},
    **{"wready": (1, False), "bresp": (2, False), "bvalid": (1, False), "bready": (1, True)},
}
HP_WIRES = READ_WIRES | WRITE_WIRES


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


def rtl_sources() -> list[Path]:
    """The hand-written files of the shell."""
    return sorted(RTL.glob("*.sv"))


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
    for source in rtl_sources():
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
    lines += [_wire(bits, f"hp_{name}", 4) for name, (bits, _) in HP_WIRES.items()]
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
    pins += _pins(*(f"gp_{name}" for name in GP_WIRES), *(f"hp_{name}" for name in HP_WIRES))
    return _instance("finn_ps7", "u_processor", [], pins)


def _control(spec: ShellSpec) -> list[str]:
    pages = len(spec.streams)
    bus = [f"bus_write{name}" for name in ("", "_word", "_data", "_strobe")] + [
        "bus_read_word",
        "bus_read_data",
    ]
    slave = [*_pins("aclk", "aresetn"), *(f".s_axi_{name}(gp_{name})" for name in GP_WIRES), *_pins(*bus)]
    base = f".BASE(32'h{spec.board.register_base:08x})"
    abort = [*_pins("aclk", "aresetn"), ".request(abort_request)", ".quiet(quiet)"]
    abort += _pins("aborting", "flush_resetn", "network_aresetn")
    return [
        *_instance("finn_reset", "u_reset", [], _pins("aclk", "processor_resetn", "aresetn")),
        *_instance("finn_axi_registers", "u_registers", [f".PAGES({pages})", base], slave),
        *_instance("finn_abort", "u_abort", [f".DMAS({pages})"], abort),
    ]


def _dma(spec: ShellSpec, page: int, stream: StreamPort) -> list[str]:
    reads = stream in spec.inputs
    ports = spec.ports(stream)
    parameters = [f".WIDTH({stream.width})", f".BEATS({stream.beats})", f".PORTS({len(ports)})"]
    parameters += [f".BUILD_ID(32'h{spec.build_id:08x})"]
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
    for streams, wires in ((spec.inputs, READ_WIRES), (spec.outputs, WRITE_WIRES)):
        used = {port for stream in streams for port in spec.ports(stream)}
        free = [(name, port, *wire) for name, wire in wires.items() for port in range(4) if port not in used]
        lines += [f"    assign hp_{name}[{port}] = {bits}'d0;" for name, port, bits, driven in free if driven]
        unread += [f"hp_{name}[{port}]" for name, port, _, driven in free if not driven]
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
