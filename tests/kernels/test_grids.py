"""What the grids of kernels for convolutional networks hold: how many parameter sets, of which kinds."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from kernels.grid import KernelGrid

from finn.kernels.base import Kernel
from finn.kernels.convolution_input_generator import ConvolutionInputGenerator
from finn.kernels.fm_padding import FMPadding

FEWEST = 300
MODULES = (
    "add_streams",
    "channelwise_op",
    "convolution_input_generator",
    "depth_to_space",
    "duplicate_streams",
    "fm_padding",
    "fm_padding_pixel",
    "global_acc_pool",
    "pool",
    "streaming_concat",
    "streaming_max_pool",
    "streaming_split",
    "upsample_nearest_neighbour",
    "vvau",
)
# Sums of bipolar elements are left to AddStreams.
NO_BIPOLAR = ("GlobalAccPool",)


def _kernels(module: str) -> list[Kernel]:
    """The kernels of a test module's grids, each once."""
    found = vars(importlib.import_module(f"kernels.test_{module}")).values()
    grids = [g for g in found if isinstance(g, type) and issubclass(g, KernelGrid) and g is not KernelGrid]
    return list({case.name: case.kernel for grid in grids for case in grid().cases()}.values())


@pytest.fixture(scope="module")
def kernels() -> dict[str, list[Kernel]]:
    """By test module."""
    return {module: _kernels(module) for module in MODULES}


def test_there_are_three_hundred_parameter_sets(kernels: dict[str, list[Kernel]]) -> None:
    counts = {module: len(found) for module, found in kernels.items()}
    print(f"{sum(counts.values())} parameter sets: {counts}")
    assert sum(counts.values()) >= FEWEST, counts
    assert min(counts.values()) >= 20, counts


def _channels(kernel: Any) -> int:
    channels = kernel.channels
    return sum(channels) if isinstance(channels, tuple) else int(channels)


def _least_channels(kernel: Any) -> int:
    channels = kernel.channels
    return min(channels) if isinstance(channels, tuple) else int(channels)


@pytest.mark.parametrize("module", MODULES)
def test_each_has_odd_channels_and_both_ends_of_its_folding(
    kernels: dict[str, list[Kernel]], module: str
) -> None:
    found = kernels[module]
    assert any(_channels(kernel) % 2 and _channels(kernel) > 1 for kernel in found)
    several = [kernel for kernel in found if _least_channels(kernel) > 1]
    assert any(kernel.input_streams[0].lanes == 1 for kernel in several)
    assert any(kernel.input_streams[0].lanes == _least_channels(kernel) for kernel in several)


@pytest.mark.parametrize("module", MODULES)
def test_each_has_signed_unsigned_and_bipolar_elements(kernels: dict[str, list[Kernel]], module: str) -> None:
    types = [stream.datatype for kernel in kernels[module] for stream in kernel.input_streams]
    assert any(t.min() < 0 and t.name != "BIPOLAR" for t in types)
    assert any(t.min() == 0 for t in types)
    if kernels[module][0].op_type not in NO_BIPOLAR:
        assert any(t.name == "BIPOLAR" for t in types)


WINDOWS: dict[str, Callable[[ConvolutionInputGenerator], bool]] = {
    "1 x N kernels": lambda k: k.kernel[0] == 1 < k.kernel[1] and k.height > 1,
    "N x 1 kernels": lambda k: k.kernel[1] == 1 < k.kernel[0] and k.width > 1,
    "rows of pixels": lambda k: k.height == 1 < k.kernel[1],
    "columns of pixels": lambda k: k.width == 1 < k.kernel[0],
    "a kernel as large as the image": lambda k: k.kernel == (k.height, k.width) != (1, 1),
    "a stride larger than the kernel": lambda k: min(k.stride) > max(k.kernel) > 1,
    "different strides": lambda k: k.stride[0] != k.stride[1],
    "dilation": lambda k: min(k.dilation) > 1,
    "different dilations": lambda k: k.dilation[0] != k.dilation[1],
    "dilation with strides": lambda k: max(k.dilation) > 1 and max(k.stride) > 1,
    "one pixel": lambda k: (k.height, k.width) == (1, 1),
}


@pytest.mark.parametrize("kind", WINDOWS)
def test_windows_of_every_kind(kernels: dict[str, list[Kernel]], kind: str) -> None:
    found = [k for k in kernels["convolution_input_generator"] if isinstance(k, ConvolutionInputGenerator)]
    assert any(WINDOWS[kind](kernel) for kernel in found)


def test_padding_is_asymmetric_and_on_each_side_alone(kernels: dict[str, list[Kernel]]) -> None:
    pads = [kernel.padding for kernel in kernels["fm_padding"] if isinstance(kernel, FMPadding)]
    assert any(min(pad) == 0 < max(pad) and pad[:2] != pad[2:] for pad in pads)
    alone = {tuple(side > 0 for side in pad) for pad in pads if sum(side > 0 for side in pad) == 1}
    assert len(alone) == 4
