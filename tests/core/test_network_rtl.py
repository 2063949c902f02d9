from __future__ import annotations

from networks import dense_network
from qonnx.core.datatype import DataType

from finn.core.network import Boundary, Instance, bottleneck_cycles, boundaries, instances
from finn.core.network_rtl import network_rtl
from finn.kernels.add_streams import AddStreams
from finn.kernels.duplicate_streams import DuplicateStreams
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig
from finn.transformation.fpgadataflow.edges import Edge
from finn.transformation.fpgadataflow.insert_dwc import InsertDWC
from finn.transformation.fpgadataflow.insert_fifo import InsertFIFO


def test_the_generator_only_instantiates_and_wires():
    model = dense_network()
    text = network_rtl(instances(model), *boundaries(model))
    body = [line.strip() for line in text.splitlines()]
    assert "mvau #(" in body and ") MVAU_0 (" in body and ") MVAU_1 (" in body
    assert ".s_axis_tdata(s_axis_0_tdata)," in body
    assert ".m_axis_tdata(t_h0_tdata)," in body and ".s_axis_tdata(t_h0_tdata)," in body
    assert not any(word in text for word in ("always", "assign"))


def test_several_streams_are_one_vector_the_first_lowest():
    twice = DuplicateStreams(4, 2, 2, DataType["UINT4"])
    add = AddStreams(4, 2, (DataType["UINT4"],) * 2, DataType["UINT5"])
    parts = [Instance("d", twice, ("x",), ("a", "b")), Instance("s", add, ("a", "b"), ("y",))]
    ends = [Boundary("x", twice.input_streams[0], (4,))], [Boundary("y", add.output_streams[0], (4,))]
    text = network_rtl(parts, *ends)
    assert ".m_axis_tdata({t_b_tdata, t_a_tdata})," in text
    assert ".s_axis_tready({t_b_tready, t_a_tready})," in text
    assert ".SHIFTS(64'h0)" in text


def test_the_slowest_layer_is_the_bottleneck():
    assert bottleneck_cycles(dense_network((12, 8, 6))) == 96


def test_the_same_network_gives_the_same_text(tmp_path):
    texts = set()
    for _ in range(2):
        model = dense_network().transform(
            ApplyFoldingConfig({"MVAU_0": {"PE": 4}, "MVAU_1": {"SIMD": 2}}, print)
        )
        model = model.transform(InsertDWC()).transform(InsertFIFO({Edge("MVAU_1"): 4}))
        texts.add(network_rtl(instances(model), *boundaries(model)))
    (text,) = texts
    assert "t_StreamingDataWidthConverter_0_out_tdata" in text
    assert "t_StreamingFIFO_MVAU_1_out_tdata" in text
