"""Networks whose branches part and meet, imported, against qonnx' own execution of the original."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network
from .test_images import PAD, SLIDE, batch_norm, convolution
from .test_import_network import attribute, check

ADD, FORK, JOIN, CUT = "AddStreams", "DuplicateStreams", "StreamingConcat", "StreamingSplit"


def image(**options: Any) -> Network:
    """A quantised image of four channels behind a convolution."""
    return batch_norm(convolution(Network((2, 6, 5), **options).quant(), 4, (1, 1)))


def branch(network: Network, source: str, scale: float, **attributes: Any) -> Network:
    """A convolution of ``source`` with a quantiser of its own."""
    network.tensor = source
    return batch_norm(convolution(network, 4, (3, 3), pads=[1, 1, 1, 1], **attributes)).quant(scale)


def residual(first: float, second: float, op_type: str = "Add") -> Network:
    """A residual block whose two branches are quantised with these scales."""
    network = image().quant(first)
    shortcut = network.tensor
    main = branch(network, shortcut, second).tensor
    network.op(op_type, shortcut, source=main)
    return network.op("Relu").quant(0.43, bits=4.0, signed=0)


@pytest.mark.parametrize(
    ("first", "second", "factors"),
    [(0.25, 0.25, [1, 1]), (0.5, 0.25, [1, 2]), (0.3, 0.1, [1, 3]), (0.1, 0.25, [5, 2])],
)
def test_residual_sums(first: float, second: float, factors: list[int]) -> None:
    network = residual(first, second)
    parent = check(
        convolution(network, 3, (1, 1)).model(),
        ["MVAU", FORK, PAD, SLIDE, "MVAU", ADD, "Thresholding", "MVAU"],
    )
    assert attribute(parent, "AddStreams_0", "scales") == factors
