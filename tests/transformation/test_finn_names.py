"""FINN's names for the layers of its own lowering, and the layers here."""

from __future__ import annotations

from onnx import NodeProto, helper

from finn.transformation.fpgadataflow.finn_names import counterparts, kind_of, named_briefly


def network(*kinds: str) -> list[NodeProto]:
    """Layers of these kinds in a row, numbered as the front end does; a + stands for thresholds inside."""
    seen: dict[str, int] = {}
    nodes = []
    for kind in kinds:
        op_type = kind.rstrip("+")
        number = seen[op_type] = seen.get(op_type, -1) + 1
        inputs = ["x", "w", "t"] if kind.endswith("+") else ["x", "w"]
        nodes.append(helper.make_node(op_type, inputs, ["y"], name=f"{op_type}_{number}"))
    return nodes


CIG = "ConvolutionInputGenerator"
CONVOLUTIONS = network(
    "Thresholding", CIG, "MVAU+", CIG, "MVAU+", "StreamingMaxPool", CIG, "MVAU+", "GlobalAccPool", "MVAU"
)


def test_the_same_kinds_have_the_same_numbers() -> None:
    names = [
        "Thresholding_rtl_0",
        f"{CIG}_rtl_2",
        "MVAU_hls_3",
        "StreamingMaxPool_hls_0",
        "GlobalAccPool_hls_0",
    ]
    assert counterparts(CONVOLUTIONS, names) == {
        "Thresholding_rtl_0": "Thresholding_0",
        f"{CIG}_rtl_2": f"{CIG}_2",
        "MVAU_hls_3": "MVAU_3",
        "StreamingMaxPool_hls_0": "StreamingMaxPool_0",
        "GlobalAccPool_hls_0": "GlobalAccPool_0",
    }


def test_poolings_that_are_windows_and_a_pool() -> None:
    names = [*(f"{CIG}_rtl_{i}" for i in range(5)), "Pool_hls_0", "Pool_hls_1"]
    places = [f"{CIG}_0", f"{CIG}_1", None, f"{CIG}_2", None, "StreamingMaxPool_0", "GlobalAccPool_0"]
    assert list(counterparts(CONVOLUTIONS, names).values()) == places


def test_a_pool_behind_windows_is_not_counted_twice() -> None:
    nodes = network(CIG, "Pool", "Pool", CIG, "MVAU")
    names = [*(f"{CIG}_{i}" for i in range(3)), "Pool_Batch_0", "Pool_Batch_1"]
    assert list(counterparts(nodes, names).values()) == [f"{CIG}_0", None, f"{CIG}_1", "Pool_0", "Pool_1"]


def test_thresholds_that_are_layers_of_their_own() -> None:
    nodes = network("Thresholding", "MVAU+", "MVAU+", "AddStreams", "Thresholding", "MVAU")
    names = [f"Thresholding_rtl_{i}" for i in range(4)]
    assert list(counterparts(nodes, names).values()) == ["Thresholding_0", None, None, "Thresholding_1"]


def test_kinds_by_all_their_names() -> None:
    names = {
        "MVAU": ["MVAU_hls", "MVAU_rtl", "MatrixVectorActivation", "StreamingFCLayer_Batch"],
        "VVAU": ["VVAU", "VectorVectorActivation", "Vector_Vector_Activate_Batch"],
        CIG: [f"{CIG}_rtl", f"{CIG}1D", f"{CIG}_MMV", "DownSampler_Batch"],
        "FMPadding_Pixel": ["FMPadding_Pixel_hls"],
    }
    for kind, families in names.items():
        assert {kind_of(family) for family in families} == {kind}


def test_many_of_a_family_are_named_by_the_ends() -> None:
    names = ["A_0", "A_1", "A_2", "B_0", "B_1", "B_2", "B_3", "C"]
    assert named_briefly(names) == "A_0, A_1, A_2, B_0 to B_3, C"
