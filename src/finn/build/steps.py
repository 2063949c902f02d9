"""The steps of a build, in order."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from qonnx.core.modelwrapper import ModelWrapper

from finn.build.config import BuildConfig
from finn.build.output import MARKER, PARENT_FILE, new_output
from finn.build.report import write_reports
from finn.build.synthesis import synthesis_report
from finn.core.build_dir import set_everywhere
from finn.core.progress import Progress, silent
from finn.errors import FinnError
from finn.frontend import copy_model, load_model, original_name
from finn.transformation.fpgadataflow.make_pynq_driver import MakePYNQDriver
from finn.transformation.fpgadataflow.make_pynq_proj import MakePYNQProject
from finn.transformation.fpgadataflow.synth_pynq_proj import SynthPYNQProject, choose_toolchain

__all__ = ("build",)

log = logging.getLogger(__name__)


def build(config: BuildConfig, progress: Progress = silent) -> Path:
    """Build a network for a board.

    Returns
    -------
    Path
        OUT, complete; where a step fails OUT is as it was before.

    Raises
    ------
    FinnError
        From the step that failed. Where that is the bitstream for the chip or the synthesis report,
        OUT holds all the rest, and runs as RTL simulation and on emulated boards.
    """
    model = load_model(config.model)
    with new_output(config.output) as work, _logged(work / "build.log"):
        copy_model(config.model, work / original_name(config.model))
        seconds: dict[str, float] = {}
        model, failures = _run(model, config, work, _timed(progress, seconds))
        set_everywhere(model, {"build_dir": str(config.output.absolute())})
        (work / PARENT_FILE).parent.mkdir(exist_ok=True)
        model.save(str(work / PARENT_FILE))
        told = "; ".join(failures).replace(str(work), str(config.output))
        _write_marker(work, config, model, seconds, told)
    if told:
        raise FinnError(f"{told}; {config.output} holds all the rest and runs with --on rtlsim and emulated")
    return config.output


def _run(
    model: ModelWrapper, config: BuildConfig, work: Path, progress: Progress
) -> tuple[ModelWrapper, list[str]]:
    model.set_metadata_prop("build_dir", str(work))
    options = config.network_options()
    arguments = {key: getattr(options, key) for key in vars(options)}
    model = model.transform(MakePYNQProject(config.board, progress=progress, **arguments))
    failures = _reported(model, config, progress)
    model, failure = _bitstreams(model, config, progress)
    with progress("driver and deployment"):
        model = model.transform(MakePYNQDriver())
        write_reports(model, work / "report")
    return model, [*failures, *([failure] if failure else [])]


def _reported(model: ModelWrapper, config: BuildConfig, progress: Progress) -> list[str]:
    """Make the report that was asked for, and tell why there is none."""
    if config.report is None:
        return []
    try:
        with progress("synthesis report by Yosys"):
            synthesis_report(model)
    except FinnError as error:
        log.error("%s", error)
        return [str(error)]
    return []


def _bitstreams(model: ModelWrapper, config: BuildConfig, progress: Progress) -> tuple[ModelWrapper, str]:
    """The model with its bitstreams, and why there is none for the chip where it was asked for."""
    toolchain = choose_toolchain(config.toolchain)
    failure = ""
    if toolchain != "verilator":
        try:
            with progress(f"bitstream by {toolchain}"):
                return model.transform(SynthPYNQProject(toolchain, fastest=config.clk_auto)), failure
        except FinnError as error:
            failure = str(error)
            log.error("%s", error)
    with progress("bitstream by verilator"):
        return model.transform(SynthPYNQProject("verilator")), failure


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger = logging.getLogger("finn")
    level = logger.level
    logger.addHandler(handler)
    # Tracebacks of what was refused as unreadable are of level DEBUG.
    logger.setLevel(logging.DEBUG)
    try:
        yield
    except FinnError as error:
        logger.error("%s", error)
        raise
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()


def _timed(progress: Progress, seconds: dict[str, float]) -> Progress:
    @contextmanager
    def step(title: str) -> Iterator[None]:
        start = perf_counter()
        try:
            with progress(title):
                yield
        finally:
            seconds[title] = round(perf_counter() - start, 3)

    return step


def _write_marker(
    work: Path, config: BuildConfig, model: ModelWrapper, seconds: dict[str, float], failure: str
) -> None:
    options = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(config).items()}
    marker = {
        "format": 1,
        "options": options,
        "bitstream": model.get_metadata_prop("finn_bitstream"),
        "seconds": seconds,
        # What was asked for and is not there, and why.
        "failure": failure,
    }
    (work / MARKER).write_text(json.dumps(marker, indent=2) + "\n")
