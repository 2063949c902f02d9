from __future__ import annotations

import pytest
from networks import dense_network

from finn.core.network import instances
from finn.errors import FinnError
from finn.transformation.fpgadataflow.apply_folding_config import ApplyFoldingConfig, read_folding


def folded(config, warnings=None):
    sink = warnings.append if warnings is not None else pytest.fail
    model = dense_network((12, 8, 6)).transform(ApplyFoldingConfig(config, sink))
    return [(part.kernel.pe, part.kernel.simd) for part in instances(model)]


def test_finn_names_are_taken():
    assert folded({"Defaults": {}, "MVAU_0": {"PE": 4, "SIMD": 6}, "MVAU_1": {"PE": 3, "SIMD": 2}}) == [
        (4, 6),
        (3, 2),
    ]


@pytest.mark.parametrize(
    "alias", ["MVAU_hls", "MVAU_rtl", "MatrixVectorActivation", "StreamingFCLayer_Batch", "MVAU_Batch"]
)
def test_aliases_are_taken(alias):
    assert folded({f"{alias}_0": {"PE": 4, "SIMD": 6}, f"{alias}_1": {"PE": 3, "SIMD": 2}}) == [
        (4, 6),
        (3, 2),
    ]


def test_mixed_aliases_count_in_file_order():
    assert folded({"MVAU_rtl_0": {"PE": 4, "SIMD": 6}, "MVAU_hls_0": {"PE": 3, "SIMD": 2}}) == [
        (4, 6),
        (3, 2),
    ]


def test_defaults_cover_the_rest():
    assert folded({"Defaults": {"PE": 2, "SIMD": 2}, "MVAU_1": {"PE": 6}}) == [(2, 2), (6, 2)]


def test_a_layer_not_named_is_as_fast_as_the_slowest_named_one():
    (named, other) = folded({"MVAU_0": {"PE": 8, "SIMD": 4}})
    assert named == (8, 4)
    assert (6 // other[0]) * (8 // other[1]) <= 3


def test_attributes_that_mean_nothing_give_one_warning():
    warnings: list[str] = []
    folded({"Defaults": {}, "MVAU_0": {"PE": 2, "runtime_writeable_weights": 0, "depth": 1}}, warnings)
    assert warnings == [
        "folding attributes that mean nothing here are left out: depth, runtime_writeable_weights"
    ]


def test_an_unknown_attribute_names_the_nearest_known_one():
    with pytest.raises(FinnError) as caught:
        folded({"MVAU_0": {"PE": 2, "ramstyle": "auto"}})
    assert str(caught.value) == (
        "the folding of MVAU_0 has an attribute ramstyle, which is not known;"
        " the nearest known one is ram_style"
    )


def test_what_is_not_here_is_told_in_one_sentence():
    warnings: list[str] = []
    fifos = {f"StreamingFIFO_rtl_{i}": {"depth": 32} for i in range(5)}
    config = {"MVAU_7": {"PE": 2}, "LabelSelect_hls_0": {"PE": 1}, "MVA_hls_1": {"PE": 3}, **fifos}
    folded({"MVAU_0": {"PE": 4, "SIMD": 6, "mem_mode": "const", "M": 1}, **config}, warnings)
    assert warnings == [
        "folding layers that are not here are left out: MVAU_7, LabelSelect_hls_0, MVA_hls_1,"
        " StreamingFIFO_rtl_0 to StreamingFIFO_rtl_4; attributes that mean nothing here are left out: M"
    ]


def test_defaults_for_kinds_by_finns_names():
    assert folded(
        {"Defaults": {"PE": [2, ["MVAU_rtl"]], "SIMD": [2, ["VVAU_rtl"]]}, "MVAU_1": {"SIMD": 4}}
    ) == [
        (2, 1),
        (2, 4),
    ]


def test_a_file_with_a_byte_order_mark_and_carriage_returns(tmp_path):
    path = tmp_path / "f.json"
    path.write_bytes(b'\xef\xbb\xbf{\r\n"MVAU_0": {"PE": 4}\r\n}\r\n')
    assert read_folding(path) == {"MVAU_0": {"PE": 4}}


def test_a_value_that_does_not_divide_names_layer_and_choices():
    with pytest.raises(FinnError) as caught:
        folded({"MVAU_0": {"PE": 3, "SIMD": 1}})
    assert str(caught.value) == "MVAU_0: PE=3 does not divide MH=8; possible are 1, 2, 4, 8"


def test_a_file_that_is_no_json_is_told(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("{")
    with pytest.raises(FinnError, match=r"f\.json is not JSON: "):
        read_folding(path)
    with pytest.raises(FinnError, match=r"none\.json cannot be read: No such file or directory$"):
        read_folding(tmp_path / "none.json")
