"""Random inputs that a deployed network takes, for a first try without data of one's own."""

from typing import Any, Dict, List

import numpy as np

from .description import Description
from .packing import value_range

__all__ = ("random_elements", "sample_inputs")


def sample_inputs(
    description: Description, arrays: Dict[str, Any], count: int, seed: int = 0
) -> List[np.ndarray]:
    """For each input of the model (count, ...) in float32, the same for the same ``seed``.

    Where the input has to lie on a grid of integers times a scale, or is what the accelerator itself
    takes, the values do; elsewhere they are between 0 and 1.
    """
    random = np.random.RandomState(seed)
    inputs = []
    for entry in description.model_inputs:
        shape = [count] + entry["shape"]
        port = next((port for port in description.inputs if port.name == entry["name"]), None)
        grid = _grid(description.host["prefix"], entry["name"])
        if port is not None:
            values = random_elements(random, port.datatype, shape)
        elif grid is not None:
            values = random.randint(grid["minimum"], grid["maximum"] + 1, shape) * arrays[grid["scale"]]
        else:
            values = random.random_sample(shape)
        inputs.append(values.astype(np.float32))
    return inputs


def random_elements(random: Any, datatype: str, shape: List[int]) -> np.ndarray:
    """Values of a type of the accelerator, as int64."""
    low, high = value_range(datatype)
    values = random.randint(low, high + 1, shape, dtype=np.int64)
    return np.where(values < 0, -1, 1) if datatype == "BIPOLAR" else values


def _grid(prefix: List[Dict[str, Any]], name: str) -> Any:
    """Scale and bounds where the program divides the input by a scale and wants integers then."""
    for first, second in zip(prefix, prefix[1:]):
        divided = first["op"] == "Div" and first["inputs"][0] == name
        if divided and second["op"] == "CheckedRound" and second["inputs"] == first["outputs"]:
            return dict(second["attributes"], scale=first["inputs"][1])
    return None
