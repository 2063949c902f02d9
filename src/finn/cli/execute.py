"""``finn run``, ``finn throughput`` and ``finn verify``: a build at work on any target."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finn.cli.console import note
from finn.cli.options import AcceptHostKey, InputFile, Out, Targets
from finn.cli.password import with_password

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ("run", "throughput", "verify")


def run(
    out: Out,
    input: InputFile,
    output: Annotated[Path, typer.Option("--output", help="Where the model's output goes, .npy or .npz.")],
    on: Targets,
    trace: Annotated[Path | None, typer.Option(help="Write waves (FST); with --on rtlsim.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Class names, one a line: print each image's class.")
    ] = None,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Run a build on inputs.

    Writes what the ONNX model would return for them.
    """
    if trace is not None and on != ["rtlsim"]:
        raise typer.BadParameter(f"--trace needs --on rtlsim, not {' '.join(on)}")
    from finn.build import load_output
    from finn.core.inputs import load_inputs, save_outputs
    from finn.core.targets import open_target

    names = read_labels(labels) if labels else None
    model = load_output(out)
    inputs = load_inputs(model, input)

    def job(password: str | None) -> dict[str, NDArray[Any]]:
        with open_target(
            model, on, password=password, accept_new_host_key=accept_new_host_key, trace=trace
        ) as target:
            return target.execute(inputs)

    outputs = with_password(on, job)
    save_outputs(output, outputs)
    if names is None:
        print(output)
    else:
        first = outputs[model.graph.output[0].name]
        for line in classified(first, names):
            print(line)


def throughput(
    out: Out,
    on: Targets,
    batch: Annotated[int, typer.Option(min=1, help="Frames.")] = 1000,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show phases and counters on stderr while it runs.")
    ] = False,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Measure frames per second on a board.

    The metrics go to stdout as JSON.
    """
    from finn.build import load_output
    from finn.cli.live import LiveFigures
    from finn.core.targets import open_target

    model = load_output(out)

    def job(password: str | None) -> dict[str, Any]:
        with (
            open_target(model, on, password=password, accept_new_host_key=accept_new_host_key) as target,
            LiveFigures() if watch else nullcontext() as live,
        ):
            return target.throughput(batch, live)

    print(json.dumps(with_password(on, job), indent=2))


def verify(
    out: Out,
    input: InputFile,
    on: Targets,
    expected: Annotated[
        Path | None, typer.Option(help="Reference output; default: the ONNX model's own.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(help="True class of each image, .npy: print the accuracy of target and reference."),
    ] = None,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Compare a target with model and reference.

    Bit for bit with the integer model, and with the reference: integers equal, floats within 1e-4.
    Where they differ, the model in float64 says who is right; exit code 1 if the target is not.
    Several boards are compared one by one.
    """
    from finn.build import load_output
    from finn.core.accuracy import accuracy_line, read_classes
    from finn.core.inputs import load_arrays, load_inputs
    from finn.core.targets import open_target
    from finn.core.verify import VerifyReport
    from finn.core.verify import verify as compare

    model = load_output(out)
    inputs = load_inputs(model, input)
    reference = load_arrays(expected) if expected else None
    images = len(next(iter(inputs.values())))
    truth = read_classes(classes, images) if classes else None

    def job(target: str, password: str | None) -> VerifyReport:
        with open_target(model, target, password=password, accept_new_host_key=accept_new_host_key) as opened:
            return compare(opened, inputs, reference)

    right = True
    for target in on:
        report = with_password([target], partial(job, target))
        for line in [target] * (len(on) > 1) + report.lines:
            print(line)
        if truth is not None:
            for name, values in report.reference.items():
                print(f"output {name}: {accuracy_line(report.measured[name], values, truth)}")
        right &= report.ok
    if not right:
        note("verify: there are mismatches")
        raise typer.Exit(1)


def read_labels(path: Path) -> list[str]:
    """Class names, one a line."""
    return path.read_text(encoding="utf-8").splitlines()


def classified(outputs: NDArray[Any], names: list[str]) -> list[str]:
    """One line per image: its index and the name of its best class, or of its K best.

    Parameters
    ----------
    outputs
        (N, classes) scores, or (N, K) class indices of integer type as ``--top-k`` gives them.
    """
    from finn.errors import FinnError

    best = outputs if outputs.dtype.kind in "iu" else outputs.argmax(axis=1)[:, None]
    classes = int(best.max(initial=0)) + 1 if outputs.dtype.kind in "iu" else outputs.shape[1]
    if len(names) < classes:
        raise FinnError(f"--labels has {len(names)} names, the network {classes} classes; add the others")
    return [f"{image}\t{', '.join(names[c] for c in row)}" for image, row in enumerate(best)]
