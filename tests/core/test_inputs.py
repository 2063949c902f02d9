from __future__ import annotations

import numpy as np
import pytest

from finn.build import load_output
from finn.core.inputs import InputOptions, load_arrays, load_inputs, model_inputs, save_outputs
from finn.errors import FinnError


@pytest.fixture(scope="module")
def model(digits_out):
    return load_output(digits_out)


def refused(model, array):
    with pytest.raises(FinnError) as caught:
        model_inputs(model, {"": array}, "x.npy")
    return str(caught.value)


def test_floats_of_the_models_shape_are_taken(model, digits):
    (values,) = load_inputs(model, digits / "x.npy").values()
    assert values.dtype == np.float32
    assert np.array_equal(values, np.load(digits / "x.npy"))


def test_wrong_shape_is_named_with_what_fits(model):
    assert refused(model, np.zeros((5, 63))) == "x.npy has shape (5, 63); the model takes (N, 64)"


def test_no_image_is_refused(model):
    assert refused(model, np.zeros((0, 64))) == "x.npy holds no image; batch is axis 0"


def test_what_is_no_number_is_refused(model):
    assert refused(model, np.full((1, 64), "a")) == "x.npy holds <U1 where numbers are wanted"


@pytest.mark.parametrize(("value", "text"), [(np.nan, "nan"), (np.inf, "inf")])
def test_a_value_that_is_not_finite_is_named(model, value, text):
    images = np.zeros((3, 64), np.float32)
    images[2, 7] = value
    assert refused(model, images) == f"x.npy holds {text} at index (2, 7); every value must be finite"


def test_integers_are_values(model):
    images = np.ones((2, 64), np.int8)
    read = model_inputs(model, {"": images}, "x.npy")
    name = model.graph.input[0].name
    assert read[name].dtype == np.float32 and np.array_equal(read[name], images)


def test_raw_codes_go_to_the_hardware_as_they_are(model):
    images = np.tile(np.arange(4, dtype=np.int64), (2, 16))
    (name, values), *_ = model_inputs(model, {"": images}, "x.npy", InputOptions(raw=True)).items()
    assert name != model.graph.input[0].name
    assert np.array_equal(values, images)


def test_a_raw_code_out_of_range_is_named(model):
    images = np.zeros((2, 64), np.int64)
    images[1, 3] = 99
    with pytest.raises(
        FinnError, match=r"^x\.npy holds 99 at index \(1, 3\), which is no UINT2; its values are 0 to 3$"
    ):
        model_inputs(model, {"": images}, "x.npy", InputOptions(raw=True))
    with pytest.raises(FinnError, match=r"^x\.npy holds float32; raw codes are integers$"):
        model_inputs(model, {"": images.astype(np.float32)}, "x.npy", InputOptions(raw=True))


def test_several_arrays_need_the_inputs_name(model):
    with pytest.raises(FinnError) as caught:
        model_inputs(model, {"a": np.zeros((1, 64)), "b": np.zeros((1, 64))}, "x.npz")
    name = model.graph.input[0].name
    assert str(caught.value) == f"x.npz has no array for the model's input {name!r}; use .npz with that name"


def test_files_that_are_missing_damaged_or_hold_objects(tmp_path):
    path = tmp_path / "x.npy"
    with pytest.raises(FinnError, match=r"x\.npy cannot be read: No such file or directory$"):
        load_arrays(path)
    np.save(path, np.zeros((100, 100)))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FinnError, match=r"x\.npy is not a \.npy or \.npz array file, or is truncated$"):
        load_arrays(path)
    np.save(path, np.array([object()]), allow_pickle=True)
    with pytest.raises(FinnError, match=r"is not a \.npy or \.npz array file"):
        load_arrays(path)


def test_outputs_are_written_whole_or_not_at_all(tmp_path):
    save_outputs(tmp_path / "y.npy", {"y": np.arange(3)})
    assert np.array_equal(np.load(tmp_path / "y.npy"), np.arange(3))
    save_outputs(tmp_path / "y.npz", {"a": np.arange(2), "b": np.arange(4)})
    assert set(np.load(tmp_path / "y.npz").files) == {"a", "b"}
    with pytest.raises(FinnError, match=r"cannot be written to .*: No such file or directory$"):
        save_outputs(tmp_path / "none" / "y.npy", {"y": np.arange(3)})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["y.npy", "y.npz"]
