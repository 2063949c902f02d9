"""``finn run``, ``finn throughput`` and ``finn verify``: a build at work on any target."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finn.cli.classes import class_output, classified, image_names, read_labels
from finn.cli.console import note
from finn.cli.options import AcceptHostKey, InputFile, Layout, Out, Raw, Resize, Targets
from finn.cli.password import with_password

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ("run", "throughput", "verify")


def run(
    out: Out,
    input: InputFile,
    on: Targets,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the model's output goes, .npy or .npz.")
    ] = None,
    layout: Layout = None,
    raw: Raw = False,
    resize: Resize = False,
    trace: Annotated[Path | None, typer.Option(help="Write waves (FST); with --on rtlsim.")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Print each image's best classes, so many.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Class names, one a line: print them in place of numbers.")
    ] = None,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Run a build on inputs.

    Writes what the ONNX model would return for them, or prints the best classes.
    """
    if output is None and top is None and labels is None:
        raise typer.BadParameter("give --output for the model's output, or --top or --labels for classes")
    if trace is not None and on != ["rtlsim"]:
        raise typer.BadParameter(f"--trace needs --on rtlsim, not {' '.join(on)}")
    from finn.build import load_output
    from finn.core.inputs import InputOptions, load_inputs, save_outputs
    from finn.core.targets import open_target

    names = read_labels(labels) if labels else None
    model = load_output(out)
    inputs = load_inputs(model, input, InputOptions(layout, raw, resize))

    def job(password: str | None) -> dict[str, NDArray[Any]]:
        with open_target(
            model, on, password=password, accept_new_host_key=accept_new_host_key, trace=trace
        ) as target:
            return target.execute(inputs)

    outputs = with_password(on, job)
    if output is not None:
        save_outputs(output, outputs)
    if names is None and top is None:
        print(output)
        return
    scores = class_output([outputs[tensor.name] for tensor in model.graph.output])
    for line in classified(scores, top, names, image_names(input)):
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
    layout: Layout = None,
    raw: Raw = False,
    resize: Resize = False,
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
    from finn.core.inputs import InputOptions, load_arrays, load_inputs
    from finn.core.targets import open_target
    from finn.core.verify import VerifyReport
    from finn.core.verify import verify as compare

    model = load_output(out)
    inputs = load_inputs(model, input, InputOptions(layout, raw, resize))
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
