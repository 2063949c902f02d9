"""The whole digits network after synthesis does what its RTL does, cycle for cycle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import finn.kernels
from finn.build import load_output
from finn.core.build_dir import hardware_child
from finn.core.inputs import load_inputs
from finn.core.network import boundaries
from finn.core.network_rtl import NETWORK_TOP
from finn.core.onnx_exec import execute_onnx
from finn.core.rtlsim_exec import pack_frames
from finn.rtlsim import StreamModel
from finn.rtlsim.netlist import compile_netlist
from finn.toolchain.mapping import map_to_cells

IMAGES = 20
STUBS = Path(finn.kernels.__file__).parent / "rtl" / "xilinx_stubs.sv"


@pytest.fixture(scope="module")
def rtl(digits_out: Path) -> StreamModel:
    """The network as the build compiled it."""
    return StreamModel.open(
        digits_out / hardware_child(load_output(digits_out)).get_metadata_prop("rtlsim_so")
    )


@pytest.fixture(scope="module")
def netlist(rtl: StreamModel, tmp_path_factory: pytest.TempPathFactory) -> StreamModel:
    """The same sources after synthesis."""
    folder, source = tmp_path_factory.mktemp("digits_netlist"), rtl.library.parent
    sources = [STUBS, *sorted((source / "rtl").glob("*.sv"))]
    mapped = map_to_cells(NETWORK_TOP, sources, source.glob("*.mem"), folder / "mapped")
    streams = (rtl.inputs, rtl.outputs)
    return compile_netlist(mapped.netlist, NETWORK_TOP, *streams, folder / "netlist.so", optimise="-O0")


@dataclass(frozen=True)
class Images:
    """Beats of the first images, in and out of the integer model."""

    given: NDArray[np.uint8]
    expected: NDArray[np.uint8]


@pytest.fixture(scope="module")
def images(digits_out: Path, digits: Path) -> Images:
    """The first images as they enter the hardware, and what the integer model makes of them."""
    model = load_output(digits_out)
    inputs = {name: values[:IMAGES] for name, values in load_inputs(model, digits / "x.npy").items()}
    tensors = execute_onnx(model, inputs, return_full_exec_context=True)
    (source,), (sink,) = boundaries(hardware_child(model))
    beats = (pack_frames(tensors[b.tensor], b).reshape(-1, b.word_bytes) for b in (source, sink))
    return Images(*beats)


@pytest.mark.parametrize(("seed", "gap", "stall"), [(1, 0.0, 0.0), (2, 0.0, 0.0), (3, 0.3, 0.3)])
def test_outputs_and_cycles_are_those_of_the_rtl(
    netlist: StreamModel, rtl: StreamModel, images: Images, seed: int, gap: float, stall: float
) -> None:
    options = {"seed": seed, "input_gap": gap, "output_stall": stall}
    given = netlist.run([images.given], IMAGES, seed_reset=seed, **options)
    expected = rtl.run([images.given], IMAGES, seed_reset=seed + 10, **options)
    assert np.array_equal(given.outputs[0], images.expected)
    assert np.array_equal(expected.outputs[0], images.expected)
    assert np.array_equal(given.input_cycles[0], expected.input_cycles[0])
    assert np.array_equal(given.output_cycles[0], expected.output_cycles[0])
