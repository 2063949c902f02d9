"""What no output depends on is left out."""

from __future__ import annotations

import numpy as np
import pytest

from finn.frontend import import_network

from .qonnx_networks import Network
from .test_branches import image
from .test_images import PAD, SLIDE, convolution
from .test_import_network import check, layers_of
from .test_slices import cut


def test_a_branch_that_ends_nowhere_may_be_of_any_operators() -> None:
    network = Network(12).quant(0.3).dense(8).quant(0.27)
    source = network.tensor
    network.op("NonZero").op("Cast", to=1)
    network.tensor = source
    check(network.dense(4).model(), ["MVAU", "MVAU"])


def test_a_part_that_nothing_reads_does_not_leave_the_hardware() -> None:
    network = image().quant(0.31)
    _, kept, unread = cut(network, (0, 1), (1, 3), (3, 4))
    network.op("Mul", 0.7, source=unread)
    network.tensor, network.shape = kept, [1, 2, 6, 5]
    model = convolution(network, 5, (3, 3), pads=[1, 1, 1, 1]).quant(0.53).model()
    check(model, ["MVAU", "StreamingGather", PAD, SLIDE, "MVAU"])


@pytest.mark.parametrize(("read", "layers"), [([0, 2], 2), ([1], 1)])
@pytest.mark.parametrize("axis", [1, 2])
def test_parts_of_a_split_that_nothing_reads(read: list[int], layers: int, axis: int) -> None:
    network = image().quant(0.31)
    sizes = [1, 2, 1] if axis == 1 else [1, 3, 2]
    network.op("Split", np.array(sizes), axis=axis)
    names, shape = [network.tensor, network.also(), network.also()], list(network.shape)
    for place in read:
        network.tensor, network.shape = names[place], [*shape[:axis], sizes[place], *shape[axis + 1 :]]
        network = convolution(network, 3, (1, 1)).op("GlobalAveragePool").quant(0.13)
        names[place] = network.tensor
    if len(read) > 1:
        network.op("Concat", names[read[0]], source=names[read[1]], axis=1)
    network.shape = [1, 3 * len(read), 1, 1]
    model = convolution(network, 5, (1, 1)).model()
    parent = import_network(model)
    assert layers_of(parent).count("StreamingGather") == layers
    assert "StreamingSplit" not in layers_of(parent)
    check(model, layers_of(parent))


def test_a_part_that_is_an_output_is_read() -> None:
    network = image().quant(0.31)
    network.op("Split", np.array([1, 2, 1]), axis=1)
    first, second, _ = network.tensor, network.also(), network.also()
    network.also_out()
    network.tensor, network.shape = second, [1, 2, 6, 5]
    network = convolution(network, 3, (1, 1))
    parent = import_network(network.model())
    assert [output.name for output in parent.graph.output] == [first, network.tensor]
    check(network.model(), layers_of(parent))
