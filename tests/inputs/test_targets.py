"""One meaning of inputs on every target: what is given in any form comes out as the same bits.

The page `docs/inputs.rst` has the table of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import host_parts
from finn.core.inputs import load_inputs
from finn.core.onnx_exec import execute_onnx
from finn.core.targets import open_target
from finn.core.verify import verify
from finn.errors import FinnError
from finn.frontend.host.reference import reference_execution

from .camera import NHWC, OUTPUT, PIXELS, Forms, normalised

TARGETS = ["model", "rtlsim", "emulated"]


def expected_of(model: ModelWrapper) -> NDArray[Any]:
    """By qonnx, from the original model and floats."""
    folder = Path(model.get_metadata_prop("build_dir"))
    values = reference_execution(folder / "model.onnx", {"x": normalised()})
    return next(iter(values.values()))


@pytest.mark.parametrize("kind", TARGETS)
def test_pixels_in_every_form_are_the_same_bits(
    camera: ModelWrapper, pixel_forms: Forms, files: Path, kind: str
) -> None:
    said: list[str] = []
    with open_target(camera, kind) as target:
        found = {
            name: target.execute(load_inputs(camera, path, how, said.append))[OUTPUT]
            for name, (path, how) in pixel_forms.items()
        }
        one = target.execute(load_inputs(camera, str(files / "images" / "3.png")))[OUTPUT]
        report = verify(target, load_inputs(camera, pixel_forms["uint8"][0]), None)
    for name, values in found.items():
        assert np.array_equal(values, found["uint8"]), name
    assert np.array_equal(one, found["uint8"][3:4])
    assert len(np.unique(found["uint8"])) > 10
    np.testing.assert_allclose(found["uint8"], expected_of(camera), atol=1e-4, rtol=1e-4)
    assert report.ok and report.counts["images"] == 5, report.lines
    assert all("are clipped by the first quantiser, which takes -2.2" in text for text in said)


def test_nothing_of_the_pixels_way_runs_on_the_processor(camera: ModelWrapper, own: ModelWrapper) -> None:
    assert [n.op_type for n in camera.graph.node][:2] == ["Transpose", "StreamingDataflowPartition"]
    before = [node.op_type for node in host_parts(own)[0]]
    assert set(before) <= {"Transpose"}


def test_execute_onnx_takes_what_the_commands_take(camera: ModelWrapper) -> None:
    given = [normalised(), normalised(kind="float64"), PIXELS, PIXELS.astype(np.int64)]
    first, *others = [execute_onnx(camera, {"x": values})[OUTPUT] for values in given]
    assert all(np.array_equal(first, other) for other in others)
    with pytest.raises(FinnError) as error:
        execute_onnx(camera, {"x": PIXELS.transpose(NHWC)})
    assert str(error.value) == (
        "input x has shape (5, 6, 4, 3); the model takes (N, 3, 6, 4), the same axes in another order:"
        " add --layout NHWC"
    )


@pytest.mark.parametrize("kind", TARGETS)
def test_numbers_of_any_type_are_the_same_bits(plain: ModelWrapper, number_forms: Forms, kind: str) -> None:
    with open_target(plain, kind) as target:
        found = {
            name: target.execute(load_inputs(plain, path, how))[OUTPUT]
            for name, (path, how) in number_forms.items()
        }
        report = verify(target, load_inputs(plain, number_forms["uint8"][0]), None)
    for name, values in found.items():
        assert np.array_equal(values, found["float32"]), name
    assert report.ok, report.lines


@pytest.mark.parametrize("kind", TARGETS)
def test_a_model_of_uint8_images_needs_no_option(own: ModelWrapper, pixel_forms: Forms, kind: str) -> None:
    given = [PIXELS.transpose(NHWC), PIXELS.transpose(NHWC).astype(np.float32)]
    with open_target(own, kind) as target:
        found = [target.execute({"x": values})[OUTPUT] for values in given]
        found.append(target.execute(load_inputs(own, pixel_forms["folder"][0]))[OUTPUT])
        report = verify(target, {"x": given[0]}, None)
    assert all(np.array_equal(values, found[0]) for values in found)
    assert report.ok, report.lines
