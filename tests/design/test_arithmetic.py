"""Which layers multiply in DSPs: as many as there are, where they save the most LUTs."""

from __future__ import annotations

import numpy as np
import pytest
from qonnx.core.datatype import DataType

from finn.core.network import Instance
from finn.design.arithmetic import settle_arithmetic
from finn.kernels.mvau import MVAU


def _layer(name: str, bits: int, res_type: str = "auto") -> Instance:
    """4 rows of 4 products: 4 DSPs at 4 bits, 8 at 8 bits, which save about four times the LUTs each."""
    integer = DataType[f"INT{bits}"]
    rng = np.random.default_rng(bits)
    weights = rng.integers(integer.min(), integer.max(), (16, 8), endpoint=True).astype(np.int64)
    kernel = MVAU(16, 8, 4, 4, weights, integer, integer, DataType["INT32"], DataType["INT32"])
    return Instance(name, kernel.with_folding(res_type=res_type), (), ())


@pytest.mark.parametrize(
    ("dsps", "chosen"),
    [
        (0, ["lut", "lut", "lut"]),
        (4, ["dsp", "lut", "lut"]),
        (8, ["lut", "dsp", "lut"]),
        (11, ["lut", "dsp", "lut"]),
        (12, ["dsp", "dsp", "lut"]),
        (220, ["dsp", "dsp", "lut"]),
    ],
)
def test_dsps_go_where_they_save_the_most_luts(dsps: int, chosen: list[str]) -> None:
    parts = [_layer("four", 4), _layer("eight", 8), _layer("two", 2)]
    settled = settle_arithmetic(parts, dsps)
    assert [part.kernel.res_type for part in settled] == chosen
    assert sum(part.kernel.resources().dsp for part in settled) <= dsps


def test_what_is_set_stays_and_counts() -> None:
    parts = [_layer("eight", 8), _layer("four", 4, "dsp"), _layer("other", 8, "lut")]
    settled = [part.kernel.res_type for part in settle_arithmetic(parts, 11)]
    assert settled == ["lut", "dsp", "lut"]
    assert settle_arithmetic(parts, 12)[0].kernel.res_type == "dsp"
