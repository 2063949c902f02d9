"""Random inputs that a deployed network takes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from deployments import description

from finn.runtime.description import Description
from finn.runtime.host_program import run_program
from finn.runtime.samples import sample_inputs


def read(folder: Path, **changes: Any) -> Description:
    (folder / "accelerator.json").write_text(json.dumps({**description("x", 7, 100.0), **changes}))
    return Description(str(folder))


def test_what_the_accelerator_itself_takes(tmp_path: Path) -> None:
    (x,) = sample_inputs(read(tmp_path), {}, 5)
    assert x.shape == (5, 784) and x.dtype == np.float32
    assert x.min() >= 0 and x.max() <= 255 and (x == np.rint(x)).all()
    np.testing.assert_array_equal(x, sample_inputs(read(tmp_path), {}, 5)[0])
    assert (x != sample_inputs(read(tmp_path), {}, 5, seed=1)[0]).any()


def test_integers_times_a_scale_pass_the_check(tmp_path: Path) -> None:
    attributes = {"tolerance": 1e-3, "minimum": -8, "maximum": 7}
    prefix = [
        {"op": "Div", "inputs": ["image", "s"], "outputs": ["t"], "attributes": {}},
        {"op": "CheckedRound", "inputs": ["t"], "outputs": ["x"], "attributes": attributes},
    ]
    entry = {"name": "image", "shape": [1, 28, 28], "datatype": "float32"}
    found = read(tmp_path, model_inputs=[entry], host={"prefix": prefix, "tail": []})
    arrays = {"s": np.float32(0.0123)}
    (x,) = sample_inputs(found, arrays, 20)
    assert x.shape == (20, 1, 28, 28)
    rounded = run_program(prefix, arrays, {"image": x})["x"]
    assert rounded.min() == -8 and rounded.max() == 7


def test_other_inputs_lie_between_0_and_1() -> None:
    entries = [{"name": "a", "shape": [3]}]
    found: Any = SimpleNamespace(model_inputs=entries, inputs=[], host={"prefix": []})
    (x,) = sample_inputs(found, {}, 4)
    assert x.shape == (4, 3) and x.min() >= 0 and x.max() < 1
