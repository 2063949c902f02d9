"""Every rounding mode of quantisers, and how its name is read."""

from __future__ import annotations

import numpy as np
import pytest

from finn.frontend.host.reference import reference_execution

from .qonnx_networks import Network
from .test_import_network import check, two_layers

MODES = [
    "ROUND",
    "HALF_EVEN",
    "CEIL",
    "FLOOR",
    "UP",
    "DOWN",
    "HALF_UP",
    "HALF_DOWN",
    "round",
    "ROUND_TO_ZERO",
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("signed", "narrow"), [(1, 0), (1, 1), (0, 0), (0, 1)])
def test_every_rounding_mode_signed_narrow(mode: str, signed: int, narrow: int) -> None:
    # An odd scale: with powers of two every accumulator would be a tie of the half modes.
    check(two_layers(scale=0.217, bits=3, signed=signed, narrow=narrow, mode=mode).model(), ["MVAU"] * 2)


def test_round_to_zero_is_what_brevitas_means_by_it() -> None:
    x = np.array([[-1.9, -0.3, 0.0, 0.3, 1.9]], dtype=np.float32)
    model = Network(5).quant(0.5, mode="ROUND_TO_ZERO").model()
    (y,) = reference_execution(model, {"x": x}).values()
    assert y.tolist() == [[-1.5, 0.0, 0.0, 0.0, 1.5]]
