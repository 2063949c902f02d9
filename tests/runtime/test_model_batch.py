"""What a program on the board gives to a deployed network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deployments import description

from finn.runtime import BoardError
from finn.runtime.description import Description
from finn.runtime.model_batch import load, model_batch
from finn.runtime.reader import InputOptions

X = np.random.default_rng(0).integers(0, 256, (3, 784))


@pytest.fixture
def found(tmp_path: Path) -> Description:
    (tmp_path / "accelerator.json").write_text(json.dumps(description("x", 7, 100.0)))
    return Description(str(tmp_path))


def refused(job: Any, *arguments: Any) -> str:
    with pytest.raises(BoardError) as error:
        job(*arguments)
    return str(error.value)


def test_the_number_of_inputs(found: Description) -> None:
    assert refused(model_batch, found, {}, [X, X], InputOptions()) == "loopback takes 1 inputs, not 2"
    assert model_batch(found, {}, [X], InputOptions()).frames == 3


def test_raw_codes_that_more_than_one_quantiser_would_give(found: Description) -> None:
    assert refused(model_batch, found, {}, [X], InputOptions(raw=True)) == (
        "raw codes cannot be given: more than one quantiser lies before the accelerator"
    )
    found.host["raw"] = []
    assert model_batch(found, {}, [X], InputOptions(raw=True)).frames == 3
    assert refused(model_batch, found, {}, [X + 1], InputOptions(raw=True)).startswith("input x holds 256 at")


def test_clipping_is_told(found: Description) -> None:
    entry = {**found.model_inputs[0], "unclipped": {"low": [0.0], "high": [100.0]}}
    found.reader = type(found.reader)([entry])
    said: list[str] = []
    model_batch(found, {}, [X], InputOptions(), said.append, "x.npy")
    assert [text.split(":")[0] for text in said] == ["x.npy"]


def test_files_of_arrays(found: Description, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", x=X)
    np.savez(tmp_path / "y.npz", y=X)
    for name in ("x.npy", "x.npz"):
        (values,) = load(str(tmp_path / name), found)
        np.testing.assert_array_equal(values, X)
    assert load("photo.png", found) == ["photo.png"]
    path = str(tmp_path / "y.npz")
    assert refused(load, path, found) == f"{path} has no array for the model's input 'x'; use that name"
    (tmp_path / "x.npz").write_bytes((tmp_path / "x.npz").read_bytes()[:900])
    path = str(tmp_path / "x.npz")
    assert refused(load, path, found) == f"{path} is not a .npy or .npz array file, or is truncated"
