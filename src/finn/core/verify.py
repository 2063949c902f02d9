"""Compares a target with the integer model, bit for bit, and with a reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import build_directory, hardware_child, partition_node
from finn.core.inputs import model_values
from finn.core.onnx_exec import execute_onnx
from finn.core.targets import Target
from finn.core.ties import count_ties
from finn.errors import FinnError
from finn.frontend.reference import compare_outputs, reference_execution

__all__ = ("VerifyReport", "verify")

Arrays = dict[str, NDArray[Any]]


@dataclass
class VerifyReport:
    """The result of a verification.

    Attributes
    ----------
    ok
        Whether everything agrees.
    lines
        What was compared, with counts and the first mismatch, for a person.
    counts
        Images, and mismatches below the partition boundary and at the outputs; ties by node.
    measured, reference
        The outputs that were compared, by name.
    """

    ok: bool = True
    lines: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    measured: Arrays = field(default_factory=dict)
    reference: Arrays = field(default_factory=dict)


def verify(target: Target, inputs: Mapping[str, NDArray[Any]], expected: Arrays | None) -> VerifyReport:
    """Run ``inputs`` on the target and compare twice.

    Below the partition boundary the target must equal the integer model on every bit. At the
    model's outputs it must equal ``expected``, or qonnx' execution of the original model where
    ``expected`` is None: integers exactly, floats to ``1e-4 + 1e-4 |reference|`` and the same argmax
    unless the reference's two best lie within that bound. The first image that differs below the
    boundary is run once more, alone, to tell whether its mismatch is one of the design or of the moment.
    """
    report = VerifyReport()
    measured = target.execute(inputs, full=True)
    model = ModelWrapper(target.model.model, make_deepcopy=True)
    model.set_metadata_prop("exec_mode", "")
    golden = execute_onnx(model, inputs, return_full_exec_context=True)
    wrong = _compare_boundary(report, model, golden, measured)
    if wrong is not None:
        _repeat(report, target, inputs, golden, measured, wrong)
    _count_ties(report, model, golden)
    reference = _named(model, expected) if expected is not None else _reference(model, inputs)
    report.measured, report.reference = {name: measured[name] for name in reference}, reference
    for name, values in reference.items():
        comparison = compare_outputs(measured[name], values)
        report.ok &= comparison.ok
        report.lines.append(f"output {name}: {comparison.text}")
        report.counts[name] = comparison.mismatches
    return report


def _compare_boundary(
    report: VerifyReport, model: ModelWrapper, golden: Arrays, measured: Arrays
) -> int | None:
    """Report on every tensor that leaves the hardware; the first image that differs."""
    first: int | None = None
    for name in _boundary(model):
        wrong = np.asarray(golden[name]) != np.asarray(measured[name])
        images = len(wrong)
        count = int(wrong.reshape(images, -1).any(axis=1).sum())
        report.counts["images"], report.counts["hardware_mismatches"] = images, count
        report.lines.append(
            f"hardware output {name}: {images - count} of {images} images equal the integer model"
        )
        if count:
            report.ok = False
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            first = index[0] if first is None else min(first, index[0])
            report.lines.append(
                f"first mismatch: image {index[0]}, index {list(index[1:])}: "
                f"expected {int(golden[name][index])}, got {int(measured[name][index])}"
            )
    return first


def _boundary(model: ModelWrapper) -> list[str]:
    node = partition_node(model)
    return list(node.output) if node is not None else [o.name for o in model.graph.output]


def _repeat(
    report: VerifyReport,
    target: Target,
    inputs: Mapping[str, NDArray[Any]],
    golden: Arrays,
    measured: Arrays,
    image: int,
) -> None:
    alone = target.execute({name: values[image : image + 1] for name, values in inputs.items()}, full=True)
    names = _boundary(target.model)
    if all(np.array_equal(alone[n][0], measured[n][image]) for n in names):
        outcome = "gives the same mismatch"
    elif all(np.array_equal(alone[n][0], golden[n][image]) for n in names):
        outcome = "is right this time"
    else:
        outcome = "gives another mismatch"
    report.counts["repeated"] = outcome
    report.lines.append(f"image {image} run again, alone: {outcome}")


def _count_ties(report: VerifyReport, model: ModelWrapper, golden: Arrays) -> None:
    node = partition_node(model)
    if node is None:
        return
    child = hardware_child(model)
    tensors = {t.name: golden[n] for t, n in zip(child.graph.input, node.input, strict=True)}
    counts = {name: hits for name, hits in count_ties(model, child, tensors).items() if hits}
    report.counts["ties"] = counts
    if counts:
        where = ", ".join(f"{name} {hits}" for name, hits in counts.items())
        report.lines.append(f"ties met, where float32 rounding may go either way: {where}")


def _reference(model: ModelWrapper, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    original = build_directory(model) / "model.onnx"
    if not original.is_file():
        raise FinnError(f"there is no {original} to verify against; give the expected outputs")
    names = {tensor.name for tensor in model.graph.input}
    if not names & set(inputs):
        raise FinnError(
            "raw quantised inputs cannot be given to the original model; give the expected outputs"
        )
    outputs = reference_execution(Path(original), model_values(model, inputs))
    k = json.loads(model.get_metadata_prop("finn_top_k") or "null")
    return {name: _largest(values, k) for name, values in outputs.items()} if k else outputs


def _largest(values: NDArray[Any], k: int) -> NDArray[np.int64]:
    # Stable, so that the lowest index wins a tie.
    return np.argsort(-values, axis=-1, kind="stable")[..., :k].astype(np.int64)


def _named(model: ModelWrapper, expected: Arrays) -> Arrays:
    names = [tensor.name for tensor in model.graph.output]
    if set(expected) == {""} and len(names) == 1:
        return {names[0]: expected[""]}
    if set(expected) != set(names):
        raise FinnError(f"the expected outputs are {', '.join(expected)}; the model's are {', '.join(names)}")
    return expected
