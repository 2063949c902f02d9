"""What ``verify`` says about a target that errs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from finn.build import load_output
from finn.core.targets import open_target
from finn.core.verify import verify

IMAGE = 3


def outcome(digits: Path, digits_out: Path, alone: str) -> list[str]:
    """Verify five images on a target that errs at one, and once more as ``alone`` says."""
    inputs = {"pixels": np.load(digits / "x.npy")[:5]}
    with open_target(load_output(digits_out), "model") as model:

        def execute(given: dict[str, Any], full: bool = False) -> dict[str, Any]:
            result = {name: np.array(values) for name, values in model.execute(given, full).items()}
            boundary = next(name for name in result if name.startswith("MVAU") and name.endswith("_out"))
            if len(given["pixels"]) > 1:
                result[boundary][IMAGE, 7] += 1
            elif alone != "right":
                result[boundary][0, 7] += 1 if alone == "same" else 2
            return result

        target: Any = SimpleNamespace(model=model.model, execute=execute)
        report = verify(target, inputs, None)
    assert not report.ok
    return report.lines


@pytest.mark.parametrize(
    ("alone", "told"),
    [
        ("same", "gives the same mismatch"),
        ("right", "is right this time"),
        ("other", "gives another mismatch"),
    ],
)
def test_a_mismatch_is_run_again(digits: Path, digits_out: Path, alone: str, told: str) -> None:
    lines = outcome(digits, digits_out, alone)
    assert "4 of 5 images equal the integer model" in lines[0]
    assert lines[1].startswith(f"first mismatch: image {IMAGE}, index [7]: expected ")
    assert lines[2] == f"image {IMAGE} run again, alone: {told}"
