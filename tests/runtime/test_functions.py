"""Functions of one element: erf against Python's own, and what large arguments do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from finn.runtime.functions import FUNCTIONS, PARAMETERS, erf

X = np.concatenate([np.linspace(-7, 7, 4001), np.logspace(-300, 0, 301), -np.logspace(-20, 0.9, 301)])


def test_erf_is_pythons_to_a_few_units_in_the_last_place() -> None:
    expected = np.array([math.erf(v) for v in X])
    assert np.all(np.abs(erf(X) - expected) <= 3 * np.spacing(np.abs(expected)))


def test_erf_in_float32_is_that_of_float64_rounded() -> None:
    x = X.astype(np.float32)
    expected = np.array([math.erf(float(v)) for v in x]).astype(np.float32)
    assert erf(x).dtype == np.float32 and np.array_equal(erf(x), expected)


def test_erf_of_what_is_no_number_and_of_the_ends() -> None:
    ends = erf(np.array([np.nan, np.inf, -np.inf, -0.0]))
    assert np.isnan(ends[0]) and ends[1:].tolist() == [1, -1, 0] and np.signbit(ends[3])


@pytest.mark.parametrize("name", ["Elu", "Selu", "Celu"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_large_arguments_do_not_overflow(name: str, kind: type) -> None:
    with np.errstate(all="raise"):
        given = np.array([-700, 800], kind) if kind is np.float64 else np.array([-80, 800], kind)
        low, high = PARAMETERS[name](given, {"alpha": 1.0, "gamma": 1.0})
    assert (low, high) == (-1, 800)


def test_softplus_of_large_arguments_is_the_argument() -> None:
    assert FUNCTIONS["Softplus"](np.float32([[800.0, -800.0]])).tolist() == [[800, 0]]
