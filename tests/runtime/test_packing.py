"""Packing against a reference that builds every word as one Python integer."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finn.runtime import bits, packing
from finn.runtime.packing import bit_width, bytes_per_frame, pack, unpack, value_range

DATATYPES = ["BIPOLAR", "BINARY", "TERNARY"] + [f"{s}INT{n}" for n in range(1, 41) for s in ("", "U")]


def reference(values: np.ndarray, datatype: str, lanes: int) -> bytes:
    """The memory image of one frame, element by element."""
    width, packed = bit_width(datatype), b""
    for word in values.reshape(-1, lanes):
        number = 0
        for position, value in enumerate(word):
            code = (int(value) + 1) // 2 if datatype == "BIPOLAR" else int(value) % (1 << width)
            number |= code << (position * width)
        packed += number.to_bytes(-(-lanes * width // 8), "little")
    return packed


def random_values(rng: np.random.Generator, datatype: str, shape: tuple[int, ...]) -> np.ndarray:
    low, high = value_range(datatype)
    if datatype == "BIPOLAR":
        return rng.integers(0, 2, shape) * 2 - 1
    values = rng.integers(low, high + 1, shape)
    extreme = rng.random(shape)
    return np.where(extreme < 0.1, low, np.where(extreme > 0.9, high, values))


@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_datatype_equals_the_reference(datatype: str) -> None:
    rng = np.random.default_rng(1)
    for words, lanes in ((3, 1), (2, 5), (3, 8), (1, 13), (5, 16), (1, 64)):
        values = random_values(rng, datatype, (4, words * lanes))
        packed = pack(values, datatype, (words, lanes))
        assert packed.shape == (4, bytes_per_frame(datatype, (words, lanes)))
        assert packed.dtype == np.uint8
        assert packed.tobytes() == b"".join(reference(frame, datatype, lanes) for frame in values)
        back = unpack(packed, datatype, (words, lanes), (words * lanes,))
        np.testing.assert_array_equal(back, values)
        width, low = bit_width(datatype), value_range(datatype)[0]
        size = next(size for size in (8, 16, 32, 64) if width <= size)
        assert back.dtype == ("int" if low < 0 else "uint") + str(size)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(DATATYPES),
    st.integers(0, 5),
    st.integers(1, 6),
    st.integers(1, 40),
    st.sampled_from(["int8", "int64", "float32", "float64"]),
    st.integers(0, 2**32 - 1),
)
def test_any_shape_and_source_type(datatype, frames, words, lanes, source, seed) -> None:
    values = random_values(np.random.default_rng(seed), datatype, (frames, words, lanes))
    given_values = values.astype(source)
    assume((given_values == values).all())
    packed = pack(given_values, datatype, (words, lanes))
    assert packed.tobytes() == b"".join(reference(frame, datatype, lanes) for frame in values)
    back = unpack(packed, datatype, (words, lanes), (lanes, words))
    np.testing.assert_array_equal(back, values.reshape(frames, lanes, words))


@pytest.mark.parametrize(
    ("values", "datatype", "expected"),
    [
        ([1, 1, 1, 0], "BINARY", [0x07]),
        ([1, 1, 1, -1], "BIPOLAR", [0x07]),
        ([1, 3, 3, 1], "UINT2", [0x7D]),
        ([1, -1, 1, -1], "INT2", [0xDD]),
        ([1, 1, 1, -1], "INT4", [0x11, 0xF1]),
        ([-1, 1, 0, -1], "TERNARY", [0b11000111]),
        ([-4, 0], "INT32", [0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]),
    ],
)
def test_element_0_lies_in_the_least_significant_bits(values, datatype, expected) -> None:
    assert pack(np.array([values]), datatype, (1, len(values))).tolist() == [expected]


def test_8_bit_frames_are_not_copied() -> None:
    values = np.arange(20, dtype=np.uint8).reshape(2, 10)
    assert np.shares_memory(pack(values, "UINT8", (2, 5)), values)


@pytest.mark.parametrize(
    ("value", "datatype"),
    [(2, "BINARY"), (0, "BIPOLAR"), (2, "BIPOLAR"), (-2, "TERNARY"), (8, "INT4"), (-9, "INT4"),
     (256, "UINT8"), (-1, "UINT8"), (0.5, "UINT8"), (float("nan"), "INT8"), (float("inf"), "INT32"),
     (2**31, "INT32"), (-1, "UINT32"), (2**17, "UINT17")],
)  # fmt: skip
def test_a_value_that_the_type_does_not_have_is_refused(value, datatype) -> None:
    with pytest.raises(ValueError, match=f"a value to be packed is not one of {datatype}"):
        pack(np.array([[value]]), datatype, (1, 1))


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not hold frames of 6 elements"):
        pack(np.zeros((2, 5)), "INT4", (2, 3))
    with pytest.raises(ValueError, match="does not hold frames of 3 bytes"):
        unpack(np.zeros((2, 2), np.uint8), "INT8", (1, 3), (3,))
    with pytest.raises(ValueError, match="datatype 'INT41' cannot be packed"):
        pack(np.zeros((1, 1)), "INT41", (1, 1))
    with pytest.raises(ValueError, match="an array of type <U1 cannot be packed as INT8"):
        pack(np.array([["1"]]), "INT8", (1, 1))


@pytest.mark.parametrize("datatype", ["BIPOLAR", "UINT4", "INT5", "INT8", "UINT16", "INT23"])
@pytest.mark.parametrize("source", ["int64", "float64"])
def test_a_buffer_is_packed_into(datatype: str, source: str) -> None:
    values = random_values(np.random.default_rng(2), datatype, (5, 12))
    memory = np.full(1000, 0xA5, np.uint8)
    expected = pack(values, datatype, (4, 3))
    out = memory[100 : 100 + expected.size].reshape(expected.shape)
    assert pack(values.astype(source), datatype, (4, 3), out) is out
    np.testing.assert_array_equal(out, expected)
    assert (memory[:100] == 0xA5).all()
    assert (memory[100 + expected.size :] == 0xA5).all()


def test_a_buffer_that_does_not_fit_is_refused() -> None:
    for out in (np.zeros((2, 4), np.uint8), np.zeros((2, 3), np.int8), np.zeros((2, 6), np.uint8)[:, ::2]):
        with pytest.raises(ValueError, match=r"does not take an image of shape \(2, 3\)"):
            pack(np.zeros((2, 6)), "UINT4", (1, 6), out)


@pytest.mark.parametrize("datatype", ["BIPOLAR", "UINT3", "INT8", "INT13"])
def test_a_batch_in_several_blocks(datatype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = random_values(np.random.default_rng(3), datatype, (29, 35)).astype(np.float32)
    expected = pack(values, datatype, (5, 7))
    monkeypatch.setattr(packing, "_BLOCK", 300)
    np.testing.assert_array_equal(pack(values, datatype, (5, 7)), expected)


@pytest.mark.parametrize("lanes", [3, 8, 40])
def test_bits_without_a_choice_of_order(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bits, "_BIT_ORDER", False)
    values = random_values(np.random.default_rng(4), "BIPOLAR", (3, 5 * lanes)).astype(np.int8)
    packed = pack(values, "BIPOLAR", (5, lanes))
    assert packed.tobytes() == b"".join(reference(frame, "BIPOLAR", lanes) for frame in values)
    np.testing.assert_array_equal(unpack(packed, "BIPOLAR", (5, lanes), (5 * lanes,)), values)


@pytest.mark.parametrize("source", ["bool", "int8", "uint8", "int16", "float32"])
def test_two_valued_types_take_their_values_only(source: str) -> None:
    for datatype, good in (("BINARY", (0, 1)), ("UINT1", (0, 1)), ("INT1", (-1, 0)), ("BIPOLAR", (-1, 1))):
        for value in range(-3, 4):
            given_value = np.array([[value]]).astype(source)
            if int(given_value[0, 0]) in good:
                code = int(given_value[0, 0]) != (min(good) if min(good) + max(good) >= 0 else max(good))
                assert pack(given_value, datatype, (1, 1)).tolist() == [[int(code)]]
            else:
                with pytest.raises(ValueError, match="a value to be packed is not one of"):
                    pack(given_value, datatype, (1, 1))
