from __future__ import annotations

import json
import shutil
import sys

import pytest
from onnx import helper

from finn.build import BuildConfig, build, build_warnings, info, load_output
from finn.build.output import MARKER, new_output
from finn.build.steps import _logged
from finn.core.build_dir import build_directory, hardware_child
from finn.errors import FinnError
from finn.frontend.graph.guard import at_node
from finn.transformation.fpgadataflow.prepare_network import _folded_as_told


def test_a_folder_that_is_no_build_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    with pytest.raises(FinnError) as caught, new_output(tmp_path / "out"):
        pass
    assert str(caught.value) == (
        f"{tmp_path / 'out'} exists and is no earlier build (it has no finn-build.json); "
        "choose another folder"
    )
    assert (tmp_path / "out" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("error", [FinnError("no"), KeyboardInterrupt()])
def test_a_build_that_fails_leaves_what_was_there(tmp_path, error):
    with new_output(tmp_path / "out") as work:
        (work / MARKER).write_text("{}")
    with pytest.raises(type(error)), new_output(tmp_path / "out") as work:
        (work / "new").write_text("")
        raise error
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == [MARKER]


def test_an_earlier_build_is_replaced(tmp_path):
    for name in ("first", "second"):
        with new_output(tmp_path / "out") as work:
            (work / MARKER).write_text("{}")
            (work / name).write_text("")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [MARKER, "second"]


def test_the_layout_is_the_documented_one(digits_out):
    names = {p.name for p in digits_out.iterdir()}
    assert names == {"model.onnx", "stages", "project", "deploy", "report", "build.log", "finn-build.json"}
    marker = json.loads((digits_out / MARKER).read_text())
    assert (digits_out / "deploy" / f"{marker['bitstream']}.bit").is_file()
    assert (digits_out / "deploy" / f"{marker['bitstream']}.hwh").is_file()


def test_a_build_can_be_moved(digits_out, tmp_path):
    shutil.copytree(digits_out, tmp_path / "moved")
    model = load_output(tmp_path / "moved")
    assert build_directory(model) == tmp_path / "moved"
    assert build_directory(hardware_child(model)) == tmp_path / "moved"
    assert str(digits_out).encode() not in (tmp_path / "moved" / "stages" / "partition.onnx").read_bytes()


def test_what_is_left_out_of_a_folding_file_is_among_the_warnings(digits_out, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(digits_out, copy)
    before = build_warnings(copy)
    child = _folded_as_told(hardware_child(load_output(copy)), {"MVA_hls_3": {"PE": 2}})
    child.save(str(copy / "stages" / "partition.onnx"))
    assert build_warnings(copy) == [*before, "folding layers that are not here are left out: MVA_hls_3"]


def test_what_is_no_build_is_told(tmp_path):
    with pytest.raises(FinnError) as caught:
        load_output(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no finished build (it has no finn-build.json); run finn build first"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"board": "Pynq-Z9"}, "board 'Pynq-Z9' is not known; known are "),
        (
            {"toolchain": "quartus"},
            "toolchain 'quartus' is unknown; possible are auto, ",
        ),
        ({"clk_mhz": 0}, "the clock must be 1 to 500 MHz, not 0"),
        ({"target_fps": -1}, "the target rate must be positive, not -1"),
        ({"top_k": 0}, "top-k must be at least 1, not 0"),
        ({"input_scale": 0.5}, "--input-scale needs --input-datatype; give both"),
        ({"hp_ports": 3}, "a DMA can use 1, 2 or 4 memory ports, not 3"),
    ],
)
def test_impossible_options_are_refused_at_once(options, text, tmp_path):
    with pytest.raises(FinnError) as caught:
        BuildConfig(tmp_path / "m.onnx", tmp_path / "out", **options)
    assert str(caught.value).startswith(text)


def test_a_float_network_writes_nothing(tmp_path):
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])
    w = numpy_helper.from_array(np.ones((4, 2), np.float32), "w")
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="dense")
    save(helper.make_model(helper.make_graph([node], "g", [x], [y], [w])), tmp_path / "float.onnx")
    with pytest.raises(FinnError):
        build(BuildConfig(tmp_path / "float.onnx", tmp_path / "out"))
    assert [p.name for p in tmp_path.iterdir()] == ["float.onnx"]


@pytest.mark.parametrize("name", ["parent.onnx", "partition.onnx"])
def test_a_damaged_stage_is_named(name, digits_out, tmp_path):
    out = shutil.copytree(digits_out, tmp_path / "out")
    path = out / "stages" / name
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(FinnError) as caught:
        hardware_child(load_output(out))
    assert str(caught.value) == f"{path} is missing or damaged; build it again"


def test_the_log_keeps_the_traceback_of_what_cannot_be_read(tmp_path):
    node = helper.make_node("Conv", ["x"], ["y"], name="third")
    with pytest.raises(FinnError), _logged(tmp_path / "build.log"), at_node(node):
        raise ValueError("deep inside")
    log = (tmp_path / "build.log").read_text()
    assert "DEBUG third (Conv)\nTraceback" in log and "ValueError: deep inside" in log
    assert "ERROR third (Conv) cannot be read (deep inside); check the export" in log


def test_a_defect_behind_the_front_end_is_a_sentence_too(digits, monkeypatch):
    def broken(*arguments, **options):
        raise IndexError("a defect")

    monkeypatch.setattr(sys.modules["finn.build.info"], "shell_around", broken)
    path = digits / "digits_w2a2.onnx"
    with pytest.raises(FinnError) as caught:
        info(path)
    assert str(caught.value).endswith(" cannot be read (a defect); check the export")
