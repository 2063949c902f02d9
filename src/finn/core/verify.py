"""Compares a target with the integer model, bit for bit, and with a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child, partition_node
from finn.core.judge import Judge
from finn.core.onnx_exec import execute_onnx
from finn.core.original import OriginalModel
from finn.core.targets import Target
from finn.core.ties import count_ties
from finn.errors import FinnError
from finn.frontend.host.comparison import compare_outputs
from finn.kernels.base import IntArray

__all__ = ("VerifyReport", "verify")

Arrays = dict[str, NDArray[Any]]


@dataclass
class VerifyReport:
    """The result of a verification.

    Attributes
    ----------
    ok
        Whether the target is right everywhere.
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
    model's outputs it must agree with ``expected``, or with qonnx' float32 execution of the original
    model where ``expected`` is None: integers are equal, floats within ``1e-4 + 1e-4 |reference|`` of
    the reference with the same argmax, unless the reference's two best lie within that bound. Where
    it does not, the original model is evaluated again in float64 at those images, and the target is
    right if the exact answer is its own and ``expected`` is no other than float32's. The first image
    that differs below the boundary is run once more, alone, to tell whether its mismatch is one of
    the design or of the moment.
    """
    report = VerifyReport()
    measured = target.execute(inputs, full=True)
    model = ModelWrapper(target.model.model, make_deepcopy=True)
    model.set_metadata_prop("exec_mode", "")
    golden = execute_onnx(model, inputs, return_full_exec_context=True)
    sound = _compare_boundary(report, model, golden, measured)
    if not sound.all():
        _repeat(report, target, inputs, golden, measured, int(np.argmin(sound)))
    ties = _count_ties(report, model, golden)
    original = OriginalModel(model)
    reference = _named(model, expected) if expected is not None else original.float32(inputs)
    report.measured, report.reference = {name: measured[name] for name in reference}, reference
    comparisons = {name: compare_outputs(measured[name], values) for name, values in reference.items()}
    judge = Judge(original, inputs, sound, ties, comparisons, given=expected is not None)
    for name in comparisons:
        judgement = judge.judge(name)
        report.ok &= not judgement.mismatches
        report.lines.append(f"output {name}: {judgement.text}")
        report.counts[name] = judgement.mismatches
    return report


def _compare_boundary(
    report: VerifyReport, model: ModelWrapper, golden: Arrays, measured: Arrays
) -> NDArray[np.bool_]:
    """Report on every tensor that leaves the hardware; the images (N,) at which all are right."""
    sound = np.ones(len(next(iter(golden.values()))), dtype=bool)
    for name in _boundary(model):
        wrong = np.asarray(golden[name]) != np.asarray(measured[name])
        images = len(wrong)
        bad = wrong.reshape(images, -1).any(axis=1)
        sound &= ~bad
        count = int(bad.sum())
        report.counts["images"], report.counts["hardware_mismatches"] = images, count
        report.lines.append(
            f"hardware output {name}: {images - count} of {images} images equal the integer model"
        )
        if count:
            report.ok = False
            index = tuple(int(i) for i in np.argwhere(wrong)[0])
            report.lines.append(
                f"first mismatch: image {index[0]}, index {list(index[1:])}: "
                f"expected {int(golden[name][index])}, got {int(measured[name][index])}"
            )
    return sound


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


def _count_ties(report: VerifyReport, model: ModelWrapper, golden: Arrays) -> dict[str, IntArray]:
    """Report on the ties that were met; how many each image met, by layer."""
    node = partition_node(model)
    if node is None:
        return {}
    child = hardware_child(model)
    tensors = {t.name: golden[n] for t, n in zip(child.graph.input, node.input, strict=True)}
    ties = count_ties(model, child, tensors)
    counts = {name: int(hits.sum()) for name, hits in ties.items() if hits.any()}
    report.counts["ties"] = counts
    if counts:
        where = ", ".join(f"{name} {hits}" for name, hits in counts.items())
        report.lines.append(f"ties met, where float32 rounding may go either way: {where}")
    return ties


def _named(model: ModelWrapper, expected: Arrays) -> Arrays:
    names = [tensor.name for tensor in model.graph.output]
    if set(expected) == {""} and len(names) == 1:
        return {names[0]: expected[""]}
    if set(expected) != set(names):
        raise FinnError(f"the expected outputs are {', '.join(expected)}; the model's are {', '.join(names)}")
    return expected
