"""Whatever the folding, a network runs at the rate of its slowest layer, and exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest
from networks import dense_network, reference

from finn.boards import get_board
from finn.core.build_dir import build_directory, hardware_child
from finn.core.network import bottleneck_cycles
from finn.core.onnx_exec import execute_onnx
from finn.transformation.fpgadataflow.prepare_network import NetworkOptions, prepare_network

# Widths, then (PE, SIMD) of each layer: balanced, bursty, with odd ratios, with one slow layer.
CASES = [
    ((12, 8, 6), [(8, 12), (6, 8)]),
    ((64, 64, 64, 10), [(2, 16), (2, 16), (1, 4)]),
    ((15, 21, 9, 4), [(3, 5), (1, 7), (2, 9)]),
    ((30, 12, 35, 7), [(4, 2), (5, 6), (7, 35)]),
]


@pytest.mark.parametrize(("widths", "folding"), CASES)
def test_steady_state_and_outputs(widths, folding, tmp_path):
    model = dense_network(widths)
    frames = np.random.default_rng(3).integers(-2, 2, (50, widths[0]))
    expected = reference(model, frames)
    model.set_metadata_prop("build_dir", str(tmp_path))
    config = {f"MVAU_{i}": {"PE": pe, "SIMD": simd} for i, (pe, simd) in enumerate(folding)}
    parent = prepare_network(model, get_board("Pynq-Z1"), NetworkOptions(folding=config))
    figures = json.loads((build_directory(parent) / "report" / "rtlsim_performance.json").read_text())
    assert figures["cycles_per_frame"] == bottleneck_cycles(hardware_child(parent))
    parent.set_metadata_prop("exec_mode", "rtlsim")
    assert np.array_equal(execute_onnx(parent, {"x": frames})["y"], expected)
