"""Ten networks of each kind that users reported, on the integer model, against qonnx' own execution.

``FINN_KINDS`` sets how many of each are tried.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from finn.frontend import import_network
from finn.frontend.host.comparison import compare_outputs
from finn.frontend.host.exact import exact_execution

from .kinds import KINDS
from .naive import run_parent
from .test_import_network import hits_a_tie

COUNT = int(os.environ.get("FINN_KINDS", "10"))
IMAGES = 12


@pytest.mark.parametrize("seed", range(COUNT))
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str, seed: int) -> None:
    model = KINDS[kind](seed)
    rng = np.random.default_rng(seed)
    inputs = {}
    for tensor in model.graph.input:
        shape = [dim.dim_value for dim in tensor.type.tensor_type.shape.dim[1:]]
        inputs[tensor.name] = (rng.normal(size=(IMAGES, *shape)) * 1.7).astype(np.float32)
    parent = import_network(model)
    tensors = run_parent(parent, inputs)
    clear = ~hits_a_tie(parent, tensors)
    assert clear.sum() > IMAGES // 2
    for name, exact in exact_execution(model, {n: x[clear] for n, x in inputs.items()}).items():
        comparison = compare_outputs(tensors[name][clear], exact)
        assert comparison.ok, comparison.text
