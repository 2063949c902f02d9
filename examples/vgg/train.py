"""Trains two VGG-like networks with Brevitas and writes every file of this folder that is not text.

The topology is that of CNV, smaller: convolutions of 3x3 in pairs, each pair with a pooling behind it,
until one pixel is left, then dense layers. Run as ``python -m examples.vgg.train`` in the repository.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import brevitas.nn as qnn
from brevitas.quant import Int8WeightPerTensorFloat, Uint8ActPerTensorFloat
from torch import nn

from examples.digits.train import BipolarActQuant, BipolarWeightQuant
from examples.images import write_example

PAIRS = ((16, 32), (32, 64))
DENSE = 64
EPOCHS = 40


def vgg(weights: dict[str, object], activation: Callable[[], nn.Module]) -> nn.Sequential:
    """8-bit pixels, ``PAIRS`` of convolutions with poolings, two dense layers."""
    layers: list[nn.Module] = [qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat)]
    channels = 1
    for pair in PAIRS:
        for outputs in pair:
            layers += [qnn.QuantConv2d(channels, outputs, 3, bias=False, **weights)]
            layers += [nn.BatchNorm2d(outputs), activation()]
            channels = outputs
        layers += [nn.MaxPool2d(2)]
    layers += [nn.Flatten(), qnn.QuantLinear(channels, DENSE, bias=False, **weights)]
    layers += [nn.BatchNorm1d(DENSE), activation()]
    layers += [qnn.QuantLinear(DENSE, 10, bias=False, **weights), nn.BatchNorm1d(10)]
    return nn.Sequential(*layers)


def one_bit() -> nn.Sequential:
    """Weights and activations of -1 and +1."""
    return vgg({"weight_quant": BipolarWeightQuant}, lambda: qnn.QuantIdentity(act_quant=BipolarActQuant))


def two_bit() -> nn.Sequential:
    """Signed 2-bit weights, unsigned 2-bit activations."""
    weights = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": 2}
    return vgg(weights, lambda: qnn.QuantReLU(act_quant=Uint8ActPerTensorFloat, bit_width=2))


if __name__ == "__main__":
    write_example("vgg", {"w1a1": one_bit, "w2a2": two_bit}, EPOCHS, Path(__file__).parent)
