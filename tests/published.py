"""Published topologies with seeded random quantised weights: for rate, size and exactness at full scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frontend.qonnx_networks import Network
from qonnx.core.modelwrapper import ModelWrapper

__all__ = ("CNV_FOLDING", "cnv")

# Of FINN's end-to-end example for CNV-w1a1 on a Pynq-Z1.
CNV_FOLDING: dict[str, Any] = {
    "Defaults": {},
    **{
        f"MVAU_{i}": {"PE": pe, "SIMD": simd}
        for i, (pe, simd) in enumerate(
            [(16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32), (1, 4), (1, 8), (5, 1)]
        )
    },
    **{
        f"ConvolutionInputGenerator_{i}": {"SIMD": simd}
        for i, simd in enumerate([3, 32, 32, 32, 32, 32, 32, 32])
    },
}


def _sign(network: Network) -> Network:
    """Batch normalisation over axis 1, then BipolarQuant."""
    size = network.shape[1]
    gamma, beta, mean = network.rng.normal(size=(3, size))
    network.op("BatchNormalization", gamma + 2, beta, mean, network.rng.random(size) + 0.5, epsilon=1e-5)
    return network.op("BipolarQuant", 1.0)


def _bipolar_weights(network: Network, shape: Sequence[int]) -> str:
    here = network.tensor
    name = network.op("BipolarQuant", 1.0)._on(network.rng.normal(size=tuple(shape)))
    network.tensor = here
    return name


def _convolution(network: Network, outputs: int) -> Network:
    channels, height, width = network.shape[1:]
    network.op("Conv", _bipolar_weights(network, (outputs, channels, 3, 3)))
    network.shape = [1, outputs, height - 2, width - 2]
    return _sign(network)


def cnv(seed: int = 0) -> ModelWrapper:
    """CNV-w1a1: 32x32x3 in 8 bits, 64-64-128-128-256-256 convolutions, 512-512-10 dense."""
    network = Network((3, 32, 32), seed=seed).quant(1 / 128, 0.0, 8.0)
    for place, outputs in enumerate((64, 64, 128, 128, 256, 256)):
        _convolution(network, outputs)
        if place in (1, 3):
            network.op("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
            network.shape = [1, outputs, network.shape[2] // 2, network.shape[3] // 2]
    network.op("Flatten")
    network.shape = [1, 256]
    for outputs in (512, 512):
        network.op("MatMul", _bipolar_weights(network, (network.shape[1], outputs)))
        network.shape = [1, outputs]
        _sign(network)
    network.op("MatMul", _bipolar_weights(network, (512, 10)))
    return network.model()
