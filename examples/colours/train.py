"""Trains a network of colour images with Brevitas and writes every file of this folder that is not text.

Run as ``python -m examples.colours.train`` in the repository; ``examples.colours.quantise`` adds the
other model.
"""

from __future__ import annotations

from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.quant import Int8WeightPerTensorFloat, Uint8ActPerTensorFloat
from torch import nn

from examples.colours.data import SIZE, load_split
from examples.digits.train import export, run_onnx, train

HERE = Path(__file__).parent
BITS = 4
EPOCHS = 20
WEIGHTS = {"weight_quant": Int8WeightPerTensorFloat, "weight_bit_width": BITS}
# Channels and stride of each convolution.
LAYERS = ((12, 2), (24, 1), (24, 2))


def network() -> nn.Sequential:
    """8-bit pixels, 4-bit weights and activations."""
    layers: list[nn.Module] = [qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat)]
    channels = 3
    for outputs, stride in LAYERS:
        layers.append(qnn.QuantConv2d(channels, outputs, 3, stride=stride, padding=1, bias=False, **WEIGHTS))
        layers.append(nn.BatchNorm2d(outputs))
        layers.append(qnn.QuantReLU(act_quant=Uint8ActPerTensorFloat, bit_width=BITS))
        channels = outputs
    layers += [nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, qnn.QuantLinear(channels * 4, 10, bias=True, **WEIGHTS))


def main() -> None:
    """Writes the model, the test split and the model's outputs; prints the accuracy."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    images, test, classes, test_classes = load_split()
    made = network()
    train(made, images.astype(np.float32) / 255, classes, 0, EPOCHS)
    export(made, HERE / "colours_w4a4.onnx", (3, SIZE, SIZE))
    outputs = run_onnx(HERE / "colours_w4a4.onnx", test.astype(np.float32) / 255)
    np.save(HERE / "x.npy", test)
    np.save(HERE / "labels.npy", test_classes)
    np.save(HERE / "y_w4a4.npy", outputs)
    (HERE / "labels.txt").write_text("\n".join("0123456789") + "\n", encoding="utf-8")
    print(f"{100 * (outputs.argmax(axis=1) == test_classes).mean():.2f} % of {len(test)} test images")


if __name__ == "__main__":
    main()
