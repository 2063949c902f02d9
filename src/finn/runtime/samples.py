"""Random inputs that a deployed network takes, for a first try without data of one's own."""

from typing import Any, List

import numpy as np

from .description import Description
from .packing import value_range

__all__ = ("random_elements", "sample_inputs")


def sample_inputs(description: Description, count: int, seed: int = 0) -> List[np.ndarray]:
    """For each input of the model (count, ...), the same for the same ``seed``.

    Where the hardware takes integers they are such integers; elsewhere they are float32 between 0 and 1.
    """
    random = np.random.RandomState(seed)
    inputs = []
    for each in description.reader.inputs:
        shape = [count] + each.shape
        port = next((port for port in description.inputs if port.name == each.name), None)
        if each.integers is not None:
            values = random_elements(random, each.integers.datatype, shape).astype(each.integers.kind)
        elif port is not None:
            values = random_elements(random, port.datatype, shape).astype(np.float32)
        else:
            values = random.random_sample(shape).astype(np.float32)
        inputs.append(values)
    return inputs


def random_elements(random: Any, datatype: str, shape: List[int]) -> np.ndarray:
    """Values of a type of the accelerator, as int64."""
    low, high = value_range(datatype)
    values = random.randint(low, high + 1, shape, dtype=np.int64)
    return np.where(values < 0, -1, 1) if datatype == "BIPOLAR" else values
