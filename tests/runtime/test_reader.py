"""What an array means that is given for an input: three channels, 6 x 4 pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from finn.runtime import BoardError
from finn.runtime.reader import ModelInput, ModelInputs

SHAPE = [3, 6, 4]
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
ORDER = "the same axes in another order: add --layout"
SCALE, OFFSET = (1 / 255) / STD, -MEAN / STD
PIXELS = np.random.default_rng(0).integers(0, 256, (5, *SHAPE), dtype=np.uint8)
PIXELS[0, 0, 0, :2] = 0, 255


def entry(**more: Any) -> dict[str, Any]:
    return {"name": "x", "shape": SHAPE, "datatype": "float32", "layout": "NCHW", **more}


def integers(datatype: str = "UINT8", scale: Any = (1.0,), offset: Any = (0.0,)) -> dict[str, Any]:
    return {"datatype": datatype, "scale": list(scale), "offset": list(offset), "pixels": True}


PLAIN = ModelInput(entry())
CAMERA = ModelInput(entry(integers=integers(scale=SCALE, offset=OFFSET)))


def values_of(pixels: np.ndarray) -> np.ndarray:
    """As a person computes them, in float32 throughout."""
    by_channel = (np.asarray(v, np.float32).reshape(3, 1, 1) for v in (MEAN, STD))
    mean, std = by_channel
    return (pixels.astype(np.float32) / np.float32(255) - mean) / std


def refused(reader: ModelInput, values: Any, layout: str | None = None) -> str:
    with pytest.raises(BoardError) as error:
        reader.read(values, "x.npy", layout)
    return str(error.value)


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "int64", "float16"])
def test_numbers_are_the_models_own_input(kind: str) -> None:
    values = PIXELS.astype(kind)
    read = PLAIN.read(values, "x.npy")
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, PIXELS.astype(np.float32))
    np.testing.assert_array_equal(PLAIN.read(values.transpose(0, 2, 3, 1), "x.npy", "NHWC"), read)


@pytest.mark.parametrize("kind", ["uint8", "int64", "int16"])
def test_integers_are_pixels_where_the_build_says_what_they_are_worth(kind: str) -> None:
    read = CAMERA.read(PIXELS.astype(kind), "x.npy")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PIXELS)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_floats_are_the_models_own_input_and_become_the_pixels_that_they_stand_for(kind: str) -> None:
    read = CAMERA.read(values_of(PIXELS).astype(kind), "x.npy")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PIXELS)
    np.testing.assert_allclose(CAMERA.model_values(read), values_of(PIXELS), rtol=0, atol=1e-6)


def test_pixels_are_not_copied() -> None:
    assert CAMERA.read(PIXELS, "x.npy") is PIXELS


def test_a_float_off_the_grid_is_refused_at_its_first_index() -> None:
    values = values_of(PIXELS)
    values[3, 1, 5, 2] += 0.01
    values[4, 0, 0, 0] += 0.01
    assert refused(CAMERA, values) == (
        f"x.npy holds {values[3, 1, 5, 2]!s} at index (3, 1, 5, 2), which is no UINT8 times the input scale"
        " of the build; give the pixels themselves, or values made from them"
    )


def test_the_index_counts_from_the_batchs_beginning() -> None:
    values = np.zeros((8000, *SHAPE))
    values[7000, 2, 5, 3] = 0.5
    reader = ModelInput(entry(integers=integers()))
    assert refused(reader, values).startswith("x.npy holds 0.5 at index (7000, 2, 5, 3), which is no UINT8")


def test_an_integer_out_of_range_is_refused_at_its_first_index() -> None:
    values = PIXELS.astype(np.int64)
    values[2, 1, 0, 3] = 256
    assert (
        refused(CAMERA, values)
        == "x.npy holds 256 at index (2, 1, 0, 3), which is no UINT8; its values are 0 to 255"
    )
    values[1, 0, 0, 0] = -1
    assert (
        refused(CAMERA, values)
        == "x.npy holds -1 at index (1, 0, 0, 0), which is no UINT8; its values are 0 to 255"
    )


def test_there_is_no_zero_in_a_bipolar_input() -> None:
    reader = ModelInput(entry(integers=integers("BIPOLAR")))
    values = np.where(PIXELS > 99, 1.0, -1.0)
    np.testing.assert_array_equal(reader.read(values, "x.npy"), values)
    values[0, 2, 3, 1] = 0
    assert (
        refused(reader, values)
        == "x.npy holds 0.0 at index (0, 2, 3, 1), which is no BIPOLAR; its values are -1 and 1"
    )
    assert (
        refused(reader, values.astype(int))
        == "x.npy holds 0 at index (0, 2, 3, 1), which is no BIPOLAR; its values are -1 and 1"
    )


def test_a_model_that_takes_integers() -> None:
    reader = ModelInput(entry(datatype="uint8"))
    read = reader.read(PIXELS.astype(np.float32), "x.npy")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, PIXELS)
    assert (
        refused(reader, PIXELS + 0.5)
        == "x.npy holds 0.5 at index (0, 0, 0, 0), which is no uint8; its values are 0 to 255"
    )
    assert (
        refused(reader, PIXELS - 1.0)
        == "x.npy holds -1.0 at index (0, 0, 0, 0), which is no uint8; its values are 0 to 255"
    )


def test_truth_values_are_0_and_1() -> None:
    np.testing.assert_array_equal(PLAIN.read(PIXELS > 99, "x.npy"), (PIXELS > 99).astype(np.float32))


@pytest.mark.parametrize(
    ("shape", "layout", "text"),
    [
        (
            (5, 6, 4, 3),
            None,
            "the model takes (N, 3, 6, 4), the same axes in another order: add --layout NHWC",
        ),
        (
            (5, 4, 6, 3),
            None,
            "the model takes (N, 3, 6, 4), the same axes in another order: add --layout NWHC",
        ),
        (
            (5, 3, 4, 6),
            None,
            "the model takes (N, 3, 6, 4), the same axes in another order: add --layout NCWH",
        ),
        ((3, 6, 4), None, "the model takes (N, 3, 6, 4)"),
        ((5, 72), None, "the model takes (N, 3, 6, 4)"),
        ((5, 18, 4), None, "the model takes (N, 3, 6, 4)"),
        ((5, 1, 6, 4), None, "the model takes (N, 3, 6, 4)"),
        ((), None, "the model takes (N, 3, 6, 4)"),
        ((5, 3, 6, 4), "NHWC", "in layout NHWC the model takes (N, 6, 4, 3)"),
    ],
)
def test_another_shape_is_refused(shape: tuple[int, ...], layout: str | None, text: str) -> None:
    assert refused(PLAIN, np.zeros(shape), layout) == f"x.npy has shape {shape}; {text}"


@pytest.mark.parametrize("layout", ["HWC", "CHWN", "NHWD", "NHWCC", ""])
def test_a_layout_that_is_none_of_the_models_axes(layout: str) -> None:
    assert refused(PLAIN, np.zeros((5, 6, 4, 3)), layout) == (
        f"--layout {layout} does not fit the model's input x (N, 3, 6, 4), in layout NCHW"
    )


def test_a_vector_is_not_folded_to_an_image_nor_an_image_flattened() -> None:
    vector = ModelInput({"name": "x", "shape": [64]})
    assert refused(vector, np.zeros((5, 8, 8))) == "x.npy has shape (5, 8, 8); the model takes (N, 64)"


def test_channels_last_models_take_channels_first_with_the_option() -> None:
    last = ModelInput({"name": "x", "shape": [6, 4, 3], "layout": "NHWC"})
    assert refused(last, PIXELS).endswith("the same axes in another order: add --layout NCHW")
    read = last.read(PIXELS, "x.npy", "nchw")
    np.testing.assert_array_equal(read, PIXELS.transpose(0, 2, 3, 1))


@pytest.mark.parametrize(("value", "text"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
@pytest.mark.parametrize("reader", [PLAIN, CAMERA])
def test_what_is_not_finite_is_refused(reader: ModelInput, value: float, text: str) -> None:
    values = values_of(PIXELS)
    values[2, 0, 5, 3] = value
    assert refused(reader, values) == (
        f"x.npy holds {text} at index (2, 0, 5, 3); every value must be finite"
    )


@pytest.mark.parametrize("values", [np.full((1, *SHAPE), "a"), np.zeros((1, *SHAPE), complex)])
def test_what_is_no_number_is_refused(values: np.ndarray) -> None:
    assert refused(PLAIN, values) == f"x.npy holds {values.dtype} where numbers are wanted"


def test_clipped_values_are_counted() -> None:
    reader = ModelInput(entry(unclipped={"low": [-0.5], "high": [0.9]}))
    values = np.zeros((5, *SHAPE), np.float32)
    values[0, 0, 0, :3] = 0.91, -0.51, 0.9
    assert reader.clipped(values, "x.npy") is None  # 2 of 360
    values[1, 1, :, 0] = 255.0
    assert reader.clipped(values, "x.npy") == (
        "x.npy: 8 of 360 values (2.2 %) are clipped by the first quantiser, which takes -0.5 to 0.9;"
        " are they scaled as in training?"
    )


def test_clipped_pixels_are_counted_channel_by_channel() -> None:
    bounds = {"low": [-9.0, -9.0, -9.0], "high": [9.0, float(values_of(PIXELS)[0, 0].max()), 1.0]}
    reader = ModelInput(entry(integers=integers(scale=SCALE, offset=OFFSET), unclipped=bounds))
    above = int((values_of(PIXELS)[:, 2] > 1).sum() + (values_of(PIXELS)[:, 1] > bounds["high"][1]).sum())
    text = reader.clipped(PIXELS, "x.npy")
    assert above > 10 and text is not None and text.startswith(f"x.npy: {above} of 360 values")


def test_inputs_by_name() -> None:
    reader = ModelInputs([{"name": "a", "shape": [2]}, {"name": "b", "shape": [3]}])
    two, three = np.zeros((4, 2)), np.zeros((4, 3))
    assert list(reader.read({"b": three, "a": two}, "x.npz")) == ["a", "b"]
    for arrays, source, text in (
        (
            {"a": two, "c": three},
            "x.npz",
            "x.npz has no array for the model's input 'b'; use .npz with that name",
        ),
        ({"a": two}, None, "input 'b' is missing; the model's inputs are a, b"),
        ({"a": two, "b": three[:3]}, "x.npz", "x.npz holds inputs of different batch sizes: [3, 4]"),
        ({"a": two, "b": two}, None, "input b has shape (4, 2); the model takes (N, 3)"),
    ):
        with pytest.raises(BoardError) as error:
            reader.read(arrays, source)
        assert str(error.value) == text


@pytest.mark.parametrize(
    "change",
    [
        {"layout": "NCH"},
        {"layout": "CHWN"},
        {"layout": "NCCW"},
        {"layout": 3},
        {"datatype": "complex64"},
        {"integers": integers(scale=[0.0])},
        {"integers": integers(scale=[])},
        {"integers": integers(scale=[1.0, 2.0])},
        {"integers": integers("FLOAT32")},
        {"integers": {"datatype": "UINT8"}},
        {"unclipped": {"low": [0.0]}},
        {"unclipped": {"low": [float("nan")], "high": [1.0]}},
        {"shape": [0, 3]},
    ],
)
def test_a_damaged_entry_is_no_description(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        ModelInput({**entry(), **change})
