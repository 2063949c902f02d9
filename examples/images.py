"""What the convolutional examples share: the digits as images of 16x16 pixels, training and files.

Needs what `examples.digits.train` needs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from examples.digits.train import PIXEL_MAX, export, run_onnx, train

__all__ = ("SIZE", "load_split", "write_example")

SIZE = 16
TEST_IMAGES = 180


def load_split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train and test images (N, 1, 16, 16), float32 from 0 to 1 in steps of 1/255, and labels (N,)."""
    digits = load_digits()
    small = torch.from_numpy((digits.images / PIXEL_MAX).astype(np.float32))[:, None]
    large = nn.functional.interpolate(small, (SIZE, SIZE), mode="bilinear", align_corners=False)
    images = (np.rint(large.numpy() * 255) / 255).astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        images, digits.target, test_size=TEST_IMAGES, random_state=0, stratify=digits.target
    )
    return train_x, test_x, train_y, test_y


def write_example(
    name: str, networks: Mapping[str, Callable[[], nn.Module]], epochs: int, folder: Path
) -> None:
    """Trains each network and writes its model, the test split and the model's outputs to a folder.

    The folder and the seed can be given on the command line. Prints each accuracy.
    """
    parser = argparse.ArgumentParser(description=f"trains examples/{name}")
    parser.add_argument("--output", type=Path, default=folder, help="folder to write to")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    _, test_x, _, test_y = load_split()
    np.save(arguments.output / "x.npy", test_x)
    np.save(arguments.output / "labels.npy", test_y.astype(np.int64))
    (arguments.output / "labels.txt").write_text("\n".join("0123456789") + "\n", encoding="utf-8")
    for bits, make in networks.items():
        torch.manual_seed(arguments.seed)
        path = arguments.output / f"{name}_{bits}.onnx"
        np.save(arguments.output / f"y_{bits}.npy", _trained(make(), path, arguments.seed, epochs))


def _trained(network: nn.Module, path: Path, seed: int, epochs: int) -> np.ndarray:
    """Trains, exports to ``path``, prints the accuracy, returns the outputs for the test split."""
    train_x, test_x, train_y, test_y = load_split()
    start = time.perf_counter()
    train(network, train_x, train_y, seed, epochs)
    seconds = time.perf_counter() - start
    export(network, path, (1, SIZE, SIZE))
    outputs = run_onnx(path, test_x)
    accuracy = float((outputs.argmax(axis=1) == test_y).mean())
    print(f"{path.stem}: {100 * accuracy:.2f} % of {len(test_y)} test images, trained in {seconds:.0f} s")
    return outputs
