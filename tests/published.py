"""Published topologies with seeded random quantised weights: for rate, size and exactness at full scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from frontend.qonnx_networks import Network
from qonnx.core.modelwrapper import ModelWrapper

__all__ = ("CNV_FOLDING", "LFC_FOLDING", "cnv", "lfc", "mobilenet_v1", "resnet18", "resnet50_stage", "vgg10")

# Of FINN's end-to-end example for CNV-w1a1 on a Pynq-Z1.
CNV_FOLDING: dict[str, Any] = {
    "Defaults": {},
    **{
        f"MVAU_{i}": {"PE": pe, "SIMD": simd}
        for i, (pe, simd) in enumerate(
            [(16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32), (1, 4), (1, 8), (5, 1)]
        )
    },
    **{f"ConvolutionInputGenerator_{i}": {"SIMD": simd} for i, simd in enumerate([3, 32, 32, 32, 32, 32])},
}

# Of FINN's test of LFC: 512 cycles per frame.
LFC_FOLDING: dict[str, Any] = {
    "Defaults": {},
    **{
        f"MVAU_{i}": {"PE": pe, "SIMD": simd}
        for i, (pe, simd) in enumerate([(32, 49), (64, 32), (32, 64), (10, 8)])
    },
}
# Outputs and stride of each block.
MOBILENET_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)


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


def lfc(seed: int = 0) -> ModelWrapper:
    """LFC-w1a1: 784-1024-1024-1024-10."""
    network = Network(784, seed=seed).op("BipolarQuant", 1.0)
    for outputs in (1024, 1024, 1024):
        network.op("MatMul", _bipolar_weights(network, (network.shape[1], outputs)))
        network.shape = [1, outputs]
        _sign(network)
    return network.op("MatMul", _bipolar_weights(network, (1024, 10))).model()


class _Layers:
    """Layers with a batch normalisation that knows what is to be expected of the tensor before it.

    All constants are powers of two or have few bits, so that float32 computes without rounding:
    any execution of the model gives the same values, on every machine and at every tensor's size.
    """

    STEP = 0.25
    WEIGHT = 1 / 64

    def __init__(self, network: Network, bits: int, mean: float, variance: float) -> None:
        self.network, self.bits = network, bits
        self._mean, self._variance = mean, variance

    def _quantised(self, shape: Sequence[int]) -> str:
        """Weights of a tensor; the next batch normalisation is for them, outputs in axis 0."""
        top = 2 ** (self.bits - 1) - 1
        levels = self.network.rng.integers(-top, top, shape, endpoint=True)
        rows = levels.reshape(len(levels), -1)
        self._sums, self._squares = rows.sum(axis=1) * self.WEIGHT, (rows**2).sum(axis=1) * self.WEIGHT**2
        here, order = self.network.tensor, (1, 0) if len(shape) == 2 else range(len(shape))
        values = (levels * self.WEIGHT).transpose(*order)
        name = self.network.quant(self.WEIGHT, 0.0, float(self.bits), narrow=1)._on(values)
        self.network.tensor = here
        return name

    def convolution(self, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> _Layers:
        """Of the current channels, padded to the size of the image, with its normalisation."""
        _, channels, *sizes = self.network.shape
        axes = len(sizes)
        weights = self._quantised((outputs, channels // groups, *(kernel,) * axes))
        window = {"pads": [kernel // 2] * 2 * axes, "strides": [stride] * axes, "group": groups}
        self.network.op("Conv", weights, **window)
        self.network.shape = [1, outputs, *(-(-size // stride) for size in sizes)]
        return self._normalise()

    def dense(self, outputs: int) -> _Layers:
        """A product, nothing behind it."""
        self.network.op("MatMul", self._quantised((outputs, self.network.shape[1])))
        self.network.shape = [1, outputs]
        return self

    def _normalise(self) -> _Layers:
        rng, size = self.network.rng, len(self._sums)
        gamma, beta = rng.integers(12, 20, size) / 16, rng.integers(-2, 12, size) / 16
        mean = np.rint(self._mean * self._sums / self.WEIGHT) * self.WEIGHT
        variance = 4.0 ** np.rint(np.log2(self._variance * self._squares) / 2)
        self.network.op("BatchNormalization", gamma, beta, mean, variance, epsilon=0.0)
        return self

    def relu(self) -> _Layers:
        """What is positive, quantised; about half of a normal distribution around a third."""
        self.network.op("Relu").quant(self.STEP, bits=float(self.bits), signed=0)
        self._mean, self._variance = 0.6, 0.5
        return self

    def signed(self) -> _Layers:
        """Quantised as it is."""
        self.network.quant(self.STEP, bits=float(self.bits))
        return self


def mobilenet_v1(
    seed: int = 0, *, size: int = 224, blocks: int = len(MOBILENET_BLOCKS), classes: int = 1000
) -> ModelWrapper:
    """MobileNet-v1-w4a4 on pixels of 8 bits; with fewer blocks, the last one's activations are the output."""
    network = Network((3, size, size), seed=seed).quant(1 / 256, bits=8.0, signed=0)
    layers = _Layers(network, 4, 0.5, 1 / 12).convolution(32, 3, stride=2).relu()
    for outputs, stride in MOBILENET_BLOCKS[:blocks]:
        channels = network.shape[1]
        layers.convolution(channels, 3, stride=stride, groups=channels).relu()
        layers.convolution(outputs, 1).relu()
    if blocks < len(MOBILENET_BLOCKS):
        return network.model()
    network.op("GlobalAveragePool").quant(1 / 16, bits=4.0, signed=0).op("Flatten")
    network.shape = [1, network.shape[1]]
    return layers.dense(classes).network.model()


def resnet50_stage(seed: int = 0, *, bits: int = 4, size: int = 56, blocks: int = 3) -> ModelWrapper:
    """The first stage of ResNet-50: bottleneck blocks of 64, 64 and 256 channels on 64 channels."""
    network = Network((64, size, size), seed=seed).quant(_Layers.STEP, bits=float(bits), signed=0)
    layers = _Layers(network, bits, 0.6, 0.5)
    for block in range(blocks):
        source, shape = network.tensor, network.shape
        layers.convolution(64, 1).relu().convolution(64, 3).relu().convolution(256, 1).signed()
        through, network.tensor, network.shape = network.tensor, source, shape
        if block == 0:
            layers.convolution(256, 1).signed()
        network.op("Add", through)
        layers.relu()
    return network.model()


def resnet18(seed: int = 0, *, size: int = 224, classes: int = 1000) -> ModelWrapper:
    """ResNet-18-w4a4 on pixels of 8 bits: four stages of two basic blocks."""
    network = Network((3, size, size), seed=seed).quant(1 / 256, bits=8.0, signed=0)
    layers = _Layers(network, 4, 0.5, 1 / 12).convolution(64, 7, stride=2).relu()
    network.op("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    network.shape = [1, 64, size // 4, size // 4]
    for channels, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        source, shape = network.tensor, network.shape
        layers.convolution(channels, 3, stride=stride).relu().convolution(channels, 3).signed()
        through, network.tensor, network.shape = network.tensor, source, shape
        if stride > 1:
            layers.convolution(channels, 1, stride=stride).signed()
        network.op("Add", through)
        layers.relu()
    network.op("GlobalAveragePool").quant(1 / 16, bits=4.0, signed=0).op("Flatten")
    network.shape = [1, network.shape[1]]
    return layers.dense(classes).network.model()


def vgg10(seed: int = 0, *, bits: int = 4, samples: int = 1024) -> ModelWrapper:
    """VGG10 of RadioML: two rows of samples, seven convolutions of 64 filters with a pooling behind each."""
    network = Network((2, samples), seed=seed).quant(1 / 64, bits=8.0)
    layers = _Layers(network, bits, 0.0, 1.0)
    for _ in range(7):
        layers.convolution(64, 3).relu()
        network.op("MaxPool", kernel_shape=[2], strides=[2])
        network.shape = [1, 64, network.shape[2] // 2]
    network.op("Flatten")
    network.shape = [1, 64 * (samples >> 7)]
    for outputs in (128, 128):
        layers.dense(outputs)._normalise().relu()
    return layers.dense(24).network.model()
