"""Random TensorFlow Lite networks on the integer model, equal to LiteRT's reference kernels on every value.

``FINN_KINDS`` sets how many are tried against the front end's own reference, beyond those whose answers
of LiteRT are stored.
"""

from __future__ import annotations

import os
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from tflite_kinds import random_file

from finn.core.onnx_exec import execute_onnx
from finn.frontend import import_network
from finn.frontend.host.reference import reference_execution

CHECKSUMS = {
    0: 2631135955,
    1: 3397344324,
    2: 664112412,
    3: 902380215,
    4: 4269169335,
    5: 1105764524,
    6: 2151447905,
    7: 3288137381,
    8: 1229331290,
    9: 3741117226,
    24: 3777323239,
    25: 3631257321,
}
"""CRC-32 of the answers of LiteRT 2.3.0, as little-endian int32; the sums of 24 and 25 need large factors."""
COUNT = int(os.environ.get("FINN_KINDS", "10"))
INPUTS = 100


@pytest.mark.parametrize("seed", sorted({*CHECKSUMS, *range(COUNT)}))
def test_every_network(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(random_file(seed).content())
    parent = import_network(path)
    (name,), (output,) = ([t.name for t in ends] for ends in (parent.graph.input, parent.graph.output))
    shape = parent.get_tensor_shape(name)[1:]
    x = np.random.default_rng(7).integers(-128, 128, (INPUTS, *shape)).astype(np.int8)
    reference = reference_execution(path, {name: x})[output]
    assert len(np.unique(reference)) > (9 if seed in CHECKSUMS else 1)
    assert CHECKSUMS.get(seed) in (None, crc32(reference.astype("<i4").tobytes()))
    found = execute_onnx(parent, {name: x})[output]
    assert found.dtype == reference.dtype and np.array_equal(found, reference)
