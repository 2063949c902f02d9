"""Requantise: RTL against the golden model, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernels.grid import FRAMES, Case, KernelGrid, random_values
from qonnx.core.datatype import DataType

from finn.errors import FinnError
from finn.kernels.requantise import Requantise

# (channels, PE, vectors)
SHAPES = (
    *((6, 2, 3), (5, 1, 2), (7, 7, 2), (1, 1, 1), (9, 3, 4)),
    *((8, 4, 1), (3, 1, 7), (10, 5, 2), (11, 1, 1), (12, 6, 5)),
)
# Input, bits of multipliers with their sign, shift, steps, what is added, output
KINDS = (
    ("INT20", 18, 24, 255, 0, "UINT8"),
    ("INT20", 25, 31, 255, -128, "INT8"),
    ("INT16", 18, 20, 254, -127, "INT8"),
    ("UINT8", 3, 4, 15, 0, "UINT4"),
    ("UINT17", 12, 15, 100, 3, "UINT7"),
    ("INT25", 20, 36, 63, -20, "INT7"),
    ("INT24", 22, 30, 65535, -32768, "INT16"),
    ("INT32", 14, 30, 1023, 0, "UINT10"),
    ("TERNARY", 4, 0, 3, 0, "UINT2"),
    ("INT12", 35, 41, 31, 1, "UINT6"),
)
# The same, with halves to the even result: so many bits of a multiplier, which is a power of two.
EVEN_KINDS = (
    ("INT34", 2, 15, 65535, -32768, "INT16"),
    ("INT34", 11, 19, 4094, -2047, "INT12"),
    ("UINT17", 5, 9, 255, 0, "UINT8"),
    ("INT21", 7, 16, 30, 3, "UINT6"),
    ("INT9", 3, 1, 14, -7, "INT4"),
)
RES_TYPES = ("dsp", "lut")


def _kernel(**changes: Any) -> Requantise:
    fields: dict[str, Any] = {
        "channels": 4,
        "pe": 2,
        "multipliers": np.array([3, -5, 0, 7]),
        "offsets": np.array([1, 100, 37, -9]),
        "shift": 3,
        "steps": 15,
        "input_datatype": DataType["INT8"],
        "output_datatype": DataType["INT5"],
        "activation_offset": -8,
    }
    return Requantise(**{**fields, **changes})


def _case(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    kind: tuple[Any, ...],
    res_type: str,
    even: bool = False,
) -> Case:
    """Sums that come to both ends of what is clipped, and go well beyond."""
    (channels, pe, vectors), (inputs, bits, shift, steps, added, output) = shape, kind
    datatype, most = DataType[inputs], 2 ** (bits - 1) - 1
    multipliers = rng.integers(-most, most, channels, endpoint=True)
    multipliers[(rng.random(channels) < 0.2) | (multipliers == 0)] = most
    middle = (steps << shift) // 2
    offsets = rng.integers(-middle, 2 * middle + 1, channels, endpoint=True)
    if even:
        multipliers = rng.choice([-1, 1], channels) << rng.integers(0, bits - 1, channels)
        offsets -= offsets % multipliers
    kernel = Requantise(
        channels,
        pe,
        multipliers,
        offsets,
        shift,
        steps,
        datatype,
        DataType[output],
        added,
        res_type,
        vectors,
        even,
    )
    wanted = rng.integers(0, steps, (FRAMES, vectors, channels)) << shift
    values = random_values(rng, datatype, wanted.shape)
    chosen = np.where(rng.random(wanted.shape) < 0.7, (wanted - offsets) // multipliers, values)
    return Case(kernel, (np.clip(chosen, int(datatype.min()), int(datatype.max())),))


class TestRequantise(KernelGrid):
    """Every shape with every width, in DSPs and in LUTs; memories of every kind."""

    def cases(self) -> list[Case]:
        rng = np.random.default_rng(3)
        cases = [_case(rng, shape, kind, r) for shape in SHAPES for kind in KINDS for r in RES_TYPES]
        cases += [
            _case(rng, shape, kind, r, even=True)
            for shape in SHAPES
            for kind in EVEN_KINDS
            for r in RES_TYPES
        ]
        cases += [_case(rng, shape, KINDS[1], r) for shape in ((300, 1, 1), (1030, 1, 1)) for r in RES_TYPES]
        return cases


def test_golden() -> None:
    x = np.array([[-128, -128, -128, -128], [127, 127, 127, 127], [5, 5, 5, 5]])
    # 3 x + 1, 100 - 5 x, 37 and 7 x - 9, eighths rounded down, in 0..15, less 8.
    assert _kernel().golden([x])[0].tolist() == [[-8, 7, -4, -8], [7, -8, -4, 7], [-6, 1, -4, -5]]


def test_halves_go_to_the_even_output() -> None:
    x = np.arange(-4, 5)[:, None]
    kernel = _kernel(
        channels=1, pe=1, multipliers=np.array([2]), offsets=np.array([14]), shift=2, steps=6,
        activation_offset=-3, round_even=True,
    )  # fmt: skip
    # Half of x, from -2 to 2.
    assert kernel.golden([x])[0].ravel().tolist() == [-2, -2, -1, 0, 0, 0, 1, 2, 2]
    assert _kernel(round_even=True).golden([np.array([[5, 5, 5, 5]])])[0].tolist() == [[-6, 1, -4, -5]]


def test_streams_and_cycles() -> None:
    kernel = _kernel(vectors=3)
    assert kernel.input_streams[0].folded_shape == kernel.output_streams[0].folded_shape == (3, 2, 2)
    assert kernel.cycles == 6
    assert kernel.folding_choices() == {"PE": [1, 2, 4]}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pe": 3}, "PE=3 does not divide NumChannels=4; possible are 1, 2, 4"),
        ({"offsets": np.arange(3)}, "offsets of shape (3,) do not fit; give (4,) or (1,)"),
        ({"res_type": "bram"}, "resType bram is unknown; possible are auto, lut, dsp"),
        (
            {"shift": 0, "round_even": True},
            "RoundEven=1 does not fit Shift=0, which leaves no halves; give 0",
        ),
        ({"steps": 0}, "Shift=3 and Steps=0 do not fit; give 0 and 1 or more"),
        ({"input_datatype": DataType["BIPOLAR"]}, "input type BIPOLAR is no integer of two's complement"),
        ({"steps": 31}, "INT5 does not hold -8 to 23; choose a wider output type"),
        (
            {"multipliers": np.array([2**35])},
            "elements of 8 bits times multipliers of 37 bits, 44 bits in all, are too wide; "
            "at most 25 and 35 bits, 48 in all, are supported",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(FinnError) as error:
        _kernel(**changes)
    assert str(error.value) == text
