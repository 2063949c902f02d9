"""Random inputs that a deployed network takes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from deployments import description

from finn.runtime.description import Description
from finn.runtime.reader import ModelInputs
from finn.runtime.samples import sample_inputs

PIXELS = {"datatype": "INT4", "scale": [0.0123], "offset": [0.5], "pixels": False}


def read(folder: Path, **changes: Any) -> Description:
    (folder / "accelerator.json").write_text(json.dumps({**description("x", 7, 100.0), **changes}))
    return Description(str(folder))


def test_what_the_accelerator_itself_takes(tmp_path: Path) -> None:
    (x,) = sample_inputs(read(tmp_path), 5)
    assert x.shape == (5, 784) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 255 and (x == np.rint(x)).all()
    np.testing.assert_array_equal(x, sample_inputs(read(tmp_path), 5)[0])
    assert (x != sample_inputs(read(tmp_path), 5, seed=1)[0]).any()


def test_integers_where_the_hardware_takes_them(tmp_path: Path) -> None:
    entry = {"name": "image", "shape": [1, 28, 28], "datatype": "float32", "integers": PIXELS}
    found = read(tmp_path, model_inputs=[entry], host={"prefix": [], "tail": []})
    (x,) = sample_inputs(found, 20)
    assert x.shape == (20, 1, 28, 28) and x.dtype == np.int8
    assert x.min() == -8 and x.max() == 7
    assert np.array_equal(found.reader.read({"image": x})["image"], x)


def test_other_inputs_lie_between_0_and_1() -> None:
    reader = ModelInputs([{"name": "a", "shape": [3]}])
    found: Any = SimpleNamespace(reader=reader, inputs=[])
    (x,) = sample_inputs(found, 4)
    assert x.shape == (4, 3) and x.min() >= 0 and x.max() < 1
